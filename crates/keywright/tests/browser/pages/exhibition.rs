//! Pages as they are looked at, one after the other: each in every look, with what axe-core finds and a picture.

use std::collections::{BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::fs;

use serde_json::json;

use crate::stage::{Browser, Finding, LOOKS, folder};

/// What was seen of the pages of one server.
pub(super) struct Exhibition {
    /// What there is to show, as it stands in the names of the pictures.
    what: &'static str,
    shown: BTreeSet<String>,
    /// One line for each thing that is wrong, in columns.
    findings: String,
    serious: Vec<String>,
}

impl Exhibition {
    pub(super) fn new(what: &'static str) -> Self {
        Self { what, shown: BTreeSet::new(), findings: String::new(), serious: Vec::new() }
    }

    /// Looks at the page that is open.
    pub(super) async fn show(&mut self, browser: &Browser, name: &str) {
        assert!(self.shown.insert(name.to_owned()), "{name} is shown twice");
        browser.load_axe().await;
        for look in &LOOKS {
            browser.look(look).await;
            for finding in browser.findings().await {
                self.note(name, look.name, &finding);
            }
            if browser.is_too_wide().await {
                self.serious.push(format!("{name} ({}) is wider than the window", look.name));
            }
            browser.take_picture(&format!("{name}.{}.{}", self.what, look.name)).await;
        }
        browser.look(&LOOKS[0]).await;
    }

    /// Opens these addresses.
    pub(super) async fn visit(&mut self, browser: &Browser, addresses: &[&str]) {
        for address in addresses {
            self.open(browser, address).await;
        }
    }

    /// Opens these addresses and whatever their links lead to, one page of each kind.
    pub(super) async fn tour(&mut self, browser: &Browser, addresses: &[String]) {
        let mut ahead: VecDeque<String> = addresses.iter().cloned().collect();
        let mut known: BTreeSet<String> = addresses.iter().map(|address| name_of(address)).collect();
        while let Some(address) = ahead.pop_front() {
            self.open(browser, &address).await;
            let links = browser.run(include_str!("links.js"), json!([])).await;
            for link in links.as_array().unwrap().iter().filter_map(|link| link.as_str()) {
                if known.insert(name_of(link)) {
                    ahead.push_back(link.to_owned());
                }
            }
        }
    }

    async fn open(&mut self, browser: &Browser, address: &str) {
        browser.open(address).await;
        if address == "/docs" {
            // Scripts make it, and take their time.
            browser.expect_text("List API keys").await;
        }
        let said = browser.text().await;
        assert!(!said.contains("Something went wrong"), "{address}: {said}");
        self.show(browser, &name_of(address)).await;
    }

    /// Writes down what was found. Nothing of it may keep somebody from using a page.
    pub(super) fn close(self) {
        fs::create_dir_all(folder()).unwrap();
        fs::write(folder().join(format!("findings.{}.tsv", self.what)), &self.findings).unwrap();
        assert!(self.serious.is_empty(), "these pages keep people out:\n{}", self.serious.join("\n"));
    }

    fn note(&mut self, name: &str, look: &str, finding: &Finding) {
        let Finding { impact, rule, help, targets } = finding;
        let targets = targets.join(", ");
        let _ = writeln!(self.findings, "{name}\t{}\t{look}\t{impact}\t{rule}\t{help}\t{targets}", self.what);
        if finding.is_serious() {
            self.serious.push(format!("{name} ({look}): {rule}: {help}: {targets}"));
        }
    }
}

/// The kind of page that an address is of: its path without what differs from one to the next.
fn name_of(address: &str) -> String {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let is_id = |part: &str| part.len() == 36 && part.matches('-').count() == 4;
    let parts = path.split('/').filter(|part| !part.is_empty());
    let named: Vec<&str> = parts.map(|part| if is_id(part) { "one" } else { part }).collect();
    named.join("-")
}
