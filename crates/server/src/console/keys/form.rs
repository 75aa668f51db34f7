//! The form of a key: what it shows, and what a sent one asks for.

use std::time::Duration;

use keywright_domain::{ServiceAccountId, Timestamp, Verb};
use keywright_engine::{Actor, Engine, Error, FieldProblem, KeyDraft, Paging};
use keywright_store::{KeyListing, StoredGrants};

use super::credit_fields;
use crate::console::fields::Fields;
use crate::console::form::Problems;
use crate::console::limit_rows::{self, LimitRow};
use crate::console::permission_tree::{self, PermissionTree};
use crate::console::shell::Shell;

/// What a form of a key offers, holds and complains of.
pub(super) struct KeyForm {
    pub(super) fields: Fields,
    pub(super) problems: Problems,
    pub(super) accounts: Vec<Choice>,
    pub(super) roles: Vec<Choice>,
    pub(super) tree: PermissionTree,
    pub(super) longest_expiry_days: Option<u64>,
    /// What new keys begin with.
    pub(super) prefix: String,
    /// Where days and months begin.
    pub(super) time_zone: String,
}

/// Something that can be chosen.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
}

impl KeyForm {
    /// A form with what the organization has to choose from, as far as the actor may see it.
    pub(super) async fn new(
        engine: &Engine,
        actor: &Actor,
        shell: &Shell,
        fields: Fields,
        problems: Problems,
    ) -> Result<Self, Error> {
        let mut accounts = match engine.service_accounts(actor, &Paging::whole()).await {
            Ok(listing) => listing.items,
            Err(Error::Forbidden { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        // The one that is chosen may be an older one than those of the first page.
        if let Ok(chosen) = fields.text("owner").parse::<ServiceAccountId>()
            && !accounts.iter().any(|account| account.id == chosen)
            && let Ok(account) = engine.service_account(actor, chosen).await
        {
            accounts.push(account);
        }
        let roles = match engine.roles(actor, &Paging::whole()).await {
            Ok(listing) => listing.items,
            Err(Error::Forbidden { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        let permissions = engine.permissions(actor).unwrap_or_default();
        let choice = |value: String, label| Choice { value, label };
        Ok(Self {
            fields,
            problems,
            accounts: accounts.into_iter().map(|one| choice(one.id.to_string(), one.name)).collect(),
            roles: roles.into_iter().map(|one| choice(one.id.to_string(), one.name)).collect(),
            tree: PermissionTree::of(permissions),
            prefix: shell.key_prefix.clone(),
            time_zone: shell.time_zone.clone(),
            longest_expiry_days: shell
                .longest_expiry_seconds
                .map(|seconds| u64::try_from(seconds).unwrap_or(0) / 86_400),
        })
    }

    /// What is wrong with a field, its parts included; empty: nothing.
    pub(super) fn wrong(&self, field: &str) -> &str {
        self.problems.about(field)
    }

    pub(super) fn limit_rows(&self) -> Vec<LimitRow> {
        limit_rows::of(&self.fields)
    }

    pub(super) fn verbs() -> [&'static str; 5] {
        [Verb::Read, Verb::Create, Verb::Update, Verb::Delete, Verb::Manage].map(Verb::as_str)
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
    let fields = limit_rows::put(fields, &key.rate_limits);
    credit_fields::put(fields, key.credits.as_ref())
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
        rate_limits: Some(limit_rows::read(fields, &mut problems)).filter(|limits| !limits.is_empty()),
        credits: credit_fields::read(fields, &mut problems),
        enabled: Some(!fields.has("start", "off")),
        prefix: fields.given("prefix"),
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
    Some(permission_tree::chosen(fields))
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
