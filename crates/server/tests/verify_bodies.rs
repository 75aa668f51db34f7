//! Verification answers the same however its body comes, and writes its answer as a serializer would.

mod harness;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::CONTENT_TYPE;
use harness::{Reply, Server, Who, request};
use http_body::Frame;
use serde_json::{Value, json};

/// A body in pieces; `None`: the next is not there yet.
struct Pieces(VecDeque<Option<Bytes>>);

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.0.pop_front() {
            Some(Some(piece)) => Poll::Ready(Some(Ok(Frame::data(piece)))),
            Some(None) => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }
}

async fn verify(server: &Server, who: &Who, body: Body) -> Reply {
    let request = request(who, "POST", "/v1/api-keys/verify").header(CONTENT_TYPE, "application/json");
    server.send(request.body(body).unwrap()).await
}

async fn made(server: &Server, draft: Value) -> (String, Value) {
    let made = server.root("POST", "/v1/api-keys", Some(draft)).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let data = made.data();
    (data["key"].as_str().unwrap().to_owned(), data)
}

#[tokio::test]
async fn a_body_in_pieces_is_answered_as_a_whole_one() {
    let server = Server::start().await;
    let root = Who::Key(server.root_key.clone());
    let (key, _) = made(&server, json!({"name": "in pieces", "permissions": ["asset.read"]})).await;
    let question = json!({"key": key, "permissions": ["asset.read"]}).to_string();
    let whole = verify(&server, &root, Body::from(question.clone())).await.data();
    assert_eq!(whole["code"], "VALID");

    let (first, second) = question.split_at(9);
    let piece = |text: &str| Some(Bytes::copy_from_slice(text.as_bytes()));
    for pieces in [
        vec![piece(first), piece(second)],
        vec![piece(first), None, piece(second)],
        vec![None, piece(&question)],
        vec![piece(""), piece(&question)],
        vec![piece(&question), piece("")],
        vec![piece(&question), None, piece(" \n")],
    ] {
        let body = Body::new(Pieces(pieces.clone().into()));
        assert_eq!(verify(&server, &root, body).await.data(), whole, "{pieces:?}");
    }
    for (pieces, status) in [
        (vec![piece(first)], 400),
        (vec![], 400),
        (vec![None], 400),
        (vec![piece(&question), piece("}")], 400),
    ] {
        let body = Body::new(Pieces(pieces.clone().into()));
        verify(&server, &root, body).await.assert_failed(status, &format!("{pieces:?}"));
    }
    let body = Body::new(Pieces(vec![piece(&question), None, piece(&" ".repeat(1 << 20))].into()));
    verify(&server, &root, body).await.assert_failed(413, "a megabyte behind the question");
}

#[tokio::test]
async fn every_text_of_a_key_is_told_as_it_is() {
    let server = Server::start().await;
    let root = Who::Key(server.root_key.clone());
    let metadata = json!({"quote\"": ["\\", "\u{1f511}", null, 1.5], "nested": {"a": "\u{7f}"}});
    let draft = json!({
        "name": "a \"name\" with \\ and \u{1f600}", "externalId": "cus_1/\u{e4}\"",
        "permissions": ["asset.read", "mcp:github:call"], "metadata": metadata,
        "expiresAt": "2030-01-31T12:00:00Z",
    });
    let (key, made) = made(&server, draft).await;
    let asked = json!({"key": key}).to_string();
    let told = verify(&server, &root, Body::from(asked.clone())).await.data();
    for field in ["name", "externalId", "permissions", "metadata", "expiresAt", "organizationId"] {
        assert!(!told[field].is_null(), "{field}");
        assert_eq!(told[field], made[field], "{field}");
    }
    assert_eq!((&told["keyId"], &told["valid"], &told["code"]), (&made["id"], &json!(true), &json!("VALID")));

    let batch = json!({"items": [{"key": key}, {"key": "kw_x"}, {"key": key, "permissions": ["a\".b"]}]});
    let refused = server.root("POST", "/v1/api-keys/verify-batch", Some(batch)).await;
    assert_eq!(refused.status, 400, "no permission reads like that");
    let batch =
        json!({"items": [{"key": key}, {"key": "kw_x"}, {"key": key, "permissions": ["other.read"]}]});
    let items = server.root("POST", "/v1/api-keys/verify-batch", Some(batch)).await.data()["items"].clone();
    assert_eq!(items[0], told);
    assert_eq!(items[1], json!({"valid": false, "code": "MALFORMED"}));
    assert_eq!(items[2]["missing"], json!(["other.read"]));
}

#[tokio::test]
async fn what_many_keys_have_in_common_follows_every_change() {
    let server = Server::start().await;
    let account = json!({"name": "shared", "permissions": ["asset.*", "photo.read"]});
    let account = server.root("POST", "/v1/service-accounts", Some(account)).await.data();
    let account_id = account["id"].as_str().unwrap();
    let role = json!({"name": "readers", "permissions": ["asset.read"]});
    let role = server.root("POST", "/v1/roles", Some(role)).await.data();
    let draft = json!({"name": "k", "serviceAccountId": account_id, "permissions": ["photo.read"], "roleIds": [role["id"]]});
    let (key, _) = made(&server, draft).await;
    let told = async || {
        let data = server.root("POST", "/v1/api-keys/verify", Some(json!({"key": key}))).await.data();
        (data["code"].clone(), data["permissions"].clone())
    };
    assert_eq!(told().await, (json!("VALID"), json!(["photo.read", "asset.read"])));
    let path = format!("/v1/roles/{}", role["id"].as_str().unwrap());
    server.root("PATCH", &path, Some(json!({"permissions": ["asset.read", "asset.create"]}))).await.data();
    assert_eq!(told().await, (json!("VALID"), json!(["photo.read", "asset.read", "asset.create"])));
    let path = format!("/v1/service-accounts/{account_id}/disable");
    assert_eq!(server.root("POST", &path, None).await.status, 200);
    assert_eq!(told().await.0, "DISABLED");
}
