//! `/v1/sessions`: signing in and out.

mod change_password;
mod object;
mod sign_in;
mod sign_out;
mod sign_out_everywhere;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

pub(super) use object::{Session, User};

/// The group's name in the API's description.
const TAG: &str = "Sessions";

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(sign_in::sign_in, sign_out_everywhere::sign_out_everywhere))
        .routes(routes!(sign_out::sign_out))
        .routes(routes!(change_password::change_password))
}
