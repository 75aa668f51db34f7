//! The audit log.

use keywright_domain::Right;
use keywright_store::{AuditEvent, AuditQuery};

use crate::Engine;
use crate::actor::Actor;
use crate::error::Error;
use crate::page::{Listing, Paging};
use crate::text::Problems;

/// Which audit events. Texts are as the caller sent them.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// With this action, such as `apiKey.revoke`.
    pub action: Option<String>,
    /// By this person.
    pub user: Option<String>,
    /// By this service account.
    pub service_account: Option<String>,
    /// With this key as the credential.
    pub key: Option<String>,
    /// Done to the thing with this id.
    pub target: Option<String>,
    /// At this time or later, RFC 3339.
    pub since: Option<String>,
    /// Before this time, RFC 3339.
    pub until: Option<String>,
}

impl Engine {
    /// Audit events, newest first. Needs `auditEvent.read`.
    pub async fn audit_events(
        &self,
        actor: &Actor,
        filter: AuditFilter,
        paging: &Paging,
    ) -> Result<Listing<AuditEvent>, Error> {
        actor.require(Right::AuditEventRead)?;
        let page = paging.request()?;
        let mut problems = Problems::default();
        let target: Option<keywright_domain::AuditEventId> =
            problems.optional("target", filter.target.as_deref());
        problems.short("action", filter.action.as_deref());
        let query = AuditQuery {
            organization: actor.organization_id(),
            user: problems.optional("userId", filter.user.as_deref()),
            service_account: problems.optional("serviceAccountId", filter.service_account.as_deref()),
            key: problems.optional("apiKeyId", filter.key.as_deref()),
            target: target.map(keywright_domain::Id::uuid),
            since: problems.optional("since", filter.since.as_deref()),
            until: problems.optional("until", filter.until.as_deref()),
            action: filter.action,
            page,
        };
        problems.finish()?;
        Ok(Listing::new(self.store.audit_events(query).await?, paging))
    }
}
