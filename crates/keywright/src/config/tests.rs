//! What is taken from where, and what is refused.

use super::*;

fn given(values: &[(Setting, &str)]) -> Settings {
    let given = values
        .iter()
        .map(|&(setting, value)| {
            (setting, Given { value: Value::typed(setting, value), origin: Origin::Flag(setting) })
        })
        .collect();
    Settings { given, file: None }
}

/// The configuration that these values make, or what is wrong with them.
pub(super) fn resolve(values: &[(Setting, &str)]) -> Result<Config, Vec<String>> {
    Config::resolve(given(values))
        .map_err(|Problems(problems)| problems.iter().map(ToString::to_string).collect())
}

fn problems(values: &[(Setting, &str)]) -> Vec<String> {
    resolve(values).unwrap_err()
}

#[test]
fn everything_has_a_default_or_may_be_left_out() {
    let config = Config::resolve(Settings::default()).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.data_dir, Path::new("./keywright-data"));
    assert_eq!(config.root_key_file, None);
    assert_eq!(
        config.to_toml(),
        "listen = \"127.0.0.1:8080\"                        # default\n\
         data_dir = \"./keywright-data\"                    # default\n\
         # root_key_file is not set\n\
         # pepper_file is not set\n\
         # public_url is not set\n\
         log_format = \"text\"                              # default\n\
         log_level = \"info\"                               # default\n\
         dialects.immich.organization = \"default\"         # default\n\
         dialects.immich.sign_up = \"loopback\"             # default\n\
         proxies.trusted = []                             # default\n\
         proxies.header = \"x-forwarded-for\"               # default\n\
         proxies.protocol = \"off\"                         # default\n\
         requests.retain_days = \"7\"                       # default\n\
         wrong_keys.slow_down = \"on\"                      # default\n\
         gateways.organization = \"default\"                # default\n\
         gateways.unmatched = \"method\"                    # default\n\
         gateways.credentials = [\"bearer\", \"header:x-api-key\"] # default\n\
         gateways.preflight = \"deny\"                      # default\n\
         gateways.tell_permissions = \"asked\"              # default\n\
         limits.backend = \"local\"                         # default\n\
         limits.redis_urls = []                           # default\n\
         limits.redis_timeout_ms = \"50\"                   # default\n\
         # oidc.issuer is not set\n\
         # oidc.client_id is not set\n\
         # oidc.client_secret_file is not set\n\
         oidc.scopes = [\"email\"]                          # default\n\
         oidc.label = \"single sign-on\"                    # default\n\
         oidc.allowed_domains = []                        # default\n"
    );
}

#[test]
fn a_flag_goes_before_the_file_and_the_file_before_the_default() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keywright.toml");
    std::fs::write(&file, "listen = \"127.0.0.1:1\"\nlog_level = \"debug\"\n").unwrap();
    let settings = Settings { file: Some(file.clone()), ..given(&[(Setting::Listen, "127.0.0.1:2")]) };
    let config = Config::resolve(settings).unwrap();
    assert_eq!(config.listen.port(), 2);
    let shown = config.to_toml();
    assert!(shown.contains("# --listen\n"), "{shown}");
    assert!(
        shown.contains(&format!(
            "log_level = \"debug\"                              # {}:2\n",
            file.display()
        ))
    );
}

#[test]
fn what_is_shown_says_the_same_when_it_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keywright.toml");
    let config = Config::resolve(given(&[
        (Setting::DataDir, "/srv/a \"quoted\" folder"),
        (Setting::PublicUrl, "https://keys.example.com"),
        (Setting::ImmichOrganization, "photos"),
        (Setting::ProxiesTrusted, "10.0.0.0/8, ::1"),
    ]))
    .unwrap();
    std::fs::write(&file, config.to_toml()).unwrap();
    let again = Config::resolve(Settings { file: Some(file), ..Settings::default() }).unwrap();
    assert_eq!(again.data_dir, config.data_dir);
    assert_eq!(again.public_url, config.public_url);
    assert_eq!(again.immich.organization, "photos");
    assert_eq!(again.proxies, config.proxies);
    assert!(again.proxies.trusted.contains("10.9.9.9".parse().unwrap()));
}

#[test]
fn every_wrong_value_is_told_with_where_it_was_given() {
    assert_eq!(
        problems(&[
            (Setting::Listen, "localhost"),
            (Setting::DataDir, ""),
            (Setting::PublicUrl, "keys.example.com"),
            (Setting::LogFormat, "xml"),
            (Setting::LogLevel, "loud"),
            (Setting::ImmichOrganization, ""),
            (Setting::ImmichSignUp, "everybody"),
            (Setting::ProxiesTrusted, "10.0.0.1,10.0.0.0/33,::/0"),
            (Setting::ProxiesHeader, "x-real-ip"),
            (Setting::ProxiesProtocol, "v2"),
            (Setting::RequestsRetainDays, "a week"),
            (Setting::WrongKeysSlowDown, "no"),
        ]),
        [
            "listen = \"localhost\" is not an IP address with a port (--listen): write it as in \
             127.0.0.1:8080, [::1]:8080 or, for every network, 0.0.0.0:8080",
            "data_dir = \"\" is empty (--data-dir): write a path, or leave it out",
            "public_url = \"keys.example.com\" is not an http or https URL of a server (--public-url): \
             write it as in https://keys.example.com",
            "log_format = \"xml\" is not a log format (--log-format): write text or json",
            "log_level = \"loud\" is not a level or a filter (--log-level): write error, warn, info, debug, \
             trace, off, or a filter such as info,keywright_engine=debug",
            "dialects.immich.organization = \"\" is empty (--dialects-immich-organization): write an \
             organization's slug, number or id, or leave it out",
            "dialects.immich.sign_up = \"everybody\" is not who may sign up (--dialects-immich-sign-up): write \
             loopback or open",
            "proxies.trusted has \"10.0.0.0/33\", which is not an address or a network (--proxies-trusted): write it \
             as in 10.0.0.5, 10.1.0.0/24 or 2001:db8::/64",
            "proxies.trusted has \"::/0\", which is every address there is (--proxies-trusted): write the addresses \
             of your proxies: whoever is trusted can claim to be any client",
            "proxies.header = \"x-real-ip\" is not a header that says whom a proxy forwards for (--proxies-header): \
             write x-forwarded-for or forwarded, whichever your proxy sends",
            "proxies.protocol = \"v2\" is neither on nor off (--proxies-protocol): write on or off",
            "requests.retain_days = \"a week\" is not a number of days (--requests-retain-days): write 0 to 3660; 0 \
             keeps none",
            "wrong_keys.slow_down = \"no\" is neither on nor off (--wrong-keys-slow-down): write on or off",
        ]
    );
}

#[test]
fn a_protocol_that_nobody_may_speak_is_refused() {
    let told = problems(&[(Setting::ProxiesProtocol, "on")]);
    assert!(
        told[0].ends_with("list the proxies that speak the PROXY protocol in proxies.trusted"),
        "{told:?}"
    );
    let spoken = [(Setting::ProxiesProtocol, "on"), (Setting::ProxiesTrusted, "10.0.0.1")];
    assert!(Config::resolve(given(&spoken)).unwrap().proxies.speak_proxy_protocol);
}

#[test]
fn a_public_url_is_one_that_paths_can_be_added_to() {
    let url = |value| Config::resolve(given(&[(Setting::PublicUrl, value)])).map(|config| config.public_url);
    assert_eq!(url("https://keys.example.com/").unwrap().as_deref(), Some("https://keys.example.com"));
    assert_eq!(url("http://10.0.0.1:80/keys").unwrap().as_deref(), Some("http://10.0.0.1:80/keys"));
    for bad in ["", "/keys", "ftp://a", "https://", "https://a/?b", "https://a/#b", "https://me:pw@a", "a b"]
    {
        assert!(url(bad).is_err(), "{bad} was accepted");
    }
}

#[test]
fn what_can_change_while_the_server_runs_is_taken_up_and_the_rest_is_told() {
    let config = |values: &[(Setting, &str)]| Config::resolve(given(values)).unwrap();
    let mut running = config(&[(Setting::RootKeyFile, "a"), (Setting::LogLevel, "warn")]);
    let new =
        [(Setting::Listen, "127.0.0.1:1"), (Setting::ProxiesTrusted, "::1"), (Setting::LogLevel, "debug")];
    for _ in 0..2 {
        let changes = running.take_up(config(&new));
        assert_eq!(changes.at_the_next_start, ["listen", "root_key_file"]);
        assert!(running.proxies.trusted.contains("::1".parse().unwrap()));
        assert_eq!(running.log_filter, config(&new).log_filter);
        assert_eq!((running.listen.port(), running.root_key_file.as_deref()), (8080, Some(Path::new("a"))));
    }
    assert_eq!(running.take_up(config(&new)).now, <[&str; 0]>::default());
    assert_eq!(running.take_up(config(&[])).now, ["log_level", "proxies.trusted"]);
}

#[test]
fn the_request_log_is_kept_for_a_week_or_as_long_as_is_said() {
    let kept = |values: &[(Setting, &str)]| Config::resolve(given(values)).map(|config| config.keep_requests);
    let days = |days: u64| std::time::Duration::from_hours(24 * days);
    assert_eq!(kept(&[]).unwrap(), days(7));
    assert_eq!(kept(&[(Setting::RequestsRetainDays, "0")]).unwrap(), days(0));
    assert_eq!(kept(&[(Setting::RequestsRetainDays, "3660")]).unwrap(), days(3660));
    for bad in ["", "-1", "1.5", "3661", "99999999999999999999"] {
        assert!(kept(&[(Setting::RequestsRetainDays, bad)]).is_err(), "{bad}");
    }
}
