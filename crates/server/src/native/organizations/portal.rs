//! The key page of an organization's customers, as it is answered and as it is set.

use keywright_domain::PortalSettings;
use keywright_engine::PortalSettingsPatch;
use keywright_store::Change;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::Object;

/// How the key page of an organization's customers is: see `POST /v1/portal-sessions`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Portal {
    /// Origins of pages that may frame it. Empty: none may, and it is a page of its own only.
    #[schema(example = json!(["https://app.example.com"]))]
    allowed_origins: Vec<String>,
    /// The colour of what is pressed. Left out: the console's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "#7c3aed")]
    accent_color: Option<String>,
    /// How round corners are, in CSS pixels.
    #[schema(minimum = 0, maximum = 24, example = 10)]
    corner_radius: u8,
    font: PortalFont,
    color_scheme: PortalColorScheme,
    /// How many keys that work one customer may have.
    #[schema(minimum = 1, maximum = 100, example = 20)]
    max_keys: u32,
}

/// What is set of the key page of an organization's customers. What is left out is as it is unless said otherwise.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PortalPatch {
    /// Origins of pages that may frame it: `https://` and a host, which may begin with `*.`, and perhaps a port; `http://` for
    /// localhost alone.
    #[schema(max_items = 16, example = json!(["https://app.example.com"]))]
    allowed_origins: Option<Vec<String>>,
    /// The colour of what is pressed.
    #[schema(pattern = "^#[0-9A-Fa-f]{6}$", example = "#7c3aed")]
    accent_color: Option<String>,
    /// How round corners are, in CSS pixels; 10 unless said otherwise.
    #[schema(minimum = 0, maximum = 24)]
    corner_radius: Option<u32>,
    #[schema(value_type = Option<PortalFont>)]
    font: Option<String>,
    #[schema(value_type = Option<PortalColorScheme>)]
    color_scheme: Option<String>,
    /// How many keys that work one customer may have; 20 unless said otherwise.
    #[schema(minimum = 1, maximum = 100)]
    max_keys: Option<u32>,
}

/// Letters that every device has: none are loaded.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PortalFont {
    /// The device's own.
    System,
    /// Without serifs.
    Sans,
    /// With serifs.
    Serif,
    /// All of one width.
    Mono,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PortalColorScheme {
    /// As the person's device is set.
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl From<PortalSettings> for Portal {
    fn from(portal: PortalSettings) -> Self {
        use keywright_domain::{ColorScheme, PortalFont as Font};
        Self {
            allowed_origins: portal.frame_origins.into_iter().map(String::from).collect(),
            accent_color: portal.accent.map(String::from),
            corner_radius: portal.corner_px,
            font: match portal.font {
                Font::System => PortalFont::System,
                Font::Sans => PortalFont::Sans,
                Font::Serif => PortalFont::Serif,
                Font::Mono => PortalFont::Mono,
            },
            color_scheme: match portal.scheme {
                ColorScheme::Auto => PortalColorScheme::Auto,
                ColorScheme::Light => PortalColorScheme::Light,
                ColorScheme::Dark => PortalColorScheme::Dark,
            },
            max_keys: portal.max_keys,
        }
    }
}

/// The change as the engine takes it.
pub(super) fn set_portal(change: Change<Option<Object<PortalPatch>>>) -> Change<Option<PortalSettingsPatch>> {
    let patch = |Object(portal): Object<PortalPatch>| PortalSettingsPatch {
        allowed_origins: portal.allowed_origins,
        accent_color: portal.accent_color,
        corner_radius: portal.corner_radius,
        font: portal.font,
        color_scheme: portal.color_scheme,
        max_keys: portal.max_keys,
    };
    match change {
        Change::Keep => Change::Keep,
        Change::Set(portal) => Change::Set(portal.map(patch)),
    }
}
