//! What is demanded of the keys of requests.

use std::net::IpAddr;
use std::sync::Arc;

use http::request::Parts;
use keywright_domain::{Catalogue, DemandError, DemandedPermission};

/// Tells where a request comes from.
pub(crate) type ClientAddress = Arc<dyn Fn(&Parts) -> Option<IpAddr> + Send + Sync>;

/// The same of every request. With nothing demanded, any key that is in force will do.
#[derive(Clone, Default)]
pub(crate) struct Demanded {
    pub(crate) all: Vec<String>,
    pub(crate) any: Vec<String>,
    pub(crate) by_method: bool,
    pub(crate) client_address: Option<ClientAddress>,
}

/// Refuses what no request could ever meet, before there is one.
pub(crate) fn check(permission: &str) -> Result<(), DemandError> {
    DemandedPermission::resolve(permission, &Catalogue::default()).map(drop)
}
