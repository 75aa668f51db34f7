//! One page with the pictures of all pages side by side, and what axe-core found on them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

/// How pages are looked at, in the order of the columns.
const LOOKS: [&str; 4] = ["desktop-light", "desktop-dark", "phone-light", "phone-dark"];

/// Kinds of findings, the worst first.
const IMPACTS: [&str; 4] = ["critical", "serious", "moderate", "minor"];

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;margin:2rem;background:#eee;color:#111}\
    section{margin:0 0 2.5rem}div{display:flex;gap:1rem;align-items:flex-start;overflow-x:auto}\
    img{border:1px solid #999;background:#fff}.desktop{width:640px}.phone{width:195px}\
    nav{columns:4}table{border-collapse:collapse}td{border:1px solid #999;padding:.2rem .6rem}";

/// Something that is wrong, once for all the looks in which it is.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    rank: usize,
    rule: String,
    help: String,
    page: String,
    target: String,
}

/// Writes `index.html` beside the pictures, and prints what was found.
pub(crate) fn show(folder: &Path) -> Result<()> {
    let mut pictures: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    let mut findings = BTreeSet::new();
    let listing = fs::read_dir(folder)
        .with_context(|| format!("no test took a picture: cannot read {}", folder.display()))?;
    for entry in listing {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        match name.split('.').collect::<Vec<_>>().as_slice() {
            [page, what, look, "png"] => {
                let looks = pictures.entry(((*page).to_owned(), (*what).to_owned())).or_default();
                looks.insert((*look).to_owned());
            }
            ["findings", _, "tsv"] => findings.extend(fs::read_to_string(&path)?.lines().filter_map(read)),
            _ => {}
        }
    }
    let index = folder.join("index.html");
    fs::write(&index, page(&pictures, &findings))
        .with_context(|| format!("cannot write {}", index.display()))?;
    for finding in &findings {
        println!(
            "axe: {}: {}: {} ({} at {})",
            IMPACTS[finding.rank], finding.rule, finding.help, finding.page, finding.target
        );
    }
    println!(
        "axe: {} pages, each in {} looks: {} findings, counted once a page; pictures: {}",
        pictures.len(),
        LOOKS.len(),
        findings.len(),
        index.display(),
    );
    Ok(())
}

/// `page, what, look, impact, rule, help, target`, as the tests write it.
fn read(line: &str) -> Option<Finding> {
    let columns: Vec<&str> = line.split('\t').collect();
    let [page, what, _, impact, rule, help, target] = columns.as_slice() else { return None };
    let rank = IMPACTS.iter().position(|known| known == impact)?;
    let (rule, help, target) = ((*rule).to_owned(), (*help).to_owned(), (*target).to_owned());
    Some(Finding { rank, rule, help, page: format!("{page}, {what}"), target })
}

fn page(pictures: &BTreeMap<(String, String), BTreeSet<String>>, findings: &BTreeSet<Finding>) -> String {
    let mut html = format!(
        "<!doctype html><meta charset=utf-8><title>Pages of the console</title><style>{STYLE}</style>"
    );
    html.push_str("<h1>Pages of the console</h1><nav>");
    for (page, what) in pictures.keys() {
        let _ = write!(html, "<a href='#{page}.{what}'>{page}, {what}</a><br>");
    }
    html.push_str("</nav><h2>What axe-core found</h2>");
    if findings.is_empty() {
        html.push_str("<p>Nothing.</p>");
    }
    html.push_str("<table>");
    for Finding { rank, rule, help, page, target } in findings {
        let (help, target) = (escaped(help), escaped(target));
        let impact = IMPACTS[*rank];
        let _ = write!(html, "<tr><td>{impact}<td>{rule}<td>{help}<td>{page}<td><code>{target}</code>");
    }
    html.push_str("</table>");
    for ((page, what), looks) in pictures {
        let _ = write!(html, "<section id='{page}.{what}'><h2>{page}, {what}</h2><div>");
        for look in LOOKS.iter().filter(|look| looks.contains(**look)) {
            let width = look.split('-').next().unwrap_or_default();
            let file = format!("{page}.{what}.{look}.png");
            let _ = write!(
                html,
                "<a href='{file}'><img class={width} loading=lazy alt='{look}' src='{file}'></a>"
            );
        }
        html.push_str("</div></section>");
    }
    html
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_told_once_for_all_looks_and_the_worst_comes_first() {
        let line = |page: &str, look: &str, impact: &str| {
            format!("{page}\t3\t{look}\t{impact}\trule\tLists hold <li>\tul")
        };
        let lines = [
            line("a", "desktop-light", "moderate"),
            line("a", "phone-dark", "moderate"),
            line("b", "phone-dark", "critical"),
            "what is this".to_owned(),
        ];
        let findings: BTreeSet<Finding> = lines.iter().filter_map(|line| read(line)).collect();
        let told: Vec<_> = findings.iter().map(|one| (IMPACTS[one.rank], one.page.as_str())).collect();
        assert_eq!(told, [("critical", "b, 3"), ("moderate", "a, 3")]);
        let html = page(&BTreeMap::new(), &findings);
        assert!(html.contains("Lists hold &lt;li&gt;"), "{html}");
    }

    #[test]
    fn pictures_of_a_page_stand_side_by_side() {
        let looks = BTreeSet::from(["desktop-light".to_owned(), "phone-dark".to_owned()]);
        let html = page(&BTreeMap::from([(("keys".to_owned(), "0".to_owned()), looks)]), &BTreeSet::new());
        let at = |text: &str| html.find(text).unwrap_or_else(|| panic!("no {text} in {html}"));
        assert!(at("keys.0.desktop-light.png") < at("keys.0.phone-dark.png"));
        assert!(!html.contains("phone-light.png"));
    }
}
