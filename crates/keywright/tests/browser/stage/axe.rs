//! What axe-core finds wrong with a page for people who see, hear or move differently.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::json;

use super::Browser;

/// Something that a rule does not allow.
#[derive(Debug, Deserialize)]
pub(crate) struct Finding {
    /// `minor`, `moderate`, `serious` or `critical`.
    pub(crate) impact: String,
    pub(crate) rule: String,
    pub(crate) help: String,
    /// Where on the page.
    pub(crate) targets: Vec<String>,
}

impl Finding {
    /// Whether it keeps somebody from using the page.
    pub(crate) fn is_serious(&self) -> bool {
        !["minor", "moderate"].contains(&self.impact.as_str())
    }
}

impl Browser {
    /// Makes the rules known to the page that is open.
    pub(crate) async fn load_axe(&self) {
        let file =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/axe/node_modules/axe-core/axe.min.js");
        let rules = fs::read_to_string(&file).unwrap_or_else(|error| {
            panic!("{}: {error}: `cargo xtask test browser` installs axe-core", file.display())
        });
        self.run(&rules, json!([])).await;
    }

    /// What is wrong with the page as it looks now.
    pub(crate) async fn findings(&self) -> Vec<Finding> {
        let found = self.run_to_its_end(include_str!("run_axe.js"), json!([])).await;
        serde_json::from_value(found.clone()).unwrap_or_else(|error| panic!("axe-core: {error}: {found}"))
    }
}
