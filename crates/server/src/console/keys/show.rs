//! A key's own page.

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use keywright_domain::{KeyStatus, Right, Verb};
use keywright_engine::Error;
use keywright_store::{KeyListing, KeyOwner, StoredGrants};
use serde::Deserialize;

use super::credit_fields;
use super::one;
use super::row::{OwnerNames, Row};
use super::uses::Uses;
use crate::app::{App, SharedApp};
use crate::console::explained::Explained;
use crate::console::history::{self, Event};
use crate::console::limit_rows;
use crate::console::page::{failed, page};
use crate::console::shell::{Section, Shell};
use crate::console::usage::Range;
use crate::console::visitor::Visitor;
use crate::console::when::When;

/// What the address of the page says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// What was done just now.
    done: String,
    /// How far back its use is told.
    range: Range,
}

#[derive(Template)]
#[template(path = "keys/show.html")]
struct KeyPage {
    shell: Shell,
    section: Section,
    row: Row,
    notice: &'static str,
    number: i64,
    description: Option<String>,
    external_id: Option<String>,
    /// `None`: whatever its owner may do.
    permissions: Option<Vec<String>>,
    verbs: Vec<&'static str>,
    networks: Vec<String>,
    limits: Vec<String>,
    credits: Option<String>,
    /// Secrets that a rotation replaced and that still work.
    replaced: Vec<Replaced>,
    /// The page of its owner, where there is one.
    owner_href: Option<String>,
    metadata: Option<String>,
    uses: Uses,
    acts: Acts,
    history: Vec<Event>,
    explained: Explained,
}

/// A secret that a rotation replaced and that still works.
struct Replaced {
    prefix: String,
    until: When,
}

/// What the visitor may do with it.
struct Acts {
    update: bool,
    revoke: bool,
    /// What switching it would do.
    switch_to: &'static str,
}

/// `GET`
pub(super) async fn show(
    app: SharedApp,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    let listing = match one::find(&app, &visitor, &id).await {
        Ok(listing) => listing,
        Err(response) => return response,
    };
    match key_page(&app, visitor, listing, &asked).await {
        Ok(key) => page(StatusCode::OK, &key),
        Err(error) => failed(&error.into()),
    }
}

async fn key_page(app: &App, visitor: Visitor, listing: KeyListing, asked: &Asked) -> Result<KeyPage, Error> {
    let Visitor { actor, shell } = visitor;
    let names = OwnerNames::find(&app.engine, &actor, std::slice::from_ref(&listing)).await?;
    let row = Row::new(&listing, &names, &app.engine);
    let history = history::of(&app.engine, &actor, listing.key.id.uuid()).await?;
    let explained = Explained::new(app.engine.explain_key(&actor, &listing.key)?);
    let is_revoked = app.engine.key_status(&listing.key) == KeyStatus::Revoked;
    let uses = Uses::read(&app.engine, &actor, &listing, asked.range).await?;
    let key = listing.key;
    let now = app.engine.now();
    let replaced =
        app.engine.replaced_secrets(&actor, &key).await?.into_iter().map(|(prefix, until)| Replaced {
            prefix: prefix.unwrap_or_default(),
            until: When::new(until, now),
        });
    let replaced = if is_revoked { Vec::new() } else { replaced.collect() };
    let owner_href = match key.owner {
        KeyOwner::ServiceAccount(id) if actor.has(Right::ServiceAccountRead) => {
            Some(format!("/console/service-accounts/{id}"))
        }
        _ => None,
    };
    Ok(KeyPage {
        shell,
        section: Section::Keys,
        row,
        notice: match asked.done.as_str() {
            "changed" => "Changes saved. They are in effect.",
            "enabled" => "Key enabled.",
            "disabled" => "Key disabled. It is rejected until you enable it again.",
            "revoked" => "Key revoked. It is no longer accepted.",
            _ => "",
        },
        number: key.number,
        description: key.description,
        external_id: key.external_id,
        permissions: match key.grants {
            StoredGrants::Owner => None,
            StoredGrants::Listed(listed) => Some(listed.iter().map(ToString::to_string).collect()),
        },
        verbs: key.verbs.iter().map(Verb::as_str).collect(),
        networks: key.allowlist.networks().iter().map(ToString::to_string).collect(),
        limits: key.rate_limits.iter().map(limit_rows::in_words).collect(),
        credits: key.credits.as_ref().map(credit_fields::in_words),
        replaced,
        owner_href,
        metadata: key.metadata.and_then(|object| serde_json::to_string_pretty(&object).ok()),
        uses,
        acts: Acts {
            update: actor.has(Right::ApiKeyUpdate) && !is_revoked,
            revoke: actor.has(Right::ApiKeyDelete) && !is_revoked,
            switch_to: if key.enabled { "off" } else { "on" },
        },
        history,
        explained,
    })
}
