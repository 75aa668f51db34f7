//! Changing one's name.

use axum::response::Response;

use super::overview::account_page;
use crate::app::SharedApp;
use crate::console::page::{Refused, failed, page, see};
use crate::console::visitor::Submitted;

/// `POST`
pub(super) async fn submit(app: SharedApp, submitted: Submitted) -> Response {
    let Submitted { visitor, fields, .. } = submitted;
    let Err(error) = app.engine.rename_self(&visitor.actor, fields.text("name")).await else {
        return see("/console/account?done=name");
    };
    let Refused { status, problems, notice } = error.into();
    match account_page(&app, visitor).await {
        Ok(account) => page(status, &account.refused(fields.text("name").to_owned(), problems, notice)),
        Err(error) => failed(&error.into()),
    }
}
