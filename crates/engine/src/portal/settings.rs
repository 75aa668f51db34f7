//! How an organization's portal is, as callers write it.

use keywright_domain::{FrameOrigin, PortalSettings};

use crate::text::Problems;

/// What is set of a portal. What is left out is as it is unless said otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PortalSettingsPatch {
    /// Origins of pages that may frame it.
    pub allowed_origins: Option<Vec<String>>,
    /// `#rrggbb`.
    pub accent_color: Option<String>,
    /// In CSS pixels.
    pub corner_radius: Option<u32>,
    /// `system`, `sans`, `serif` or `mono`.
    pub font: Option<String>,
    /// `auto`, `light` or `dark`.
    pub color_scheme: Option<String>,
    /// How many keys that work one customer may have.
    pub max_keys: Option<u32>,
}

impl PortalSettingsPatch {
    /// Reads and checks them.
    pub(crate) fn read(&self, problems: &mut Problems) -> PortalSettings {
        let usual = PortalSettings::default();
        let corner = self.corner_radius.map_or(Some(usual.corner_px), |radius| {
            u8::try_from(radius).ok().filter(|radius| *radius <= PortalSettings::MAX_CORNER_PX)
        });
        if corner.is_none() {
            problems.add("portal.cornerRadius", format!("must be 0 to {}", PortalSettings::MAX_CORNER_PX));
        }
        let max_keys = self.max_keys.unwrap_or(usual.max_keys);
        if !(1..=PortalSettings::MOST_KEYS).contains(&max_keys) {
            problems.add("portal.maxKeys", format!("must be 1 to {}", PortalSettings::MOST_KEYS));
        }
        PortalSettings {
            frame_origins: self.origins(problems),
            accent: problems.optional("portal.accentColor", self.accent_color.as_deref()),
            corner_px: corner.unwrap_or(usual.corner_px),
            font: problems.optional("portal.font", self.font.as_deref()).unwrap_or(usual.font),
            scheme: problems
                .optional("portal.colorScheme", self.color_scheme.as_deref())
                .unwrap_or(usual.scheme),
            max_keys,
        }
    }

    fn origins(&self, problems: &mut Problems) -> Vec<FrameOrigin> {
        let given = self.allowed_origins.as_deref().unwrap_or_default();
        if given.len() > PortalSettings::MAX_ORIGINS {
            let most = PortalSettings::MAX_ORIGINS;
            problems.add("portal.allowedOrigins", format!("must have at most {most} entries"));
            return Vec::new();
        }
        let mut origins = Vec::with_capacity(given.len());
        for (position, text) in given.iter().enumerate() {
            let origin = problems.parsed(&format!("portal.allowedOrigins[{position}]"), text);
            origins.extend(origin.filter(|origin| !origins.contains(origin)));
        }
        origins
    }
}
