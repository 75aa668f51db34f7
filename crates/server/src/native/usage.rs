//! `/v1/usage`: how often keys were answered what.

use std::collections::BTreeMap;
use std::sync::Arc;

use keywright_engine::{UsageFilter, UsageReport, usage_outcomes};
use keywright_store::{KeyOwner, UsageGroup};
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::wire::{List, Time};
use crate::app::{App, SharedApp};
use crate::http::{Answer, Caller, Envelope, Paged, PagingParameters, ReadFailures, Success};

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(list))
}

/// Which counts, and how they are added up.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListUsage {
    /// Of this key.
    #[param(value_type = Option<Uuid>)]
    api_key_id: Option<String>,
    /// Of the keys of this service account.
    #[param(value_type = Option<Uuid>)]
    service_account_id: Option<String>,
    /// Of the keys of this person.
    #[param(value_type = Option<Uuid>)]
    user_id: Option<String>,
    /// Of the keys made for this customer.
    external_id: Option<String>,
    /// With this outcome.
    #[param(value_type = Option<Outcome>, inline)]
    outcome: Option<String>,
    /// In steps of this length. Left out: all of the time together.
    #[param(value_type = Option<Interval>, inline)]
    interval: Option<String>,
    /// What is told apart. Left out: nothing.
    #[param(value_type = Option<GroupBy>, inline)]
    group_by: Option<String>,
    /// At this time or later, rounded down to a whole step. Left out: an hour before `until` with `interval=minute`, a
    /// day with `interval=hour`, else 30 days.
    #[param(value_type = Option<Time>, inline)]
    since: Option<String>,
    /// Before this time, rounded up to a whole step. Left out: now.
    #[param(value_type = Option<Time>, inline)]
    until: Option<String>,
}

/// The length of a step.
#[derive(ToSchema)]
#[schema(as = UsageInterval, rename_all = "lowercase")]
#[expect(dead_code, reason = "describes what the engine takes")]
pub(crate) enum Interval {
    /// Kept for 48 hours; at most 24 hours at once.
    Minute,
    /// Kept for 60 days; at most 31 days at once.
    Hour,
    /// In UTC. Kept for two years.
    Day,
}

/// What is told apart.
#[derive(ToSchema)]
#[schema(as = UsageGroupBy, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes what the engine takes")]
pub(crate) enum GroupBy {
    /// Nothing.
    None,
    /// Each key.
    Key,
    /// Each person and service account.
    Owner,
    /// Each customer; the keys that are for none stand together.
    ExternalId,
}

/// What a verification may answer about a key.
#[derive(Debug)]
pub(crate) struct Outcome;

impl PartialSchema for Outcome {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("What a verification may answer about a key."))
            .enum_values(Some(usage_outcomes()))
            .build()
            .into()
    }
}

impl ToSchema for Outcome {}

/// A page of counts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UsageList {
    /// The time that the counts are of: whole steps.
    since: Time,
    /// Its end; the counts are of before it.
    until: Time,
    #[serde(flatten)]
    counts: List<Usage>,
}

/// How often which answer was given. A field that has no value is left out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Usage {
    /// When the step began; with `interval`.
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<Time>,
    /// The key; with `groupBy=key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key_id: Option<Uuid>,
    /// The key's name as it is now; with `groupBy=key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The person whose key it is, or keys they are; with `groupBy=key` or `groupBy=owner`.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<Uuid>,
    /// The service account, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    service_account_id: Option<Uuid>,
    /// The customer that the key is for, or keys are; with `groupBy=key` or `groupBy=externalId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    /// All answers.
    #[schema(minimum = 1, example = 15)]
    total: u64,
    /// How often each outcome; those that never came are left out.
    #[schema(value_type = std::collections::HashMap<String, u64>, example = json!({"VALID": 12, "INSUFFICIENT_PERMISSIONS": 3}))]
    counts: BTreeMap<String, u64>,
}

/// Read usage counts
///
/// How often keys were verified (by verify, verify-batch and gateways), by outcome: the caller's own keys (those of the
/// person or service account behind the credential), with `apiKey.manage` the whole organization's. With `interval` the
/// oldest step comes first, and steps without any use are left out; without, the key (or owner, or customer) with the most
/// uses comes first. Shows within 5 seconds of a use, later where thousands of keys are used in every second. Needs
/// `usage.read`.
#[utoipa::path(
    get,
    path = "/v1/usage",
    operation_id = "listUsage",
    tag = "Usage",
    params(ListUsage, PagingParameters),
    responses(
        (
            status = 200,
            description = "A page of counts.",
            body = Envelope<UsageList>,
            example = json!({
                "code": 200, "message": "success", "requestId": "0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10",
                "data": {
                    "since": "2026-11-20T10:00:00.000Z", "until": "2026-11-21T10:00:00.000Z",
                    "items": [{
                        "start": "2026-11-21T09:00:00.000Z", "total": 15,
                        "counts": {"VALID": 12, "INSUFFICIENT_PERMISSIONS": 3},
                    }],
                    "limit": 20, "offset": 0, "hasMore": false,
                },
            }),
        ),
        ReadFailures,
    ),
)]
async fn list(
    app: SharedApp,
    Caller(actor): Caller,
    Paged { paging, filter }: Paged<ListUsage>,
) -> Answer<UsageList> {
    let filter = UsageFilter {
        key: filter.api_key_id,
        service_account: filter.service_account_id,
        user: filter.user_id,
        external_id: filter.external_id,
        outcome: filter.outcome,
        interval: filter.interval,
        group_by: filter.group_by,
        since: filter.since,
        until: filter.until,
    };
    let UsageReport { listing, since, until } = app.engine.usage(&actor, filter, &paging).await?;
    let counts = List::of(listing, Usage::from);
    Ok(Success(UsageList { since: since.into(), until: until.into(), counts }))
}

impl From<keywright_store::UsageItem> for Usage {
    fn from(item: keywright_store::UsageItem) -> Self {
        let (mut api_key_id, mut named, mut owner, mut customer) = (None, None, None, None);
        match item.group {
            UsageGroup::All => {}
            UsageGroup::Key { id, name, owner: of, external_id } => {
                (api_key_id, named, owner, customer) = (Some(id.uuid()), Some(name), Some(of), external_id);
            }
            UsageGroup::Owner(of) => owner = Some(of),
            UsageGroup::ExternalId(external_id) => customer = external_id,
        }
        let (user_id, service_account_id) = match owner {
            Some(KeyOwner::User(id)) => (Some(id.uuid()), None),
            Some(KeyOwner::ServiceAccount(id)) => (None, Some(id.uuid())),
            None => (None, None),
        };
        Self {
            start: item.start.map(Time::from),
            api_key_id,
            name: named,
            user_id,
            service_account_id,
            external_id: customer,
            total: item.counts.iter().map(|(_, count)| count).sum(),
            counts: item.counts.into_iter().collect(),
        }
    }
}
