//! A server with an admin, as a client of that system sees it.

use axum::body::Body;
use axum::http::Request;
use axum::http::request::Builder;
use keywright_engine::{KeyDraft, Origin, PersonDraft};
use keywright_server::ServerSettings;
use serde_json::{Value, json};

use crate::harness::{PASSWORD, Reply, Server};

/// The admin's address.
pub(crate) const ADMIN: &str = "admin@example.com";

/// What a request shows.
#[derive(Clone, Debug)]
pub(crate) enum Shown {
    Nothing,
    Session(String),
    Key(String),
}

/// A server whose admin has signed up and in.
pub(crate) struct PhotoServer {
    pub(crate) server: Server,
    pub(crate) admin: Shown,
    /// A key with `all` of another organization's owner.
    pub(crate) strangers_key: String,
}

impl PhotoServer {
    pub(crate) async fn start() -> Self {
        let server = Server::start().await;
        let person = json!({"email": ADMIN, "name": "Ada Admin", "password": PASSWORD});
        let made = from(&server, "127.0.0.1", post("/api/auth/admin-sign-up", &person)).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let admin = sign_in(&server, ADMIN, PASSWORD).await;
        let strangers_key = strangers_key(&server).await;
        Self { server, admin, strangers_key }
    }

    pub(crate) async fn ask(&self, who: &Shown, method: &str, path: &str, body: Option<Value>) -> Reply {
        ask(&self.server, who, method, path, body).await
    }

    /// Makes a key as `who`; its answer.
    pub(crate) async fn make(&self, who: &Shown, permissions: &[&str]) -> Value {
        let body = json!({"name": "a key", "permissions": permissions});
        let made = self.ask(who, "POST", "/api/api-keys", Some(body)).await;
        assert_eq!(made.status, 201, "{}", made.text);
        made.json()
    }

    /// The same, to be shown.
    pub(crate) async fn key(&self, who: &Shown, permissions: &[&str]) -> Shown {
        Shown::Key(self.make(who, permissions).await["secret"].as_str().unwrap().to_owned())
    }

    /// Adds a person as the admin; their session.
    pub(crate) async fn person(&self, email: &str) -> Shown {
        let person = json!({"email": email, "name": "Somebody", "password": PASSWORD});
        let made = self.ask(&self.admin, "POST", "/api/admin/users", Some(person)).await;
        assert_eq!(made.status, 201, "{}", made.text);
        sign_in(&self.server, email, PASSWORD).await
    }
}

pub(crate) async fn ask(
    server: &Server,
    who: &Shown,
    method: &str,
    path: &str,
    body: Option<Value>,
) -> Reply {
    let request = request(who, method, path);
    let request = match body {
        Some(body) => request.header("content-type", "application/json").body(Body::from(body.to_string())),
        None => request.body(Body::empty()),
    };
    server.send(request.unwrap()).await
}

/// A request as that system's clients make it, without a body yet.
pub(crate) fn request(who: &Shown, method: &str, path: &str) -> Builder {
    let request = Request::builder().method(method).uri(path).header("host", "localhost");
    match who {
        Shown::Nothing => request,
        Shown::Session(token) => request.header("authorization", format!("Bearer {token}")),
        Shown::Key(key) => request.header("x-api-key", key),
    }
}

/// A post by nobody.
pub(crate) fn post(path: &str, body: &Value) -> Request<Body> {
    let request = request(&Shown::Nothing, "POST", path).header("content-type", "application/json");
    request.body(Body::from(body.to_string())).unwrap()
}

/// Sends a request from an address.
pub(crate) async fn from(server: &Server, address: &str, request: Request<Body>) -> Reply {
    server.send_from(address, request).await
}

pub(crate) async fn sign_in(server: &Server, email: &str, password: &str) -> Shown {
    let body = json!({"email": email, "password": password});
    let reply = ask(server, &Shown::Nothing, "POST", "/api/auth/login", Some(body)).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    Shown::Session(reply.json()["accessToken"].as_str().unwrap().to_owned())
}

/// Settings that name an organization.
pub(crate) fn of_organization(name: &str) -> ServerSettings {
    let mut settings = ServerSettings::default();
    name.clone_into(&mut settings.immich.organization);
    settings
}

/// Checks a failure: its status, its message, and the rest of its shape.
#[track_caller]
pub(crate) fn assert_refused(reply: &Reply, status: u16, message: impl Into<Value>) {
    let error = axum::http::StatusCode::from_u16(status).unwrap().canonical_reason().unwrap();
    let correlation_id = reply.header("x-immich-cid").expect("every answer has a correlation id");
    let expected = json!({
        "message": message.into(),
        "error": error,
        "statusCode": status,
        "correlationId": correlation_id,
    });
    assert_eq!((reply.status.as_u16(), reply.json()), (status, expected));
    assert_eq!(reply.header("content-type"), Some("application/json"));
}

/// Makes another organization, and a key there.
async fn strangers_key(server: &Server) -> String {
    let other = server.root("POST", "/v1/organizations", Some(json!({"name": "Other"}))).await.data();
    let organization = server.engine.find_organization(other["id"].as_str().unwrap()).unwrap();
    let stranger = PersonDraft {
        email: "stranger@example.com".to_owned(),
        name: "Stranger".to_owned(),
        password: PASSWORD.to_owned(),
    };
    server.engine.sign_up_first_owner(organization, stranger, Origin::default()).await.unwrap();
    let session = server.engine.sign_in("stranger@example.com", PASSWORD, Origin::default()).await.unwrap();
    let session = server.engine.authenticate_session(session.token.expose(), None, Origin::default()).await;
    let draft = KeyDraft {
        name: Some("theirs".to_owned()),
        scope: Some("read-write".to_owned()),
        permissions: Some(vec!["all".to_owned()]),
        ..KeyDraft::default()
    };
    let made = server.engine.create_key(&session.unwrap().under_immich_rules(), draft).await.unwrap();
    made.secret.unwrap().expose().to_owned()
}
