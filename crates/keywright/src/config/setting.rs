//! The settings: one table for the flags, the environment and the configuration file.

/// Something that the operator can set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Setting {
    Listen,
    DataDir,
    RootKeyFile,
    PepperFile,
    PublicUrl,
    LogFormat,
    LogLevel,
    ImmichOrganization,
    ImmichSignUp,
    ProxiesTrusted,
    ProxiesHeader,
    ProxiesProtocol,
    RequestsRetainDays,
    WrongKeysSlowDown,
    GatewaysOrganization,
    GatewaysUnmatched,
    GatewaysCredentials,
    GatewaysPreflight,
    GatewaysTellPermissions,
    LimitsBackend,
    LimitsRedisUrls,
    LimitsRedisTimeoutMs,
    OidcIssuer,
    OidcClientId,
    OidcClientSecretFile,
    OidcScopes,
    OidcLabel,
    OidcAllowedDomains,
}

/// How a setting's value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A string.
    Text,
    /// A string that is a path, which in a configuration file is relative to that file.
    Path,
    /// Strings: in a configuration file an array, else separated by commas.
    List,
    /// URLs that may hold passwords, as a list.
    Urls,
}

/// Where a setting can be given, and what is said of it.
struct Facts {
    name: &'static str,
    flag: &'static str,
    variable: &'static str,
    value_name: &'static str,
    help: &'static str,
}

impl Setting {
    pub(crate) const ALL: [Self; 28] = [
        Self::Listen,
        Self::DataDir,
        Self::RootKeyFile,
        Self::PepperFile,
        Self::PublicUrl,
        Self::LogFormat,
        Self::LogLevel,
        Self::ImmichOrganization,
        Self::ImmichSignUp,
        Self::ProxiesTrusted,
        Self::ProxiesHeader,
        Self::ProxiesProtocol,
        Self::RequestsRetainDays,
        Self::WrongKeysSlowDown,
        Self::GatewaysOrganization,
        Self::GatewaysUnmatched,
        Self::GatewaysCredentials,
        Self::GatewaysPreflight,
        Self::GatewaysTellPermissions,
        Self::LimitsBackend,
        Self::LimitsRedisUrls,
        Self::LimitsRedisTimeoutMs,
        Self::OidcIssuer,
        Self::OidcClientId,
        Self::OidcClientSecretFile,
        Self::OidcScopes,
        Self::OidcLabel,
        Self::OidcAllowedDomains,
    ];

    /// Its key in the configuration file; a dot in it leads into a table.
    pub(crate) const fn name(self) -> &'static str {
        self.facts().name
    }

    /// Its flag, without the dashes before it.
    pub(crate) const fn flag(self) -> &'static str {
        self.facts().flag
    }

    /// Its environment variable.
    pub(crate) const fn variable(self) -> &'static str {
        self.facts().variable
    }

    /// What its value is called in the help.
    pub(crate) const fn value_name(self) -> &'static str {
        self.facts().value_name
    }

    /// Its line in the help.
    pub(crate) const fn help(self) -> &'static str {
        self.facts().help
    }

    /// How its value is written.
    pub(crate) const fn kind(self) -> Kind {
        match self {
            Self::DataDir | Self::RootKeyFile | Self::PepperFile | Self::OidcClientSecretFile => Kind::Path,
            Self::ProxiesTrusted
            | Self::GatewaysCredentials
            | Self::OidcScopes
            | Self::OidcAllowedDomains => Kind::List,
            Self::LimitsRedisUrls => Kind::Urls,
            _ => Kind::Text,
        }
    }

    /// Whether a change takes effect when the configuration is read again, without a restart.
    pub(crate) const fn is_reloadable(self) -> bool {
        matches!(
            self,
            Self::LogLevel
                | Self::ProxiesTrusted
                | Self::ProxiesHeader
                | Self::ProxiesProtocol
                | Self::GatewaysOrganization
                | Self::GatewaysUnmatched
                | Self::GatewaysCredentials
                | Self::GatewaysPreflight
                | Self::GatewaysTellPermissions
        )
    }

    #[expect(clippy::too_many_lines, reason = "a table: four lines for each setting")]
    const fn facts(self) -> Facts {
        match self {
            Self::Listen => Facts {
                name: "listen",
                flag: "listen",
                variable: "KEYWRIGHT_LISTEN",
                value_name: "ADDRESS",
                help: "Address and port to listen on; port 0 takes a free one [default: 127.0.0.1:8080]",
            },
            Self::DataDir => Facts {
                name: "data_dir",
                flag: "data-dir",
                variable: "KEYWRIGHT_DATA_DIR",
                value_name: "DIR",
                help: "Where the database and the server's other files are [default: ./keywright-data]",
            },
            Self::RootKeyFile => Facts {
                name: "root_key_file",
                flag: "root-key-file",
                variable: "KEYWRIGHT_ROOT_KEY_FILE",
                value_name: "FILE",
                help: "Where a new root key is written [default: shown on a terminal, else <data-dir>/root-key]",
            },
            Self::PepperFile => Facts {
                name: "pepper_file",
                flag: "pepper-file",
                variable: "KEYWRIGHT_PEPPER_FILE",
                value_name: "FILE",
                help: "Where the pepper is, the secret that stored digests depend on [default: <data-dir>/pepper]",
            },
            Self::PublicUrl => Facts {
                name: "public_url",
                flag: "public-url",
                variable: "KEYWRIGHT_PUBLIC_URL",
                value_name: "URL",
                help: "How others reach this server, where that is not http://<listen>",
            },
            Self::LogFormat => Facts {
                name: "log_format",
                flag: "log-format",
                variable: "KEYWRIGHT_LOG_FORMAT",
                value_name: "FORMAT",
                help: "How the log is written: text or json [default: text]",
            },
            Self::LogLevel => Facts {
                name: "log_level",
                flag: "log-level",
                variable: "KEYWRIGHT_LOG_LEVEL",
                value_name: "LEVEL",
                help: "What is logged: error, warn, info, debug, trace, off, or a filter such as \
                       info,keywright_engine=debug [default: info]",
            },
            Self::ImmichOrganization => Facts {
                name: "dialects.immich.organization",
                flag: "dialects-immich-organization",
                variable: "KEYWRIGHT_DIALECTS_IMMICH_ORGANIZATION",
                value_name: "ORGANIZATION",
                help: "Whose people and keys the Immich API at /api is about: an organization's slug, number or id \
                       [default: default]",
            },
            Self::ImmichSignUp => Facts {
                name: "dialects.immich.sign_up",
                flag: "dialects-immich-sign-up",
                variable: "KEYWRIGHT_DIALECTS_IMMICH_SIGN_UP",
                value_name: "WHO",
                help: "Who may become the first admin through the Immich API: loopback (this machine, or the set-up \
                       token) or open (anybody) [default: loopback]",
            },
            Self::ProxiesTrusted => Facts {
                name: "proxies.trusted",
                flag: "proxies-trusted",
                variable: "KEYWRIGHT_PROXIES_TRUSTED",
                value_name: "NETWORKS",
                help: "The proxies that are believed whom they forward for: addresses and networks, separated by \
                       commas [default: none]",
            },
            Self::ProxiesHeader => Facts {
                name: "proxies.header",
                flag: "proxies-header",
                variable: "KEYWRIGHT_PROXIES_HEADER",
                value_name: "HEADER",
                help: "Where those proxies say it: x-forwarded-for or forwarded (RFC 7239) [default: x-forwarded-for]",
            },
            Self::ProxiesProtocol => Facts {
                name: "proxies.protocol",
                flag: "proxies-protocol",
                variable: "KEYWRIGHT_PROXIES_PROTOCOL",
                value_name: "ON|OFF",
                help: "Whether every connection comes from those proxies and begins with a header of the PROXY \
                       protocol: on or off [default: off]",
            },
            Self::RequestsRetainDays => Facts {
                name: "requests.retain_days",
                flag: "requests-retain-days",
                variable: "KEYWRIGHT_REQUESTS_RETAIN_DAYS",
                value_name: "DAYS",
                help: "How many days the log of single requests is kept; 0: none is made [default: 7]",
            },
            Self::WrongKeysSlowDown => Facts {
                name: "wrong_keys.slow_down",
                flag: "wrong-keys-slow-down",
                variable: "KEYWRIGHT_WRONG_KEYS_SLOW_DOWN",
                value_name: "ON|OFF",
                help: "Whether an address that shows many wrong keys is put off, with 429: on or off [default: on]",
            },
            Self::GatewaysOrganization => Facts {
                name: "gateways.organization",
                flag: "gateways-organization",
                variable: "KEYWRIGHT_GATEWAYS_ORGANIZATION",
                value_name: "ORGANIZATION",
                help: "Whose keys the gateways that ask at /authz take: an organization's slug, number or id [default: default]",
            },
            Self::GatewaysUnmatched => Facts {
                name: "gateways.unmatched",
                flag: "gateways-unmatched",
                variable: "KEYWRIGHT_GATEWAYS_UNMATCHED",
                value_name: "WHAT",
                help: "What a gateway's request needs that no route of the configuration fits: method (some permission with \
                       its method's verb) or deny [default: method]",
            },
            Self::GatewaysCredentials => Facts {
                name: "gateways.credentials",
                flag: "gateways-credentials",
                variable: "KEYWRIGHT_GATEWAYS_CREDENTIALS",
                value_name: "PLACES",
                help: "Where a gateway's request may have its key: bearer, header:NAME, cookie:NAME, query:NAME, separated \
                       by commas [default: bearer,header:x-api-key]",
            },
            Self::GatewaysPreflight => Facts {
                name: "gateways.preflight",
                flag: "gateways-preflight",
                variable: "KEYWRIGHT_GATEWAYS_PREFLIGHT",
                value_name: "WHAT",
                help: "What becomes of a browser's CORS preflight without a key at a gateway: deny or allow [default: deny]",
            },
            Self::GatewaysTellPermissions => Facts {
                name: "gateways.tell_permissions",
                flag: "gateways-tell-permissions",
                variable: "KEYWRIGHT_GATEWAYS_TELL_PERMISSIONS",
                value_name: "WHEN",
                help: "When a gateway is told a key's permissions: asked (by its question) or always [default: asked]",
            },
            Self::LimitsBackend => Facts {
                name: "limits.backend",
                flag: "limits-backend",
                variable: "KEYWRIGHT_LIMITS_BACKEND",
                value_name: "WHERE",
                help: "Where rate limits are counted: local (on this node alone) or redis (for all nodes together) \
                       [default: local]",
            },
            Self::LimitsRedisUrls => Facts {
                name: "limits.redis_urls",
                flag: "limits-redis-urls",
                variable: "KEYWRIGHT_LIMITS_REDIS_URLS",
                value_name: "URLS",
                help: "The Redis or Valkey server, as redis://[user:password@]host[:port][/database]; of a Redis \
                       Cluster some of its nodes, separated by commas",
            },
            Self::LimitsRedisTimeoutMs => Facts {
                name: "limits.redis_timeout_ms",
                flag: "limits-redis-timeout-ms",
                variable: "KEYWRIGHT_LIMITS_REDIS_TIMEOUT_MS",
                value_name: "MILLISECONDS",
                help: "How long a verification may wait for Redis before its use is counted on this node alone \
                       [default: 50]",
            },
            Self::OidcIssuer => Facts {
                name: "oidc.issuer",
                flag: "oidc-issuer",
                variable: "KEYWRIGHT_OIDC_ISSUER",
                value_name: "URL",
                help: "An OpenID Connect provider that people may sign in with, such as https://id.example.com",
            },
            Self::OidcClientId => Facts {
                name: "oidc.client_id",
                flag: "oidc-client-id",
                variable: "KEYWRIGHT_OIDC_CLIENT_ID",
                value_name: "ID",
                help: "What the provider knows this server as",
            },
            Self::OidcClientSecretFile => Facts {
                name: "oidc.client_secret_file",
                flag: "oidc-client-secret-file",
                variable: "KEYWRIGHT_OIDC_CLIENT_SECRET_FILE",
                value_name: "FILE",
                help: "The file with the secret that the provider gave for it; none for a public client",
            },
            Self::OidcScopes => Facts {
                name: "oidc.scopes",
                flag: "oidc-scopes",
                variable: "KEYWRIGHT_OIDC_SCOPES",
                value_name: "SCOPES",
                help: "What the provider is asked for beside openid, separated by commas [default: email]",
            },
            Self::OidcLabel => Facts {
                name: "oidc.label",
                flag: "oidc-label",
                variable: "KEYWRIGHT_OIDC_LABEL",
                value_name: "TEXT",
                help: "What people call the provider: the button says \"Sign in with TEXT\" [default: single sign-on]",
            },
            Self::OidcAllowedDomains => Facts {
                name: "oidc.allowed_domains",
                flag: "oidc-allowed-domains",
                variable: "KEYWRIGHT_OIDC_ALLOWED_DOMAINS",
                value_name: "DOMAINS",
                help: "The domains of e-mail addresses that the provider is believed for, separated by commas; any where \
                       none is given",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_has_one_name_in_three_spellings() {
        for setting in Setting::ALL {
            assert_eq!(setting.flag(), setting.name().replace(['_', '.'], "-"));
            let name = setting.name().replace('.', "_").to_uppercase();
            assert_eq!(setting.variable(), format!("KEYWRIGHT_{name}"));
        }
    }

    #[test]
    fn every_setting_is_documented() {
        let document = include_str!("../../../../docs/configuration.md");
        for setting in Setting::ALL {
            let row = format!("| `--{}` | `{}` | `{}` |", setting.flag(), setting.variable(), setting.name());
            assert!(document.contains(&row), "docs/configuration.md has no row {row}");
        }
    }
}
