//! What is said of the gateways: settings, `[[gateways.profiles]]` and `[[gateways.routes]]`.

use std::collections::BTreeMap;

use keywright_server::{
    CredentialPlace, GatewayProfile, GatewayRules, GatewaySettings, Preflight, ProfileRules, RouteDraft,
    RouteTable, Statuses, Unmatched,
};

use super::section::{Table, TableReader, read_each};
use super::setting::Setting;
use super::{Values, Wrong, parse_organization};

/// The sections.
pub(super) const PROFILES: &str = "gateways.profiles";
pub(super) const ROUTES: &str = "gateways.routes";

/// Reads it all, and tells all that is wrong.
pub(super) fn read(
    values: &mut Values<'_>,
    sections: &BTreeMap<&'static str, Vec<Table>>,
) -> Option<GatewaySettings> {
    let tables = |name| sections.get(name).map_or(&[] as &[Table], Vec::as_slice);
    let organization = values.parse(Setting::GatewaysOrganization, parse_organization);
    let unmatched = values.parse(Setting::GatewaysUnmatched, parse_unmatched);
    let credentials = values.parse_each(Setting::GatewaysCredentials, parse_place);
    let credentials = credentials.filter(|places| {
        if places.is_empty() {
            values.tell(Setting::GatewaysCredentials, &NOWHERE);
        }
        !places.is_empty()
    });
    let preflight = values.parse(Setting::GatewaysPreflight, parse_preflight);
    let permissions_header = values.parse(Setting::GatewaysTellPermissions, parse_when);
    let profiles = profiles(tables(PROFILES), values);
    let routes = routes(tables(ROUTES), values)?;
    Some(GatewaySettings::new(GatewayRules {
        organization: organization?,
        unmatched: unmatched?,
        credentials: credentials?,
        preflight: preflight?,
        permissions_header: permissions_header?,
        profiles,
        routes,
    }))
}

fn profiles(tables: &[Table], values: &mut Values<'_>) -> Vec<ProfileRules> {
    let mut known: Vec<GatewayProfile> = Vec::new();
    read_each(PROFILES, tables, values.problems, |table| {
        let profile = choice(table, "profile", &PROFILE_NAMES);
        if profile.is_none() && !table.has("profile") {
            table.required_text("profile");
        }
        let organization = table.text("organization").and_then(|text| match parse_organization(text) {
            Ok(organization) => Some(organization),
            Err(Wrong { what, what_to_do }) => {
                table.tell("organization", what, what_to_do);
                None
            }
        });
        let statuses: Option<Statuses> = choice(table, "statuses", &["plain", "nginx"]);
        let presented_key: Option<Kept> = choice(table, "presented_key", &["keep", "remove"]);
        let profile = profile?;
        if known.contains(&profile) {
            table.tell("profile", "has a table already", "bring the two together");
            return None;
        }
        known.push(profile);
        let remove_key = presented_key == Some(Kept::Remove);
        if remove_key && profile != GatewayProfile::Envoy {
            let what_to_do = "take the key away in the gateway's own configuration, as its recipe shows";
            table.tell("presented_key", "is for the profile envoy alone", what_to_do);
        }
        Some(ProfileRules { profile, organization, statuses, remove_key })
    })
}

fn routes(tables: &[Table], values: &mut Values<'_>) -> Option<RouteTable> {
    let drafts = read_each(ROUTES, tables, values.problems, |table| {
        let list = |list: Option<&[String]>| list.map(<[String]>::to_vec).unwrap_or_default();
        // All are asked for before the first missing one ends it, so that none is called unknown.
        let (method, path) = (table.required_text("method"), table.required_text("path"));
        let (permissions, any) = (list(table.list("permissions")), list(table.list("any")));
        let demand = table.text("demand").map(str::to_owned);
        let cost = table.text("cost").and_then(|text| {
            let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            let cost = text.parse().ok().filter(|_| is_number);
            if cost.is_none() {
                table.tell(
                    "cost",
                    "is not a number of credits",
                    "write a whole number in quotes, such as \"2\"",
                );
            }
            cost
        });
        let (method, path) = (method?.to_owned(), path?.to_owned());
        Some(RouteDraft { method, path, permissions, any, demand, cost })
    });
    if drafts.len() < tables.len() {
        // What is missing was told. Where one is missing, the others' numbers are not those of their tables.
        return None;
    }
    match RouteTable::new(&drafts) {
        Ok(table) => Some(table),
        Err(problems) => {
            let told = problems.iter().map(|problem| {
                tables[problem.route].problem(ROUTES, problem.key, &problem.what, &problem.what_to_do)
            });
            values.problems.extend(told);
            None
        }
    }
}

/// Whether a presented key goes on to the service.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    Keep,
    Remove,
}

impl std::str::FromStr for Kept {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "keep" => Ok(Self::Keep),
            "remove" => Ok(Self::Remove),
            _ => Err(()),
        }
    }
}

const PROFILE_NAMES: [&str; GatewayProfile::ALL.len()] = {
    let mut names = [""; GatewayProfile::ALL.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = GatewayProfile::ALL[at].name();
        at += 1;
    }
    names
};

/// One of a few words, if it is there and right.
fn choice<T: std::str::FromStr>(
    table: &mut TableReader<'_, '_>,
    key: &'static str,
    words: &[&str],
) -> Option<T> {
    let text = table.text(key)?;
    let chosen = text.parse().ok();
    if chosen.is_none() {
        table.tell(key, "is not known", format_args!("write one of {}", words.join(", ")));
    }
    chosen
}

const NOWHERE: Wrong = Wrong {
    what: "names no place",
    what_to_do: "write where keys may stand, such as \"bearer\", or leave it out",
};

fn parse_unmatched(value: &str) -> Result<Unmatched, Wrong> {
    let wrong = Wrong { what: "is not what a request may need", what_to_do: "write method or deny" };
    value.parse().map_err(|()| wrong)
}

fn parse_preflight(value: &str) -> Result<Preflight, Wrong> {
    let wrong = Wrong { what: "is not what may become of a preflight", what_to_do: "write deny or allow" };
    value.parse().map_err(|()| wrong)
}

/// Whether permissions are always told.
fn parse_when(value: &str) -> Result<bool, Wrong> {
    match value {
        "asked" => Ok(false),
        "always" => Ok(true),
        _ => Err(Wrong { what: "is not when permissions may be told", what_to_do: "write asked or always" }),
    }
}

fn parse_place(value: &str) -> Result<CredentialPlace, Wrong> {
    value.parse().map_err(|()| Wrong {
        what: "is no place where a key may stand",
        what_to_do: "write bearer, header:NAME, cookie:NAME or query:NAME; Authorization holds a bearer",
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::{Config, Problems, Settings};

    fn resolve(text: &str) -> Result<Config, Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("kw.toml");
        fs::write(&file, text).unwrap();
        let config = Config::resolve(Settings { file: Some(file.clone()), ..Settings::default() });
        config.map_err(|Problems(problems)| {
            let place = format!("{}:", file.display());
            problems.iter().map(|problem| problem.to_string().replace(&place, "line ")).collect()
        })
    }

    #[test]
    fn routes_and_profiles_are_read_and_shown() {
        let text = r#"
[gateways]
organization = "photos"
unmatched = "deny"
credentials = ["header:x-api-key", "cookie:key"]

[[gateways.profiles]]
profile = "envoy"
organization = "2"
presented_key = "remove"

[[gateways.routes]]
method = "GET"
path = "/photos/{id}"
permissions = ["photo.read"]

[[gateways.routes]]
method = "*"
path = "/admin/**"
any = ["admin.use", "admin.all"]
demand = "method"
cost = "5"
"#;
        let config = resolve(text).unwrap();
        let shown = config.to_toml();
        assert!(shown.contains("[[gateways.routes]]\nmethod = \"GET\""), "{shown}");
        let again = resolve(&shown).unwrap();
        assert_eq!(again.to_toml().matches("[[gateways.routes]]").count(), 2);
    }

    #[test]
    fn every_problem_is_told_with_its_line() {
        let text = r#"[gateways]
unmatched = "allow"
credentials = ["Authorization"]
[[gateways.profiles]]
profile = "apache"
[[gateways.profiles]]
statuses = "plain"
[[gateways.profiles]]
profile = "nginx"
presented_key = "remove"
[[gateways.profiles]]
profile = "nginx"
[[gateways.routes]]
method = "get"
path = "photos"
permissions = ["photo.*"]
[[gateways.routes]]
method = "GET"
path = "/photos"
[[gateways.routes]]
method = "GET"
path = "/a"
demand = "key"
cost = "-1"
tags = ["x"]
[[gateways.routes]]
method = "GET"
path = "/A"
demand = "key"
"#;
        let problems = resolve(text).unwrap_err();
        let lines: Vec<&str> = problems
            .iter()
            .map(|problem| problem.split_once("(line ").unwrap().1.split_once(')').unwrap().0)
            .collect();
        assert_eq!(
            lines,
            ["2", "3", "5", "6", "10", "12", "24", "25", "14", "15", "16", "17", "28"],
            "{problems:#?}"
        );
        for words in [
            "gateways.unmatched = \"allow\" is not what a request may need",
            "gateways.profiles.profile = \"apache\" is not known (line 5): write one of plain, nginx,",
            "gateways.profiles.profile is missing (line 6)",
            "gateways.routes.path = \"photos\" does not begin with a slash (line 15): write it as in /photos/{id}",
            "unknown key `tags` in gateways.routes (line 25)",
            "differs from another route's in capital letters alone",
        ] {
            assert!(problems.iter().any(|problem| problem.contains(words)), "{words}: {problems:#?}");
        }
    }

    #[test]
    fn a_route_without_its_path_is_told_alone() {
        let text = "[[gateways.routes]]\nmethod = \"GET\"\ndemand = \"key\"\n";
        assert_eq!(
            resolve(text).unwrap_err(),
            ["gateways.routes.path is missing (line 1): add path = \"...\""]
        );
    }
}
