//! Lists without pages: all of a caller's keys in one answer, however many they are.
//!
//! The engine's pages are read one after another while the answer is being sent, so that neither a large list nor a slow
//! reader fills the memory: of one answer, three pages are held at most. The price is that a failure in the middle
//! cannot be told by a status any more. Then the connection breaks off, and no client takes what it got for the whole.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, HttpBody};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http_body::Frame;
use http_body_util::BodyExt as _;
use keywright_engine::{Actor, Error, KeyFilter, Listing, Paging};
use keywright_store::KeyListing;
use serde::Serialize;
use tokio::sync::mpsc;

use crate::app::SharedApp;
use crate::http::{JSON, json};

/// Pages that wait for the reader.
const PAGES_AHEAD: usize = 1;

/// A page as text, or why there is none.
type Piece = Result<Bytes, Error>;

/// 200 with an array of the caller's keys that are not revoked, newest first.
pub(super) async fn all_keys<T: Serialize>(
    app: SharedApp,
    actor: Actor,
    render: impl Fn(KeyListing) -> T + Send + Sync + 'static,
) -> Result<Response, Error> {
    let first = page(&app, &actor, None).await?;
    let Some(cursor) = first.next_cursor else {
        let keys: Vec<T> = first.items.into_iter().map(render).collect();
        return Ok(json(StatusCode::OK, &keys));
    };
    let (sender, pages) = mpsc::channel(PAGES_AHEAD);
    let mut text = b"[".to_vec();
    write(&mut text, first.items, &render);
    tokio::spawn(async move {
        let told = tell_others(&app, &actor, (text, cursor), &render, &sender).await;
        if let Err(error) = told {
            tracing::error!(%error, "a list of keys broke off");
            // The reader may be gone by now; then nobody takes the list for whole.
            let _ = sender.send(Err(error)).await;
        }
    });
    let body = Body::new(Pages(pages).map_err(|error| std::io::Error::other(error.to_string())));
    let headers = [(CONTENT_TYPE, JSON), (CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((StatusCode::OK, headers, body).into_response())
}

/// The pages, as they come, as a body.
struct Pages(mpsc::Receiver<Piece>);

impl HttpBody for Pages {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

/// Sends what was read, and all that comes after it; ends when the reader goes away.
async fn tell_others<T: Serialize>(
    app: &SharedApp,
    actor: &Actor,
    (mut text, cursor): (Vec<u8>, String),
    render: impl Fn(KeyListing) -> T,
    sender: &mpsc::Sender<Piece>,
) -> Result<(), Error> {
    let mut next = Some(cursor);
    while let Some(cursor) = next {
        if sender.send(Ok(text.into())).await.is_err() {
            return Ok(());
        }
        let read = page(app, actor, Some(cursor)).await?;
        next = read.next_cursor;
        text = Vec::new();
        write(&mut text, read.items, &render);
    }
    text.push(b']');
    // Without a reader there is nobody to tell.
    let _ = sender.send(Ok(text.into())).await;
    Ok(())
}

async fn page(app: &SharedApp, actor: &Actor, cursor: Option<String>) -> Result<Listing<KeyListing>, Error> {
    let filter = KeyFilter { live_only: true, ..KeyFilter::default() };
    let paging = Paging { limit: Some(Paging::MAX_LIMIT), offset: None, cursor };
    app.engine.keys(actor, filter, &paging).await
}

/// Writes items, each after a comma but the one that opens the list. A page may be empty by now.
fn write<T: Serialize>(text: &mut Vec<u8>, items: Vec<KeyListing>, render: impl Fn(KeyListing) -> T) {
    for item in items {
        if text.last() != Some(&b'[') {
            text.push(b',');
        }
        serde_json::to_writer(&mut *text, &render(item)).expect("answers are plain data");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_list_that_cannot_be_told_whole_breaks_off() {
        let (sender, pages) = mpsc::channel(4);
        sender.send(Ok(Bytes::from_static(b"[{}"))).await.unwrap();
        sender.send(Ok(Bytes::from_static(b",{}]"))).await.unwrap();
        drop(sender);
        assert_eq!(Pages(pages).collect().await.unwrap().to_bytes(), "[{},{}]");

        let (sender, pages) = mpsc::channel(4);
        sender.send(Ok(Bytes::from_static(b"[{}"))).await.unwrap();
        sender.send(Err(Error::Unavailable("the database is gone".to_owned()))).await.unwrap();
        drop(sender);
        assert!(Pages(pages).collect().await.is_err());
    }
}
