//! The names by which headings are linked to, made as the places make them where the documents are read elsewhere.

use std::collections::HashMap;

/// Names headings, each once.
#[derive(Default)]
pub(super) struct Slugs(HashMap<String, usize>);

impl Slugs {
    /// In lower case, letters and digits as they are, spaces as `-`, other signs gone; a second of a name gets a number.
    pub(super) fn name(&mut self, heading: &str) -> String {
        let kept = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ');
        let slug: String = heading.trim().to_lowercase().chars().filter(|c| kept(*c)).collect();
        let slug = slug.replace(' ', "-");
        let earlier = self.0.entry(slug.clone()).or_insert(0);
        *earlier += 1;
        if *earlier == 1 { slug } else { format!("{slug}-{}", *earlier - 1) }
    }
}

#[cfg(test)]
mod tests {
    use super::Slugs;

    #[test]
    fn headings_are_named_as_elsewhere() {
        let mut slugs = Slugs::default();
        assert_eq!(slugs.name("What is `believed`?"), "what-is-believed");
        assert_eq!(slugs.name("At three in the morning"), "at-three-in-the-morning");
        assert_eq!(slugs.name("GET /v1/usage, by day"), "get-v1usage-by-day");
        assert_eq!(slugs.name("What is believed"), "what-is-believed-1");
    }
}
