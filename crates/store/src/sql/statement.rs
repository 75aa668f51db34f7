//! Statements whose conditions depend on what is asked for.

use super::Param;

/// A statement that is put together: its text, and the parameters that the text names.
pub(crate) struct Statement<'a> {
    text: String,
    params: Vec<Param<'a>>,
}

impl<'a> Statement<'a> {
    /// A statement that begins so; the text may not name parameters.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), params: Vec::new() }
    }

    /// Goes on with `text`.
    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Goes on with a parameter.
    pub(crate) fn bind(&mut self, value: impl Into<Param<'a>>) -> &mut Self {
        use std::fmt::Write as _;
        self.params.push(value.into());
        write!(self.text, "${}", self.params.len()).expect("a String can always be written to");
        self
    }

    /// Goes on with `text` and then a parameter.
    pub(crate) fn with(&mut self, text: &str, value: impl Into<Param<'a>>) -> &mut Self {
        self.push(text).bind(value)
    }

    /// Its text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Its parameters.
    pub(crate) fn params(&self) -> &[Param<'a>] {
        &self.params
    }
}

/// The pattern of `LIKE ... ESCAPE '\'` for texts that contain `text`.
pub(crate) fn containing(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_themselves() {
        assert_eq!(containing(r"50%_\x"), r"%50\%\_\\x%");
    }

    #[test]
    fn parameters_are_numbered_in_order() {
        let mut statement = Statement::new("SELECT 1 WHERE a = ");
        statement.bind(1_i64).with(" AND b = ", "two");
        assert_eq!(statement.text(), "SELECT 1 WHERE a = $1 AND b = $2");
        assert_eq!(statement.params().len(), 2);
    }
}
