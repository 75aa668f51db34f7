//! The documents: every file that they link to is there, and the unit that they offer names flags and files that exist.

use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::{Installation, printed};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The Markdown documents for readers, in the root and in `docs/`.
fn documents() -> Vec<PathBuf> {
    let folders = [repository(), repository().join("docs")];
    let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let documents = documents();
    assert!(documents.len() >= 8, "{documents:?}");
    let mut links = 0;
    for document in documents {
        let text = fs::read_to_string(&document).unwrap();
        for part in text.split("](").skip(1) {
            let link = part.split(')').next().unwrap();
            let target = link.split('#').next().unwrap();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            links += 1;
            let path = document.parent().unwrap().join(target);
            assert!(path.exists(), "{} links to {link}, which is not there", document.display());
        }
    }
    assert!(links > 10, "{links} links were found");
}

#[test]
fn the_systemd_unit_sets_what_the_server_knows() {
    let unit = fs::read_to_string(repository().join("deploy/systemd/keywright.service")).unwrap();
    let help = printed(&Installation::new().command("serve --help").output().unwrap());
    let variables: Vec<&str> = unit
        .lines()
        .filter_map(|line| line.trim_start_matches('#').strip_prefix("Environment="))
        .map(|setting| setting.split('=').next().unwrap())
        .collect();
    assert!(!variables.is_empty());
    for variable in variables {
        assert!(help.contains(&format!("[env: {variable}]")), "{variable} is no setting");
    }
}
