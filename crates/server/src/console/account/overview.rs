//! What there is of the account.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use keywright_engine::{Actor, Error, OwnSession};
use serde::Deserialize;
use uuid::Uuid;

use super::{ACCOUNT, device};
use crate::app::{App, SharedApp};
use crate::console::form::Problems;
use crate::console::oidc::start_address;
use crate::console::page::{failed, page};
use crate::console::shell::{Section, Shell};
use crate::console::visitor::Visitor;
use crate::console::when::When;

/// Sessions that are shown.
const SHOWN: usize = 100;

/// What the address of the page says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// What was done just now.
    done: String,
}

#[derive(Template)]
#[template(path = "account/overview.html")]
pub(super) struct AccountPage {
    shell: Shell,
    section: Section,
    done: &'static str,
    notice: String,
    name: String,
    form: Problems,
    sessions: Vec<Row>,
    /// Of which no more than the number is told.
    more_sessions: usize,
    /// `None`: there is no provider, and nothing is linked.
    provider: Option<WithProvider>,
}

/// The provider of identities, and what is linked.
struct WithProvider {
    label: String,
    /// Where one links an account; `None`: one is linked.
    link: Option<String>,
    linked: Vec<Linked>,
}

struct Linked {
    id: Uuid,
    issuer: String,
    since: When,
}

/// A session.
struct Row {
    id: Uuid,
    device: String,
    address: Option<String>,
    begun: When,
    /// `None`: now.
    seen: Option<When>,
}

impl AccountPage {
    /// The page again, with a name that was refused.
    pub(super) fn refused(self, name: String, form: Problems, notice: String) -> Self {
        Self { notice, name, form, ..self }
    }
}

/// `GET`
pub(super) async fn show(app: SharedApp, visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    match account_page(&app, visitor).await {
        Ok(mut account) => {
            account.done = match asked.done.as_str() {
                "name" => "Name updated.",
                "password" => "Password changed. Your other sessions were signed out.",
                "linked" => "Account linked. You can now sign in with it.",
                "unlinked" => "Account unlinked.",
                "ended" => "Session revoked.",
                _ => "",
            };
            page(StatusCode::OK, &account)
        }
        Err(error) => failed(&error.into()),
    }
}

/// The page as it is now.
pub(super) async fn account_page(app: &App, visitor: Visitor) -> Result<AccountPage, Error> {
    let Visitor { actor, shell } = visitor;
    let now = app.engine.now();
    let row = |own: OwnSession| Row {
        id: own.session.id.uuid(),
        device: device::in_words(own.session.agent.as_deref()),
        address: own.session.address.map(|address| address.to_string()),
        begun: When::new(own.session.created_at, now),
        seen: (!own.is_this)
            .then(|| When::new(own.session.last_seen_at.unwrap_or(own.session.created_at), now)),
    };
    let provider = with_provider(app, &actor).await?;
    let sessions = app.engine.own_sessions(&actor).await?;
    Ok(AccountPage {
        provider,
        name: shell.person.clone(),
        shell,
        section: Section::Account,
        done: "",
        notice: String::new(),
        form: Problems::default(),
        more_sessions: sessions.len().saturating_sub(SHOWN),
        sessions: sessions.into_iter().take(SHOWN).map(row).collect(),
    })
}

async fn with_provider(app: &App, actor: &Actor) -> Result<Option<WithProvider>, Error> {
    let (now, oidc) = (app.engine.now(), app.settings.oidc.as_ref());
    let linked: Vec<_> = app.engine.own_identities(actor).await?;
    if oidc.is_none() && linked.is_empty() {
        return Ok(None);
    }
    let is_linked = |issuer: &str| linked.iter().any(|one| one.issuer == issuer);
    let link = oidc.filter(|oidc| !is_linked(oidc.provider.issuer())).map(|_| start_address(ACCOUNT));
    let linked = linked.into_iter().map(|one| Linked {
        id: one.id.uuid(),
        issuer: one.issuer,
        since: When::new(one.created_at, now),
    });
    let label = oidc.map_or_else(|| "another provider".to_owned(), |oidc| oidc.label.clone());
    Ok(Some(WithProvider { label, link, linked: linked.collect() }))
}
