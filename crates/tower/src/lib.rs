//! API keys in front of a [`tower`](https://docs.rs/tower) service, checked by an engine in the service's own process: no
//! call to another server, no database on the way.
//!
//! ```
//! # use keywright_domain::{DemandError, OrganizationId};
//! # use keywright_engine::Engine;
//! # use keywright_tower::KeyLayer;
//! # fn protect(engine: std::sync::Arc<Engine>, organization: OrganizationId) -> Result<KeyLayer, DemandError> {
//! // Who has no key with `photo.read` of this organization is answered 401 or 403, and gets no further.
//! KeyLayer::new(engine, organization).permission("photo.read")
//! # }
//! ```
//!
//! Behind the layer a handler finds the key's facts, as [`KeyFacts`], among the request's extensions. The key itself goes
//! no further than here.
//!
//! This crate only translates between HTTP and the engine. It must never know what a permission allows, how keys are
//! stored, or which framework serves the requests.

mod demand;
mod facts;
mod layer;
mod presented;
mod rate_limits;
mod refusal;
mod service;

pub use facts::KeyFacts;
pub use layer::KeyLayer;
pub use service::RequireKey;
