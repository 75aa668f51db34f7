//! A server on a fresh store, with a clock that stands still, and a client that talks to it without a network.

#![expect(dead_code, reason = "each test program uses a part of it")]

pub(crate) mod page;
pub(crate) mod schema;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use keywright_domain::{Pepper, Timestamp};
use keywright_engine::{Engine, EngineParts, EngineSettings, ManualClock, SeededRandom};
use keywright_server::{Front, Proxies, Reloadable, Reloader, ServerSettings, router};
use keywright_store::sqlite::SqliteStore;
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// 2026-11-21T09:30:00Z
pub(crate) const NOW: i64 = 1_795_253_400_000;

/// A password that is good enough.
pub(crate) const PASSWORD: &str = "seven wet otters on a slide";

/// A server.
pub(crate) struct Server {
    /// What is asked.
    pub(crate) router: Front,
    /// What is behind it.
    pub(crate) engine: Arc<Engine>,
    /// Its clock.
    pub(crate) clock: Arc<ManualClock>,
    /// The first key, with `all`.
    pub(crate) root_key: String,
    /// What the set-up link ends with.
    pub(crate) setup_token: String,
    /// What the engine was started with.
    pub(crate) parts: EngineParts,
    _folder: tempfile::TempDir,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    /// Its status.
    pub(crate) status: StatusCode,
    /// Its headers.
    pub(crate) headers: HeaderMap,
    /// Its body.
    pub(crate) text: String,
}

/// Who asks.
#[derive(Clone)]
pub(crate) enum Who {
    /// Nobody.
    Nobody,
    /// The bearer of a key.
    Key(String),
    /// A browser with a session, on one of the server's own pages.
    Session(String),
}

impl Server {
    /// A server with a root key, on an empty store.
    pub(crate) async fn start() -> Self {
        Self::start_with(ServerSettings::default()).await
    }

    /// The same, with settings.
    pub(crate) async fn start_with(settings: ServerSettings) -> Self {
        Self::start_all_with(settings, EngineSettings::default()).await
    }

    /// The same, without a request log.
    pub(crate) async fn start_unlogged() -> Self {
        Self::start_all_with(
            ServerSettings::default(),
            EngineSettings { keep_requests: Duration::ZERO, ..EngineSettings::default() },
        )
        .await
    }

    /// The same, with all settings.
    pub(crate) async fn start_all_with(settings: ServerSettings, engine_settings: EngineSettings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("keywright.db")).unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp::from_millis(NOW)));
        let parts = EngineParts {
            store: Arc::new(store),
            pepper: Pepper::new([7; 32]),
            clock: clock.clone(),
            random: Arc::new(SeededRandom::new(1)),
            shared_limits: None,
            settings: engine_settings,
        };
        let first = Mutex::new(None);
        let engine = Engine::start(parts.clone(), |secrets| {
            let secrets = (secrets.root_key.expose().to_owned(), secrets.setup_token.expose().to_owned());
            *first.lock().unwrap() = Some(secrets);
            Ok(())
        });
        let engine = engine.await.unwrap();
        let (root_key, setup_token) = first.into_inner().unwrap().unwrap();
        let router = router(Arc::clone(&engine), settings);
        Self { router, engine, clock, root_key, setup_token, parts, _folder: folder }
    }

    /// The same, behind proxies.
    pub(crate) async fn start_behind(proxies: Proxies) -> Self {
        let reloadable = Reloader::new(Reloadable { proxies, ..Reloadable::default() });
        Self::start_with(ServerSettings { reloadable, ..ServerSettings::default() }).await
    }

    /// Asks as the bearer of the root key.
    pub(crate) async fn root(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        self.ask(&Who::Key(self.root_key.clone()), method, path, body).await
    }

    /// Asks; a body is sent as JSON.
    pub(crate) async fn ask(&self, who: &Who, method: &str, path: &str, body: Option<Value>) -> Reply {
        let request = request(who, method, path);
        let request = match body {
            Some(body) => request.header(CONTENT_TYPE, "application/json").body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        self.send(request.unwrap()).await
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        self.send_from("203.0.113.7", request).await
    }

    /// Sends a request from an address.
    pub(crate) async fn send_from(&self, address: &str, mut request: Request<Body>) -> Reply {
        let peer = SocketAddr::new(address.parse().unwrap(), 40_000);
        request.extensions_mut().insert(ConnectInfo(peer));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Reply { status: parts.status, headers: parts.headers, text }
    }

    /// Makes the first owner by the set-up link; a session of theirs.
    pub(crate) async fn set_up(&self) -> Who {
        let form = format!(
            "token={}&email=owner%40example.com&name=Olive+Owner&password={}",
            self.setup_token,
            PASSWORD.replace(' ', "+")
        );
        let reply = self.submit(&Who::Nobody, "/console/setup", &form).await;
        assert_eq!(reply.status, 303, "{}", reply.text);
        Who::Session(reply.session().unwrap())
    }

    /// Signs somebody in who has the usual password; a session of theirs.
    pub(crate) async fn sign_in(&self, email: &str) -> Who {
        let form = serde_urlencoded::to_string([("email", email), ("password", PASSWORD)]).unwrap();
        let reply = self.submit(&Who::Nobody, "/console/login", &form).await;
        assert_eq!(reply.status, 303, "{}", reply.text);
        Who::Session(reply.session().unwrap())
    }

    /// Sends a form as a browser does from one of the server's own pages.
    pub(crate) async fn submit(&self, who: &Who, path: &str, form: &str) -> Reply {
        let request = request(who, "POST", path)
            .header("sec-fetch-site", "same-origin")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()));
        self.send(request.unwrap()).await
    }

    /// Invites somebody to the first organization; the member, and a session of theirs.
    pub(crate) async fn join(&self, email: &str, role: &str) -> (Value, Who) {
        let organization = self.root("GET", "/v1/whoami", None).await.data()["organizationId"].clone();
        let path = format!("/v1/organizations/{}/members", organization.as_str().unwrap());
        let invited = self.root("POST", &path, Some(json!({"email": email, "role": role}))).await;
        assert_eq!(invited.status, 200, "{}", invited.text);
        let token = invited.data()["invitation"]["token"].clone();
        let accept = json!({"token": token, "password": PASSWORD});
        let accepted = self.ask(&Who::Nobody, "POST", "/v1/invitations/accept", Some(accept)).await;
        assert_eq!(accepted.status, 200, "{}", accepted.text);
        (accepted.data()["member"].clone(), Who::Session(accepted.session().unwrap()))
    }

    /// Makes a key as the root key; its answer.
    pub(crate) async fn make_key(&self, body: Value) -> Value {
        let made = self.root("POST", "/v1/api-keys", Some(body)).await;
        assert_eq!(made.status, 200, "{}", made.text);
        made.data()
    }

    /// The API's description.
    pub(crate) async fn document(&self) -> Value {
        self.ask(&Who::Nobody, "GET", "/openapi.json", None).await.json()
    }

    /// Lets time pass.
    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

impl Reply {
    /// Its body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.text))
    }

    /// What it answers.
    pub(crate) fn data(&self) -> Value {
        self.json()["data"].clone()
    }

    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The session's token that it sets.
    pub(crate) fn session(&self) -> Option<String> {
        let cookie = self.headers.get(SET_COOKIE)?.to_str().ok()?;
        let named = cookie.strip_prefix("__Host-").unwrap_or(cookie);
        let value = named.strip_prefix("keywright_session=")?.split(';').next()?;
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// Checks that it is a failure in the envelope, with this status.
    pub(crate) fn assert_failed(&self, status: u16, context: &str) {
        assert_eq!(self.status, status, "{context}: {}", self.text);
        assert_eq!(self.header("content-type"), Some("application/json"), "{context}");
        let json = self.json();
        assert_eq!(json["code"], status, "{context}");
        assert!(json["message"].as_str().is_some_and(|message| !message.is_empty()), "{context}: {json}");
        assert_eq!(json["requestId"].as_str(), self.header("x-request-id"), "{context}");
    }

    /// The fields that it says something is wrong with.
    pub(crate) fn fields(&self) -> Vec<String> {
        let json = self.json();
        let details = json["details"].as_array().cloned().unwrap_or_default();
        details.iter().map(|detail| detail["field"].as_str().unwrap().to_owned()).collect()
    }
}

/// A request without a body yet.
pub(crate) fn request(who: &Who, method: &str, path: &str) -> axum::http::request::Builder {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let request = Request::builder().method(method).uri(path).header(HOST, "keys.example");
    match who {
        Who::Nobody => request,
        Who::Key(key) => request.header(AUTHORIZATION, format!("Bearer {key}")),
        // Under either name: which one is read, the server's settings say.
        Who::Session(token) => request
            .header("cookie", format!("keywright_session={token}; __Host-keywright_session={token}"))
            .header("origin", "http://keys.example"),
    }
}

/// A body that never comes.
pub(crate) fn endless_body() -> Body {
    struct Never;

    impl axum::body::HttpBody for Never {
        type Data = bytes::Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<http_body::Frame<Self::Data>, Self::Error>>> {
            std::task::Poll::Pending
        }
    }

    Body::new(Never)
}

/// A body that comes when it is sent.
pub(crate) fn slow_body() -> (tokio::sync::oneshot::Sender<bytes::Bytes>, Body) {
    struct Slow(Option<tokio::sync::oneshot::Receiver<bytes::Bytes>>);

    impl axum::body::HttpBody for Slow {
        type Data = bytes::Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            mut self: std::pin::Pin<&mut Self>,
            context: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<http_body::Frame<Self::Data>, Self::Error>>> {
            let Some(waiting) = self.0.as_mut() else { return std::task::Poll::Ready(None) };
            let polled = std::pin::Pin::new(waiting).poll(context);
            polled.map(|sent| {
                self.0 = None;
                sent.ok().map(|bytes| Ok(http_body::Frame::data(bytes)))
            })
        }
    }

    let (sender, waiting) = tokio::sync::oneshot::channel();
    (sender, Body::new(Slow(Some(waiting))))
}
