//! A client of this dialect.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::harness::{Reply, Server, Who, request};

/// A key that was made.
#[derive(Clone)]
pub(crate) struct Made {
    pub(crate) id: i64,
    pub(crate) key: String,
    pub(crate) object: Value,
}

/// Asks with `X-API-KEY`.
pub(crate) async fn ask(server: &Server, key: &str, method: &str, path: &str, body: Option<Value>) -> Reply {
    let request = request(&Who::Nobody, method, path).header("X-API-KEY", key);
    let request = match body {
        Some(body) => request.header(CONTENT_TYPE, "application/json").body(Body::from(body.to_string())),
        None => request.body(Body::empty()),
    };
    server.send(request.unwrap()).await
}

/// The documented body of a create.
pub(crate) fn draft(name: &str, scope: &[&str]) -> Value {
    json!({"key_name": name, "key_scope": scope, "organization_id": 1})
}

/// Makes a key of the same owner.
pub(crate) async fn make(server: &Server, key: &str, scope: &[&str]) -> Made {
    let made = ask(server, key, "POST", "/api_keys", Some(draft("made", scope))).await;
    made_of(&made)
}

/// The first owner, and a key of theirs with every scope.
pub(crate) async fn owner(server: &Server) -> (Who, Made) {
    let session = server.set_up().await;
    let all = draft("all", &["READ", "CREATE", "UPDATE", "DELETE", "MANAGE"]);
    let made = server.ask(&session, "POST", "/api_keys", Some(all)).await;
    (session, made_of(&made))
}

/// The key in the answer to a create.
pub(crate) fn made_of(reply: &Reply) -> Made {
    assert_eq!(reply.status, 201, "{}", reply.text);
    let object = reply.json();
    Made {
        id: object["key_id"].as_i64().unwrap(),
        key: object["api_key"].as_str().unwrap().to_owned(),
        object,
    }
}

/// Checks that it is a failure in this dialect's shape and in no other.
pub(crate) fn assert_failed(reply: &Reply, status: u16, code: &str, field: Option<&str>, context: &str) {
    assert_eq!(reply.status, status, "{context}: {}", reply.text);
    assert_eq!(reply.header("content-type"), Some("application/json"), "{context}");
    assert!(reply.header("x-request-id").is_some(), "{context}");
    let json = reply.json();
    let error = json["error"].as_object().unwrap_or_else(|| panic!("{context}: {json}"));
    assert_eq!(json.as_object().unwrap().len(), 1, "{context}: {json}");
    assert_eq!(error["code"], code, "{context}");
    assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{context}: {json}");
    assert_eq!(error.get("field").and_then(Value::as_str), field, "{context}: {json}");
    assert!(error.keys().all(|name| ["code", "message", "field"].contains(&name.as_str())), "{json}");
}
