//! The look of an organization's portal: a style sheet that sets variables, out of values that were read and cannot be
//! anything else. Whatever colour is chosen, what is written can be read (WCAG 2.2, 1.4.3 and 1.4.11).

use std::fmt::Write as _;

use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keywright_domain::{Color, ColorScheme, PortalFont, PortalSettings};
use sha2::{Digest as _, Sha256};

use super::visit::session_of;
use crate::app::SharedApp;
use crate::http::Failure;

/// A set of colours.
struct Palette {
    surface: Color,
    text: Color,
    accent: Color,
    /// The rest, as they stand in the style sheet.
    rest: &'static str,
}

const LIGHT: Palette = Palette {
    surface: Color::new(0xff, 0xff, 0xff),
    text: Color::new(0x17, 0x20, 0x2b),
    accent: Color::new(0x1f, 0x5f, 0xbf),
    rest: "--ground:#f5f6f8;--line:#dfe3e8;--field:#7f8a98;--quiet:#5a6675;--wrong:#b3261e;--wrong-ground:#fdf0ef;\
           --code:#f0f2f5;--good:#1d6b3f;--good-ground:#e9f6ee;--soon:#8a5300;--soon-ground:#fdf3e1;color-scheme:light",
};

const DARK: Palette = Palette {
    surface: Color::new(0x1a, 0x20, 0x27),
    text: Color::new(0xe6, 0xea, 0xef),
    accent: Color::new(0x7f, 0xb0, 0xff),
    rest: "--ground:#12161b;--line:#2f3843;--field:#6b7a8f;--quiet:#9aa7b5;--wrong:#ff8f85;--wrong-ground:#2c1a1a;\
           --code:#11161c;--good:#7fd6a3;--good-ground:#14261c;--soon:#f0b85a;--soon-ground:#2b2212;color-scheme:dark",
};

/// `GET`: of the organization that the session is of; no secret.
pub(super) async fn show(app: SharedApp, parts: Parts) -> Response {
    let portal = match session_of(&parts) {
        Some(id) => app.engine.portal_of(id).await.map(|found| found.map(|(_, portal)| portal)),
        None => Ok(None),
    };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8")),
        // Its address names what it says.
        (CACHE_CONTROL, HeaderValue::from_static("private, max-age=86400")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    match portal {
        Ok(portal) => (headers, sheet(&portal.unwrap_or_default())).into_response(),
        Err(error) => Failure::from(error).into_response(),
    }
}

/// Names a look: another one has another name.
pub(super) fn name(portal: &PortalSettings) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(sheet(portal))[..6])
}

fn sheet(portal: &PortalSettings) -> String {
    let font = match portal.font {
        PortalFont::System => "system-ui,-apple-system,\"Segoe UI\",Roboto,sans-serif",
        PortalFont::Sans => "\"Helvetica Neue\",Arial,sans-serif",
        PortalFont::Serif => "Georgia,\"Times New Roman\",serif",
        PortalFont::Mono => "ui-monospace,SFMono-Regular,Menlo,Consolas,monospace",
    };
    let mut css = format!(":root{{--font:{font};--radius:{}px}}\n", portal.corner_px);
    let (light, dark) = (LIGHT.variables(portal.accent), DARK.variables(portal.accent));
    let written = match portal.scheme {
        ColorScheme::Auto => {
            writeln!(css, ":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}")
        }
        ColorScheme::Light => writeln!(css, ":root{{{light}}}"),
        ColorScheme::Dark => writeln!(css, ":root{{{dark}}}"),
    };
    written.expect("a String can always be written to");
    css
}

impl Palette {
    fn variables(&self, accent: Option<Color>) -> String {
        let accent = accent.unwrap_or(self.accent);
        let (white, black) = (Color::new(255, 255, 255), Color::new(0, 0, 0));
        let on_accent = if contrast(accent, white) >= contrast(accent, black) { white } else { black };
        // Where it could not be read or seen, the colour of the text stands in for it.
        let at_least = |ratio: f64| if contrast(accent, self.surface) >= ratio { accent } else { self.text };
        format!(
            "--surface:{};--text:{};--accent:{accent};--accent-text:{on_accent};--link:{};--focus:{};{}",
            self.surface,
            self.text,
            at_least(4.5),
            at_least(3.0),
            self.rest
        )
    }
}

/// How far two colours are apart (WCAG 2.2, "contrast ratio"): 1 to 21.
fn contrast(one: Color, other: Color) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// WCAG 2.2, "relative luminance".
fn luminance(color: Color) -> f64 {
    let [red, green, blue] = color.parts().map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrasts_are_those_of_the_standard() {
        let (white, black) = (Color::new(255, 255, 255), Color::new(0, 0, 0));
        assert!((contrast(white, black) - 21.0).abs() < 1e-9);
        assert!((contrast(Color::new(0x77, 0x77, 0x77), white) - 4.48).abs() < 0.01);
        assert!((contrast(white, white) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn whatever_the_accent_what_is_written_can_be_read() {
        let value = |sheet: &str, name: &str| -> Color {
            let (_, rest) = sheet.split_once(&format!("{name}:")).unwrap();
            rest[..7].parse().unwrap()
        };
        for red in (0..=255_u8).step_by(51) {
            for green in (0..=255_u8).step_by(51) {
                for blue in (0..=255_u8).step_by(51) {
                    let accent = Some(Color::new(red, green, blue));
                    for palette in [&LIGHT, &DARK] {
                        let sheet = palette.variables(accent);
                        let (surface, on) = (value(&sheet, "--surface"), value(&sheet, "--accent-text"));
                        assert!(contrast(value(&sheet, "--accent"), on) >= 4.5, "{accent:?}");
                        assert!(contrast(value(&sheet, "--link"), surface) >= 4.5, "{accent:?}");
                        assert!(contrast(value(&sheet, "--focus"), surface) >= 3.0, "{accent:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_scheme_that_is_set_is_the_only_one() {
        let with = |scheme| sheet(&PortalSettings { scheme, ..PortalSettings::default() });
        assert!(with(ColorScheme::Auto).contains("prefers-color-scheme:dark"));
        assert!(with(ColorScheme::Light).contains("color-scheme:light"));
        for (scheme, other) in [(ColorScheme::Light, "dark"), (ColorScheme::Dark, "light")] {
            assert!(!with(scheme).contains(&format!("color-scheme:{other}")), "{other}");
        }
        let names = [ColorScheme::Auto, ColorScheme::Light]
            .map(|scheme| name(&PortalSettings { scheme, ..PortalSettings::default() }));
        assert_ne!(names[0], names[1]);
    }
}
