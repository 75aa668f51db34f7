//! What is asked.

use std::net::IpAddr;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use zeroize::Zeroizing;

use crate::http::{Failure, read_body};

/// A token has at most 4 KiB; three times that where every byte is escaped.
const MAX_FORM_BYTES: usize = 16 * 1024;

/// The form's fields.
pub(super) struct Question {
    /// The key or token in question.
    pub(super) token: Zeroizing<String>,
    /// `ip`, ours: where it was presented from.
    pub(super) address: Option<IpAddr>,
}

impl Question {
    /// Reads a form. A parameter that nobody knows is passed over (RFC 6749, section 3.2), and so is `token_type_hint`: which
    /// kind it is shows.
    pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Self, Failure> {
        let content_type =
            headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Failure::malformed("the body must be a form: application/x-www-form-urlencoded"));
        }
        let bytes = read_body(body, MAX_FORM_BYTES).await?;
        let fields: Vec<(String, String)> = serde_urlencoded::from_bytes(&bytes)
            .map_err(|_| Failure::malformed("the body is no form in UTF-8"))?;
        let mut question = Self { token: Zeroizing::default(), address: None };
        let mut seen: Vec<&str> = Vec::with_capacity(fields.len());
        for (name, value) in &fields {
            if seen.contains(&name.as_str()) {
                return Err(Failure::malformed("a parameter is given more than once"));
            }
            seen.push(name);
            match name.as_str() {
                "token" => question.token = Zeroizing::new(value.clone()),
                "ip" => {
                    let address = value.parse::<IpAddr>().map(|address| address.to_canonical());
                    question.address =
                        Some(address.map_err(|_| Failure::malformed("ip must be an IP address"))?);
                }
                _ => {}
            }
        }
        if question.token.is_empty() {
            return Err(Failure::malformed("the parameter token is missing"));
        }
        Ok(question)
    }
}
