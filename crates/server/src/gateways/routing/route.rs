//! What the operator demands of requests for certain paths.

use keywright_domain::{Catalogue, DemandedPermission};

use super::pattern::PathPattern;
use crate::gateways::demand::MAX_NAMES;

/// A route as the operator writes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RouteDraft {
    /// The request's method; `*` for any.
    pub method: String,
    /// The path: words, `{name}` for any one segment, `**` at the end for all below.
    pub path: String,
    /// Permissions that are all needed.
    pub permissions: Vec<String>,
    /// Permissions of which one is needed.
    pub any: Vec<String>,
    /// Something that is needed instead of permissions, or beside them: `method`, `key`.
    pub demand: Option<String>,
    /// Credits that a request costs; 1 unless set.
    pub cost: Option<u64>,
}

/// What is wrong with a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteProblem {
    /// Which one, counted from 0.
    pub route: usize,
    /// The key that is wrong: `method`, `path`, `permissions`, `any`, `demand`.
    pub key: &'static str,
    /// What is wrong with it, as the rest of a sentence that begins with the key and its value.
    pub what: String,
    /// What would do.
    pub what_to_do: String,
}

/// What is wrong with a value, as the rest of a sentence that begins with it, and what would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) what: String,
    pub(super) what_to_do: String,
}

impl Wrong {
    pub(super) fn new(what: impl Into<String>, what_to_do: impl Into<String>) -> Self {
        Self { what: what.into(), what_to_do: what_to_do.into() }
    }
}

/// A route, read.
#[derive(Debug)]
pub(super) struct Route {
    /// `None`: any.
    pub(super) method: Option<Box<str>>,
    pub(super) pattern: PathPattern,
    pub(super) permissions: Vec<Box<str>>,
    pub(super) any: Vec<Box<str>>,
    /// Whether some permission with the method's verb is needed.
    pub(super) verb: bool,
    pub(super) credits: Option<u64>,
}

impl Route {
    /// Reads the draft; what is wrong with it by key.
    pub(super) fn read(draft: &RouteDraft) -> Result<Self, Vec<(&'static str, Wrong)>> {
        let mut problems = Vec::new();
        let method = match draft.method.as_str() {
            "*" => None,
            name if is_method(name) => Some(name.into()),
            _ => {
                problems
                    .push(("method", Wrong::new("is no method", "write one in capitals, such as GET, or *")));
                None
            }
        };
        let pattern = PathPattern::parse(&draft.path).map_err(|what| problems.push(("path", what))).ok();
        for (key, names) in [("permissions", &draft.permissions), ("any", &draft.any)] {
            problems.extend(names.iter().filter_map(|name| Some((key, wrong_permission(name)?))));
            if names.len() > MAX_NAMES {
                let what = format!("has more than {MAX_NAMES} permissions");
                problems.push((key, Wrong::new(what, "demand fewer, or one that stands for them")));
            }
        }
        let verb = match draft.demand.as_deref() {
            Some("method") => true,
            Some("key") | None => false,
            Some(_) => {
                let what_to_do =
                    "write method (some permission with the method's verb) or key (any valid key)";
                problems.push(("demand", Wrong::new("is no demand", what_to_do)));
                false
            }
        };
        if draft.permissions.is_empty() && draft.any.is_empty() && draft.demand.is_none() {
            let what_to_do = "give it permissions, any, or demand = \"method\" or \"key\"";
            problems.push(("demand", Wrong::new("is missing, and so are permissions and any", what_to_do)));
        }
        match pattern {
            Some(pattern) if problems.is_empty() => Ok(Self {
                method,
                pattern,
                permissions: draft.permissions.iter().map(|name| name.as_str().into()).collect(),
                any: draft.any.iter().map(|name| name.as_str().into()).collect(),
                verb,
                credits: draft.cost,
            }),
            _ => Err(problems),
        }
    }
}

/// Whether this is a method as servers agree on it: capitals, perhaps with hyphens. Others exist (RFC 9110 allows any
/// token), but servers disagree whether `delete` is `DELETE`.
pub(super) fn is_method(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'-')
}

fn wrong_permission(name: &str) -> Option<Wrong> {
    let error = DemandedPermission::resolve(name, &Catalogue::new([], false)).err()?;
    Some(Wrong::new(format!("has {name:?}, which {error}"), "name one permission, as in photo.read"))
}
