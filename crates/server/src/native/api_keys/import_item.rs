//! A key that was made elsewhere, as it is imported: a key's fields, and its digest or its text.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use keywright_domain::PlaintextKey;
use keywright_engine::{ImportItem, ImportedSecret};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::openapi::schema;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::create::CreateKey;
use crate::http::{Failure, Object, value_problem};

/// The SHA-256 of a key, and how it is written.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ForeignDigest {
    algorithm: Algorithm,
    encoding: Encoding,
    /// 64 hexadecimal digits, or 32 bytes in base64 (RFC 4648, section 4).
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    value: String,
}

/// How it was digested.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Algorithm {
    /// SHA-256 of the key's bytes, unsalted.
    Sha256,
}

/// How the digest is written.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Encoding {
    /// In hexadecimal digits.
    Hex,
    /// In base64.
    Base64,
}

/// The fields of an import that say which key it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Secret {
    /// The SHA-256 of the key. Either this or `key`.
    #[schema(value_type = Option<ForeignDigest>)]
    digest: Option<Object<ForeignDigest>>,
    /// The key itself, of at least 20 characters. Either this or `digest`.
    #[schema(min_length = 20, max_length = 256)]
    key: Option<String>,
}

/// A key that was made elsewhere: the fields of a new key, and its digest or its text.
pub(crate) struct ImportKey;

impl PartialSchema for ImportKey {
    fn schema() -> RefOr<Schema> {
        // Both parts refuse unknown fields, so that `allOf` of them would refuse everything: they are made one.
        let fields = |schema: RefOr<Schema>| match schema {
            RefOr::T(Schema::Object(object)) => object,
            _ => schema::Object::new(),
        };
        let mut both = fields(CreateKey::schema());
        let secret = fields(Secret::schema());
        both.properties.extend(secret.properties);
        both.description = Some(
            "A key that was made elsewhere: the fields of a new key, and its `digest` or its `key`."
                .to_owned(),
        );
        Schema::Object(both).into()
    }
}

impl ToSchema for ImportKey {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        <CreateKey as ToSchema>::schemas(schemas);
        <Secret as ToSchema>::schemas(schemas);
    }
}

/// Reads one item; `place` is where it stands, such as `items[3]`.
pub(super) fn read(place: &str, mut item: Map<String, Value>) -> Result<ImportItem, Failure> {
    let is_secret = |name: &str| matches!(name, "digest" | "key");
    let secret: Map<String, Value> =
        item.iter().filter(|(name, _)| is_secret(name)).map(|(n, v)| (n.clone(), v.clone())).collect();
    item.retain(|name, _| !is_secret(name));
    let secret: Secret = fields(place, secret)?;
    let draft: CreateKey = fields(place, item)?;
    let secret = match (secret.digest, secret.key) {
        (Some(Object(digest)), None) => ImportedSecret::Sha256(bytes(place, &digest)?),
        (None, Some(key)) => ImportedSecret::Plaintext(PlaintextKey::imported(key)),
        (Some(_), Some(_)) => {
            return Err(Failure::invalid(format!("{place}.digest"), "cannot be combined with key"));
        }
        (None, None) => {
            return Err(Failure::invalid(format!("{place}.digest"), "is required, unless key is given"));
        }
    };
    Ok(ImportItem { secret, draft: draft.into() })
}

fn fields<T: DeserializeOwned>(place: &str, fields: Map<String, Value>) -> Result<T, Failure> {
    serde_path_to_error::deserialize(Value::Object(fields)).map_err(|error| value_problem(place, &error))
}

fn bytes(place: &str, digest: &ForeignDigest) -> Result<[u8; 32], Failure> {
    let ForeignDigest { algorithm: Algorithm::Sha256, encoding, value } = digest;
    let (bytes, needed) = match encoding {
        Encoding::Hex => (from_hex(value), "must be 64 hexadecimal digits"),
        Encoding::Base64 => {
            let decoded = STANDARD.decode(value).or_else(|_| STANDARD_NO_PAD.decode(value));
            (decoded.ok().and_then(|bytes| bytes.try_into().ok()), "must be 32 bytes in base64")
        }
    };
    bytes.ok_or_else(|| Failure::invalid(format!("{place}.digest.value"), needed))
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; 32];
    for (position, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * position..2 * position + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn problem(item: Value) -> String {
        let Value::Object(item) = item else { panic!("an item is an object") };
        match read("items[3]", item) {
            Ok(_) => String::new(),
            Err(failure) => failure.problems()[0].field.clone(),
        }
    }

    #[test]
    fn a_digest_has_32_bytes_however_it_is_written() {
        let hex = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        let digest = |encoding: &str, value: &str| json!({"name": "x", "digest": {"algorithm": "sha256", "encoding": encoding, "value": value}});
        assert_eq!(problem(digest("hex", hex)), "");
        assert_eq!(problem(digest("hex", &hex.to_uppercase())), "");
        assert_eq!(problem(digest("base64", "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=")), "");
        for (encoding, bad) in
            [("hex", "9f"), ("hex", &hex.replace('9', "+")), ("base64", "n4bQ"), ("base64", "%")]
        {
            assert_eq!(problem(digest(encoding, bad)), "items[3].digest.value", "{bad}");
        }
    }

    #[test]
    fn problems_are_named_with_their_place() {
        assert_eq!(problem(json!({"name": "x"})), "items[3].digest");
        assert_eq!(problem(json!({"name": "x", "key": 1})), "items[3].key");
        assert_eq!(problem(json!({"name": 1, "key": "k"})), "items[3].name");
        assert_eq!(problem(json!({"key": "k", "nmae": "x"})), "items[3].nmae");
        assert_eq!(
            problem(json!({"key": "k", "rateLimits": [{"name": "x", "limit": 1, "windowSeconds": "s"}]})),
            "items[3].rateLimits[0].windowSeconds"
        );
        assert_eq!(
            problem(json!({"digest": {"algorithm": "md5", "encoding": "hex", "value": ""}})),
            "items[3].digest.algorithm"
        );
    }
}
