//! Sign in.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use keywright_domain::MemberRole;
use keywright_engine::{Error, Unauthenticated};
use serde::Serialize;
use uuid::Uuid;

use super::super::failure::unauthorized;
use super::super::fields::Fields;
use super::super::organization;
use super::cookies;
use crate::app::SharedApp;
use crate::http::{Failure, client, json};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignedIn<'a> {
    access_token: &'a str,
    user_id: Uuid,
    user_email: String,
    name: String,
    is_admin: bool,
    profile_image_path: &'static str,
    should_change_password: bool,
    /// Whether the person has said that their first steps are done.
    is_onboarded: bool,
}

pub(in crate::dialects::immich) async fn login(
    app: SharedApp,
    request: Request,
) -> Result<Response, Failure> {
    let (parts, body) = request.into_parts();
    let organization = organization::of(&app)?;
    let mut fields = Fields::read(&parts.headers, body).await?;
    let (email, password) = (fields.email(), fields.text("password"));
    fields.finish()?;
    let signed_in = app.engine.sign_in_to(organization, &email, &password, client(&app, &parts)).await;
    let signed_in = signed_in.map_err(|error| match error {
        Error::Unauthenticated(Unauthenticated::Password) => unauthorized("Incorrect email or password"),
        other => other.into(),
    })?;
    let user = signed_in.user;
    let answer = SignedIn {
        access_token: signed_in.token.expose(),
        user_id: user.id.uuid(),
        user_email: user.email.unwrap_or_default(),
        name: user.name,
        is_admin: app.engine.role_of(user.id, organization) >= Some(MemberRole::Admin),
        profile_image_path: "",
        should_change_password: user.must_change_password || user.should_change_password,
        is_onboarded: user.is_onboarded,
    };
    let mut response = json(StatusCode::CREATED, &answer);
    cookies::set(response.headers_mut(), signed_in.token.expose(), app.engine.now(), &app.settings);
    Ok(response)
}
