//! What is wrong with a body, in words that name the field and never repeat a value: it may be a secret.

use keywright_engine::FieldProblem;
use serde_json::error::Category;

use super::failure::Failure;

/// What a failed reading comes to.
pub(super) fn of(error: &serde_path_to_error::Error<serde_json::Error>) -> Failure {
    if error.inner().classify() != Category::Data {
        return malformed(error.inner());
    }
    let message = error.inner().to_string();
    problem(&error.path().to_string(), without_place(&message))
}

/// What a value inside a body that was read as JSON already is no good for. `at` is the place of the value.
pub(crate) fn value_problem(at: &str, error: &serde_path_to_error::Error<serde_json::Error>) -> Failure {
    let inner = error.path().to_string();
    let path = if inner == "." { at.to_owned() } else { join(at, &inner) };
    problem(&path, &error.inner().to_string())
}

/// A body that is no JSON.
pub(super) fn malformed(error: &serde_json::Error) -> Failure {
    let message = error.to_string();
    let what = without_place(&message);
    Failure::malformed(format!(
        "the body is not valid JSON: {what}, at line {}, column {}",
        error.line(),
        error.column()
    ))
}

fn problem(path: &str, message: &str) -> Failure {
    let path = if path == "." { "" } else { path };
    let named = |what: &str| {
        let rest = message.strip_prefix(what)?.strip_prefix(" `")?;
        rest.split_once('`')
    };
    if let Some((field, _)) = named("missing field") {
        return Failure::invalid(join(path, field), "is required");
    }
    if let Some((field, rest)) = named("unknown field") {
        let known = rest.split_once("expected ").map(|(_, known)| known);
        let advice = match known {
            Some(known) => format!("is not known here; known is {}", plain(known)),
            None => "is not known here".to_owned(),
        };
        return Failure::invalid(at_field(path, field), advice);
    }
    if let Some((field, _)) = named("duplicate field") {
        return Failure::invalid(at_field(path, field), "is given twice");
    }
    if named("unknown variant").is_some() {
        let known = message.rsplit_once("expected ").map_or("another value", |(_, known)| known);
        return at_or_whole(path, format!("must be {}", plain(known)));
    }
    if ["invalid type: ", "invalid value: ", "invalid length "].iter().any(|start| message.starts_with(start))
    {
        // `invalid type: string "...", expected u32`: the value may hold anything, a comma and "expected" included, so the
        // last one counts.
        let expected = message.rsplit_once(", expected ").map_or("another value", |(_, expected)| expected);
        return at_or_whole(path, format!("must be {}", in_words(expected)));
    }
    at_or_whole(path, message.to_owned())
}

fn at_or_whole(path: &str, message: String) -> Failure {
    if path.is_empty() {
        return Failure::malformed(format!("the body {message}"));
    }
    Failure::of_problems(vec![FieldProblem::new(path, message)])
}

/// The path of an unknown field: some readers tell the path of the field itself, some that of the object around it.
fn at_field(path: &str, field: &str) -> String {
    let is_there = path == field || path.strip_suffix(field).is_some_and(|before| before.ends_with('.'));
    if is_there { path.to_owned() } else { join(path, field) }
}

fn join(path: &str, field: &str) -> String {
    match (path, field) {
        ("", field) => field.to_owned(),
        (path, field) if field.starts_with('[') => format!("{path}{field}"),
        (path, field) => format!("{path}.{field}"),
    }
}

/// serde's "one of `a`, `b`" as "one of a, b".
fn plain(known: &str) -> String {
    known.replace('`', "")
}

/// What Rust calls a type, as JSON calls it.
fn in_words(expected: &str) -> String {
    let known = match expected {
        "u8" | "u16" | "usize" | "u64" => "a whole number, not below 0",
        "u32" => "a whole number from 0 to 4294967295",
        "i32" | "i64" => "a whole number",
        "f32" | "f64" => "a number",
        "a sequence" => "an array",
        "a map" | "a JSON object" => "an object",
        "a borrowed string" => "a string",
        other if other.starts_with("struct ") => "an object",
        other => return plain(other),
    };
    known.to_owned()
}

/// The messages of `serde_json` without the place in the text that it adds to some.
fn without_place(message: &str) -> &str {
    message.rsplit_once(" at line ").map_or(message, |(before, _)| before)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::super::body::parse;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    #[expect(dead_code, reason = "only read into")]
    struct Sample {
        name: Option<String>,
        rate_limits: Option<Vec<Inner>>,
        verb: Option<keywright_domain::Verb>,
        id: Option<keywright_domain::KeyId>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    #[expect(dead_code, reason = "only read into")]
    struct Inner {
        limit: u32,
    }

    fn said(body: &str) -> (String, String) {
        let failure = parse::<Sample>(body.as_bytes()).unwrap_err();
        match failure.problems() {
            [problem] => (problem.field.clone(), problem.message.clone()),
            _ => (String::new(), failure.message().to_owned()),
        }
    }

    #[test]
    fn names_the_field_with_its_path() {
        let cases = [
            (r#"{"name":1}"#, "name", "must be a string"),
            (r#"{"nmae":"x"}"#, "nmae", "is not known here; known is one of name, rateLimits, verb, id"),
            (r#"{"rateLimits":{}}"#, "rateLimits", "must be an array"),
            (
                r#"{"rateLimits":[{"limit":1},{"limit":"x"}]}"#,
                "rateLimits[1].limit",
                "must be a whole number from 0 to 4294967295",
            ),
            (
                r#"{"rateLimits":[{"limit":-1}]}"#,
                "rateLimits[0].limit",
                "must be a whole number from 0 to 4294967295",
            ),
            (r#"{"rateLimits":[{}]}"#, "rateLimits[0].limit", "is required"),
            (r#"{"rateLimits":[{"limit":1,"x":1}]}"#, "rateLimits[0].x", "is not known here; known is limit"),
            (r#"{"rateLimits":[3]}"#, "rateLimits[0]", "must be an object"),
            (r#"{"name":"a","name":"b"}"#, "name", "is given twice"),
            (r#"{"verb":"WRITE"}"#, "verb", "must be one of READ, CREATE, UPDATE, DELETE, MANAGE"),
            (r#"{"id":"1"}"#, "id", "must be a UUID"),
        ];
        for (body, field, message) in cases {
            assert_eq!(said(body), (field.to_owned(), message.to_owned()), "{body}");
        }
    }

    #[test]
    fn a_body_that_is_wrong_as_a_whole_is_said_so() {
        assert_eq!(said("[]").1, "the body must be an object");
        assert_eq!(said("3").1, "the body must be an object");
        assert_eq!(
            said("{\"name\":\n x}").1,
            "the body is not valid JSON: expected value, at line 2, column 2"
        );
        assert!(said("{} {}").1.starts_with("the body is not valid JSON: trailing characters"));
        assert!(said("{\"name\":\"\\ud800\"}").1.starts_with("the body is not valid JSON"));
    }

    #[test]
    fn a_value_is_never_repeated() {
        for body in [
            r#"{"rateLimits":"kw_secret"}"#,
            r#"{"rateLimits":["kw_secret, expected struct x"]}"#,
            r#"{"verb":"kw_secret"}"#,
            r#"{"rateLimits":[{"limit":"kw_secret, expected u32 at line 3"}]}"#,
            r#""kw_secret""#,
        ] {
            let (field, message) = said(body);
            assert!(!field.contains("secret") && !message.contains("secret"), "{body}: {field} {message}");
        }
    }
}
