//! What is demanded of a key, in its three spellings.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use utoipa::ToSchema;

/// Permissions: `"asset.read"`, or an array of which all are needed, or `{all, any}`.
#[derive(Debug, Default)]
pub(super) struct Demanded<'a> {
    pub(super) all: Vec<Cow<'a, str>>,
    pub(super) any: Vec<Cow<'a, str>>,
    spelling: Spelling,
}

/// How it was spelt: what a problem is to be called by.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Spelling {
    #[default]
    One,
    Array,
    Object,
}

/// Permissions that are needed: all of an array, or all of `all` and one of `any`.
#[derive(ToSchema)]
#[schema(as = DemandedPermissions)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes what `Demanded` reads")]
pub(crate) enum DemandedSchema {
    /// This one.
    One(String),
    /// All of these.
    All(Vec<String>),
    /// All of `all` and one of `any`.
    Both(AllAndAny),
}

/// All of `all` and one of `any`.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes what `Demanded` reads")]
pub(crate) struct AllAndAny {
    /// All of these are needed.
    all: Option<Vec<String>>,
    /// One of these is needed.
    any: Option<Vec<String>>,
}

impl Demanded<'_> {
    /// The name of a problem that the engine found at `permissions.all[0]`, in the spelling that the caller used.
    pub(super) fn in_callers_words(&self, field: &str) -> String {
        let Some(place) = field.strip_prefix("permissions.all") else { return field.to_owned() };
        match self.spelling {
            Spelling::One => "permissions".to_owned(),
            Spelling::Array => format!("permissions{place}"),
            Spelling::Object => field.to_owned(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Object<'a> {
    #[serde(borrow, default)]
    all: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    any: Option<Vec<Text<'a>>>,
}

/// A text that is borrowed from the body unless it holds an escape: serde borrows within `Option` and `Vec` by a type of
/// its own alone.
#[derive(Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

fn texts(texts: Option<Vec<Text<'_>>>) -> Vec<Cow<'_, str>> {
    texts.unwrap_or_default().into_iter().map(|Text(text)| text).collect()
}

impl<'de: 'a, 'a> Deserialize<'de> for Demanded<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DemandedVisitor)
    }
}

struct DemandedVisitor;

impl<'de> Visitor<'de> for DemandedVisitor {
    type Value = Demanded<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a permission, an array of permissions, or an object with all and any")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        Ok(Demanded::default())
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Demanded { all: vec![Cow::Borrowed(text)], any: Vec::new(), spelling: Spelling::One })
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Demanded { all: vec![Cow::Owned(text.to_owned())], any: Vec::new(), spelling: Spelling::One })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Text(text)) = sequence.next_element()? {
            if all.len() == MAX_DEMANDED {
                return Err(A::Error::custom(format!("must have at most {MAX_DEMANDED} permissions")));
            }
            all.push(text);
        }
        Ok(Demanded { all, any: Vec::new(), spelling: Spelling::Array })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let object = Object::deserialize(MapAccessDeserializer::new(map))?;
        let (all, any) = (texts(object.all), texts(object.any));
        if all.len().max(any.len()) > MAX_DEMANDED {
            return Err(A::Error::custom(format!("must have at most {MAX_DEMANDED} permissions")));
        }
        Ok(Demanded { all, any, spelling: Spelling::Object })
    }
}

/// A demand is made by code, for one request of its own: it names a few permissions.
const MAX_DEMANDED: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> (Vec<String>, Vec<String>, String) {
        let demanded: Demanded<'_> = serde_json::from_str(json).unwrap();
        let owned = |texts: &[Cow<'_, str>]| texts.iter().map(ToString::to_string).collect();
        let place = demanded.in_callers_words("permissions.all[1]");
        (owned(&demanded.all), owned(&demanded.any), place)
    }

    #[test]
    fn three_spellings_mean_the_same() {
        let one = vec!["asset.read".to_owned()];
        assert_eq!(read(r#""asset.read""#), (one.clone(), vec![], "permissions".to_owned()));
        assert_eq!(read(r#""asset\u002eread""#).0, one);
        assert_eq!(read(r#"["asset.read"]"#), (one.clone(), vec![], "permissions[1]".to_owned()));
        let both = read(r#"{"all":["asset.read"],"any":["a.b","c\u002ed"]}"#);
        assert_eq!(both, (one, vec!["a.b".to_owned(), "c.d".to_owned()], "permissions.all[1]".to_owned()));
        assert_eq!(read("null").0, Vec::<String>::new());
    }

    #[test]
    fn anything_else_is_refused() {
        for bad in ["1", "true", "[1]", r#"{"some":[]}"#, r#"{"all":"x"}"#] {
            assert!(serde_json::from_str::<Demanded<'_>>(bad).is_err(), "{bad}");
        }
    }
}
