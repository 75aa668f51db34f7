//! Following the link to the portal: once, and only while what the session rests on is there.

use keywright_domain::{OrganizationId, PortalSessionId, PortalSettings, Timestamp};
use keywright_store::{AuditedCommand, Command, LinkPurpose, LinkToken, PortalSession, Refusal};

use crate::Engine;
use crate::actor::{Actor, Credential, Origin};
use crate::change::{Act, guarded, unexpected};
use crate::error::{Error, Unauthenticated};
use crate::secret::{PORTAL, SecretToken};

/// A session that began.
#[derive(Debug)]
pub struct OpenedPortal {
    /// The token of its cookie, this once.
    pub token: SecretToken,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

const fn no_such_link() -> Error {
    Error::Unauthenticated(Unauthenticated::Link)
}

impl Engine {
    /// The portal that a session is in, whether or not it is over: the organization, and how its portal is.
    pub async fn portal_of(
        &self,
        id: PortalSessionId,
    ) -> Result<Option<(OrganizationId, PortalSettings)>, Error> {
        let Some(session) = self.store.portal_session(id).await? else { return Ok(None) };
        let organization = self.index().organization(session.organization);
        Ok(organization.map(|organization| (organization.id, organization.settings().portal.clone())))
    }

    /// Whether a link to the portal leads to this session still. Asking does not use it up.
    pub async fn portal_link_is_open(&self, id: PortalSessionId, token: &str) -> Result<bool, Error> {
        match self.link_to(id, token, Origin::default()).await {
            Ok(_) => Ok(true),
            Err(Error::Unauthenticated(_)) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// Uses a link to the portal up, and begins its session.
    pub async fn open_portal(
        &self,
        id: PortalSessionId,
        token: &str,
        origin: Origin,
    ) -> Result<OpenedPortal, Error> {
        let (link, session, actor) = self.link_to(id, token, origin).await?;
        let token = SecretToken::generate(self.random.as_ref());
        let digest = self.pepper.digest_token(PORTAL, token.expose());
        let begin = Command::UseLinkToken {
            id: link.id,
            then: vec![Command::OpenPortalSession { id: session.id, digest }],
        };
        let command = match actor.credential() {
            // What must hold of the session itself the store sees to where it begins it.
            Credential::Portal(portal) => guarded(&portal.opener, begin),
            _ => begin,
        };
        let act = Act::new("portalSession.open", "portalSession", session.id.uuid());
        let audit = vec![self.audit_event(&actor, &act, None)];
        match self.carry_out(AuditedCommand { command, audit, idempotency: None }).await? {
            Ok(_) => Ok(OpenedPortal { token, expires_at: session.expires_at }),
            Err(Refusal::LinkUsed | Refusal::NotFound | Refusal::CredentialGone) => Err(no_such_link()),
            Err(refusal) => Err(unexpected(&refusal)),
        }
    }

    /// A link that leads to this session still, and who would act in it.
    async fn link_to(
        &self,
        id: PortalSessionId,
        token: &str,
        origin: Origin,
    ) -> Result<(LinkToken, PortalSession, Actor), Error> {
        let link = self.open_link(token).await?;
        if link.purpose != LinkPurpose::Portal(id) {
            return Err(no_such_link());
        }
        let session = self.store.portal_session(id).await?.ok_or_else(no_such_link)?;
        let actor = self.portal_actor(&session, origin).await.map_err(|error| match error {
            Error::Unauthenticated(_) => no_such_link(),
            other => other,
        })?;
        Ok((link, session, actor))
    }
}
