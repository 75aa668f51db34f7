//! Markdown as HTML, and as text to be searched. HTML that stands in it is shown, not obeyed.

use std::fmt::Write as _;

use pulldown_cmark::{Alignment, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use super::slug::Slugs;

/// A document that was read.
pub(super) struct Rendered {
    /// Its first heading.
    pub(super) title: String,
    /// Its first paragraph, as text.
    pub(super) lead: String,
    /// All of it but its first heading.
    pub(super) html: String,
    pub(super) sections: Vec<Section>,
}

/// A heading, with what stands below it up to the next.
pub(super) struct Section {
    /// Empty for the document's own.
    pub(super) anchor: String,
    pub(super) heading: String,
    pub(super) level: HeadingLevel,
    pub(super) text: String,
}

/// Reads a document; `resolve` says where a link leads from here.
pub(super) fn render(markdown: &str, resolve: impl Fn(&str) -> String) -> Rendered {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut events = Parser::new_ext(markdown, options);
    let mut slugs = Slugs::default();
    let mut out: Vec<Event<'_>> = Vec::new();
    let mut title = String::new();
    let mut lead = None;
    let own = Section {
        anchor: String::new(),
        heading: String::new(),
        level: HeadingLevel::H1,
        text: String::new(),
    };
    let mut sections = vec![own];
    let mut tables = Tables::default();
    while let Some(event) = events.next() {
        if let Event::Start(Tag::Heading { level, .. }) = event {
            let within: Vec<Event<'_>> = events
                .by_ref()
                .take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))))
                .collect();
            let heading: String = within.iter().filter_map(text_of).collect();
            if level == HeadingLevel::H1 && title.is_empty() {
                sections[0].heading.clone_from(&heading);
                title = heading;
                continue;
            }
            let anchor = slugs.name(&heading);
            out.push(Event::Html(format!("<{level} id=\"{anchor}\">").into()));
            out.extend(within);
            let link = format!(
                "<a class=\"anchor\" href=\"#{anchor}\" aria-label=\"Link to this section\">#</a></{level}>\n"
            );
            out.push(Event::Html(link.into()));
            sections.push(Section { anchor, heading, level, text: String::new() });
            continue;
        }
        let section = sections.last_mut().expect("the document's own is there");
        match &event {
            Event::End(end) => {
                if lead.is_none() && *end == TagEnd::Paragraph {
                    lead = Some(section.text.trim().to_owned());
                }
                if !matches!(end, TagEnd::Emphasis | TagEnd::Strong | TagEnd::Link | TagEnd::Strikethrough) {
                    section.text.push(' ');
                }
            }
            other => section.text.extend(text_of(other)),
        }
        let label = match &event {
            Event::Start(Tag::Table(_)) => tables.label(&sections),
            _ => String::new(),
        };
        push(&mut out, event, &label, &resolve);
    }
    let mut written = String::with_capacity(markdown.len() * 2);
    html::push_html(&mut written, out.into_iter());
    // What is a heading of a table says of what: of its column. (A `<` in a text is escaped by now.)
    let html = written.replace("<th></th>", "<td></td>").replace("<th>", "<th scope=\"col\">");
    Rendered { title, lead: lead.unwrap_or_default(), html, sections }
}

/// What tables of a document are called: by their section, and by their number where it has several.
#[derive(Default)]
struct Tables {
    section: usize,
    count: usize,
}

impl Tables {
    /// The name of the next table, which is in the last of these sections.
    fn label(&mut self, sections: &[Section]) -> String {
        self.count = if self.section == sections.len() { self.count + 1 } else { 1 };
        self.section = sections.len();
        let headings = sections.iter().rev().map(|section| section.heading.as_str());
        let heading = headings.clone().find(|heading| !heading.is_empty()).unwrap_or_default();
        // Headings may come more than once; anchors do not, and where they do the number of the section tells them apart.
        let is_unique = headings.filter(|other| *other == heading).count() < 2;
        let mut label = format!("Table: {heading}");
        if !is_unique {
            let _ = write!(label, ", section {}", sections.len());
        }
        if self.count > 1 {
            let _ = write!(label, ", {}", self.count);
        }
        label
    }
}

/// Text as it stands in an attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

/// What a reader reads of an event.
fn text_of<'a>(event: &'a Event<'_>) -> Option<&'a str> {
    match event {
        Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => Some(text),
        Event::SoftBreak | Event::HardBreak => Some(" "),
        _ => None,
    }
}

/// Hands an event on, as it is to be shown.
fn push<'a>(out: &mut Vec<Event<'a>>, event: Event<'a>, label: &str, resolve: impl Fn(&str) -> String) {
    match event {
        Event::Html(text) | Event::InlineHtml(text) => out.push(Event::Text(text)),
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let dest_url = resolve(&dest_url).into();
            out.push(Event::Start(Tag::Link { link_type, dest_url, title, id }));
        }
        Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
            let dest_url = resolve(&dest_url).into();
            out.push(Event::Start(Tag::Image { link_type, dest_url, title, id }));
        }
        // Wide ones scroll in a box of their own, which the keyboard reaches. How cells are aligned would be written as a
        // style in the page, which its policy forbids.
        Event::Start(Tag::Table(columns)) => {
            let label = escaped(label);
            out.push(Event::Html(
                format!("<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"{label}\">\n")
                    .into(),
            ));
            out.push(Event::Start(Tag::Table(vec![Alignment::None; columns.len()])));
        }
        Event::End(TagEnd::Table) => {
            out.push(Event::End(TagEnd::Table));
            out.push(Event::Html("</div>\n".into()));
        }
        Event::Start(Tag::CodeBlock(_)) => out.push(Event::Html("<pre tabindex=\"0\"><code>".into())),
        Event::End(TagEnd::CodeBlock) => out.push(Event::Html("</code></pre>\n".into())),
        other => out.push(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(markdown: &str) -> String {
        render(markdown, |link| format!("/at/{link}")).html
    }

    #[test]
    fn headings_have_anchors_and_sections() {
        let read = render(
            "# A *title*\n\nThe `lead`\nof it.\n\n## One & two\n\nText.\n\n### One & two\n",
            str::to_owned,
        );
        assert_eq!((read.title.as_str(), read.lead.as_str()), ("A title", "The lead of it."));
        assert!(!read.html.contains("title"), "{}", read.html);
        assert!(
            read.html.contains("<h2 id=\"one--two\">One &amp; two<a class=\"anchor\" href=\"#one--two\"")
        );
        assert!(read.html.contains("<h3 id=\"one--two-1\">"));
        let sections: Vec<_> =
            read.sections.iter().map(|section| (section.anchor.as_str(), section.text.trim())).collect();
        assert_eq!(sections, [("", "The lead of it."), ("one--two", "Text."), ("one--two-1", "")]);
    }

    #[test]
    fn html_is_shown_and_not_obeyed() {
        let shown =
            html("Before <script src=x>a</script> after\n\n<div onclick=\"x\">\n\nx\n\n[a](javascript:x)\n");
        assert!(!shown.contains("<script") && !shown.contains("<div"), "{shown}");
        assert!(shown.contains("&lt;script src=x&gt;") && shown.contains("&lt;div onclick"), "{shown}");
        assert!(shown.contains("href=\"/at/javascript:x\""), "{shown}");
        assert_eq!(html("`<b>`"), "<p><code>&lt;b&gt;</code></p>\n");
    }

    #[test]
    fn tables_and_listings_are_within_reach() {
        let shown = html("| a | b |\n|--:|---|\n| 1 | 2 |\n\n```sh\ncurl <x>\n```\n");
        assert!(shown.contains("role=\"region\"") && shown.contains("<th scope=\"col\">a</th>"), "{shown}");
        assert!(!shown.contains("style"), "{shown}");
        assert!(shown.contains("<pre tabindex=\"0\"><code>curl &lt;x&gt;\n</code></pre>"), "{shown}");
    }
}
