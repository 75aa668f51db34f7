//! A setting's value, and where it was given.

use std::fmt;
use std::path::PathBuf;

use super::secret_url::SecretUrl;
use super::setting::{Kind, Setting};

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// One.
    Text(String),
    /// Several, in order.
    List(Vec<String>),
    /// Several URLs, shown without their secrets.
    Urls(Vec<SecretUrl>),
}

impl Value {
    /// What a flag or a variable says: a list's entries are separated by commas.
    pub(crate) fn typed(setting: Setting, text: &str) -> Self {
        match setting.kind() {
            Kind::Text | Kind::Path => Self::Text(text.to_owned()),
            Kind::List => Self::List(separated(text).map(str::to_owned).collect()),
            Kind::Urls => Self::Urls(separated(text).map(SecretUrl::new).collect()),
        }
    }
}

fn separated(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|entry| !entry.is_empty())
}

/// As TOML; a secret is left out of it.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |text: &String| toml::Value::String(text.clone());
        match self {
            Self::Text(value) => text(value).fmt(f),
            Self::List(entries) => toml::Value::Array(entries.iter().map(text).collect()).fmt(f),
            Self::Urls(urls) => {
                toml::Value::Array(urls.iter().map(|url| text(&url.to_string())).collect()).fmt(f)
            }
        }
    }
}

/// A value as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) value: Value,
    pub(crate) origin: Origin,
}

/// Where a value was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Flag(Setting),
    Variable(Setting),
    File { path: PathBuf, line: usize },
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(setting) => write!(f, "--{}", setting.flag()),
            Self::Variable(setting) => f.write_str(setting.variable()),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_list_is_separated_by_commas() {
        let typed = |text| Value::typed(Setting::ProxiesTrusted, text).to_string();
        assert_eq!(typed("10.0.0.1, ::1,"), r#"["10.0.0.1", "::1"]"#);
        assert_eq!(typed(""), "[]");
        assert_eq!(Value::typed(Setting::PublicUrl, "a,b").to_string(), r#""a,b""#);
    }
}
