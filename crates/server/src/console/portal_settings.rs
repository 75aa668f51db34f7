//! The part of the settings that is about the customers' key page.

use keywright_domain::PortalSettings;
use keywright_engine::{FieldProblem, PortalSettingsPatch};

use super::fields::Fields;

/// The names of its fields.
const NAMES: [&str; 7] = [
    "portalOrigins",
    "portalAccent",
    "portalOwnAccent",
    "portalCorner",
    "portalFont",
    "portalScheme",
    "portalMaxKeys",
];

/// What a colour field shows where none is chosen: the console's.
const USUAL_ACCENT: &str = "#1f5fbf";

/// What the form says of a portal.
pub(super) fn fields_of(fields: Fields, portal: &PortalSettings) -> Fields {
    let origins: Vec<&str> = portal.frame_origins.iter().map(keywright_domain::FrameOrigin::as_str).collect();
    let accent = portal.accent.map_or_else(|| USUAL_ACCENT.to_owned(), |accent| accent.to_string());
    fields
        .with("portalOrigins", origins.join("\n"))
        .with("portalAccent", accent)
        .with("portalOwnAccent", if portal.accent.is_some() { "yes" } else { "" })
        .with("portalCorner", portal.corner_px.to_string())
        .with("portalFont", portal.font.as_str())
        .with("portalScheme", portal.scheme.as_str())
        .with("portalMaxKeys", portal.max_keys.to_string())
}

/// What the form asks for; `None` where it says what there is.
pub(super) fn patch(
    fields: &Fields,
    known: &Fields,
    problems: &mut Vec<FieldProblem>,
) -> Option<PortalSettingsPatch> {
    let is_changed = |name: &&str| match *name {
        "portalOrigins" => fields.lines(name) != known.lines(name),
        name => fields.text(name) != known.text(name),
    };
    // A form of an earlier version of this page asks for nothing here.
    fields.given("portalScheme")?;
    if !NAMES.iter().any(is_changed) {
        return None;
    }
    let mut number = |name: &str, field: &str| {
        let read = fields.text(name).parse().ok();
        if read.is_none() {
            problems.push(FieldProblem::new(field, "must be a whole number"));
        }
        read
    };
    Some(PortalSettingsPatch {
        corner_radius: number("portalCorner", "portal.cornerRadius"),
        max_keys: number("portalMaxKeys", "portal.maxKeys"),
        allowed_origins: Some(fields.lines("portalOrigins")),
        accent_color: fields.given("portalAccent").filter(|_| fields.has("portalOwnAccent", "yes")),
        font: fields.given("portalFont"),
        color_scheme: fields.given("portalScheme"),
    })
}
