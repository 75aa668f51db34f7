//! The HTTP surface: it reads requests, asks the engine, and renders what the engine answers.
//!
//! Nothing is decided here. Whether a key holds, who may do what, which value is acceptable: the engine knows. This
//! crate must never know the store's workings, a digest, the pepper, or the wall clock; a secret passes through it from
//! the engine to the answer that it belongs to, and nowhere else.

mod app;
mod assets;
mod console;
mod dialects;
mod docs;
mod front;
mod gateways;
mod http;
mod native;
mod operations;
mod proxies;
mod reloadable;
mod settings;

use std::sync::Arc;

use keywright_engine::Engine;

pub use front::{Answering, Front};
pub use gateways::{
    CredentialPlace, GatewayProfile, GatewayRules, GatewaySettings, Preflight, ProfileRules, RouteDraft,
    RouteProblem, RouteTable, Statuses, Unmatched,
};
pub use proxies::{ForwardingHeader, Proxies, TrustedNetwork, TrustedNetworkError, TrustedProxies};
pub use reloadable::{Reloadable, Reloader};
pub use settings::{ImmichSettings, OidcSignIn, ServerSettings, SignUp};

/// Everything that the server answers.
pub fn router(engine: Arc<Engine>, settings: ServerSettings) -> Front {
    let (native, mut document) = native::router().split_for_parts();
    let (operations, operations_document) = operations::router().split_for_parts();
    document.merge(operations_document);
    let app = app::App::new(engine, settings, document);
    let routes = native
        .merge(operations)
        .merge(dialects::router())
        .merge(gateways::router())
        .merge(console::router())
        .merge(docs::router())
        .merge(assets::router())
        .fallback(http::unknown_path)
        .method_not_allowed_fallback(http::method_not_allowed)
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&app), http::framed))
        .with_state(Arc::clone(&app));
    Front::new(app, routes)
}
