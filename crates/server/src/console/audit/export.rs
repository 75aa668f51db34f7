//! The events as a file: CSV (RFC 4180) or JSON lines, page by page, whatever their number.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use http_body::Frame;
use keywright_engine::{Actor, Error, Listing, Paging};
use keywright_store::AuditEvent;
use serde::Deserialize;
use tokio::sync::mpsc;

use super::filter::Asked;
use crate::app::{App, SharedApp};
use crate::console::page::failed;
use crate::console::spreadsheet::{CSV, file, harmless};
use crate::console::visitor::Visitor;
use crate::http::{Failure, as_part_of_it, session_caller};

/// Pages that are read ahead of a slow reader.
const AHEAD: usize = 2;

/// What is wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    format: Format,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Csv,
    Jsonl,
}

const COLUMNS: [&str; 12] = [
    "createdAt",
    "action",
    "actorType",
    "actorId",
    "apiKeyId",
    "targetType",
    "targetId",
    "refused",
    "ip",
    "userAgent",
    "requestId",
    "details",
];

/// `GET`
pub(super) async fn send(app: SharedApp, visitor: Visitor, parts: Parts) -> Response {
    let query = parts.uri.query().unwrap_or_default();
    let wanted: Wanted = serde_urlencoded::from_str(query).unwrap_or_default();
    let asked: Asked = serde_urlencoded::from_str(query).unwrap_or_default();
    // The first page is read before anything is answered: a filter that is wrong is told as a page.
    let first = match read(&app, &visitor.actor, &asked, None).await {
        Ok(first) => first,
        Err(error) => return failed(&error.into()),
    };
    let (sender, receiver) = mpsc::channel(AHEAD);
    let sending = send_pages(Arc::clone(&app), parts, asked, wanted.format, first, sender);
    tokio::spawn(as_part_of_it(sending));
    let (kind, name) = match wanted.format {
        Format::Csv => (CSV, "audit-events.csv"),
        Format::Jsonl => ("application/jsonl", "audit-events.jsonl"),
    };
    file(kind, name, Body::new(Pages(receiver)))
}

async fn read(
    app: &App,
    actor: &Actor,
    asked: &Asked,
    cursor: Option<String>,
) -> Result<Listing<AuditEvent>, Error> {
    let paging = Paging { cursor, ..Paging::whole() };
    app.engine.audit_events(actor, asked.filter(), &paging).await
}

/// Sends page after page, each for whoever is signed in then: a session that ended reads no further. Whoever stops reading
/// ends it; a page that cannot be read breaks the file off, so that nobody
/// takes it for whole.
async fn send_pages(
    app: Arc<App>,
    parts: Parts,
    asked: Asked,
    format: Format,
    mut page: Listing<AuditEvent>,
    sender: mpsc::Sender<std::io::Result<Bytes>>,
) {
    let mut with_header = true;
    loop {
        let rows = written(format, page.items, with_header);
        with_header = false;
        if sender.send(rows).await.is_err() {
            return;
        }
        let Some(cursor) = page.next_cursor else { return };
        let next = match session_caller(&app, &parts).await {
            Ok(Some(actor)) => read(&app, &actor, &asked, Some(cursor)).await.map_err(Failure::from),
            Ok(None) => Err(Failure::new(StatusCode::UNAUTHORIZED, "the session has ended")),
            Err(failure) => Err(failure),
        };
        page = match next {
            Ok(next) => next,
            Err(failure) => {
                let _ = sender.send(Err(std::io::Error::other(failure.message().to_owned()))).await;
                return;
            }
        };
    }
}

fn written(format: Format, events: Vec<AuditEvent>, with_header: bool) -> std::io::Result<Bytes> {
    let mut text = Vec::new();
    match format {
        Format::Csv => {
            let mut table =
                csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut text);
            if with_header {
                table.write_record(COLUMNS)?;
            }
            for event in events {
                table.write_record(row(event).map(harmless))?;
            }
            table.flush()?;
        }
        Format::Jsonl => {
            for event in events {
                serde_json::to_writer(&mut text, &crate::native::AuditEvent::from(event))?;
                text.push(b'\n');
            }
        }
    }
    Ok(text.into())
}

fn row(event: AuditEvent) -> [String; 12] {
    let id = |id: Option<uuid::Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let details = if event.details.is_empty() {
        String::new()
    } else {
        serde_json::Value::Object(event.details).to_string()
    };
    [
        event.at.to_string(),
        event.action,
        match event.actor_kind {
            keywright_store::ActorKind::User => "user",
            keywright_store::ActorKind::ServiceAccount => "serviceAccount",
            keywright_store::ActorKind::Portal => "portal",
            keywright_store::ActorKind::System => "system",
        }
        .to_owned(),
        id(event.actor),
        id(event.key.map(keywright_domain::KeyId::uuid)),
        event.target_kind,
        id(event.target),
        event.refused.unwrap_or_default(),
        event.address.map(|address| address.to_string()).unwrap_or_default(),
        event.agent.unwrap_or_default(),
        event.request_id.unwrap_or_default(),
        details,
    ]
}

/// Pages on their way.
struct Pages(mpsc::Receiver<std::io::Result<Bytes>>);

impl http_body::Body for Pages {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        self.0.poll_recv(context).map(|page| page.map(|page| page.map(Frame::data)))
    }
}
