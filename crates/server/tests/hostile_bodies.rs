//! Bad bodies: each a clear 4xx in the envelope, no 5xx, nothing half-written.

mod harness;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use harness::{Reply, Server, Who, request};
use serde_json::{Value, json};

/// An operation that takes a body.
struct Operation {
    method: String,
    /// With ids that are well formed and nobody's.
    path: String,
    example: Value,
    /// Whether it asks for a credential.
    is_guarded: bool,
}

async fn operations(server: &Server) -> Vec<Operation> {
    let document = server.document().await;
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["post", "patch", "put", "delete"] {
            let content = &item[method]["requestBody"]["content"]["application/json"];
            if content.is_null() {
                continue;
            }
            assert!(content["example"].is_object(), "{method} {path} has no example");
            operations.push(Operation {
                method: method.to_uppercase(),
                path: with_nobodys_ids(path),
                example: content["example"].clone(),
                is_guarded: item[method]["security"].is_null(),
            });
        }
    }
    assert!(operations.len() >= 20, "{}", operations.len());
    operations
}

fn with_nobodys_ids(path: &str) -> String {
    let nobody = "0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10";
    path.replace("{id}", nobody).replace("{memberId}", nobody).replace("{name}", "nothing.here")
}

impl Operation {
    async fn send(&self, server: &Server, content_type: Option<&str>, body: impl Into<Body>) -> Reply {
        let who = if self.is_guarded { Who::Key(server.root_key.clone()) } else { Who::Nobody };
        let mut request = request(&who, &self.method, &self.path);
        if let Some(content_type) = content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        server.send(request.body(body.into()).unwrap()).await
    }

    async fn send_json(&self, server: &Server, body: &Value) -> Reply {
        self.send(server, Some("application/json"), body.to_string()).await
    }
}

/// All that there is, as its readers see it; what was refused adds to the audit log, what was done does not.
async fn everything(server: &Server) -> Vec<String> {
    let mut seen = Vec::new();
    let organization = server.root("GET", "/v1/whoami", None).await.data()["organizationId"].clone();
    let members = format!("/v1/orgs/{}/members?limit=100", organization.as_str().unwrap());
    for path in [
        "/v1/api-keys?limit=100&status=active",
        "/v1/service-accounts?limit=100",
        "/v1/roles?limit=100",
        "/v1/permissions",
        "/v1/organizations?limit=100",
        &members,
    ] {
        let mut data = server.root("GET", path, None).await.data();
        for item in data["items"].as_array_mut().unwrap() {
            // The root key is in use.
            for field in ["lastUsedAt", "lastUsedIp", "lastUsedUserAgent"] {
                item.as_object_mut().unwrap().remove(field);
            }
        }
        seen.push(data.to_string());
    }
    let events = server.root("GET", "/v1/audit-events?limit=100", None).await.data();
    let done = events["items"].as_array().unwrap().iter().filter(|event| event.get("refused").is_none());
    seen.push(format!("{} events of things done", done.count()));
    seen
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_refused_everywhere() {
    let server = Server::start().await;
    let before = everything(&server).await;
    let deep = "[".repeat(10_000);
    let bodies: [&[u8]; 16] = [
        b"",
        b"   \n",
        b"{",
        b"{\"name\":",
        b"{\"name\" \"x\"}",
        b"{'name': 'x'}",
        b"nul",
        b"null",
        b"true",
        b"3",
        b"\"text\"",
        b"[]",
        b"{} {}",
        b"{\"name\": \"\xff\xfe\"}",
        b"{\"name\": \"\\ud800\"}",
        deep.as_bytes(),
    ];
    for operation in operations(&server).await {
        for body in bodies {
            let reply = operation.send(&server, Some("application/json"), body.to_vec()).await;
            let shown = String::from_utf8_lossy(&body[..body.len().min(20)]).into_owned();
            reply.assert_failed(400, &format!("{} {} {shown:?}", operation.method, operation.path));
        }
    }
    assert_eq!(everything(&server).await, before);
}

#[tokio::test]
async fn a_body_of_another_kind_or_size_is_refused_everywhere() {
    let server = Server::start().await;
    let before = everything(&server).await;
    let large = format!("{{\"name\":\"{}\"}}", "x".repeat(10_000_000));
    for operation in operations(&server).await {
        let which = format!("{} {}", operation.method, operation.path);
        let example = operation.example.to_string();
        for kind in
            [None, Some("text/plain"), Some("application/xml"), Some("multipart/form-data; boundary=x")]
        {
            operation.send(&server, kind, example.clone()).await.assert_failed(415, &which);
        }
        let reply = operation.send(&server, Some("application/json"), large.clone()).await;
        reply.assert_failed(413, &which);
        // Who shows no credential is given less.
        assert!(["1024 KiB", "16 KiB"].iter().any(|limit| reply.text.contains(limit)), "{}", reply.text);
    }
    assert_eq!(everything(&server).await, before);
}

#[tokio::test]
async fn an_unknown_field_is_named_everywhere() {
    let server = Server::start().await;
    let before = everything(&server).await;
    for operation in operations(&server).await {
        let mut body = operation.example.clone();
        body["expireAt"] = json!("2030-01-01T00:00:00Z");
        let reply = operation.send_json(&server, &body).await;
        reply.assert_failed(400, &operation.path);
        assert_eq!(reply.fields(), ["expireAt"], "{}: {}", operation.path, reply.text);
    }
    assert_eq!(everything(&server).await, before);
}

#[tokio::test]
async fn a_field_of_a_wrong_type_is_named_everywhere() {
    let server = Server::start().await;
    let before = everything(&server).await;
    for operation in operations(&server).await {
        for (name, value) in operation.example.as_object().unwrap() {
            for wrong in [json!([[]]), json!({"x": []}), json!(1.5), json!(-1), json!(true), json!("\u{0}")] {
                let same_type = wrong.is_string() == value.is_string()
                    && wrong.is_array() == value.is_array()
                    && wrong.is_boolean() == value.is_boolean()
                    && wrong.is_object() == value.is_object();
                // `null` in the example: any type may be right.
                if same_type || value.is_null() {
                    continue;
                }
                let mut body = operation.example.clone();
                body[name] = wrong.clone();
                let reply = operation.send_json(&server, &body).await;
                let which = format!("{} {} {name}={wrong}", operation.method, operation.path);
                reply.assert_failed(400, &which);
                let fields = reply.fields();
                assert!(
                    fields.iter().any(|field| field.starts_with(name.as_str())),
                    "{which}: {}",
                    reply.text
                );
            }
        }
    }
    assert_eq!(everything(&server).await, before);
}

#[tokio::test]
async fn texts_that_are_too_long_or_strange_never_break_anything() {
    let server = Server::start().await;
    let texts = [
        "x".repeat(100_000),
        "\u{0}".to_owned(),
        "a\u{0}b".to_owned(),
        "\u{202e}\u{feff}".to_owned(),
        "'; --".to_owned(),
        String::new(),
    ];
    for operation in operations(&server).await {
        for (name, value) in operation.example.as_object().unwrap() {
            for text in &texts {
                let mut body = operation.example.clone();
                body[name] = if value.is_array() { json!([text]) } else { json!(text) };
                let reply = operation.send_json(&server, &body).await;
                let shown: String = text.chars().take(10).collect();
                let which = format!("{} {} {name}={shown:?}", operation.method, operation.path);
                assert!(reply.status.as_u16() < 500, "{which}: {}", reply.text);
                if reply.status != 200 {
                    reply.assert_failed(reply.status.as_u16(), &which);
                }
            }
        }
    }
}

#[tokio::test]
async fn an_array_is_no_object_anywhere() {
    let server = Server::start().await;
    let create = |field: &str, value: Value| {
        let mut body = json!({"name": "x", "permissions": ["asset.read"]});
        body[field] = value;
        ("/v1/api-keys", body)
    };
    let digest = json!(["sha256", "hex", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]);
    for ((path, body), field) in [
        (create("rateLimits", json!([["default", 1, 1]])), "rateLimits[0]"),
        (create("credits", json!([1, null])), "credits"),
        (create("credits", json!({"remaining": 1, "refill": [1, "daily"]})), "credits.refill"),
        (("/v1/api-keys/revoke", json!({"filter": ["x", null, null, null, null]})), "filter"),
        (("/v1/api-keys/verify", json!({"key": "x", "cost": [1, {}]})), "cost"),
        (("/v1/api-keys/verify-batch", json!({"items": [["x"]]})), "items[0]"),
        (("/v1/api-keys/import", json!({"items": [["x"]]})), "items[0]"),
        (("/v1/api-keys/import", json!({"items": [{"name": "x", "digest": digest}]})), "items[0].digest"),
    ] {
        let reply = server.root("POST", path, Some(body)).await;
        reply.assert_failed(400, path);
        assert_eq!(reply.fields(), [field], "{path}: {}", reply.text);
        assert!(reply.text.contains("must be an object"), "{}", reply.text);
    }
}

#[tokio::test]
async fn values_that_cannot_be_are_named() {
    let server = Server::start().await;
    let before = everything(&server).await;
    let metadata: serde_json::Map<String, Value> =
        (0..1000).map(|n| (format!("key{n}"), json!("x"))).collect();
    let limit = |value: Value| json!([{"name": "ok", "limit": 1, "windowSeconds": 1}, value]);
    let cases = [
        ("name", json!("")),
        ("name", json!("x".repeat(256))),
        ("name", json!("a\nb")),
        ("name", json!("a\u{0}b")),
        ("description", json!("x".repeat(2001))),
        ("expiresAt", json!("tomorrow")),
        ("expiresAt", json!("2030-02-30T00:00:00Z")),
        ("expiresAt", json!("2030-01-01")),
        ("expiresAt", json!("2020-01-01T00:00:00Z")),
        ("expiresAt", json!("2026-11-21T09:30:00.000Z")),
        ("scope", json!("write")),
        ("serviceAccountId", json!("1")),
        ("serviceAccountId", json!("0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10")),
        ("permissions", json!(["a..b"])),
        ("permissions", json!(["*"])),
        ("permissions", json!([""])),
        ("roleIds", json!(["x"])),
        ("roleIds", json!(["0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10"])),
        ("externalId", json!("x".repeat(256))),
        ("metadata", Value::Object(metadata)),
        ("ipAllowlist", json!(["192.0.2.0/33"])),
        ("ipAllowlist", json!(["example.com"])),
        ("rateLimits", limit(json!({"name": "x", "limit": 0, "windowSeconds": 1}))),
        ("rateLimits", limit(json!({"name": "x", "limit": 1, "windowSeconds": 0}))),
        ("rateLimits", limit(json!({"name": "x", "limit": 1, "windowSeconds": 2_678_401}))),
        ("rateLimits", limit(json!({"name": "ok", "limit": 1, "windowSeconds": 1}))),
        ("credits", json!({"remaining": 9_007_199_254_740_992_u64})),
        ("credits", json!({"remaining": 1, "refill": {"amount": 0, "interval": "daily"}})),
        ("credits", json!({"remaining": 1, "refill": {"amount": 1, "interval": "hourly"}})),
        ("prefix", json!("Kw")),
        ("prefix", json!("x".repeat(17))),
        ("verbs", json!([])),
        ("verbs", json!(["WRITE"])),
    ];
    for (field, value) in cases {
        let mut body = json!({"name": "x", "permissions": ["asset.read"]});
        body[field] = value.clone();
        let reply = server.root("POST", "/v1/api-keys", Some(body)).await;
        let shown: String = value.to_string().chars().take(60).collect();
        reply.assert_failed(400, &format!("{field}={shown}"));
        let fields = reply.fields();
        assert!(fields.iter().any(|named| named.starts_with(field)), "{field}={shown}: {}", reply.text);
    }
    assert_eq!(everything(&server).await, before);
}

#[tokio::test]
async fn characters_that_not_every_database_can_keep_are_refused() {
    let server = Server::start().await;
    for body in [
        json!({"name": "k", "metadata": {"a": "x\u{0}"}}),
        json!({"name": "k", "metadata": {"a\u{0}": 1}}),
        json!({"name": "k", "metadata": {"a": [{"b": ["\u{0}"]}]}}),
        json!({"name": "k\u{0}"}),
        json!({"name": "k", "description": "\u{0}"}),
        json!({"name": "k", "externalId": "\u{0}", "permissions": ["asset.read"]}),
    ] {
        server.root("POST", "/v1/api-keys", Some(body.clone())).await.assert_failed(400, &body.to_string());
    }
    let line_breaks = json!({"name": "k", "metadata": {"a": "x\ny\t"}});
    assert_eq!(server.root("POST", "/v1/api-keys", Some(line_breaks)).await.status, 200);
    for path in ["/v1/api-keys?q=%00", "/v1/api-keys?externalId=a%00", "/v1/audit-events?action=%01"] {
        server.root("GET", path, None).await.assert_failed(400, path);
    }
    let filter = json!({"filter": {"externalId": "\u{0}"}});
    server.root("POST", "/v1/api-keys/revoke", Some(filter)).await.assert_failed(400, "revoke");
    let nobody = json!({"email": "a\u{0}@example.com", "password": "seven wet otters"});
    let refused = server.ask(&Who::Nobody, "POST", "/v1/sessions", Some(nobody)).await;
    refused.assert_failed(401, "nobody has such an address");
    // What is noted of a refusal is made visible.
    let (_, viewer) = server.join("v@example.com", "viewer").await;
    let refused = server.ask(&viewer, "DELETE", "/v1/permissions/a%00b%1B%5B2J", None).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    let events = server.root("GET", "/v1/audit-events?action=catalogue.delete", None).await;
    assert_eq!(events.data()["items"][0]["details"]["name"], "a\u{fffd}b\u{fffd}[2J");
}
