//! How much a request may be, and how long it may take.

use axum::http::{HeaderMap, StatusCode};

use super::failure::Failure;

/// The largest header block that is looked at.
pub(super) const MAX_HEADER_BYTES: usize = 32 * 1024;

/// Refuses a header block over the limit. (Beyond 100 fields or about 400 KB the connection itself refuses it.)
pub(super) fn check_headers(headers: &HeaderMap) -> Result<(), Failure> {
    // Name, value, and the four bytes `: ` and CR LF around them (RFC 9112, section 5).
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if bytes <= MAX_HEADER_BYTES {
        return Ok(());
    }
    Err(Failure::new(
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        format!("the request's headers take more than {} KiB", MAX_HEADER_BYTES / 1024),
    ))
}

/// What is answered when an answer took too long.
pub(super) fn timed_out() -> Failure {
    Failure::unavailable(
        "this took too long and was given up; a change that was asked for may have been made: look before you repeat it",
    )
}
