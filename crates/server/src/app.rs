//! What every handler can reach.

use std::sync::Arc;

use keywright_engine::{Engine, Issuer};
use utoipa::openapi::OpenApi;

use crate::http::Metrics;
use crate::operations::Document;
use crate::settings::ServerSettings;
use crate::{dialects, gateways};

/// The state behind all routes.
pub(crate) struct App {
    /// What happens.
    pub(crate) engine: Arc<Engine>,
    /// What the operator set.
    pub(crate) settings: ServerSettings,
    /// How tokens name who issued them.
    pub(crate) issuer: Issuer,
    /// What is counted here; the engine counts the rest.
    pub(crate) metrics: Metrics,
    /// The native API's description.
    pub(crate) document: Document,
}

/// [`App`], as handlers take it.
pub(crate) type SharedApp = axum::extract::State<Arc<App>>;

impl App {
    pub(crate) fn new(engine: Arc<Engine>, settings: ServerSettings, document: OpenApi) -> Arc<Self> {
        let described = document.paths.paths.keys().map(String::as_str);
        let metrics = Metrics::new(&engine, described.chain(dialects::routes()).chain(gateways::routes()));
        let document = Document::of_routes(document, &settings);
        let issuer = Issuer::new(settings.public_url.as_deref());
        Arc::new(Self { engine, settings, issuer, metrics, document })
    }
}
