//! The fields of a form, some of which come more than once.

/// What a form sent.
#[derive(Debug, Default, Clone)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) const fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// All of them, as they were sent: two forms that say the same have the same text.
    pub(super) fn written(&self) -> String {
        serde_urlencoded::to_string(&self.0).unwrap_or_default()
    }

    /// A field, without the space around it; empty where it was left out.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.trim())
    }

    /// A field letter by letter: spaces are part of a password.
    pub(super) fn as_typed(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// A field that was filled in.
    pub(super) fn given(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// All values of a field, such as the boxes that were ticked.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a box is ticked, or a button was pressed.
    pub(super) fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|given| given == value)
    }

    /// The lines of a field that are not empty, also where they are parted by commas.
    pub(super) fn lines(&self, name: &str) -> Vec<String> {
        let parts = self.text(name).split(['\n', ',']).map(str::trim).filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    }

    /// Puts a value in place of what there was.
    #[must_use]
    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), value.into()));
        self
    }

    /// Adds values to what there is.
    #[must_use]
    pub(super) fn with_all(mut self, name: &str, values: impl IntoIterator<Item = String>) -> Self {
        self.0.extend(values.into_iter().map(|value| (name.to_owned(), value)));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_once_or_often() {
        let pair = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let pairs = [("name", " a "), ("permission", "x"), ("permission", "y"), ("nets", "a, b\r\n\r\nc")];
        let fields = Fields::new(pairs.into_iter().map(pair).collect());
        assert_eq!((fields.text("name"), fields.given("none")), ("a", None));
        assert_eq!(fields.all("permission").collect::<Vec<_>>(), ["x", "y"]);
        assert!(fields.has("permission", "y") && !fields.has("permission", "z"));
        assert_eq!(fields.lines("nets"), ["a", "b", "c"]);
        assert_eq!(fields.with("name", "b").text("name"), "b");
    }
}
