//! The configuration in force: a flag before the environment before the configuration file before the default.

mod file;
mod gateways;
mod limits;
mod oidc;
mod problem;
mod secret_url;
mod section;
mod setting;
mod value;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) use limits::Limits;
pub(crate) use oidc::Oidc;
pub(crate) use problem::{Problem, Problems};
pub(crate) use setting::Setting;
pub(crate) use value::{Given, Origin, Value};

use keywright_server::{
    ForwardingHeader, GatewaySettings, ImmichSettings, Proxies, Reloadable, SignUp, TrustedNetwork,
    TrustedNetworkError, TrustedProxies,
};
use section::Table;

use crate::logging::{LogFilter, LogFormat};

const DEFAULT_LISTEN: &str = "127.0.0.1:8080";
const DEFAULT_DATA_DIR: &str = "./keywright-data";
const DEFAULT_LOG_FORMAT: &str = "text";
const DEFAULT_LOG_LEVEL: &str = "info";
const DEFAULT_IMMICH_ORGANIZATION: &str = "default";
const DEFAULT_IMMICH_SIGN_UP: &str = "loopback";
const DEFAULT_PROXIES_TRUSTED: &str = "";
const DEFAULT_PROXIES_HEADER: &str = "x-forwarded-for";
const DEFAULT_PROXIES_PROTOCOL: &str = "off";
const DEFAULT_REQUESTS_RETAIN_DAYS: &str = "7";
const DEFAULT_WRONG_KEYS_SLOW_DOWN: &str = "on";
/// Ten years: more than the number of entries that are kept will reach.
const MAX_RETAIN_DAYS: u64 = 3_660;
const DEFAULT_GATEWAYS_ORGANIZATION: &str = "default";
const DEFAULT_GATEWAYS_UNMATCHED: &str = "method";
const DEFAULT_GATEWAYS_CREDENTIALS: &str = "bearer,header:x-api-key";
const DEFAULT_GATEWAYS_PREFLIGHT: &str = "deny";
const DEFAULT_GATEWAYS_TELL_PERMISSIONS: &str = "asked";
const DEFAULT_LIMITS_BACKEND: &str = "local";
const DEFAULT_LIMITS_REDIS_URLS: &str = "";
const DEFAULT_LIMITS_REDIS_TIMEOUT_MS: &str = "50";
const DEFAULT_OIDC_SCOPES: &str = "email";
const DEFAULT_OIDC_LABEL: &str = "single sign-on";
const DEFAULT_OIDC_ALLOWED_DOMAINS: &str = "";

/// What was given to a command: flags and environment, and perhaps a configuration file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) given: BTreeMap<Setting, Given>,
    pub(crate) file: Option<PathBuf>,
}

/// A configuration in which everything is right.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) listen: SocketAddr,
    pub(crate) data_dir: PathBuf,
    pub(crate) root_key_file: Option<PathBuf>,
    pub(crate) pepper_file: Option<PathBuf>,
    /// Without a slash at the end.
    pub(crate) public_url: Option<String>,
    pub(crate) log_format: LogFormat,
    pub(crate) log_filter: LogFilter,
    pub(crate) immich: ImmichSettings,
    pub(crate) proxies: Proxies,
    /// How long the log of single requests is kept. Zero: none is made.
    pub(crate) keep_requests: Duration,
    /// Whether an address that shows many wrong keys is put off.
    pub(crate) slow_wrong_keys_down: bool,
    pub(crate) gateways: GatewaySettings,
    pub(crate) limits: Limits,
    /// The provider that people may sign in with, if there is one.
    pub(crate) oidc: Option<Oidc>,
    /// What it was made of, for showing and comparing.
    in_force: BTreeMap<Setting, Given>,
    sections: BTreeMap<&'static str, Vec<Table>>,
}

impl Config {
    /// Brings the layers together and checks every value.
    pub(crate) fn resolve(settings: Settings) -> Result<Self, Problems> {
        let file::Layer { settings: mut in_force, sections, mut problems } = match &settings.file {
            Some(path) => file::read(path),
            None => file::Layer::default(),
        };
        in_force.extend(settings.given);
        for (setting, value) in [
            (Setting::Listen, DEFAULT_LISTEN),
            (Setting::DataDir, DEFAULT_DATA_DIR),
            (Setting::LogFormat, DEFAULT_LOG_FORMAT),
            (Setting::LogLevel, DEFAULT_LOG_LEVEL),
            (Setting::ImmichOrganization, DEFAULT_IMMICH_ORGANIZATION),
            (Setting::ImmichSignUp, DEFAULT_IMMICH_SIGN_UP),
            (Setting::ProxiesTrusted, DEFAULT_PROXIES_TRUSTED),
            (Setting::ProxiesHeader, DEFAULT_PROXIES_HEADER),
            (Setting::ProxiesProtocol, DEFAULT_PROXIES_PROTOCOL),
            (Setting::RequestsRetainDays, DEFAULT_REQUESTS_RETAIN_DAYS),
            (Setting::WrongKeysSlowDown, DEFAULT_WRONG_KEYS_SLOW_DOWN),
            (Setting::GatewaysOrganization, DEFAULT_GATEWAYS_ORGANIZATION),
            (Setting::GatewaysUnmatched, DEFAULT_GATEWAYS_UNMATCHED),
            (Setting::GatewaysCredentials, DEFAULT_GATEWAYS_CREDENTIALS),
            (Setting::GatewaysPreflight, DEFAULT_GATEWAYS_PREFLIGHT),
            (Setting::GatewaysTellPermissions, DEFAULT_GATEWAYS_TELL_PERMISSIONS),
            (Setting::LimitsBackend, DEFAULT_LIMITS_BACKEND),
            (Setting::LimitsRedisUrls, DEFAULT_LIMITS_REDIS_URLS),
            (Setting::LimitsRedisTimeoutMs, DEFAULT_LIMITS_REDIS_TIMEOUT_MS),
            (Setting::OidcScopes, DEFAULT_OIDC_SCOPES),
            (Setting::OidcLabel, DEFAULT_OIDC_LABEL),
            (Setting::OidcAllowedDomains, DEFAULT_OIDC_ALLOWED_DOMAINS),
        ] {
            in_force
                .entry(setting)
                .or_insert_with(|| Given { value: Value::typed(setting, value), origin: Origin::Default });
        }

        let mut values = Values { in_force: &in_force, problems: &mut problems };
        let listen = values.parse(Setting::Listen, parse_listen);
        let data_dir = values.parse(Setting::DataDir, parse_path);
        let root_key_file = values.parse(Setting::RootKeyFile, parse_path);
        let pepper_file = values.parse(Setting::PepperFile, parse_path);
        let public_url = values.parse(Setting::PublicUrl, parse_public_url);
        let log_format = values.parse(Setting::LogFormat, LogFormat::parse);
        let log_filter = values.parse(Setting::LogLevel, LogFilter::parse);
        let organization = values.parse(Setting::ImmichOrganization, parse_organization);
        let sign_up = values.parse(Setting::ImmichSignUp, parse_sign_up);
        let immich = organization.zip(sign_up);
        let immich = immich.map(|(organization, sign_up)| ImmichSettings { organization, sign_up });

        let proxies = values.proxies();
        let uses = values
            .parse(Setting::RequestsRetainDays, parse_days)
            .zip(values.parse(Setting::WrongKeysSlowDown, parse_switch));

        let gateways = gateways::read(&mut values, &sections);
        let limits = limits::read(&mut values);
        let oidc = oidc::read(&mut values);

        match (listen, data_dir, log_format, log_filter, immich, proxies, uses, gateways, limits) {
            (
                Some(listen),
                Some(data_dir),
                Some(log_format),
                Some(log_filter),
                Some(immich),
                Some(proxies),
                Some((keep_requests, slow_wrong_keys_down)),
                Some(gateways),
                Some(limits),
            ) if problems.is_empty() => Ok(Self {
                listen,
                data_dir,
                root_key_file,
                pepper_file,
                public_url,
                log_format,
                log_filter,
                immich,
                proxies,
                keep_requests,
                slow_wrong_keys_down,
                gateways,
                limits,
                oidc,
                in_force,
                sections,
            }),
            _ => Err(Problems(problems)),
        }
    }

    /// The configuration as a file that says the same, each line with where it comes from.
    pub(crate) fn to_toml(&self) -> String {
        let mut text = String::new();
        for setting in Setting::ALL {
            let line = match self.in_force.get(&setting) {
                Some(Given { value, origin }) => {
                    format!("{:<48} # {origin}\n", format!("{} = {value}", setting.name()))
                }
                None => format!("# {} is not set\n", setting.name()),
            };
            text.push_str(&line);
        }
        for (section, tables) in &self.sections {
            for table in tables {
                _ = write!(text, "[[{section}]]\n{table}");
            }
        }
        text
    }

    /// What of it can change while the server runs.
    pub(crate) fn reloadable(&self) -> Reloadable {
        Reloadable { proxies: self.proxies.clone(), gateways: self.gateways.clone() }
    }

    /// Takes up what can change while the server runs. What cannot stays as it is.
    pub(crate) fn take_up(&mut self, new: Self) -> Changes {
        let mut changes = Changes::default();
        for setting in Setting::ALL {
            let value = |given: Option<&Given>| given.map(|given| given.value.clone());
            if value(self.in_force.get(&setting)) == value(new.in_force.get(&setting)) {
                continue;
            }
            if !setting.is_reloadable() {
                changes.at_the_next_start.push(setting.name());
                continue;
            }
            changes.now.push(setting.name());
            match new.in_force.get(&setting) {
                Some(given) => self.in_force.insert(setting, given.clone()),
                None => self.in_force.remove(&setting),
            };
        }
        changes.now.extend(
            section::NAMES.into_iter().filter(|name| self.sections.get(name) != new.sections.get(name)),
        );
        self.log_filter = new.log_filter;
        self.proxies = new.proxies;
        self.gateways = new.gateways;
        self.sections = new.sections;
        changes
    }
}

/// What another configuration changes, by the names of the settings.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// What took effect.
    pub(crate) now: Vec<&'static str>,
    /// What needs a restart.
    pub(crate) at_the_next_start: Vec<&'static str>,
}

/// Takes values out of what was given, and gathers what is wrong with them.
struct Values<'a> {
    in_force: &'a BTreeMap<Setting, Given>,
    problems: &'a mut Vec<Problem>,
}

impl Values<'_> {
    /// The parsed value, if one is given and right. `parse` says of a wrong one what is wrong and what would do.
    fn parse<T>(&mut self, setting: Setting, parse: fn(&str) -> Result<T, Wrong>) -> Option<T> {
        let Given { value: Value::Text(value), origin } = self.in_force.get(&setting)? else { return None };
        match parse(value) {
            Ok(parsed) => Some(parsed),
            Err(Wrong { what, what_to_do }) => {
                let what = format!("{} = {value:?} {what}", setting.name());
                self.problems.push(Problem::new(what, origin, what_to_do));
                None
            }
        }
    }

    fn proxies(&mut self) -> Option<Proxies> {
        let trusted = self.parse_each(Setting::ProxiesTrusted, parse_network);
        let header = self.parse(Setting::ProxiesHeader, parse_header);
        let speak_proxy_protocol = self.parse(Setting::ProxiesProtocol, parse_switch);
        let proxies = Proxies {
            trusted: TrustedProxies::new(trusted?),
            header: header?,
            speak_proxy_protocol: speak_proxy_protocol?,
        };
        if proxies.speak_proxy_protocol && proxies.trusted.is_empty() {
            self.problems.push(Problem::new(
                "proxies.protocol = \"on\" without proxies.trusted refuses every connection",
                &self.in_force.get(&Setting::ProxiesProtocol)?.origin,
                "list the proxies that speak the PROXY protocol in proxies.trusted",
            ));
        }
        Some(proxies)
    }

    /// Says what is wrong with a setting as a whole.
    fn tell(&mut self, setting: Setting, wrong: &Wrong) {
        if let Some(Given { value, origin }) = self.in_force.get(&setting) {
            let what = format!("{} = {value} {}", setting.name(), wrong.what);
            self.problems.push(Problem::new(what, origin, wrong.what_to_do));
        }
    }

    /// The parsed URLs of a list, if all are right. Of a wrong one no secret is told.
    fn parse_urls<T>(&mut self, setting: Setting, parse: fn(&str) -> Result<T, Wrong>) -> Option<Vec<T>> {
        let Given { value: Value::Urls(urls), origin } = self.in_force.get(&setting)? else { return None };
        self.parse_entries(setting, origin, urls, |url| parse(url.expose()))
    }

    /// The parsed entries of a list, if all are right.
    fn parse_each<T>(&mut self, setting: Setting, parse: fn(&str) -> Result<T, Wrong>) -> Option<Vec<T>> {
        let Given { value: Value::List(entries), origin } = self.in_force.get(&setting)? else { return None };
        self.parse_entries(setting, origin, entries, |entry| parse(entry))
    }

    /// The same, of a wrong one of which its `Debug` is told.
    fn parse_entries<Entry: std::fmt::Debug, T>(
        &mut self,
        setting: Setting,
        origin: &Origin,
        entries: &[Entry],
        parse: impl Fn(&Entry) -> Result<T, Wrong>,
    ) -> Option<Vec<T>> {
        let mut parsed = Vec::with_capacity(entries.len());
        for entry in entries {
            match parse(entry) {
                Ok(entry) => parsed.push(entry),
                Err(Wrong { what, what_to_do }) => {
                    let what = format!("{} has {entry:?}, which {what}", setting.name());
                    self.problems.push(Problem::new(what, origin, what_to_do));
                }
            }
        }
        (parsed.len() == entries.len()).then_some(parsed)
    }
}

/// What is wrong with a value, as the rest of a sentence that begins with it, and what would do.
pub(crate) struct Wrong {
    pub(crate) what: &'static str,
    pub(crate) what_to_do: &'static str,
}

fn parse_listen(value: &str) -> Result<SocketAddr, Wrong> {
    value.parse().map_err(|_| Wrong {
        what: "is not an IP address with a port",
        what_to_do: "write it as in 127.0.0.1:8080, [::1]:8080 or, for every network, 0.0.0.0:8080",
    })
}

fn parse_path(value: &str) -> Result<PathBuf, Wrong> {
    if value.is_empty() {
        return Err(Wrong { what: "is empty", what_to_do: "write a path, or leave it out" });
    }
    Ok(Path::new(value).to_owned())
}

fn parse_organization(value: &str) -> Result<String, Wrong> {
    if value.trim().is_empty() {
        return Err(Wrong {
            what: "is empty",
            what_to_do: "write an organization's slug, number or id, or leave it out",
        });
    }
    Ok(value.to_owned())
}

fn parse_days(value: &str) -> Result<Duration, Wrong> {
    match value.parse::<u64>() {
        Ok(days) if days <= MAX_RETAIN_DAYS => Ok(Duration::from_hours(24 * days)),
        _ => Err(Wrong { what: "is not a number of days", what_to_do: "write 0 to 3660; 0 keeps none" }),
    }
}

fn parse_sign_up(value: &str) -> Result<SignUp, Wrong> {
    match value {
        "loopback" => Ok(SignUp::Loopback),
        "open" => Ok(SignUp::Open),
        _ => Err(Wrong { what: "is not who may sign up", what_to_do: "write loopback or open" }),
    }
}

fn parse_public_url(value: &str) -> Result<String, Wrong> {
    let wrong = Wrong {
        what: "is not an http or https URL of a server",
        what_to_do: "write it as in https://keys.example.com",
    };
    let Ok(uri) = value.parse::<http::Uri>() else { return Err(wrong) };
    let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
    let is_plain = uri.query().is_none()
        && !value.contains('#')
        && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
    if !is_http || !is_plain {
        return Err(wrong);
    }
    Ok(value.trim_end_matches('/').to_owned())
}

fn parse_network(value: &str) -> Result<TrustedNetwork, Wrong> {
    value.parse().map_err(|error| match error {
        TrustedNetworkError::NotANetwork => Wrong {
            what: "is not an address or a network",
            what_to_do: "write it as in 10.0.0.5, 10.1.0.0/24 or 2001:db8::/64",
        },
        TrustedNetworkError::Everybody => Wrong {
            what: "is every address there is",
            what_to_do: "write the addresses of your proxies: whoever is trusted can claim to be any client",
        },
    })
}

fn parse_header(value: &str) -> Result<ForwardingHeader, Wrong> {
    match value {
        "x-forwarded-for" => Ok(ForwardingHeader::XForwardedFor),
        "forwarded" => Ok(ForwardingHeader::Forwarded),
        _ => Err(Wrong {
            what: "is not a header that says whom a proxy forwards for",
            what_to_do: "write x-forwarded-for or forwarded, whichever your proxy sends",
        }),
    }
}

fn parse_switch(value: &str) -> Result<bool, Wrong> {
    match value {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(Wrong { what: "is neither on nor off", what_to_do: "write on or off" }),
    }
}

#[cfg(test)]
mod tests;
