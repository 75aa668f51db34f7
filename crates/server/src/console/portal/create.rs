//! Making a key, and showing its secret this once.

use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use keywright_domain::{PlaintextKey, Timestamp};
use keywright_engine::{Error, PortalKeyDraft, PortalPermission, PortalVisitor};
use std::sync::Arc;

use super::day::Day;
use super::frame::Frame;
use super::visit::{Sent, Visit};
use super::words::Words;
use crate::app::{App, SharedApp};
use crate::console::fields::Fields;

/// How long a key may be made for, in days.
const LASTING: [u64; 4] = [7, 30, 90, 365];

#[derive(Template)]
#[template(path = "portal/new.html")]
struct NewPage<'a> {
    frame: &'a Frame,
    form: &'a str,
    fields: &'a Fields,
    permissions: Vec<PortalPermission>,
    lasting: Vec<(String, String)>,
    networks: Vec<String>,
    notice: String,
    name_problem: &'static str,
    permissions_problem: &'static str,
    expiry_problem: &'static str,
}

#[derive(Template)]
#[template(path = "portal/issued.html")]
pub(super) struct IssuedPage<'a> {
    pub(super) frame: &'a Frame,
    pub(super) heading: &'static str,
    pub(super) name: String,
    /// `None`: it was shown before, and cannot be again.
    pub(super) secret: Option<PlaintextKey>,
}

impl NewPage<'_> {
    /// Whether a box is ticked: the only one is, unless something else was sent.
    fn is_ticked(&self, name: &str) -> bool {
        self.fields.has("permission", name)
            || (self.permissions.len() == 1 && self.fields.text("form").is_empty())
    }
}

/// `GET`
pub(super) async fn show(app: SharedApp, visit: Visit) -> Response {
    let fields =
        Fields::default().with("expires", "90").with("once", app.engine.new_request_id().to_string());
    form_page(&app, &visit, &fields, StatusCode::OK, None)
}

/// `POST`
pub(super) async fn submit(State(app): State<Arc<App>>, sent: Sent) -> Response {
    let (visit, fields) = match sent.answered_once(&app) {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    let draft = PortalKeyDraft {
        name: fields.given("name"),
        expires_at: expiry(&fields, &visit.visitor, app.engine.now()),
        permissions: fields.all("permission").map(str::to_owned).collect(),
    };
    match app.engine.create_portal_key(&visit.visitor, draft).await {
        Ok(issued) => {
            let frame = &visit.frame;
            let page = IssuedPage {
                frame,
                heading: frame.words.your_new_key,
                name: issued.listing.key.name,
                secret: issued.secret,
            };
            frame.page(StatusCode::OK, &page)
        }
        Err(error @ (Error::Invalid(_) | Error::Conflict(_) | Error::BeyondGranter { .. })) => {
            let status = match error {
                Error::Conflict(_) => StatusCode::CONFLICT,
                Error::BeyondGranter { .. } => StatusCode::FORBIDDEN,
                _ => StatusCode::BAD_REQUEST,
            };
            form_page(&app, &visit, &fields, status, Some(&error))
        }
        Err(error) => visit.frame.failed(error),
    }
}

fn form_page(
    app: &App,
    visit: &Visit,
    fields: &Fields,
    status: StatusCode,
    error: Option<&Error>,
) -> Response {
    let Visit { visitor, frame } = visit;
    let words = frame.words;
    let wrong = |field: &str, said: &'static str| match error {
        Some(Error::Invalid(problems)) if problems.iter().any(|problem| problem.field.starts_with(field)) => {
            said
        }
        _ => "",
    };
    let page = NewPage {
        frame,
        form: visitor.form_token(),
        fields,
        permissions: visitor.permissions(),
        lasting: lasting(visitor, app.engine.now(), words),
        networks: visitor.networks(),
        notice: match error {
            Some(Error::Conflict(_)) => words.too_many(visitor.max_keys()),
            Some(Error::BeyondGranter { .. }) => words.beyond.to_owned(),
            _ => String::new(),
        },
        name_problem: wrong("name", words.name_problem),
        permissions_problem: wrong("permissions", words.permissions_problem),
        expiry_problem: wrong("expiresAt", words.expiry_problem),
    };
    frame.page(status, &page)
}

/// For how long a key may be made: what is sent, and what is said.
fn lasting(visitor: &PortalVisitor, now: Timestamp, words: &Words) -> Vec<(String, String)> {
    let latest = visitor.latest_expiry(now);
    let fits = |days: &u64| latest.is_none_or(|latest| in_days(now, *days) <= latest);
    let mut choices: Vec<(String, String)> =
        LASTING.into_iter().filter(fits).map(|days| (days.to_string(), words.in_days(days))).collect();
    match (latest, visitor.usual_expiry(now)) {
        (Some(latest), _) => {
            choices.push(("latest".to_owned(), words.as_late_as_can_be(&Day::new(latest).shown)));
        }
        (None, None) => choices.push(("never".to_owned(), words.never.to_owned())),
        // An organization that says when keys end unless said otherwise does not mean for ever.
        (None, Some(_)) => {}
    }
    choices
}

fn expiry(fields: &Fields, visitor: &PortalVisitor, now: Timestamp) -> Option<String> {
    match fields.text("expires") {
        "never" => None,
        "latest" => visitor.latest_expiry(now).map(|latest| latest.to_string()),
        days => match days.parse() {
            Ok(days) if LASTING.contains(&days) => Some(in_days(now, days).to_string()),
            // What cannot be read must not make an eternal key.
            _ => Some(String::new()),
        },
    }
}

fn in_days(now: Timestamp, days: u64) -> Timestamp {
    now.plus(Duration::from_hours(days * 24))
}
