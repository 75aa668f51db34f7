//! Become the first admin: the same act as the console's set-up.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::response::Response;
use keywright_domain::{MemberRole, OrganizationId};
use keywright_engine::{Error, PersonDraft};

use super::super::credentials::parameter;
use super::super::failure::{bad_request, forbidden};
use super::super::fields::Fields;
use super::super::organization;
use super::super::users::User;
use crate::app::{App, SharedApp};
use crate::http::{Failure, client, client_address, json, peer};
use crate::settings::SignUp;

/// What proxies say of whom they forward for. A request with one of these does not come from this machine, whoever
/// brings it.
const FORWARDING: [&str; 4] = ["x-forwarded-for", "forwarded", "x-real-ip", "via"];

pub(in crate::dialects::immich) async fn sign_up(
    app: SharedApp,
    request: Request,
) -> Result<Response, Failure> {
    let (parts, body) = request.into_parts();
    let organization = organization::of(&app)?;
    if !may_sign_up(&app, &parts, organization).await? {
        return Err(forbidden(
            "the first admin signs up from this server's own machine, or with the set-up token that it showed at its first \
             start, as ?token=",
        ));
    }
    let mut fields = Fields::read(&parts.headers, body).await?;
    let person =
        PersonDraft { name: fields.text("name"), email: fields.email(), password: fields.text("password") };
    fields.finish()?;
    let made = app.engine.sign_up_first_owner(organization, person, client(&app, &parts)).await;
    let user = made.map_err(|error| match error {
        Error::Conflict(_) => bad_request("The server already has an admin"),
        other => other.into(),
    })?;
    Ok(json(StatusCode::CREATED, &User::of(user, Some(MemberRole::Owner))))
}

/// Whether the caller may ask. Who may is told when there is an admin already; all others are told the same before and
/// after.
async fn may_sign_up(app: &App, parts: &Parts, organization: OrganizationId) -> Result<bool, Failure> {
    let is_open = app.settings.immich.sign_up == SignUp::Open;
    if is_open || is_from_here(app, parts) {
        return Ok(true);
    }
    match parameter(parts, "token") {
        Some(token) => Ok(app.engine.is_set_up_token(organization, &token).await?),
        None => Ok(false),
    }
}

/// Whether the client is this machine, and speaks for itself: no proxy (one that says nothing is known by its place among
/// the trusted ones), and no browser that a stranger's page has made believe that its host is this machine (DNS
/// rebinding): such a request names that host.
fn is_from_here(app: &App, parts: &Parts) -> bool {
    let proxies = &app.settings.reloadable.current().proxies;
    client_address(peer(), &parts.headers, proxies).is_some_and(|client| client.is_loopback())
        // There it is the proxy's own machine that is this one.
        && !proxies.speak_proxy_protocol
        && !FORWARDING.iter().any(|name| parts.headers.contains_key(*name))
        && named_host(parts).is_none_or(|host| is_loopback(&host))
}

/// The host that the request names, without its port.
fn named_host(parts: &Parts) -> Option<String> {
    let header = parts.headers.get(HOST).map(|host| host.to_str().unwrap_or("?"));
    let named = header.or_else(|| parts.uri.authority().map(axum::http::uri::Authority::as_str))?;
    let authority: Option<axum::http::uri::Authority> = named.parse().ok();
    Some(authority.map_or_else(|| named.to_owned(), |authority| authority.host().to_owned()))
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host.eq_ignore_ascii_case("localhost")
        || address.is_ok_and(|address| address.to_canonical().is_loopback())
}
