//! The first key, made in one step, and a question about it that is answered as pasted.

use std::time::Duration;

use askama::Template;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use keywright_domain::{PlaintextKey, Timestamp};
use keywright_engine::{FieldProblem, IssuedKey, KeyDraft};
use uuid::Uuid;

use super::base_url;
use crate::app::{App, SharedApp};
use crate::console::fields::Fields;
use crate::console::form::Problems;
use crate::console::page::{Refused, failed, page};
use crate::console::server::runs_it;
use crate::console::shell::{Section, Shell};
use crate::console::visitor::{Submitted, Visitor};

/// What lets a key ask about keys, and so about itself.
const MAY_ASK: &str = "apiKey.verify";

/// How long a first key lasts: it is there to be tried.
const LASTS: Duration = Duration::from_hours(30 * 24);

#[derive(Template)]
#[template(path = "home/first_key.html")]
struct FirstKeyPage {
    shell: Shell,
    section: Section,
    notice: String,
    fields: Fields,
    form: Problems,
    /// Where the root key lies, for those who run the server.
    root_key_file: Option<String>,
    base: String,
}

impl FirstKeyPage {
    /// What is wrong with the permission: said here, or by the engine of the list that it stands in.
    fn wrong_permission(&self) -> &str {
        let said = self.form.at("permission");
        if said.is_empty() { self.form.about("permissions") } else { said }
    }
}

#[derive(Template)]
#[template(path = "home/first_key_made.html")]
struct MadePage {
    shell: Shell,
    section: Section,
    id: Uuid,
    name: String,
    permission: String,
    /// `None`: it was shown before, and cannot be again.
    secret: Option<PlaintextKey>,
    base: String,
}

/// `GET`, as long as there is no key.
pub(super) fn show(app: &App, visitor: Visitor, headers: &HeaderMap) -> Response {
    let fields = Fields::default()
        .with("name", "First key")
        .with("permission", "asset.read")
        .with("once", app.engine.new_request_id().to_string());
    form_page(app, visitor, headers, (StatusCode::OK, fields, Problems::default(), String::new()))
}

/// `POST`
pub(super) async fn submit(app: SharedApp, submitted: Submitted) -> Response {
    let answering = submitted.answered_once(&app);
    let Submitted { visitor, fields, parts } = submitted;
    let permission = fields.text("permission").to_owned();
    if permission.is_empty() || permission.contains('*') || permission == "all" {
        let problem = FieldProblem::new("permission", "must be a single permission, such as asset.read");
        let refused = (StatusCode::BAD_REQUEST, fields, Problems::new(vec![problem]), String::new());
        return form_page(&app, visitor, &parts.headers, refused);
    }
    let actor = match answering {
        Ok(actor) => actor,
        Err(failure) => return failed(&failure),
    };
    let draft = draft(app.engine.now(), &visitor.shell, &fields, permission.clone());
    match app.engine.create_key(&actor, draft).await {
        Ok(IssuedKey { listing, secret }) => page(
            StatusCode::OK,
            &MadePage {
                shell: visitor.shell,
                section: Section::Home,
                id: listing.key.id.uuid(),
                name: listing.key.name,
                permission,
                secret,
                base: base_url(&app, &parts.headers),
            },
        ),
        Err(error) => {
            let Refused { status, problems, notice } = error.into();
            form_page(&app, visitor, &parts.headers, (status, fields, problems, notice))
        }
    }
}

/// A key that may do one thing, and may ask about keys: so it can ask about itself.
fn draft(now: Timestamp, shell: &Shell, fields: &Fields, permission: String) -> KeyDraft {
    let longest = shell.longest_expiry_seconds.and_then(|seconds| u64::try_from(seconds).ok());
    let lasts = longest.map_or(LASTS, |seconds| LASTS.min(Duration::from_secs(seconds)));
    let mut permissions = vec![permission];
    if permissions[0] != MAY_ASK {
        permissions.push(MAY_ASK.to_owned());
    }
    KeyDraft {
        name: Some(fields.text("name").to_owned()),
        expires_at: Some(now.plus(lasts).to_string()),
        scope: Some("read-write".to_owned()),
        permissions: Some(permissions),
        ..KeyDraft::default()
    }
}

/// What a form is answered with: status, what was typed, what is wrong with it, and what else is to be said.
type Shown = (StatusCode, Fields, Problems, String);

fn form_page(app: &App, visitor: Visitor, headers: &HeaderMap, shown: Shown) -> Response {
    let (status, fields, form, notice) = shown;
    let runs_it = runs_it(&visitor.actor);
    let first = FirstKeyPage {
        shell: visitor.shell,
        section: Section::Home,
        notice,
        fields,
        form,
        root_key_file: app.settings.root_key_file.clone().filter(|_| runs_it),
        base: base_url(app, headers),
    };
    page(status, &first)
}
