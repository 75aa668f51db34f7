//! Who looks at a page of the portal, or sends a form of it.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use keywright_domain::{KeyId, PortalSessionId};
use keywright_engine::PortalVisitor;
use keywright_store::KeyListing;

use super::frame::Frame;
use crate::app::App;
use crate::console::fields::Fields;
use crate::console::form::read_fields;
use crate::http::{Failure, client, portal_token};

/// A customer, on a page of their session.
pub(super) struct Visit {
    pub(super) visitor: PortalVisitor,
    pub(super) frame: Frame,
}

/// The session in an address of the portal.
pub(super) fn session_of(parts: &Parts) -> Option<PortalSessionId> {
    parts.uri.path().split('/').nth(2)?.parse().ok()
}

impl Visit {
    async fn find(app: &App, parts: &Parts) -> Result<Self, Response> {
        let id = session_of(parts);
        let (Some(id), Some(token)) = (id, portal_token(&parts.headers, &app.settings)) else {
            return Err(Self::refused(app, id, parts, Frame::is_over).await);
        };
        match app.engine.authenticate_portal(id, token, client(app, parts)).await {
            Ok(visitor) => {
                let frame = Frame::new(id, &visitor.organization().portal, parts);
                Ok(Self { visitor, frame })
            }
            Err(error) => Err(Self::refused(app, Some(id), parts, |frame| frame.failed(error)).await),
        }
    }

    /// A refusal, in the frame of the session whose page was asked for.
    async fn refused(
        app: &App,
        id: Option<PortalSessionId>,
        parts: &Parts,
        say: impl FnOnce(&Frame) -> Response,
    ) -> Response {
        match Frame::find(app, id, parts).await {
            Ok(frame) => say(&frame),
            Err(error) => Failure::from(error).into_response(),
        }
    }

    /// The key in the page's address, if it is one of the customer's own.
    pub(super) async fn key(&self, app: &App, id: &str) -> Result<KeyListing, Response> {
        let not_there = keywright_engine::Error::NotFound { kind: "API key" };
        let Ok(id) = id.parse::<KeyId>() else { return Err(self.frame.failed(not_there)) };
        app.engine.portal_key(&self.visitor, id).await.map_err(|error| self.frame.failed(error))
    }
}

impl FromRequestParts<Arc<App>> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        Self::find(app, parts).await
    }
}

/// A form of one of the session's pages, and who sent it.
pub(super) struct Sent {
    pub(super) visit: Visit,
    pub(super) fields: Fields,
    path: String,
}

impl Sent {
    /// Whoever sent it, to be answered once: a form that is sent again is answered as it was the first time.
    #[expect(clippy::result_large_err, reason = "it is the answer itself, and is moved once")]
    pub(super) fn answered_once(self, app: &App) -> Result<(Visit, Fields), Response> {
        let Self { visit: Visit { visitor, frame }, fields, path } = self;
        let (once, written) = (fields.text("once").to_owned(), fields.written());
        match app.engine.portal_answered_once(visitor, &path, &once, written.as_bytes()) {
            Ok(visitor) => Ok((Visit { visitor, frame }, fields)),
            Err(error) => Err(frame.failed(error)),
        }
    }
}

impl FromRequest<Arc<App>> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Response> {
        // A browser that has no such session is told nothing else.
        let (parts, body) = request.into_parts();
        let before = Visit::find(app, &parts).await?;
        let (parts, fields) = read_fields(app, Request::from_parts(parts, body))
            .await
            .map_err(|failure| before.frame.went_wrong(&failure))?;
        // Looked at again after the body has come in: what took its time must not outlive the session.
        let visit = Visit::find(app, &parts).await?;
        if !visit.visitor.made_form(fields.text("form")) {
            return Err(visit.frame.not_ours());
        }
        let path = parts.uri.path().to_owned();
        Ok(Self { visit, fields, path })
    }
}
