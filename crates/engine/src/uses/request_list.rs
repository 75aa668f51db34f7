//! Looking at the request log.

use keywright_domain::Right;
use keywright_store::{LoggedRequest, RequestQuery};

use crate::Engine;
use crate::actor::Actor;
use crate::error::Error;
use crate::keys::owner_within_reach;
use crate::page::{Listing, Paging};
use crate::text::Problems;

/// Which entries of the request log. Texts are as the caller sent them.
#[derive(Debug, Clone, Default)]
pub struct RequestFilter {
    /// With this key.
    pub key: Option<String>,
    /// With the keys of this service account.
    pub service_account: Option<String>,
    /// With the keys of this person.
    pub user: Option<String>,
}

impl Engine {
    /// How long the request log keeps its entries; `None`: it is switched off.
    pub fn keeps_requests_for(&self) -> Option<std::time::Duration> {
        self.uses.requests().keeps_for()
    }

    /// Requests that were made with the keys of the caller's owner, or with `apiKey.manage` with the organization's,
    /// newest first. Needs `apiKey.read`.
    pub async fn requests(
        &self,
        actor: &Actor,
        filter: RequestFilter,
        paging: &Paging,
    ) -> Result<Listing<LoggedRequest>, Error> {
        actor.require(Right::ApiKeyRead)?;
        let page = paging.request()?;
        let mut problems = Problems::default();
        let key = problems.optional("apiKeyId", filter.key.as_deref());
        let service_account = problems.optional("serviceAccountId", filter.service_account.as_deref());
        let user = problems.optional("userId", filter.user.as_deref());
        problems.finish()?;
        let Ok(owner) = owner_within_reach(actor, service_account, user) else {
            return Ok(Listing::none(paging));
        };
        let query = RequestQuery { organization: actor.organization_id(), key, owner, page };
        Ok(Listing::new(self.store.requests(query).await?, paging))
    }
}
