//! Failures, in this dialect's shape: `{"error": {"code", "message", "field"}}`.

use axum::http::StatusCode;
use axum::response::Response;
use keywright_engine::{Error, FieldProblem};
use serde::Serialize;

use crate::http::{Failure, json};

#[derive(Serialize)]
struct Body<'a> {
    error: Told<'a>,
}

#[derive(Serialize)]
struct Told<'a> {
    /// A word for programs: the status, in words.
    code: &'static str,
    /// What is wrong and what would do, for people.
    message: &'a str,
    /// The field or parameter, where one is the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
}

/// Writes a failure down.
pub(in crate::dialects) fn tell(failure: &Failure) -> Response {
    let status = failure.status();
    let field = failure.problems().first().map(|problem| in_body(&problem.field));
    json(status, &Body { error: Told { code: code_of(status), message: failure.message(), field } })
}

/// The field of the body that holds the place: `key_scope` of `key_scope[2]`.
fn in_body(place: &str) -> &str {
    place.split(['[', '.']).next().unwrap_or(place)
}

fn code_of(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "bad_request",
        401 => "unauthorized",
        403 => "forbidden",
        404 => "not_found",
        405 => "method_not_allowed",
        409 => "conflict",
        413 => "payload_too_large",
        415 => "unsupported_media_type",
        429 => "too_many_requests",
        431 => "headers_too_large",
        503 => "unavailable",
        _ => "internal_error",
    }
}

/// An error of the engine, with its fields named as they are here: `names` says, for each, the engine's name and ours.
pub(super) fn renamed(error: Error, names: &[(&str, &str)]) -> Failure {
    let Error::Invalid(problems) = error else { return error.into() };
    let rename = |problem: FieldProblem| match names.iter().find(|(theirs, _)| problem.field == *theirs) {
        Some((_, ours)) => FieldProblem { field: (*ours).to_owned(), ..problem },
        None => problem,
    };
    Failure::of_problems(problems.into_iter().map(rename).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_as_the_field_that_holds_it() {
        assert_eq!(in_body("key_scope[2]"), "key_scope");
        assert_eq!(in_body("key_name"), "key_name");
    }

    #[test]
    fn the_engines_names_become_ours() {
        let error = Error::Invalid(vec![
            FieldProblem::new("name", "is required"),
            FieldProblem::new("prefix", "is bad"),
        ]);
        let failure = renamed(error, &[("name", "key_name")]);
        assert_eq!(failure.message(), "key_name is required; prefix is bad");
        assert_eq!(renamed(Error::forbidden("no"), &[]).status(), StatusCode::FORBIDDEN);
    }
}
