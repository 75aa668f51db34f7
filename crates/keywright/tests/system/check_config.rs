//! `keywright check-config`, `keywright version`, and what is said to a mistyped command.

use std::fs;

use crate::harness::{Installation, errors, printed};

#[test]
fn a_good_configuration_is_shown_with_where_each_value_comes_from() {
    let installation = Installation::new();
    fs::write(installation.path("kw.toml"), "listen = \"127.0.0.1:1\"\ndata_dir = \"data\"\n").unwrap();
    let output = installation
        .command("check-config --config kw.toml --log-format json")
        .env("KEYWRIGHT_LISTEN", "127.0.0.1:2")
        .env("KEYWRIGHT_PUBLIC_URL", "")
        .output()
        .unwrap();
    let printed = printed(&output);
    assert!(output.status.success(), "{}", errors(&output));
    let words: Vec<String> =
        printed.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        words,
        [
            "listen = \"127.0.0.1:2\" # KEYWRIGHT_LISTEN",
            "data_dir = \"data\" # kw.toml:2",
            "# root_key_file is not set",
            "# pepper_file is not set",
            "# public_url is not set",
            "log_format = \"json\" # --log-format",
            "log_level = \"info\" # default",
            "dialects.immich.organization = \"default\" # default",
            "dialects.immich.sign_up = \"loopback\" # default",
            "proxies.trusted = [] # default",
            "proxies.header = \"x-forwarded-for\" # default",
            "proxies.protocol = \"off\" # default",
            "requests.retain_days = \"7\" # default",
            "wrong_keys.slow_down = \"on\" # default",
            "gateways.organization = \"default\" # default",
            "gateways.unmatched = \"method\" # default",
            "gateways.credentials = [\"bearer\", \"header:x-api-key\"] # default",
            "gateways.preflight = \"deny\" # default",
            "gateways.tell_permissions = \"asked\" # default",
            "limits.backend = \"local\" # default",
            "limits.redis_urls = [] # default",
            "limits.redis_timeout_ms = \"50\" # default",
            "# oidc.issuer is not set",
            "# oidc.client_id is not set",
            "# oidc.client_secret_file is not set",
            "oidc.scopes = [\"email\"] # default",
            "oidc.label = \"single sign-on\" # default",
            "oidc.allowed_domains = [] # default",
            "ok",
        ]
    );
    assert!(!installation.path("data").exists(), "a check makes nothing");
}

#[test]
fn every_problem_is_told_with_its_place() {
    let installation = Installation::new();
    fs::write(installation.path("kw.toml"), "\nlisten = \"localhost\"\nlog_levle = \"info\"\n").unwrap();
    let output = installation.command("check-config --config kw.toml --log-format xml").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(printed(&output), "");
    assert_eq!(
        errors(&output),
        "error: unknown key `log_levle` (kw.toml:3): write `log_level`, or remove it\n\
         error: listen = \"localhost\" is not an IP address with a port (kw.toml:2): write it as in \
         127.0.0.1:8080, [::1]:8080 or, for every network, 0.0.0.0:8080\n\
         error: log_format = \"xml\" is not a log format (--log-format): write text or json\n"
    );
}

#[test]
fn what_is_wrong_with_the_configuration_stops_the_server_too() {
    let installation = Installation::new();
    let output = installation.command("serve --config no.toml").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).contains("no.toml"), "{}", errors(&output));
    assert!(!installation.data_dir().exists());
}

#[test]
fn the_version_is_told_in_two_ways() {
    let installation = Installation::new();
    let version = concat!("keywright ", env!("CARGO_PKG_VERSION"), "\n");
    for words in ["version", "--version"] {
        assert_eq!(printed(&installation.command(words).output().unwrap()), version);
    }
}

#[test]
fn a_mistyped_command_is_a_usage_error() {
    let installation = Installation::new();
    for words in ["", "sevre", "serve --port 80", "restore"] {
        let output = installation.command(words).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        assert!(errors(&output).contains("Usage"), "{words:?}: {}", errors(&output));
    }
}

#[test]
fn the_help_shows_no_value_of_the_environment() {
    let installation = Installation::new();
    let output = installation
        .command("serve --help")
        .env("KEYWRIGHT_ROOT_KEY_FILE", "/secret/place")
        .output()
        .unwrap();
    assert!(printed(&output).contains("KEYWRIGHT_ROOT_KEY_FILE"));
    assert!(!printed(&output).contains("/secret/place"));
}
