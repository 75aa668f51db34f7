//! From a request's method and path to what it must be allowed.

pub(crate) mod path;
mod pattern;
mod route;
mod table;

pub use route::{RouteDraft, RouteProblem};
pub use table::RouteTable;
pub(crate) use table::Untold;
