//! Pages for people: they show what the engine tells and send it what is asked for, as the API does.
//!
//! Every page works without its scripts, and none asks another host for anything. A form is taken from the server's own
//! pages only.

mod account;
mod accounts;
mod audit;
mod catalogue;
mod chart;
mod explained;
mod fields;
mod form;
mod history;
mod home;
mod invitation;
mod keys;
mod limit_rows;
mod login;
mod logout;
mod lost_password;
mod members;
mod names;
mod oidc;
mod organization;
mod page;
mod password;
mod permission_tree;
mod portal;
mod portal_settings;
mod roles;
mod server;
mod settings;
mod setup;
mod shell;
mod spreadsheet;
mod usage;
mod visitor;
mod when;

use std::sync::Arc;

use axum::Router;
use axum::response::Redirect;
use axum::routing::{get, post};

use crate::app::App;

pub(crate) use page::{message, page};

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(|| async { Redirect::to(HOME) }))
        .route("/console/setup", get(setup::show).post(setup::submit))
        .route("/console/login", get(login::show).post(login::submit))
        .route("/console/logout", post(logout::submit))
        .route("/console/password", get(password::show).post(password::submit))
        .route("/console/lost-password", get(lost_password::show).post(lost_password::submit))
        .route("/console/invitation", get(invitation::show).post(invitation::submit))
        .route("/console/organization", post(organization::submit))
        .merge(home::router())
        .merge(account::router())
        .merge(oidc::router())
        .merge(keys::router())
        .merge(accounts::router())
        .merge(members::router())
        .merge(roles::router())
        .merge(catalogue::router())
        .merge(usage::router())
        .merge(audit::router())
        .merge(settings::router())
        .merge(server::router())
        .merge(portal::router())
}

/// Where somebody who is signed in lands.
const HOME: &str = "/console";

/// Where somebody who is not is sent.
const LOGIN: &str = "/console/login";

/// Said beside a field for a new password, before anything is wrong with it.
const PASSWORD_HINT: &str = "At least 8 characters. A few unrelated words work well.";
