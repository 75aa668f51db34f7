//! The gateways' contract: statuses, headers, what is believed and what is not.

mod envoy_grpc;
mod hostile;
mod limits;
mod plain;
mod profiles;
mod reload;

#[path = "../harness/mod.rs"]
mod harness;

use axum::body::Body;
use axum::http::Request;
use harness::{Reply, Server};
use keywright_server::{
    GatewayRules, GatewaySettings, Reloadable, Reloader, RouteDraft, RouteTable, ServerSettings,
};
use serde_json::{Value, json};

/// A server with these rules for its gateways.
pub(crate) async fn server(rules: GatewayRules) -> Server {
    let reloadable = Reloadable { gateways: GatewaySettings::new(rules), ..Reloadable::default() };
    let settings = ServerSettings { reloadable: Reloader::new(reloadable), ..ServerSettings::default() };
    Server::start_with(settings).await
}

/// The plaintext of a key with these permissions, and its id.
pub(crate) async fn key(server: &Server, permissions: &[&str]) -> (String, String) {
    key_with(server, json!({"name": "k", "permissions": permissions, "scope": "read-write"})).await
}

/// The plaintext of a key, and its id.
pub(crate) async fn key_with(server: &Server, body: Value) -> (String, String) {
    let made = server.make_key(body).await;
    let text = |field: &str| made[field].as_str().unwrap().to_owned();
    (text("key"), text("id"))
}

/// Asks as a gateway does.
pub(crate) async fn ask(server: &Server, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server.send(request.body(Body::empty()).unwrap()).await
}

/// Asks the plain question with a bearer's key.
pub(crate) async fn with_key(server: &Server, path: &str, key: &str) -> Reply {
    ask(server, "GET", path, &[("authorization", &format!("Bearer {key}"))]).await
}

/// Routes as an operator would write them.
pub(crate) fn routes() -> RouteTable {
    let route = |method: &str, path: &str, permission: &str| RouteDraft {
        method: method.to_owned(),
        path: path.to_owned(),
        permissions: vec![permission.to_owned()],
        ..RouteDraft::default()
    };
    RouteTable::new(&[
        route("GET", "/photos/{id}", "photo.read"),
        route("DELETE", "/photos/{id}", "photo.delete"),
        route("*", "/admin/**", "admin.use"),
    ])
    .unwrap()
}

/// Checks a refusal: its status and its reason.
pub(crate) fn assert_denied(reply: &Reply, status: u16, reason: &str, context: &str) {
    reply.assert_failed(status, context);
    assert_eq!(reply.header("x-keywright-reason"), Some(reason), "{context}");
    assert_eq!(reply.header("cache-control"), Some("no-store"), "{context}");
    for name in ["x-keywright-key-id", "x-keywright-user-id", "x-keywright-organization-id"] {
        assert_eq!(reply.header(name), None, "{context}");
    }
}
