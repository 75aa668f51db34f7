//! What an operator can change while the server runs.

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

use crate::gateways::GatewaySettings;
use crate::proxies::Proxies;

/// Settings that take effect at once when they change.
#[derive(Debug, Clone, Default)]
pub struct Reloadable {
    /// The proxies in front of the server.
    pub proxies: Proxies,
    /// What the gateways in front of other services are told.
    pub gateways: GatewaySettings,
}

/// The [`Reloadable`] settings in force. Clones share them: what one sets, all see, from the next request on.
#[derive(Debug, Clone, Default)]
pub struct Reloader(Arc<ArcSwap<Reloadable>>);

impl Reloader {
    /// Begins with these.
    pub fn new(settings: Reloadable) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(settings)))
    }

    /// Those in force. Cheap, and not to be held across an await: a request that is being answered keeps what it saw.
    pub fn current(&self) -> Guard<Arc<Reloadable>> {
        self.0.load()
    }

    /// Puts others in force.
    pub fn set(&self, settings: Reloadable) {
        self.0.store(Arc::new(settings));
    }
}
