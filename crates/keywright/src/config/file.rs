//! The configuration file: TOML, each key a setting, those of a dialect in a table of its own.
//!
//! It is walked by hand rather than deserialized, so that every problem is told at once, each with its line.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::Problem;
use super::secret_url::SecretUrl;
use super::section::{self, Entry, Table};
use super::setting::{Kind, Setting};
use super::value::{Given, Origin, Value};

/// What a configuration file says. What is right in it is there even when something else is wrong.
#[derive(Debug, Default)]
pub(super) struct Layer {
    pub(super) settings: BTreeMap<Setting, Given>,
    /// The tables of each section, in their order.
    pub(super) sections: BTreeMap<&'static str, Vec<Table>>,
    pub(super) problems: Vec<Problem>,
}

/// Reads a configuration file.
pub(super) fn read(path: &Path) -> Layer {
    match fs::read_to_string(path) {
        Ok(text) => parse(path, &text, &section::NAMES),
        Err(error) => {
            let problem = Problem::new(
                format_args!("the configuration file cannot be read: {error}"),
                path.display(),
                "name another with --config or KEYWRIGHT_CONFIG, or make it readable",
            );
            Layer { problems: vec![problem], ..Layer::default() }
        }
    }
}

pub(super) fn parse(path: &Path, text: &str, sections: &[&'static str]) -> Layer {
    let origin_at = |offset: usize| Origin::File {
        path: path.to_owned(),
        line: 1 + text[..offset].matches('\n').count(),
    };
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let problems = errors.iter().map(|error| {
            let origin = origin_at(error.span().map_or(0, |span| span.start));
            Problem::new(error.message(), origin, "write it as TOML, as in listen = \"127.0.0.1:8080\"")
        });
        return Layer { problems: problems.collect(), ..Layer::default() };
    }

    let mut entries = Vec::new();
    gather(table.into_inner(), "", sections, &mut entries);
    entries.sort_by_key(|(offset, _, _)| *offset);
    let mut layer = Layer::default();
    for (offset, name, value) in entries {
        let origin = origin_at(offset);
        if let Some(section) = sections.iter().find(|section| **section == name) {
            match tables(value, &origin_at) {
                Some(tables) => _ = layer.sections.insert(section, tables),
                None => layer.problems.push(Problem::new(
                    format!("{name} is not a list of tables"),
                    origin,
                    format!("begin each of them with [[{name}]]"),
                )),
            }
        } else if let Some(setting) = Setting::ALL.into_iter().find(|setting| setting.name() == name) {
            match (setting.kind(), plain_value(value)) {
                (Kind::Text, Some(value @ Value::Text(_))) | (Kind::List, Some(value @ Value::List(_))) => {
                    layer.settings.insert(setting, Given { value, origin });
                }
                (Kind::Path, Some(Value::Text(value))) => {
                    let value = Value::Text(relative_to(path, value));
                    layer.settings.insert(setting, Given { value, origin });
                }
                (Kind::Urls, Some(Value::List(urls))) => {
                    let value = Value::Urls(urls.into_iter().map(SecretUrl::new).collect());
                    layer.settings.insert(setting, Given { value, origin });
                }
                (Kind::List | Kind::Urls, _) => layer.problems.push(Problem::new(
                    format!("{name} is not a list of strings"),
                    origin,
                    format!("write it in brackets: {name} = [\"...\"]"),
                )),
                (Kind::Text | Kind::Path, _) => layer.problems.push(Problem::new(
                    format!("{name} is not a string"),
                    origin,
                    format!("put its value in quotes: {name} = \"...\""),
                )),
            }
        } else {
            let problem = Problem::new(format!("unknown key `{name}`"), origin, suggestion(&name, sections));
            layer.problems.push(problem);
        }
    }
    layer
}

/// Gathers the keys of a table, and of those tables in it that settings are in, with their whole names and where they stand.
fn gather<'a>(
    table: DeTable<'a>,
    within: &str,
    sections: &[&'static str],
    entries: &mut Vec<(usize, String, DeValue<'a>)>,
) {
    for (key, value) in table {
        let name = format!("{within}{}", key.get_ref());
        let inside = format!("{name}.");
        match value.into_inner() {
            DeValue::Table(inner) if known(sections).any(|name| name.starts_with(&inside)) => {
                gather(inner, &inside, sections, entries);
            }
            value => entries.push((key.span().start, name, value)),
        }
    }
}

/// The name of all that may stand in a file.
fn known<'a>(sections: &'a [&'static str]) -> impl Iterator<Item = &'static str> + 'a {
    Setting::ALL.into_iter().map(Setting::name).chain(sections.iter().copied())
}

/// A string, or a list of strings.
fn plain_value(value: DeValue<'_>) -> Option<Value> {
    match value {
        DeValue::String(text) => Some(Value::Text(text.into_owned())),
        DeValue::Array(entries) => {
            let text = |entry: Spanned<DeValue<'_>>| match entry.into_inner() {
                DeValue::String(text) => Some(text.into_owned()),
                _ => None,
            };
            entries.into_iter().map(text).collect::<Option<_>>().map(Value::List)
        }
        _ => None,
    }
}

/// An array of tables.
fn tables(value: DeValue<'_>, origin_at: &impl Fn(usize) -> Origin) -> Option<Vec<Table>> {
    let DeValue::Array(array) = value else { return None };
    let table = |entry: Spanned<DeValue<'_>>| {
        let origin = origin_at(entry.span().start);
        let DeValue::Table(table) = entry.into_inner() else { return None };
        let entries = table.into_iter().map(|(key, value)| {
            let entry = Entry { value: plain_value(value.into_inner()), origin: origin_at(key.span().start) };
            (key.into_inner().into_owned(), entry)
        });
        Some(Table { origin, entries: entries.collect() })
    };
    array.into_iter().map(table).collect()
}

/// A path of the file, taken from the file's own folder. An empty one stays empty, to be told as such.
fn relative_to(file: &Path, value: String) -> String {
    match file.parent() {
        Some(folder) if !value.is_empty() && folder != Path::new("") => {
            folder.join(value).to_string_lossy().into_owned()
        }
        _ => value,
    }
}

/// What to write instead of an unknown key: the one that is spelt most like it.
fn suggestion(unknown: &str, sections: &[&'static str]) -> String {
    let plain = |name: &str| name.to_lowercase().replace(['-', '_', '.'], "");
    let likeness = |name: &str| strsim::jaro_winkler(&plain(name), &plain(unknown));
    let nearest = known(sections).max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    match nearest.filter(|name| likeness(name) > 0.85) {
        Some(name) => format!("write `{name}`, or remove it"),
        None => {
            "remove it; `keywright check-config` without this file shows every key that there is".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        told(&parse(Path::new("/etc/kw.toml"), text, &["doors.rooms"]))
    }

    fn told(layer: &Layer) -> Vec<String> {
        layer.problems.iter().map(ToString::to_string).collect()
    }

    fn shown(layer: &Layer) -> Vec<String> {
        layer.settings.values().map(|given| format!("{} {}", given.value, given.origin)).collect()
    }

    #[test]
    fn values_keep_their_lines_and_paths_are_relative_to_the_file() {
        let layer = parse(
            Path::new("/etc/kw.toml"),
            "# ours\nlisten = \"[::1]:80\"\n\ndata_dir = \"data\"\npepper_file = \"/p\"\n\
             [proxies]\ntrusted = [\n  \"::1\", # here\n  \"10.0.0.0/8\"]\n",
            &[],
        );
        assert_eq!(told(&layer), <[&str; 0]>::default());
        assert_eq!(
            shown(&layer),
            [
                r#""[::1]:80" /etc/kw.toml:2"#,
                r#""/etc/data" /etc/kw.toml:4"#,
                r#""/p" /etc/kw.toml:5"#,
                r#"["::1", "10.0.0.0/8"] /etc/kw.toml:7"#
            ]
        );
    }

    #[test]
    fn every_problem_is_told_with_its_line() {
        assert_eq!(
            problems(
                "lisen = \"x\"\nlog-level = \"info\"\nlisten = 8080\n[xyz]\nformat = \"json\"\n[proxies]\n\
                 trusted = \"::1\"\nheader = [\"forwarded\"]\n[doors]\nrooms = [1]\n"
            ),
            [
                "unknown key `lisen` (/etc/kw.toml:1): write `listen`, or remove it",
                "unknown key `log-level` (/etc/kw.toml:2): write `log_level`, or remove it",
                "listen is not a string (/etc/kw.toml:3): put its value in quotes: listen = \"...\"",
                "unknown key `xyz` (/etc/kw.toml:4): remove it; `keywright check-config` without this file shows \
                 every key that there is",
                "proxies.trusted is not a list of strings (/etc/kw.toml:7): write it in brackets: \
                 proxies.trusted = [\"...\"]",
                "proxies.header is not a string (/etc/kw.toml:8): put its value in quotes: proxies.header = \"...\"",
                "doors.rooms is not a list of tables (/etc/kw.toml:10): begin each of them with [[doors.rooms]]",
            ]
        );
    }

    #[test]
    fn a_list_has_strings_alone() {
        let mixed = problems("[proxies]\ntrusted = [\"::1\", 1]\n");
        assert!(mixed[0].starts_with("proxies.trusted is not a list of strings"), "{mixed:?}");
    }

    #[test]
    fn a_sections_tables_are_read_with_their_lines() {
        let text = "doors.rooms = []\n";
        assert_eq!(parse(Path::new("kw.toml"), text, &["doors.rooms"]).sections["doors.rooms"], []);
        let text = "[doors]\n\n[[doors.rooms]]\npath = \"/a\"\nkeys = [\"x\", \"y\"]\nkey = 1\n\
                    [[doors.rooms]]\npath = 7\nwidth = \"3\"\n";
        let layer = parse(Path::new("kw.toml"), text, &["doors.rooms"]);
        assert_eq!(told(&layer), <[&str; 0]>::default());
        let mut problems = Vec::new();
        let read = section::read_each("doors.rooms", &layer.sections["doors.rooms"], &mut problems, |room| {
            let read =
                (room.required_text("path").map(str::to_owned), room.list("keys").map(<[String]>::len));
            let _ = room.text("key");
            let _ = room.required_text("width");
            Some(read)
        });
        assert_eq!(read, [(Some("/a".to_owned()), Some(2)), (None, None)]);
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            problems,
            [
                "doors.rooms.key is not a string (kw.toml:6): put its value in quotes: key = \"...\"",
                "doors.rooms.width is missing (kw.toml:3): add width = \"...\"",
                "doors.rooms.path is not a string (kw.toml:8): put its value in quotes: path = \"...\"",
            ]
        );
        assert_eq!(
            layer.sections["doors.rooms"][0].to_string().lines().next().unwrap(),
            "keys = [\"x\", \"y\"]                                # kw.toml:5"
        );
    }

    #[test]
    fn a_key_that_a_sections_table_does_not_know_is_told() {
        let layer = parse(Path::new("kw.toml"), "[[doors.rooms]]\npaht = \"/a\"\n", &["doors.rooms"]);
        let mut problems = Vec::new();
        let rooms = &layer.sections["doors.rooms"];
        section::read_each("doors.rooms", rooms, &mut problems, |room| room.text("path").map(str::to_owned));
        assert_eq!(
            problems[0].to_string(),
            "unknown key `paht` in doors.rooms (kw.toml:2): remove it, or write one of path"
        );
    }

    #[test]
    fn a_dialects_settings_stand_in_its_table_or_under_its_dotted_names() {
        for (text, lines) in [
            ("[dialects.immich]\norganization = \"photos\"\nsign_up = \"open\"\n", [2, 3]),
            ("dialects.immich.organization = \"photos\"\ndialects.immich.sign_up = \"open\"\n", [1, 2]),
            ("[dialects]\nimmich = { organization = \"photos\", sign_up = \"open\" }\n", [2, 2]),
        ] {
            let layer = parse(Path::new("kw.toml"), text, &[]);
            assert_eq!(told(&layer), <[&str; 0]>::default(), "{text}");
            let [first, second] = lines;
            assert_eq!(
                shown(&layer),
                [format!("\"photos\" kw.toml:{first}"), format!("\"open\" kw.toml:{second}")],
                "{text}"
            );
        }
        let wrong = problems("dialects = \"x\"\n");
        assert!(wrong[0].starts_with("unknown key `dialects` (/etc/kw.toml:1)"), "{wrong:?}");
        let wrong =
            problems("[dialects.immich]\norganisation = \"x\"\nsign-up = \"open\"\n[dialects.other]\n");
        assert!(
            wrong[0].starts_with("unknown key `dialects.immich.organisation` (/etc/kw.toml:2)"),
            "{wrong:?}"
        );
        assert!(
            wrong[1].ends_with("(/etc/kw.toml:3): write `dialects.immich.sign_up`, or remove it"),
            "{wrong:?}"
        );
        assert!(wrong[2].starts_with("unknown key `dialects.other` (/etc/kw.toml:4)"), "{wrong:?}");
    }

    #[test]
    fn what_is_no_toml_is_told_with_its_line() {
        let problems = problems("listen = \"127.0.0.1:1\"\nlog_level = info\n");
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].contains("(/etc/kw.toml:2)"), "{problems:?}");
    }
}
