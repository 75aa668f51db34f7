//! Changing one's name.

use axum::response::Response;

use super::overview::account_page;
use crate::app::SharedApp;
use crate::console::form::Problems;
use crate::console::page::{failed, notice, page, see};
use crate::console::visitor::Submitted;
use crate::http::Failure;

/// `POST`
pub(super) async fn submit(app: SharedApp, submitted: Submitted) -> Response {
    let Submitted { visitor, fields, .. } = submitted;
    let Err(error) = app.engine.rename_self(&visitor.actor, fields.text("name")).await else {
        return see("/console/account?done=name");
    };
    let failure = Failure::from(error);
    match account_page(&app, visitor).await {
        Ok(account) => {
            let (form, name) = (Problems::of(&failure), fields.text("name").to_owned());
            page(failure.status(), &account.refused(name, form, notice(&failure)))
        }
        Err(error) => failed(&error.into()),
    }
}
