//! Looking at sessions of the portal, and ending them.

use keywright_domain::{PortalSessionId, Right};
use keywright_store::{Command, PortalSession, PortalSessionQuery, Refusal};

use super::PortalVisitor;
use crate::Engine;
use crate::actor::Actor;
use crate::change::Act;
use crate::error::Error;
use crate::page::{Listing, Paging};
use crate::text::Problems;

impl Engine {
    /// The organization's sessions of the portal that are not over, newest first. Needs `portalSession.read`.
    pub async fn portal_sessions(
        &self,
        actor: &Actor,
        external_id: Option<String>,
        paging: &Paging,
    ) -> Result<Listing<PortalSession>, Error> {
        actor.require(Right::PortalSessionRead)?;
        let page = paging.request()?;
        let mut problems = Problems::default();
        problems.short("externalId", external_id.as_deref());
        problems.finish()?;
        let organization = actor.organization_id();
        let query = PortalSessionQuery { organization, external_id, at: self.now(), page };
        Ok(Listing::new(self.store.portal_sessions(query).await?, paging))
    }

    /// Ends a session of the portal at once, or voids the link to one that has not begun. Needs `portalSession.delete`.
    pub async fn end_portal_session(&self, actor: &Actor, id: PortalSessionId) -> Result<(), Error> {
        let act = Act::new("portalSession.delete", "portalSession", id.uuid());
        self.audited(actor, act.clone(), async {
            actor.require(Right::PortalSessionDelete)?;
            if let Some(()) = self.answered_before(actor).await? {
                return Ok(());
            }
            self.end(actor, &act, id).await
        })
        .await
    }

    /// Ends the visitor's own session.
    pub async fn leave_portal(&self, visitor: &PortalVisitor) -> Result<(), Error> {
        let act = Act::new("portalSession.end", "portalSession", visitor.id().uuid());
        self.end(&visitor.actor, &act, visitor.id()).await
    }

    async fn end(&self, actor: &Actor, act: &Act, id: PortalSessionId) -> Result<(), Error> {
        let command = Command::EndPortalSession { organization: actor.organization_id(), id };
        let changed = self.change(actor, act, command, ()).await;
        changed.map(drop).map_err(|refused| {
            refused.into_error(|refusal| {
                matches!(refusal, Refusal::NotFound).then_some(Error::NotFound { kind: "portal session" })
            })
        })
    }
}
