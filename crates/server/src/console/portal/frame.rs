//! A page of the portal, with what keeps it to itself and to those who may frame it.

use askama::Template;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use keywright_domain::{FrameOrigin, PortalSessionId, PortalSettings};
use keywright_engine::Error;

use super::theme;
use super::words::{Words, spoken};
use crate::app::App;
use crate::console::page::sentence;
use crate::http::Failure;

/// Where a page of the portal stands.
pub(super) struct Frame {
    /// The session that it belongs to.
    pub(super) id: PortalSessionId,
    /// Names this look, so that it may be kept by the browser.
    pub(super) look: String,
    pub(super) words: &'static Words,
    /// Pages that may frame it.
    origins: Vec<FrameOrigin>,
    /// Whether its address holds the link's token.
    holds_token: bool,
}

#[derive(Template)]
#[template(path = "portal/message.html")]
struct Message<'a> {
    frame: &'a Frame,
    heading: &'a str,
    text: &'a str,
    back: Option<String>,
}

impl Frame {
    pub(super) fn new(id: PortalSessionId, portal: &PortalSettings, parts: &Parts) -> Self {
        Self {
            id,
            look: theme::name(portal),
            words: spoken(&parts.headers),
            origins: portal.frame_origins.clone(),
            holds_token: false,
        }
    }

    /// Where a session stands, whether or not it is over: who may frame its pages frames this too.
    pub(super) async fn find(app: &App, id: Option<PortalSessionId>, parts: &Parts) -> Result<Self, Error> {
        let portal = match id {
            Some(id) => app.engine.portal_of(id).await?.map(|(_, portal)| portal),
            None => None,
        };
        let id = id.unwrap_or_else(|| PortalSessionId::from_uuid(uuid::Uuid::nil()));
        Ok(Self::new(id, &portal.unwrap_or_default(), parts))
    }

    /// The same, for the page to which the link leads.
    pub(super) fn holding_token(self) -> Self {
        Self { holds_token: true, ..self }
    }

    /// The session's first page.
    pub(super) fn home(&self) -> String {
        format!("/portal/{}", self.id)
    }

    /// Whether any other page may frame it.
    pub(super) const fn is_framed(&self) -> bool {
        !self.origins.is_empty()
    }

    /// Nothing is loaded but from the own server, and no script that stands in a page. A browser that knows
    /// `frame-ancestors` passes `X-Frame-Options` over (CSP Level 3, section 6.4.2); one that does not is told of the only
    /// case that it can say.
    fn headers(&self) -> HeaderMap {
        let mut ancestors = String::new();
        for origin in &self.origins {
            ancestors.push(' ');
            ancestors.push_str(origin.as_str());
        }
        if ancestors.is_empty() {
            ancestors.push_str(" 'none'");
        }
        let policy = format!(
            "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; \
             frame-ancestors{ancestors}"
        );
        // Where the address holds nothing, browsers are to say whose page sends a form, also on plain HTTP.
        let referrer = if self.holds_token { "no-referrer" } else { "same-origin" };
        let mut headers = HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (REFERRER_POLICY, HeaderValue::from_static(referrer)),
            (CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        ]);
        let policy = HeaderValue::try_from(policy)
            .unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
        headers.insert(CONTENT_SECURITY_POLICY, policy);
        if !self.is_framed() {
            headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        }
        headers
    }

    /// A page as an answer.
    pub(super) fn page(&self, status: StatusCode, template: &impl Template) -> Response {
        match template.render() {
            Ok(html) => (status, self.headers(), html).into_response(),
            Err(_) => Failure::internal().into_response(),
        }
    }

    /// A page that says one thing.
    fn message(&self, status: StatusCode, heading: &str, text: &str, back: Option<String>) -> Response {
        self.page(status, &Message { frame: self, heading, text, back })
    }

    /// A link that leads nowhere any more.
    pub(super) fn link_is_used(&self) -> Response {
        self.message(StatusCode::GONE, self.words.link_used, self.words.link_used_text, None)
    }

    /// A session that is over, or that this browser does not know of.
    pub(super) fn is_over(&self) -> Response {
        self.message(StatusCode::GONE, self.words.over, self.words.over_text, None)
    }

    /// A form that another page sent.
    pub(super) fn not_ours(&self) -> Response {
        self.message(StatusCode::FORBIDDEN, self.words.failed, self.words.not_ours, Some(self.home()))
    }

    /// What went wrong, where there is no form to say it in.
    pub(super) fn failed(&self, error: Error) -> Response {
        match error {
            Error::Unauthenticated(_) => self.is_over(),
            Error::NotFound { .. } => {
                let words = self.words;
                self.message(
                    StatusCode::NOT_FOUND,
                    words.no_such_key,
                    words.no_such_key_text,
                    Some(self.home()),
                )
            }
            Error::BeyondGranter { .. } => {
                self.message(StatusCode::FORBIDDEN, self.words.failed, self.words.beyond, Some(self.home()))
            }
            other => self.went_wrong(&other.into()),
        }
    }

    /// The same of a request that could not be read.
    pub(super) fn went_wrong(&self, failure: &Failure) -> Response {
        let said = sentence(failure.message());
        self.message(failure.status(), self.words.failed, &said, Some(self.home()))
    }

    /// Another page of the session, after something was done.
    pub(super) fn see(&self, rest: &str) -> Response {
        let path = format!("{}{rest}", self.home());
        let location = HeaderValue::try_from(path).unwrap_or(HeaderValue::from_static("/"));
        let headers = [(LOCATION, location), (CACHE_CONTROL, HeaderValue::from_static("no-store"))];
        (StatusCode::SEE_OTHER, headers).into_response()
    }
}
