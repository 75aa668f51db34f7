//! Bodies in JSON.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use serde::Deserialize;

use super::body_problem;
use super::failure::Failure;
use super::object::Object;

/// The largest body that is read.
pub(crate) const MAX_BODY_BYTES: usize = 1024 * 1024;

/// How much of a body that is too large is still taken in, unread: a client that sends all before it listens would
/// otherwise see a broken connection and not the answer.
const MAX_DISCARDED_BYTES: usize = 16 * 1024 * 1024;

/// The largest body, in bytes, of who has shown no credential: 16 KiB are many times an address and a password.
const MAX_ANONYMOUS_BODY_BYTES: usize = 16 * 1024;

/// Reads a JSON body: 415 when it says that it is something else, 413 when it is too large.
pub(crate) async fn read_json(headers: &HeaderMap, body: Body) -> Result<Bytes, Failure> {
    read_json_within(headers, body, MAX_BODY_BYTES).await
}

/// The same for who has shown no credential: strangers are not given a megabyte each.
pub(crate) async fn read_anonymous_json(headers: &HeaderMap, body: Body) -> Result<Bytes, Failure> {
    read_json_within(headers, body, MAX_ANONYMOUS_BODY_BYTES).await
}

async fn read_json_within(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Failure> {
    check_is_json(headers)?;
    let bytes = read_body(body, limit).await?;
    check_is_not_empty(&bytes)?;
    Ok(bytes)
}

/// Refuses a body that is there, and that [`read_json`] would refuse.
pub(super) fn check_whole_json(headers: &HeaderMap, body: &[u8]) -> Result<(), Failure> {
    check_is_json(headers)?;
    if body.len() > MAX_BODY_BYTES {
        return Err(too_large(MAX_BODY_BYTES));
    }
    check_is_not_empty(body)
}

fn check_is_not_empty(body: &[u8]) -> Result<(), Failure> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Failure::malformed("the body is empty, and a JSON object is needed"));
    }
    Ok(())
}

fn too_large(limit: usize) -> Failure {
    let message = format!("the body has more than {} KiB, which is the limit", limit / 1024);
    Failure::new(StatusCode::PAYLOAD_TOO_LARGE, message)
}

/// Reads a body of any kind: 413 when it is larger than `limit` bytes.
pub(crate) async fn read_body(mut body: Body, limit: usize) -> Result<Bytes, Failure> {
    let mut first: Option<Bytes> = None;
    let mut gathered = BytesMut::new();
    let mut seen = 0_usize;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Failure::malformed("the body broke off"))?;
        let Ok(data) = frame.into_data() else { continue };
        seen += data.len();
        if seen > limit {
            first = None;
            gathered = BytesMut::new();
            if seen > MAX_DISCARDED_BYTES {
                break;
            }
        } else if seen == data.len() {
            // Most bodies come in one piece: that one is not copied.
            first = Some(data);
        } else {
            gathered.extend_from_slice(&first.take().unwrap_or_default());
            gathered.extend_from_slice(&data);
        }
    }
    if seen > limit {
        return Err(too_large(limit));
    }
    Ok(first.unwrap_or_else(|| gathered.freeze()))
}

/// Reads what a body says; what is wrong with it is said field by field.
pub(crate) fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Failure> {
    // The usual case first, without keeping track of where in the body it is.
    if let Ok(Object(value)) = serde_json::from_slice(bytes) {
        return Ok(value);
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let Object(value) =
        serde_path_to_error::deserialize(&mut reader).map_err(|error| body_problem::of(&error))?;
    reader.end().map_err(|error| body_problem::malformed(&error))?;
    Ok(value)
}

/// Refuses a body that says that it is something else than JSON: 415.
pub(crate) fn check_is_json(headers: &HeaderMap) -> Result<(), Failure> {
    let is_json = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(names_json);
    if is_json {
        return Ok(());
    }
    Err(Failure::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "the body must be JSON in UTF-8, and its Content-Type must say so: application/json",
    ))
}

/// `application/json`, perhaps with `charset=utf-8` (RFC 8259, section 8.1: JSON has no other).
fn names_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    is_json
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
                value.trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            _ => true,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_named_in_one_way() {
        for good in
            ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\""]
        {
            assert!(names_json(good), "{good}");
        }
        for bad in ["", "text/plain", "application/json5", "application/json; charset=latin1", "text/json"] {
            assert!(!names_json(bad), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_the_limit() {
        let exact = read_body(Body::from(vec![b'a'; 8]), 8).await.unwrap();
        assert_eq!(exact.len(), 8);
        let failure = read_body(Body::from(vec![b'a'; 9]), 8).await.unwrap_err();
        assert_eq!(failure.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }
}
