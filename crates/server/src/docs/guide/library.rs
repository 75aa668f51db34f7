//! The documents, read: which there are, in which order, and where each link of theirs leads.

use std::sync::LazyLock;

use pulldown_cmark::HeadingLevel;

use super::documents::{FILES, TEXTS};
use super::markdown::{Section, render};

/// The order in which they are offered. What is not named here comes last.
const SHELVES: [(&str, &[&str]); 4] = [
    ("Start", &["concepts", "api"]),
    ("Use", &["limits", "credits", "usage", "gateways", "tokens", "embedding"]),
    ("Move here", &["dialects/immich", "dialects/boltonsea", "dialects/b3os"]),
    ("Run", &["operating", "configuration", "security"]),
];
const OTHERS: &str = "More";

/// A document.
pub(super) struct Page {
    /// Where it is, below the guide's own path.
    pub(super) slug: String,
    pub(super) title: String,
    pub(super) lead: String,
    pub(super) html: String,
    pub(super) sections: Vec<Section>,
    pub(super) shelf: &'static str,
}

static PAGES: LazyLock<Vec<Page>> = LazyLock::new(|| {
    let mut pages: Vec<Page> = TEXTS.iter().map(|&(path, text)| read(path, text)).collect();
    pages.sort_by_cached_key(|page| (place(&page.slug), page.title.clone()));
    pages
});

/// All of them, in order.
pub(super) fn pages() -> &'static [Page] {
    &PAGES
}

/// All of them, by the shelves that they stand on.
pub(super) fn shelves() -> impl Iterator<Item = Shelf> {
    PAGES.chunk_by(|one, other| one.shelf == other.shelf).map(|pages| Shelf { name: pages[0].shelf, pages })
}

/// Documents that belong together.
pub(super) struct Shelf {
    pub(super) name: &'static str,
    pub(super) pages: &'static [Page],
}

/// One of them.
pub(super) fn find(slug: &str) -> Option<&'static Page> {
    PAGES.iter().find(|page| page.slug == slug)
}

impl Page {
    pub(super) fn href(&self) -> String {
        format!("{}/{}", super::HOME, self.slug)
    }

    pub(super) fn is(&self, slug: &str) -> bool {
        self.slug == slug
    }

    /// Its own headings, for a list of what is in it.
    pub(super) fn outline(&self) -> impl Iterator<Item = &Section> {
        self.sections.iter().filter(|section| section.level == HeadingLevel::H2)
    }
}

fn read(path: &str, text: &str) -> Page {
    let read = render(text, |link| resolve(path, link));
    let slug = slug_of(path);
    Page {
        shelf: shelf(&slug),
        title: read.title,
        lead: read.lead,
        html: read.html,
        sections: read.sections,
        slug,
    }
}

/// `docs/dialects/immich.md` is `dialects/immich`; a document of elsewhere is below `project/`.
fn slug_of(path: &str) -> String {
    let name = path.trim_end_matches(".md");
    let name = name.strip_suffix("/README").unwrap_or(name);
    name.strip_prefix("docs/").map_or_else(|| format!("project/{}", name.to_lowercase()), str::to_owned)
}

fn shelf(slug: &str) -> &'static str {
    SHELVES.iter().find(|(_, slugs)| slugs.contains(&slug)).map_or(OTHERS, |(shelf, _)| shelf)
}

fn place(slug: &str) -> usize {
    let listed = SHELVES.iter().flat_map(|(_, slugs)| slugs.iter());
    listed.into_iter().position(|listed| *listed == slug).unwrap_or(usize::MAX)
}

/// Where a link leads that stands in a document: to a document or a file here, or as it is to another host.
fn resolve(from: &str, link: &str) -> String {
    let (target, place) =
        link.split_once('#').map_or((link, String::new()), |(target, place)| (target, format!("#{place}")));
    if target.is_empty() || target.contains(':') {
        return link.to_owned();
    }
    let path = join(from, target);
    let in_folder = format!("{path}/README.md");
    if let Some((path, _)) = TEXTS.iter().find(|(known, _)| *known == path || *known == in_folder) {
        return format!("{}/{}{place}", super::HOME, slug_of(path));
    }
    if FILES.iter().any(|(known, _)| *known == path) {
        return format!("{}/files/{path}", super::HOME);
    }
    link.to_owned()
}

/// The path in the repository of what stands in a link.
fn join(from: &str, target: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn links_lead_to_what_is_here() {
        for (from, link, to) in [
            ("docs/concepts.md", "limits.md#the-rest", "/docs/guide/limits#the-rest"),
            ("docs/dialects/b3os.md", "../usage.md", "/docs/guide/usage"),
            ("docs/dialects/b3os.md", "../../clients/samples", "/docs/guide/project/clients/samples"),
            ("docs/security.md", "../SECURITY.md", "/docs/guide/project/security"),
            ("SECURITY.md", "docs/security.md", "/docs/guide/security"),
            (
                "docs/gateways.md",
                "../deploy/gateways/nginx/nginx.conf",
                "/docs/guide/files/deploy/gateways/nginx/nginx.conf",
            ),
            ("docs/concepts.md", "#owners", "#owners"),
            ("docs/concepts.md", "https://example.com/x", "https://example.com/x"),
        ] {
            assert_eq!(resolve(from, link), to);
        }
    }

    #[test]
    fn every_link_leads_somewhere() {
        let anchors: BTreeSet<String> = pages()
            .iter()
            .flat_map(|page| {
                page.sections.iter().map(|section| format!("{}#{}", page.href(), section.anchor))
            })
            .chain(FILES.iter().map(|(path, _)| format!("{}/files/{path}#", super::super::HOME)))
            .collect();
        let mut links = 0;
        for page in pages() {
            for part in page.html.split(" href=\"").skip(1).chain(page.html.split(" src=\"").skip(1)) {
                let link = part.split('"').next().unwrap();
                // Elsewhere, or a sample that fills it in.
                if link.contains("://") || link.contains("${") {
                    continue;
                }
                links += 1;
                let whole =
                    if link.starts_with('#') { format!("{}{link}", page.href()) } else { link.to_owned() };
                let whole = if whole.contains('#') { whole } else { format!("{whole}#") };
                let is_other = whole.starts_with("/docs#") || whole.starts_with("/openapi");
                assert!(
                    is_other || anchors.contains(&whole),
                    "{} links to {link}, which is not there",
                    page.slug
                );
            }
        }
        assert!(links > 50, "{links}");
    }

    #[test]
    fn every_document_is_offered_with_a_title_and_a_lead() {
        let slugs: BTreeSet<&str> = pages().iter().map(|page| page.slug.as_str()).collect();
        assert_eq!(slugs.len(), TEXTS.len());
        for (_, listed) in SHELVES {
            for slug in listed {
                assert!(slugs.contains(slug), "{slug} is not there");
            }
        }
        for page in pages() {
            assert!(!page.title.is_empty() && !page.lead.is_empty(), "{}", page.slug);
        }
        assert_eq!(pages()[0].slug, "concepts");
    }
}
