//! The key page that an organization shows its own customers: who may frame it, and how it looks.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What an organization sets of its customers' key page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PortalSettings {
    /// Pages that may frame it; none: it is a page of its own only.
    pub frame_origins: Vec<FrameOrigin>,
    /// The colour of what is pressed; none: the console's.
    pub accent: Option<Color>,
    /// How round corners are, in CSS pixels, at most [`PortalSettings::MAX_CORNER_PX`].
    pub corner_px: u8,
    /// Its letters.
    pub font: PortalFont,
    /// Light or dark.
    pub scheme: ColorScheme,
    /// How many keys that work one customer may have, 1 to [`PortalSettings::MOST_KEYS`].
    pub max_keys: u32,
}

impl PortalSettings {
    /// The most pages that may frame it.
    pub const MAX_ORIGINS: usize = 16;
    /// The roundest corners.
    pub const MAX_CORNER_PX: u8 = 24;
    /// The most keys of one customer.
    pub const MOST_KEYS: u32 = 100;
}

impl Default for PortalSettings {
    fn default() -> Self {
        Self {
            frame_origins: Vec::new(),
            accent: None,
            corner_px: 10,
            font: PortalFont::System,
            scheme: ColorScheme::Auto,
            max_keys: 20,
        }
    }
}

/// The origin of a page that may frame ours, as `frame-ancestors` takes it (CSP Level 3, section 6.4.2): `https://`, a
/// host, which may begin with `*.`, and perhaps a port. Plain `http://` only for the own machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FrameOrigin(String);

/// A text that is no origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be an origin such as https://app.example.com or https://*.example.com: no path; http:// for localhost alone"
)]
pub struct FrameOriginError;

impl FrameOrigin {
    /// The origin.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FrameOrigin {
    type Err = FrameOriginError;

    fn from_str(text: &str) -> Result<Self, FrameOriginError> {
        let text = text.trim().to_ascii_lowercase();
        let text = text.strip_suffix('/').unwrap_or(&text);
        let (scheme, authority) = text.split_once("://").ok_or(FrameOriginError)?;
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        };
        let is_port = |port: &str| {
            port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
        };
        let is_own_machine = host == "localhost" || host.ends_with(".localhost") || host == "127.0.0.1";
        let is_right = match scheme {
            "https" => is_host(host),
            "http" => is_own_machine && is_host(host),
            _ => false,
        };
        if is_right && port.is_none_or(is_port) { Ok(Self(text.to_owned())) } else { Err(FrameOriginError) }
    }
}

/// Whether it is a host name or an IPv4 address, perhaps all hosts below a name of two labels or more.
fn is_host(host: &str) -> bool {
    let (name, is_wild) = host.strip_prefix("*.").map_or((host, false), |name| (name, true));
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(is_label) && (!is_wild || name.contains('.'))
}

impl TryFrom<String> for FrameOrigin {
    type Error = FrameOriginError;

    fn try_from(text: String) -> Result<Self, FrameOriginError> {
        text.parse()
    }
}

impl From<FrameOrigin> for String {
    fn from(origin: FrameOrigin) -> Self {
        origin.0
    }
}

/// A colour, `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Color([u8; 3]);

/// A text that is no colour.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a colour such as #1f5fbf")]
pub struct ColorError;

impl Color {
    /// A colour of so much red, green and blue.
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue])
    }

    /// Red, green, blue.
    pub const fn parts(self) -> [u8; 3] {
        self.0
    }
}

impl FromStr for Color {
    type Err = ColorError;

    fn from_str(text: &str) -> Result<Self, ColorError> {
        let digits = text.trim().strip_prefix('#').filter(|digits| digits.len() == 6).ok_or(ColorError)?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(ColorError);
        }
        let value = u32::from_str_radix(digits, 16).map_err(|_| ColorError)?;
        let [_, red, green, blue] = value.to_be_bytes();
        Ok(Self([red, green, blue]))
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl TryFrom<String> for Color {
    type Error = ColorError;

    fn try_from(text: String) -> Result<Self, ColorError> {
        text.parse()
    }
}

impl From<Color> for String {
    fn from(color: Color) -> Self {
        color.to_string()
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $error:ident, $message:literal { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        #[doc = concat!("A text that is none of the words of [`", stringify!($name), "`].")]
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        #[error($message)]
        pub struct $error;

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The word on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl FromStr for $name {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, $error> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text).ok_or($error)
            }
        }
    };
}

words! {
    /// Letters that every device has: none are loaded.
    PortalFont, PortalFontError, "must be system, sans, serif or mono" {
        /// The device's own.
        System = "system",
        /// Without serifs.
        Sans = "sans",
        /// With serifs.
        Serif = "serif",
        /// All of one width.
        Mono = "mono",
    }
}

words! {
    /// Light or dark.
    ColorScheme, ColorSchemeError, "must be auto, light or dark" {
        /// As the person's device is set.
        Auto = "auto",
        /// Light.
        Light = "light",
        /// Dark.
        Dark = "dark",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_and_a_host() {
        for (text, read) in [
            ("https://app.example.com", "https://app.example.com"),
            (" HTTPS://App.Example.com:8443/ ", "https://app.example.com:8443"),
            ("https://*.example.com", "https://*.example.com"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://shop.localhost", "http://shop.localhost"),
            ("http://127.0.0.1:5173", "http://127.0.0.1:5173"),
        ] {
            assert_eq!(
                text.parse::<FrameOrigin>().map(|origin| origin.as_str().to_owned()).as_deref(),
                Ok(read)
            );
        }
    }

    #[test]
    fn nothing_else_gets_into_the_header() {
        for text in [
            "",
            "*",
            "https:",
            "https://",
            "https://*",
            "https://*.com",
            "https://a.*.example.com",
            "https://app.example.com/path",
            "https://app.example.com;script-src *",
            "https://app.example.com 'unsafe-inline'",
            "https://user@app.example.com",
            "https://app.example.com:0",
            "https://app.example.com:+80",
            "https://app.example.com:99999",
            "https://-a.example.com",
            "https://a..example.com",
            "http://app.example.com",
            "http://localhost.example.com",
            "ftp://app.example.com",
            "data:",
            "https://ex\u{e4}mple.com",
        ] {
            assert_eq!(text.parse::<FrameOrigin>(), Err(FrameOriginError), "{text}");
        }
    }

    #[test]
    fn a_colour_is_six_digits() {
        assert_eq!("#1F5fbf".parse::<Color>().unwrap().to_string(), "#1f5fbf");
        assert_eq!("#1f5fbf".parse::<Color>().unwrap().parts(), [0x1f, 0x5f, 0xbf]);
        for text in ["", "#", "1f5fbf", "#1f5", "#1f5fbg", "#+f5fbf", "red", "#1f5fbf;}"] {
            assert_eq!(text.parse::<Color>(), Err(ColorError), "{text}");
        }
    }

    #[test]
    fn what_is_kept_is_read_again() {
        let settings = PortalSettings {
            frame_origins: vec!["https://app.example.com".parse().unwrap()],
            accent: Some(Color::new(1, 2, 3)),
            font: PortalFont::Serif,
            scheme: ColorScheme::Dark,
            ..PortalSettings::default()
        };
        let text = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<PortalSettings>(&text).unwrap(), settings);
        assert_eq!(serde_json::from_str::<PortalSettings>("{}").unwrap(), PortalSettings::default());
    }
}
