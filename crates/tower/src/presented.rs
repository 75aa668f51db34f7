//! The key that a request comes with.

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName};
use zeroize::Zeroizing;

use crate::refusal::Refusal;

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Takes the key out of the headers, so that it goes no further.
///
/// Credentials of another kind in `Authorization` are not ours: they stay, and the request has no key by them.
pub(crate) fn take(headers: &mut HeaderMap) -> Result<Zeroizing<String>, Refusal> {
    let bearer = single(headers, &AUTHORIZATION)?.and_then(of_bearer);
    let api_key = single(headers, &API_KEY)?.map(str::trim);
    let key = match (bearer, api_key) {
        (Some(one), Some(other)) if one != other => return Err(Refusal::Ambiguous),
        (Some(key), _) | (None, Some(key)) => Zeroizing::new(key.to_owned()),
        (None, None) => return Err(Refusal::Missing),
    };
    if bearer.is_some() {
        headers.remove(AUTHORIZATION);
    }
    headers.remove(API_KEY);
    Ok(key)
}

fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Refusal> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Refusal::Ambiguous);
    }
    value.to_str().map(Some).map_err(|_| Refusal::Ambiguous)
}

/// RFC 6750, section 2.1; the scheme's case does not matter (RFC 9110, section 11.1).
fn of_bearer(value: &str) -> Option<&str> {
    let (scheme, key) = value.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(key.trim())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn taken(pairs: &[(&'static str, &str)]) -> Result<(String, Vec<String>), Refusal> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let key = take(&mut headers)?.to_string();
        Ok((key, headers.keys().map(ToString::to_string).collect()))
    }

    #[test]
    fn a_key_is_taken_and_nothing_else() {
        for pairs in [
            vec![("authorization", "bEARER  k"), ("accept", "*/*")],
            vec![("x-api-key", "k"), ("accept", "*/*")],
            vec![("authorization", "Bearer k"), ("x-api-key", "k"), ("accept", "*/*")],
        ] {
            assert_eq!(taken(&pairs).unwrap(), ("k".to_owned(), vec!["accept".to_owned()]), "{pairs:?}");
        }
        let basic = taken(&[("authorization", "Basic x"), ("x-api-key", "k")]).unwrap();
        assert_eq!(basic, ("k".to_owned(), vec!["authorization".to_owned()]));
    }

    #[test]
    fn who_shows_two_keys_does_not_know_which_one_acts() {
        for pairs in [
            vec![("authorization", "Bearer a"), ("x-api-key", "b")],
            vec![("x-api-key", "a"), ("x-api-key", "a")],
            vec![("authorization", "Bearer a"), ("authorization", "Bearer a")],
            vec![("x-api-key", "\u{e9}")],
        ] {
            assert!(matches!(taken(&pairs), Err(Refusal::Ambiguous)), "{pairs:?}");
        }
        for pairs in [vec![], vec![("authorization", "Basic x")], vec![("authorization", "Bearer")]] {
            assert!(matches!(taken(&pairs), Err(Refusal::Missing)), "{pairs:?}");
        }
    }
}
