//! What stands in a query.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::request::Parts;
use keywright_engine::Paging;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use super::failure::Failure;
use super::key_in_url::{is_key, refusal};
use crate::app::App;

/// A request without any query: a parameter that nobody reads is a parameter that somebody misspelt.
#[derive(Debug)]
pub(crate) struct NoQuery;

/// Which page of a list, and which items.
#[derive(Debug)]
pub(crate) struct Paged<T> {
    /// Which page.
    pub(crate) paging: Paging,
    /// Which items.
    pub(crate) filter: T,
}

/// A list that has no filters.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoFilter {}

/// Which page of a list, for the documentation; [`paging_of`] reads it.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters")]
pub(crate) struct PagingParameters {
    /// Items wanted.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// Items to pass over. Not with `cursor`.
    #[param(minimum = 0, maximum = 1_000_000)]
    offset: Option<u64>,
    /// The `nextCursor` of an earlier answer: goes on after it, at the same speed however far it is. Not with `offset`.
    #[param(example = "AZPyoXxVe06dVC8cXz-aEA")]
    cursor: Option<String>,
}

type Pairs<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

impl NoQuery {
    /// Refuses any parameter.
    pub(crate) fn check(uri: &Uri) -> Result<(), Failure> {
        read::<NoFilter>(&pairs(uri.query().unwrap_or_default())?).map(|_| ())
    }
}

impl FromRequestParts<Arc<App>> for NoQuery {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Failure> {
        Self::check(&parts.uri).map(|()| Self)
    }
}

impl<T: DeserializeOwned> FromRequestParts<Arc<App>> for Paged<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Failure> {
        let pairs = pairs(parts.uri.query().unwrap_or_default())?;
        let is_paging = |name: &str| matches!(name, "limit" | "offset" | "cursor");
        let (paging, filter): (Pairs<'_>, Pairs<'_>) =
            pairs.into_iter().partition(|(name, _)| is_paging(name));
        Ok(Self { paging: paging_of(&paging)?, filter: read(&filter)? })
    }
}

fn paging_of(pairs: &Pairs<'_>) -> Result<Paging, Failure> {
    fn number<N: std::str::FromStr>(name: &str, value: &str) -> Result<Option<N>, Failure> {
        let digits = value.bytes().all(|b| b.is_ascii_digit());
        let parsed = value.parse().ok().filter(|_| digits);
        parsed.map(Some).ok_or_else(|| Failure::invalid(name, "must be a whole number in range, not below 0"))
    }
    let mut paging = Paging::default();
    for (name, value) in pairs {
        match &**name {
            "limit" => paging.limit = number(name, value)?,
            "offset" => paging.offset = number(name, value)?,
            _ => paging.cursor = Some(value.clone().into_owned()),
        }
    }
    Ok(paging)
}

/// The parameters, each given once (`application/x-www-form-urlencoded`, read strictly).
fn pairs(query: &str) -> Result<Pairs<'_>, Failure> {
    let mut pairs: Pairs<'_> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decode(name)?, decode(value)?);
        if is_key(&name) || is_key(&value) {
            return Err(refusal());
        }
        if pairs.iter().any(|(earlier, _)| *earlier == name) {
            return Err(Failure::invalid(name, "is given twice"));
        }
        pairs.push((name, value));
    }
    Ok(pairs)
}

fn decode(text: &str) -> Result<Cow<'_, str>, Failure> {
    let is_hex = |b: Option<&u8>| b.is_some_and(u8::is_ascii_hexdigit);
    let bytes = text.as_bytes();
    let broken = (0..bytes.len())
        .any(|at| bytes[at] == b'%' && !(is_hex(bytes.get(at + 1)) && is_hex(bytes.get(at + 2))));
    if broken {
        return Err(Failure::malformed("the query holds a `%` that two hexadecimal digits do not follow"));
    }
    let spaced: Cow<'_, str> = if text.contains('+') { text.replace('+', " ").into() } else { text.into() };
    match percent_decode_str(&spaced).decode_utf8() {
        Ok(decoded) => Ok(decoded.into_owned().into()),
        Err(_) => Err(Failure::malformed("the query holds bytes that are no UTF-8")),
    }
}

/// Reads parameters into a type of which every field is an optional text.
fn read<T: DeserializeOwned>(pairs: &Pairs<'_>) -> Result<T, Failure> {
    let encoded = serde_urlencoded::to_string(pairs).map_err(|_| Failure::internal())?;
    serde_urlencoded::from_str(&encoded).map_err(|error| {
        let message = error.to_string();
        let unknown = message.strip_prefix("unknown field `").and_then(|rest| rest.split_once("`, "));
        let unknown =
            unknown.or_else(|| message.strip_prefix("unknown field `").and_then(|rest| rest.split_once('`')));
        match unknown {
            Some((name, _)) => Failure::invalid(name, "is not a parameter of this request"),
            None => Failure::malformed("the query cannot be read"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Sample {
        external_id: Option<String>,
    }

    fn sample(query: &str) -> Result<Option<String>, (String, String)> {
        let read = pairs(query).and_then(|pairs| read::<Sample>(&pairs));
        read.map(|sample| sample.external_id).map_err(|failure| match failure.problems() {
            [problem] => (problem.field.clone(), problem.message.clone()),
            _ => (String::new(), failure.message().to_owned()),
        })
    }

    #[test]
    fn reads_what_is_known() {
        assert_eq!(sample(""), Ok(None));
        assert_eq!(sample("externalId=a%20b+c%2B%C3%A4"), Ok(Some("a b c+ä".to_owned())));
        assert_eq!(sample("externalId"), Ok(Some(String::new())));
    }

    #[test]
    fn says_what_is_not() {
        let unknown = "is not a parameter of this request".to_owned();
        assert_eq!(sample("external_id=1"), Err(("external_id".to_owned(), unknown)));
        assert_eq!(sample("externalId=1&externalId=2").unwrap_err().0, "externalId");
        for broken in ["externalId=%", "externalId=%4", "externalId=%zz", "externalId=%ff", "%ff=1"] {
            assert_eq!(sample(broken).unwrap_err().0, "", "{broken}");
        }
    }

    #[test]
    fn numbers_are_digits() {
        let limit = |query: &str| paging_of(&pairs(query).unwrap()).map(|paging| paging.limit);
        assert_eq!(limit("limit=5").unwrap(), Some(5));
        for bad in ["limit=", "limit=-1", "limit=%2B5", "limit=5.0", "limit=99999999999", "limit=a"] {
            assert_eq!(limit(bad).unwrap_err().problems()[0].field, "limit", "{bad}");
        }
    }
}
