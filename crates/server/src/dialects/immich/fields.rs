//! What a body says, and what is wrong with it, in the words of that system's validation.
//!
//! Unknown fields are passed over, as they are there; of a field that is given twice the last counts.

use axum::body::Body;
use axum::http::HeaderMap;
use keywright_domain::immich_permissions;
use keywright_engine::FieldProblem;
use serde_json::{Map, Value};

use crate::http::{Failure, MAX_BODY_BYTES, check_is_json, parse, read_body};

/// The fields of a body, and what was found wrong with those that were asked for.
pub(super) struct Fields {
    given: Map<String, Value>,
    problems: Vec<FieldProblem>,
}

impl Fields {
    /// Reads a body. One that is empty says nothing: it is as good as `{}`.
    pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Self, Failure> {
        let bytes = read_body(body, MAX_BODY_BYTES).await?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::of(Map::new()));
        }
        check_is_json(headers)?;
        Ok(Self::of(parse(&bytes)?))
    }

    fn of(given: Map<String, Value>) -> Self {
        Self { given, problems: Vec::new() }
    }

    /// Fails with all that was found wrong.
    pub(super) fn finish(self) -> Result<(), Failure> {
        if self.problems.is_empty() { Ok(()) } else { Err(Failure::of_problems(self.problems)) }
    }

    fn wrong(&mut self, field: &str, message: impl Into<String>) {
        self.problems.push(FieldProblem::new(field, message));
    }

    /// A text that must be there and say something.
    pub(super) fn text(&mut self, field: &str) -> String {
        self.optional_text(field).unwrap_or_else(|| {
            if !self.given.contains_key(field) {
                self.not_a_text(field, true);
            }
            String::new()
        })
    }

    /// A text that may be left out, but not be empty.
    pub(super) fn optional_text(&mut self, field: &str) -> Option<String> {
        match self.given.get(field) {
            None => None,
            Some(Value::String(text)) => {
                let text = text.clone();
                if text.trim().is_empty() {
                    self.wrong(field, "should not be empty");
                }
                Some(text)
            }
            Some(other) => {
                let is_null = other.is_null();
                self.not_a_text(field, is_null);
                None
            }
        }
    }

    fn not_a_text(&mut self, field: &str, is_nothing: bool) {
        if is_nothing {
            self.wrong(field, "should not be empty");
        }
        self.wrong(field, "must be a string");
    }

    /// An e-mail address, in lower case. Whether it is one is for the engine to say.
    pub(super) fn email(&mut self) -> String {
        match self.given.get("email") {
            Some(Value::String(text)) if !text.trim().is_empty() => text.trim().to_lowercase(),
            other => {
                let is_nothing = other.is_none_or(|value| value.is_null() || value.is_string());
                if is_nothing {
                    self.wrong("email", "should not be empty");
                }
                self.wrong("email", "must be an email");
                String::new()
            }
        }
    }

    /// A yes or no that must be there.
    pub(super) fn flag(&mut self, field: &str) -> bool {
        match self.given.get(field) {
            Some(Value::Bool(flag)) => *flag,
            other => {
                let is_nothing = other.is_none_or(Value::is_null);
                if is_nothing {
                    self.wrong(field, "should not be empty");
                }
                self.wrong(field, "must be a boolean value");
                false
            }
        }
    }

    /// Permissions that must be there: one or more of the enumeration's, in the order in which they were sent.
    pub(super) fn permissions(&mut self) -> Vec<String> {
        let given = self.given.remove("permissions");
        let (has_one, are_known) = match &given {
            Some(Value::Array(items)) => {
                (!items.is_empty(), items.iter().all(|item| item.as_str().is_some_and(is_known)))
            }
            other => (false, other.as_ref().and_then(Value::as_str).is_some_and(is_known)),
        };
        if !has_one {
            self.wrong("permissions", "must contain at least 1 elements");
        }
        if !are_known {
            let known: Vec<&str> = immich_permissions().collect();
            let message = format!("must be one of the following values: {}", known.join(", "));
            self.wrong("each value in permissions", message);
        }
        match given {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }

    /// The same, where they may be left out.
    pub(super) fn optional_permissions(&mut self) -> Option<Vec<String>> {
        self.given.contains_key("permissions").then(|| self.permissions())
    }
}

/// Whether it is a value of the enumeration.
pub(super) fn is_known(name: &str) -> bool {
    immich_permissions().any(|known| known == name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FEW: &str = "permissions must contain at least 1 elements";

    fn said(body: Value, ask: impl Fn(&mut Fields)) -> Vec<String> {
        let Value::Object(given) = body else { panic!("not an object") };
        let mut fields = Fields::of(given);
        ask(&mut fields);
        let failure = fields.finish().err();
        let problems = failure.as_ref().map(Failure::problems).unwrap_or_default();
        problems.iter().map(|problem| format!("{} {}", problem.field, problem.message)).collect()
    }

    #[test]
    fn permissions_are_of_the_enumeration() {
        let each = format!(
            "each value in permissions must be one of the following values: {}",
            immich_permissions().collect::<Vec<_>>().join(", ")
        );
        let both = vec![FEW.to_owned(), each.clone()];
        let of = |value: Value| {
            said(json!({ "permissions": value }), |fields| {
                fields.permissions();
            })
        };
        for value in [json!(null), json!("no permission"), json!(3), json!(true), json!({"a": 1})] {
            assert_eq!(of(value.clone()), both, "{value}");
        }
        assert_eq!(said(json!({}), |fields| drop(fields.permissions())), both);
        assert_eq!(of(json!("asset.read")), [FEW]);
        assert_eq!(of(json!([])), [FEW]);
        for value in
            [json!(["asset.reed"]), json!(["all", null]), json!([["all"]]), json!([1]), json!(["ALL"])]
        {
            assert_eq!(of(value.clone()), [each.as_str()], "{value}");
        }
        assert!(of(json!(["all", "asset.read", "all"])).is_empty());
    }

    #[test]
    fn texts_say_something() {
        let name = |body: Value| said(body, |fields| drop(fields.optional_text("name")));
        assert_eq!(name(json!({"name": 3})), ["name must be a string"]);
        assert_eq!(name(json!({"name": ""})), ["name should not be empty"]);
        assert_eq!(name(json!({"name": "  "})), ["name should not be empty"]);
        assert_eq!(name(json!({"name": null})), ["name should not be empty", "name must be a string"]);
        assert!(name(json!({})).is_empty());
        let required = |body: Value| said(body, |fields| drop(fields.text("password")));
        assert_eq!(required(json!({})), ["password should not be empty", "password must be a string"]);
        assert_eq!(required(json!({"password": []})), ["password must be a string"]);
    }

    #[test]
    fn addresses_and_flags() {
        let email = |body: Value| said(body, |fields| drop(fields.email()));
        assert_eq!(email(json!({})), ["email should not be empty", "email must be an email"]);
        assert_eq!(email(json!({"email": 1})), ["email must be an email"]);
        let flag = |body: Value| {
            said(body, |fields| {
                fields.flag("isOnboarded");
            })
        };
        assert_eq!(flag(json!({"isOnboarded": "yes"})), ["isOnboarded must be a boolean value"]);
        assert!(flag(json!({"isOnboarded": false})).is_empty());
    }
}
