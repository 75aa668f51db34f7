//! The layer, and how it is told what to demand.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use http::request::Parts;
use keywright_domain::{DemandError, OrganizationId};
use keywright_engine::Engine;
use tower_layer::Layer;

use crate::demand::{Demanded, check};
use crate::service::RequireKey;

/// Lets requests through that come with a key of one organization, and refuses all others.
///
/// The key stands in `Authorization: Bearer` or in `X-API-Key`. Refused are: no key, or one that does not hold, 401; two
/// different ones, 400; one that lacks what is demanded, or is used from elsewhere than it may be, 403; one that was used
/// too often, 429. What cannot be answered is 503, never a refusal. Each with the headers that belong to it.
///
/// Requests without a key are refused whatever their method: a layer that answers CORS preflights goes around this one.
#[derive(Clone)]
pub struct KeyLayer {
    engine: Arc<Engine>,
    organization: OrganizationId,
    demanded: Arc<Demanded>,
}

impl KeyLayer {
    /// A layer for which any key of the organization will do that is in force.
    pub fn new(engine: Arc<Engine>, organization: OrganizationId) -> Self {
        Self { engine, organization, demanded: Arc::default() }
    }

    /// Demands a permission, besides those demanded so far. One permission such as `photo.read`, not a pattern.
    pub fn permission(mut self, permission: &str) -> Result<Self, DemandError> {
        check(permission)?;
        Arc::make_mut(&mut self.demanded).all.push(permission.to_owned());
        Ok(self)
    }

    /// Demands one of these permissions, besides those demanded otherwise.
    pub fn any_permission(mut self, permissions: &[&str]) -> Result<Self, DemandError> {
        permissions.iter().try_for_each(|permission| check(permission))?;
        Arc::make_mut(&mut self.demanded).any = permissions.iter().map(|&it| it.to_owned()).collect();
        Ok(self)
    }

    /// Demands, besides, some permission with the verb of the request's method: READ for GET, CREATE for POST, UPDATE for
    /// PUT and PATCH, DELETE for DELETE. A method without a verb is refused.
    #[must_use]
    pub fn verb_of_method(mut self) -> Self {
        Arc::make_mut(&mut self.demanded).by_method = true;
        self
    }

    /// Tells where a request comes from. Without it that is unknown, and keys that are bound to networks are refused.
    ///
    /// Behind a proxy believe no header but one that your proxy sets itself.
    #[must_use]
    pub fn client_address(
        mut self,
        address: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static,
    ) -> Self {
        Arc::make_mut(&mut self.demanded).client_address = Some(Arc::new(address));
        self
    }
}

impl<S> Layer<S> for KeyLayer {
    type Service = RequireKey<S>;

    fn layer(&self, inner: S) -> RequireKey<S> {
        RequireKey::new(inner, Arc::clone(&self.engine), self.organization, Arc::clone(&self.demanded))
    }
}

impl fmt::Debug for KeyLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyLayer")
            .field("organization", &self.organization)
            .field("all", &self.demanded.all)
            .field("any", &self.demanded.any)
            .field("by_method", &self.demanded.by_method)
            .finish_non_exhaustive()
    }
}
