//! How a page looks to different people, and pictures of that.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::Browser;

/// A window, and what its owner has chosen.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) name: &'static str,
    width: u32,
    height: u32,
    scheme: &'static str,
}

/// What every page is looked at with.
pub(crate) const LOOKS: [Look; 4] = [
    Look { name: "desktop-light", width: 1280, height: 900, scheme: "light" },
    Look { name: "desktop-dark", width: 1280, height: 900, scheme: "dark" },
    Look { name: "phone-light", width: 390, height: 844, scheme: "light" },
    Look { name: "phone-dark", width: 390, height: 844, scheme: "dark" },
];

/// The end of a longer page is not in its picture.
const MOST_HEIGHT: f64 = 4000.0;

/// Where pictures go, for people to look at.
pub(crate) fn folder() -> PathBuf {
    // `target/tmp`, wherever `target` is.
    let target =
        Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is a folder in the target directory");
    target.join("screenshots")
}

impl Browser {
    /// Looks at the page that is open with other eyes.
    pub(crate) async fn look(&self, look: &Look) {
        let Look { width, height, scheme, .. } = look;
        let window =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": *width < 600});
        self.command("Emulation.setDeviceMetricsOverride", window).await;
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.command("Emulation.setEmulatedMedia", features).await;
    }

    /// Whether one must scroll sideways to see all of the page.
    pub(crate) async fn is_too_wide(&self) -> bool {
        let script = "const page = document.documentElement; return page.scrollWidth > page.clientWidth";
        self.run(script, json!([])).await == json!(true)
    }

    /// Takes a picture of the whole page.
    pub(crate) async fn take_picture(&self, name: &str) {
        let size = self.command("Page.getLayoutMetrics", json!({})).await["cssContentSize"].clone();
        let height = size["height"].as_f64().unwrap_or(MOST_HEIGHT).min(MOST_HEIGHT);
        let clip = json!({"x": 0, "y": 0, "width": size["width"], "height": height, "scale": 1});
        let wish = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        let picture = self.command("Page.captureScreenshot", wish).await;
        let bytes = STANDARD.decode(picture["data"].as_str().expect("a picture")).unwrap();
        fs::create_dir_all(folder()).unwrap();
        fs::write(folder().join(format!("{name}.png")), bytes).unwrap();
    }
}
