//! Giving somebody another role.

use axum::extract::Path;
use axum::response::Response;
use keywright_domain::MemberId;
use keywright_engine::MemberPatch;
use keywright_store::Change;

use crate::app::SharedApp;
use crate::console::page::{failed, see};
use crate::console::visitor::Submitted;

/// `POST`
pub(super) async fn submit(app: SharedApp, Path(id): Path<String>, submitted: Submitted) -> Response {
    let Submitted { visitor, fields, .. } = submitted;
    let Ok(id) = id.parse::<MemberId>() else { return see("/console/members") };
    let organization = visitor.actor.organization_id();
    let role = Change::Set(Some(fields.text("role").to_owned()));
    let patch = MemberPatch { role, ..MemberPatch::default() };
    match app.engine.update_member(&visitor.actor, organization, id, patch).await {
        Ok(_) => see("/console/members?done=role"),
        Err(error) => failed(&error.into()),
    }
}
