//! `/v1/api-keys`.

mod create;
mod credits;
mod current;
mod demanded;
mod get;
mod import;
mod import_item;
mod list;
mod object;
mod requests;
mod revoke;
mod revoke_many;
mod rotate;
mod tokens;
mod update;
mod verdict;
mod verify;
mod verify_batch;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

pub(super) use object::{ApiKey, Scope};
pub(crate) use verify::{VERIFY, verify_at_once};

/// The group's name in the API's description.
const TAG: &str = "API keys";

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(create::create, list::list))
        .routes(routes!(current::current))
        .routes(routes!(requests::requests))
        .routes(routes!(get::get, update::update, revoke::revoke))
        .routes(routes!(rotate::rotate))
        .routes(routes!(credits::credits))
        .routes(routes!(revoke_many::revoke_many))
        .routes(routes!(verify::verify))
        .routes(routes!(verify_batch::verify_batch))
        .routes(routes!(import::import))
        .routes(routes!(tokens::tokens))
}
