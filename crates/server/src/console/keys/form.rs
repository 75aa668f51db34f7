//! The form of a key: what it shows, and what a sent one asks for.

use std::time::Duration;

use keywright_domain::{RateLimit, Timestamp, Verb};
use keywright_engine::{Actor, Engine, Error, FieldProblem, KeyDraft, Paging, PermissionView};
use keywright_store::{KeyListing, StoredGrants};

use crate::console::fields::Fields;
use crate::console::form::Problems;

/// Rows for rate limits on the form. A key may have 8; the API sets the others.
const LIMIT_ROWS: usize = 3;

/// Windows that the form offers, in seconds.
const WINDOWS: [(&str, &str); 4] = [("1", "second"), ("60", "minute"), ("3600", "hour"), ("86400", "day")];

/// What a form of a key offers, holds and complains of.
pub(super) struct KeyForm {
    pub(super) fields: Fields,
    pub(super) problems: Problems,
    pub(super) accounts: Vec<Choice>,
    pub(super) roles: Vec<Choice>,
    pub(super) groups: Vec<Group>,
    pub(super) longest_expiry_days: Option<u64>,
}

/// Something that can be chosen.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
}

/// Permissions of one resource.
pub(super) struct Group {
    pub(super) name: String,
    pub(super) permissions: Vec<PermissionView>,
}

/// One row for a rate limit.
pub(super) struct LimitRow {
    pub(super) at: usize,
    pub(super) name: String,
    pub(super) count: String,
    pub(super) window: String,
}

impl KeyForm {
    /// A form with what the organization has to choose from, as far as the actor may see it.
    pub(super) async fn new(
        engine: &Engine,
        actor: &Actor,
        fields: Fields,
        problems: Problems,
    ) -> Result<Self, Error> {
        let accounts = match engine.service_accounts(actor, &Paging::whole()).await {
            Ok(listing) => listing.items,
            Err(Error::Forbidden { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        let roles = match engine.roles(actor, &Paging::whole()).await {
            Ok(listing) => listing.items,
            Err(Error::Forbidden { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        let permissions = engine.permissions(actor).unwrap_or_default();
        let organization = engine.organization(actor, actor.organization_id()).await;
        let choice = |value: String, label| Choice { value, label };
        Ok(Self {
            fields,
            problems,
            accounts: accounts.into_iter().map(|one| choice(one.id.to_string(), one.name)).collect(),
            roles: roles.into_iter().map(|one| choice(one.id.to_string(), one.name)).collect(),
            groups: grouped(permissions),
            longest_expiry_days: organization
                .ok()
                .and_then(|organization| organization.max_expiry_seconds)
                .map(|seconds| u64::try_from(seconds).unwrap_or(0) / 86_400),
        })
    }

    /// What is wrong with a field, its parts included; empty: nothing.
    pub(super) fn wrong(&self, field: &str) -> &str {
        self.problems.about(field)
    }

    pub(super) fn limit_rows(&self) -> Vec<LimitRow> {
        let text = |name: &str, at: usize| self.fields.text(&format!("{name}{at}")).to_owned();
        let row = |at| LimitRow {
            at,
            name: text("limitName", at),
            count: text("limitCount", at),
            window: text("limitWindow", at),
        };
        (0..LIMIT_ROWS).map(row).collect()
    }

    /// Permissions that the key has or that were typed, and that no group offers.
    pub(super) fn others(&self) -> Vec<String> {
        let offered = |name: &str| {
            self.groups.iter().flat_map(|group| &group.permissions).any(|permission| permission.name == name)
        };
        let had = self.fields.all("permission").filter(|name| !offered(name)).map(str::to_owned);
        had.chain(self.fields.lines("otherPermissions")).collect()
    }

    pub(super) fn verbs() -> [&'static str; 5] {
        [Verb::Read, Verb::Create, Verb::Update, Verb::Delete, Verb::Manage].map(Verb::as_str)
    }
}

impl LimitRow {
    /// The windows to choose from, and the one that the key has if it is none of them.
    pub(super) fn windows(&self) -> Vec<(String, String, bool)> {
        let chosen = if self.window.is_empty() { "60" } else { self.window.as_str() };
        let mut all: Vec<_> = WINDOWS
            .into_iter()
            .map(|(seconds, unit)| (seconds.to_owned(), format!("a {unit}"), seconds == chosen))
            .collect();
        if all.iter().all(|(.., is_chosen)| !is_chosen) {
            all.push((chosen.to_owned(), format!("{chosen} seconds"), true));
        }
        all
    }
}

/// What an empty form of a new key says.
pub(super) fn blank(once: String) -> Fields {
    Fields::default().with("access", "read").with("may", "listed").with("expires", "90").with("once", once)
}

/// What the form of an existing key says.
pub(super) fn of_key(listing: &KeyListing) -> Fields {
    let key = &listing.key;
    let mut fields = Fields::default()
        .with("revision", key.revision.0.to_string())
        .with("name", &key.name)
        .with("description", key.description.as_deref().unwrap_or_default())
        .with("externalId", key.external_id.as_deref().unwrap_or_default())
        .with("expires", if key.expires_at.is_some() { "keep" } else { "never" })
        .with_all(
            "ipAllowlist",
            [key.allowlist.networks().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")],
        )
        .with_all("role", key.roles.iter().map(ToString::to_string))
        .with_all("verb", key.verbs.iter().map(|verb| verb.as_str().to_owned()));
    fields = fields.with("access", access_word(key.verbs));
    fields = match &key.grants {
        StoredGrants::Owner => fields.with("may", "owner"),
        StoredGrants::Listed(listed) => {
            fields.with("may", "listed").with_all("permission", listed.iter().map(ToString::to_string))
        }
    };
    if let Some(object) = &key.metadata {
        fields = fields.with("metadata", serde_json::to_string_pretty(object).unwrap_or_default());
    }
    for (at, limit) in key.rate_limits.iter().enumerate() {
        fields = fields
            .with(&format!("limitName{at}"), limit.name.as_str())
            .with(&format!("limitCount{at}"), limit.limit.to_string())
            .with(&format!("limitWindow{at}"), limit.window_seconds.to_string());
    }
    fields
}

fn access_word(verbs: keywright_domain::VerbSet) -> &'static str {
    use keywright_domain::VerbSet;
    match verbs {
        VerbSet::READ => "read",
        VerbSet::ALL => "read-write",
        _ => "verbs",
    }
}

/// A new key, as the form asks for it.
pub(super) fn draft(fields: &Fields, now: Timestamp) -> Result<KeyDraft, Problems> {
    let mut problems = Vec::new();
    let (scope, verbs) = access(fields);
    let draft = KeyDraft {
        name: Some(fields.text("name").to_owned()),
        description: fields.given("description"),
        expires_at: expiry(fields, now, &mut problems),
        scope,
        verbs,
        service_account: fields.given("owner").filter(|owner| owner != "self"),
        permissions: permissions(fields),
        role_ids: Some(fields.all("role").map(str::to_owned).collect::<Vec<_>>())
            .filter(|roles| !roles.is_empty()),
        external_id: fields.given("externalId"),
        metadata: metadata(fields, &mut problems),
        ip_allowlist: Some(fields.lines("ipAllowlist")).filter(|networks| !networks.is_empty()),
        rate_limits: Some(limits(fields, &mut problems)).filter(|limits| !limits.is_empty()),
        prefix: fields.given("prefix"),
        ..KeyDraft::default()
    };
    if problems.is_empty() { Ok(draft) } else { Err(Problems::new(problems)) }
}

/// The scope or the verbs that are chosen.
pub(super) fn access(fields: &Fields) -> (Option<String>, Option<Vec<Verb>>) {
    match fields.text("access") {
        "verbs" => (None, Some(fields.all("verb").filter_map(Verb::parse).collect())),
        scope => (Some(scope.to_owned()), None),
    }
}

/// The permissions that are chosen; `None`: what the owner has.
pub(super) fn permissions(fields: &Fields) -> Option<Vec<String>> {
    if fields.text("may") == "owner" {
        return None;
    }
    let ticked = fields.all("permission").map(str::to_owned);
    let mut all: Vec<String> = ticked.chain(fields.lines("otherPermissions")).collect();
    let mut seen = std::collections::HashSet::new();
    all.retain(|permission| seen.insert(permission.clone()));
    Some(all)
}

pub(super) fn expiry(fields: &Fields, now: Timestamp, problems: &mut Vec<FieldProblem>) -> Option<String> {
    match fields.text("expires") {
        "" | "never" | "keep" => None,
        "date" => {
            let date = fields.text("expiresOn");
            // The end of that day, UTC: whoever names a day means all of it.
            let end = format!("{date}T23:59:59Z");
            if end.parse::<Timestamp>().is_err() {
                problems.push(FieldProblem::new("expiresAt", "must be a day, such as 2030-01-31"));
            }
            Some(end)
        }
        days => match days.parse::<u64>() {
            Ok(days) => Some(now.plus(Duration::from_hours(days.saturating_mul(24))).to_string()),
            Err(_) => {
                problems.push(FieldProblem::new("expiresAt", "must be one of the choices"));
                None
            }
        },
    }
}

pub(super) fn metadata(
    fields: &Fields,
    problems: &mut Vec<FieldProblem>,
) -> Option<serde_json::Map<String, serde_json::Value>> {
    let text = fields.given("metadata")?;
    match serde_json::from_str(&text) {
        Ok(object) => Some(object),
        Err(error) => {
            let what = format!("must be a JSON object, such as {{\"plan\": \"pro\"}}: {error}");
            problems.push(FieldProblem::new("metadata", what));
            None
        }
    }
}

pub(super) fn limits(fields: &Fields, problems: &mut Vec<FieldProblem>) -> Vec<RateLimit> {
    let mut limits = Vec::new();
    for at in 0..LIMIT_ROWS {
        let Some(count) = fields.given(&format!("limitCount{at}")) else { continue };
        let (Ok(limit), Ok(window_seconds)) =
            (count.parse(), fields.text(&format!("limitWindow{at}")).parse())
        else {
            problems.push(FieldProblem::new(format!("rateLimits[{at}]"), "must be a whole number of uses"));
            continue;
        };
        let name = fields.given(&format!("limitName{at}")).unwrap_or_else(|| "default".to_owned());
        limits.push(RateLimit { name, limit, window_seconds });
    }
    limits
}

/// Permissions by their resource, in the order in which the resources first come.
fn grouped(permissions: Vec<PermissionView>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for permission in permissions {
        let resource = permission.name.split('.').next().unwrap_or_default();
        match groups.iter_mut().find(|group| group.name == resource) {
            Some(group) => group.permissions.push(permission),
            None => groups.push(Group { name: resource.to_owned(), permissions: vec![permission] }),
        }
    }
    groups
}
