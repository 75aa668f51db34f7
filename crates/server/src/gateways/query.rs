//! What the gateway's administrator wrote behind the `?` of the question.
//!
//! It is read strictly: a parameter that nobody reads is one that somebody misspelt, and a misspelt `permision` must not
//! let every key pass. It is plain words alone, so that reading it allocates nothing.

use super::demand::Demand;
use super::settings::Statuses;

/// The demand in the query, and how to answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Question<'a> {
    pub(crate) demand: Demand<'a>,
    /// Which statuses are understood, where that is said.
    pub(crate) statuses: Option<Statuses>,
    /// Whether the answer is to name the key's permissions.
    pub(crate) with_permissions: bool,
}

/// What is wrong with a query, for the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Misspelt {
    Unknown,
    Escaped,
    Twice(&'static str),
    Value(&'static str, &'static str),
    TooMany,
}

impl Misspelt {
    /// What is wrong, and what would do. What stands there is not repeated: it may be a client's, and hold a
    /// secret.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Unknown => "the question has a parameter that is not known: known are permission, any, \
                              method, cost, statuses and with"
                .to_owned(),
            Self::Escaped => {
                "the question holds an escape, a plus or bytes beyond ASCII: write its words as they are"
                    .to_owned()
            }
            Self::Twice(name) => format!("the question has `{name}` twice"),
            Self::Value(name, what_to_do) => {
                format!("the question has a `{name}` that cannot be: {what_to_do}")
            }
            Self::TooMany => "the question has more than 16 permissions".to_owned(),
        }
    }
}

/// Reads a query.
pub(crate) fn read(query: &str) -> Result<Question<'_>, Misspelt> {
    let mut question = Question::default();
    let mut rest = query;
    while !rest.is_empty() {
        let (pair, others) = cut(rest, b'&');
        if !pair.is_empty() {
            let (name, value) = cut(pair, b'=');
            question.set(name, value)?;
        }
        rest = others;
    }
    Ok(question)
}

impl<'a> Question<'a> {
    /// Takes one word of the administrator's.
    pub(super) fn set(&mut self, name: &str, value: &'a str) -> Result<(), Misspelt> {
        if !is_plain(name) || !is_plain(value) {
            return Err(Misspelt::Escaped);
        }
        let demand = &mut self.demand;
        match name {
            "permission" if !value.is_empty() => demand.all.push(value).map_err(|_| Misspelt::TooMany),
            "any" if !value.is_empty() => demand.any.push(value).map_err(|_| Misspelt::TooMany),
            "permission" => Err(Misspelt::Value("permission", "name one, as in permission=photo.read")),
            "any" => Err(Misspelt::Value("any", "name one, as in any=photo.read")),
            "method" => {
                if keywright_domain::Verb::of_method(value).is_none() {
                    return Err(Misspelt::Value(
                        "method",
                        "write GET, HEAD, OPTIONS, POST, PUT, PATCH or DELETE",
                    ));
                }
                once("method", demand.method.replace(value).is_none())
            }
            "cost" => {
                // A request costs something where the query says so: what is free stands in the route table, where no
                // client's query can be mistaken for it.
                let credits = value.parse().ok().filter(|&credits| credits > 0 && is_number(value));
                let credits = credits.ok_or(Misspelt::Value("cost", "write a whole number, at least 1"))?;
                once("cost", demand.credits.replace(credits).is_none())
            }
            "statuses" => {
                let statuses =
                    value.parse().map_err(|()| Misspelt::Value("statuses", "write nginx or plain"))?;
                once("statuses", self.statuses.replace(statuses).is_none())
            }
            "with" if value == "permissions" => {
                once("with", !std::mem::replace(&mut self.with_permissions, true))
            }
            "with" => Err(Misspelt::Value("with", "write permissions")),
            _ => Err(Misspelt::Unknown),
        }
    }
}

/// What stands before the first such byte, and behind it.
fn cut(text: &str, at: u8) -> (&str, &str) {
    match memchr::memchr(at, text.as_bytes()) {
        Some(position) => (&text[..position], &text[position + 1..]),
        None => (text, ""),
    }
}

fn is_plain(text: &str) -> bool {
    // To the end, also past a byte that is not: so it is done some bytes at a time.
    let is_plain = |b: u8| b.is_ascii_graphic() && b != b'%' && b != b'+';
    text.bytes().fold(true, |all, b| all & is_plain(b))
}

fn once(name: &'static str, is_first: bool) -> Result<(), Misspelt> {
    if is_first { Ok(()) } else { Err(Misspelt::Twice(name)) }
}

/// Without the sign that Rust would read.
fn is_number(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_is_demanded() {
        let question = read(
            "permission=photo.read&permission=a:b&any=x.y&method=PUT&cost=3&statuses=nginx&with=permissions",
        );
        let question = question.unwrap();
        assert_eq!(question.demand.all.as_slice(), ["photo.read", "a:b"]);
        assert_eq!(question.demand.any.as_slice(), ["x.y"]);
        assert_eq!(question.demand.method, Some("PUT"));
        assert_eq!(question.demand.credits, Some(3));
        assert_eq!(question.statuses, Some(Statuses::Nginx));
        assert!(question.with_permissions);
        assert_eq!(read(""), Ok(Question::default()));
    }

    #[test]
    fn what_is_misspelt_is_refused() {
        for (query, misspelt) in [
            ("permision=a.b", Misspelt::Unknown),
            ("Permission=a.b", Misspelt::Unknown),
            ("permission=a.b&size=1", Misspelt::Unknown),
            ("x", Misspelt::Unknown),
            ("permission=a%2Eb", Misspelt::Escaped),
            ("permission=a+b", Misspelt::Escaped),
            ("method=GET&method=GET", Misspelt::Twice("method")),
            ("cost=1&cost=1", Misspelt::Twice("cost")),
            ("statuses=nginx&statuses=plain", Misspelt::Twice("statuses")),
            ("with=permissions&with=permissions", Misspelt::Twice("with")),
        ] {
            assert_eq!(read(query), Err(misspelt), "{query}");
        }
        for query in [
            "permission",
            "permission=",
            "any=",
            "method=get",
            "method=",
            "cost=0",
            "cost=-1",
            "cost=1.5",
            "cost=",
            "cost=99999999999999999999",
            "statuses=",
            "statuses=200",
            "with=",
            "with=everything",
        ] {
            assert!(matches!(read(query), Err(Misspelt::Value(..))), "{query}: {:?}", read(query));
        }
        let many: Vec<String> = (0..17).map(|n| format!("permission=a.{n}")).collect();
        assert_eq!(read(&many.join("&")), Err(Misspelt::TooMany));
    }

    proptest! {
        #[test]
        fn no_text_panics(query in "([a-z=&%+]|permission=|any=|\\PC){0,20}") {
            if let Err(misspelt) = read(&query) {
                prop_assert!(!misspelt.words().is_empty());
            }
        }
    }
}
