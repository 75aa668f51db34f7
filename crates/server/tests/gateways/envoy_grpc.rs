//! Envoy's gRPC service, spoken to in its own bytes.

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use http_body_util::BodyExt as _;
use keywright_server::{CredentialPlace, GatewayProfile, GatewayRules, ProfileRules};
use prost::Message;
use serde_json::json;
use tower::ServiceExt as _;

use super::harness::Server;
use super::{key, key_with, routes, server};

/// `CheckRequest { attributes: 1 { request: 4 { http: 2 {..} }, context_extensions: 10 } }`
#[derive(Clone, PartialEq, Message)]
struct CheckRequest {
    #[prost(message, optional, tag = "1")]
    attributes: Option<Attributes>,
}

#[derive(Clone, PartialEq, Message)]
struct Attributes {
    #[prost(message, optional, tag = "4")]
    request: Option<HttpRequestIn>,
    #[prost(map = "string, string", tag = "10")]
    context_extensions: HashMap<String, String>,
}

#[derive(Clone, PartialEq, Message)]
struct HttpRequestIn {
    #[prost(message, optional, tag = "2")]
    http: Option<Http>,
}

#[derive(Clone, PartialEq, Message)]
struct Http {
    #[prost(string, tag = "2")]
    method: String,
    #[prost(map = "string, string", tag = "3")]
    headers: HashMap<String, String>,
    #[prost(string, tag = "4")]
    path: String,
}

#[derive(Clone, PartialEq, Message)]
struct CheckResponse {
    #[prost(message, optional, tag = "1")]
    status: Option<Code>,
    #[prost(message, optional, tag = "2")]
    denied: Option<Denied>,
    #[prost(message, optional, tag = "3")]
    ok: Option<Passed>,
    #[prost(message, optional, tag = "4")]
    metadata: Option<Metadata>,
}

#[derive(Clone, PartialEq, Message)]
struct Code {
    #[prost(int32, tag = "1")]
    code: i32,
}

#[derive(Clone, PartialEq, Message)]
struct Denied {
    #[prost(message, optional, tag = "1")]
    status: Option<Code>,
    #[prost(message, repeated, tag = "2")]
    headers: Vec<Header>,
    #[prost(string, tag = "3")]
    body: String,
}

#[derive(Clone, PartialEq, Message)]
struct Passed {
    #[prost(message, repeated, tag = "2")]
    headers: Vec<Header>,
    #[prost(string, repeated, tag = "5")]
    headers_to_remove: Vec<String>,
    #[prost(message, repeated, tag = "6")]
    for_client: Vec<Header>,
    #[prost(string, repeated, tag = "8")]
    parameters_to_remove: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
struct Header {
    #[prost(message, optional, tag = "1")]
    pair: Option<Pair>,
    #[prost(int32, tag = "3")]
    append_action: i32,
}

#[derive(Clone, PartialEq, Message)]
struct Pair {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, PartialEq, Message)]
struct Metadata {
    #[prost(map = "string, message", tag = "1")]
    fields: HashMap<String, Text>,
}

#[derive(Clone, PartialEq, Message)]
struct Text {
    #[prost(string, tag = "3")]
    text: String,
}

type Pairs<'a> = &'a [(&'a str, &'a str)];
/// Method, path, headers, the administrator's words; the code, the status and the reason of the refusal.
type Case<'a> = (&'a str, &'a str, Pairs<'a>, Pairs<'a>, (i32, i32, &'a str));

fn pairs(headers: &[Header]) -> HashMap<&str, &str> {
    let pairs = headers.iter().map(|header| {
        // OVERWRITE_IF_EXISTS_OR_ADD: nothing of the client's stays beside it.
        assert_eq!(header.append_action, 2);
        let pair = header.pair.as_ref().unwrap();
        (pair.key.as_str(), pair.value.as_str())
    });
    pairs.collect()
}

fn texts(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

async fn check(
    server: &Server,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    extensions: &[(&str, &str)],
) -> CheckResponse {
    let http = Http { method: method.to_owned(), path: path.to_owned(), headers: texts(headers) };
    let request = Some(HttpRequestIn { http: Some(http) });
    let attributes = Some(Attributes { request, context_extensions: texts(extensions) });
    send(server, &CheckRequest { attributes }).await
}

async fn send(server: &Server, question: &CheckRequest) -> CheckResponse {
    let message = question.encode_to_vec();
    // A frame: not compressed, and the length.
    let mut frame = vec![0];
    frame.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    frame.extend(message);
    let mut request = Request::post("/envoy.service.auth.v3.Authorization/Check")
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(Body::from(frame))
        .unwrap();
    let peer: std::net::SocketAddr = "203.0.113.7:40000".parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    let response = server.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/grpc");
    let body = response.into_body().collect().await.unwrap();
    assert_eq!(body.trailers().unwrap()["grpc-status"], "0");
    CheckResponse::decode(&body.to_bytes()[5..]).unwrap()
}

#[tokio::test]
async fn a_valid_key_passes_and_its_holder_is_told() {
    let server = server(GatewayRules { routes: routes(), ..GatewayRules::default() }).await;
    let limits = json!([{"name": "default", "limit": 2, "windowSeconds": 60}]);
    // A read key: what its verbs deny is not told.
    let permissions = ["photo.read", "photo.delete"];
    let body = json!({"name": "k", "permissions": permissions, "externalId": "a b", "rateLimits": limits});
    let (key, id) = key_with(&server, body).await;
    let answer =
        check(&server, "GET", "/photos/1?x=y", &[("x-api-key", &key)], &[("with", "permissions")]).await;
    assert_eq!(answer.status, Some(Code { code: 0 }));
    let ok = answer.ok.unwrap();
    let headers = pairs(&ok.headers);
    assert_eq!(headers["x-keywright-key-id"], id);
    assert_eq!(headers["x-keywright-external-id"], "a%20b");
    assert_eq!(headers["x-keywright-permissions"], "photo.read");
    assert_eq!(headers.len(), 5);
    // What is not told is not left to the client, and the key goes on.
    assert_eq!(ok.headers_to_remove.len(), 1, "{ok:?}");
    assert!(ok.headers_to_remove[0].starts_with("x-keywright-"), "{ok:?}");
    assert_eq!(pairs(&ok.for_client)["ratelimit"], "\"default\";r=1;t=30");
    let metadata = answer.metadata.unwrap().fields;
    assert_eq!(metadata["key_id"].text, id);
    assert_eq!(metadata["external_id"].text, "a%20b");
    assert_eq!(metadata["permissions"].text, "photo.read");
    assert_eq!(metadata.len(), 5);

    check(&server, "GET", "/photos/1", &[("x-api-key", &key)], &[]).await;
    let denied = check(&server, "GET", "/photos/1", &[("x-api-key", &key)], &[]).await;
    assert_eq!(denied.status, Some(Code { code: 8 }));
    let denied = denied.denied.unwrap();
    assert_eq!(denied.status, Some(Code { code: 429 }));
    assert_eq!(pairs(&denied.headers)["retry-after"], "30");
    assert_eq!(pairs(&denied.headers)["ratelimit"], "\"default\";r=0;t=60");
}

#[tokio::test]
async fn refusals_are_answers_in_envoys_words() {
    let server = server(GatewayRules { routes: routes(), ..GatewayRules::default() }).await;
    let (reader, _) = key(&server, &["photo.read"]).await;
    let held = [("x-api-key", reader.as_str())];
    let two = [("x-api-key", "a"), ("authorization", "Bearer b")];
    let of_gateway = json!({"name": "k", "permissions": ["photo.read"], "ipAllowlist": ["203.0.113.7"]});
    let (of_gateway, _) = key_with(&server, of_gateway).await;
    let cases: [Case<'_>; 14] = [
        ("GET", "/photos/1", &[], &[], (16, 401, "NO_KEY")),
        ("GET", "/photos/1", &two, &[], (16, 401, "SEVERAL_KEYS")),
        ("GET", "/photos/1", &[("authorization", "Bearer a,Bearer a")], &[], (16, 401, "MALFORMED")),
        ("DELETE", "/photos/1", &held, &[], (7, 403, "INSUFFICIENT_PERMISSIONS")),
        ("GET", "/x/../admin", &held, &[], (7, 403, "INSUFFICIENT_PERMISSIONS")),
        ("GET", "/admin;x", &held, &[], (7, 403, "PATH_REFUSED")),
        (
            "GET",
            "/photos/1",
            &held,
            &[("permission", "photo.delete photo.read")],
            (7, 403, "INSUFFICIENT_PERMISSIONS"),
        ),
        ("GET", "/photos/1", &held, &[("permision", "photo.read")], (7, 403, "GATEWAY_MISCONFIGURED")),
        ("GET", "/photos/1#/../../admin", &held, &[], (7, 403, "PATH_REFUSED")),
        ("GET", "/photos/1?x=y#z", &held, &[("permission", "photo.read")], (7, 403, "PATH_REFUSED")),
        // This Envoy is not trusted, and its own address is no client's.
        ("GET", "/photos/1", &[("x-api-key", &of_gateway)], &[], (7, 403, "IP_NOT_ALLOWED")),
        ("get", "/photos/1", &held, &[], (7, 403, "METHOD_REFUSED")),
        ("", "", &held, &[], (7, 403, "METHOD_REFUSED")),
        ("GET", "", &held, &[], (7, 403, "PATH_REFUSED")),
    ];
    for (method, path, headers, extensions, (code, status, reason)) in cases {
        let context = format!("{method} {path} {extensions:?}");
        let answer = check(&server, method, path, headers, extensions).await;
        assert_eq!(answer.status, Some(Code { code }), "{context}: {answer:?}");
        assert!(answer.ok.is_none() && answer.metadata.is_none(), "{context}");
        let denied = answer.denied.unwrap();
        assert_eq!(denied.status, Some(Code { code: status }), "{context}");
        let told = pairs(&denied.headers);
        assert_eq!(told["x-keywright-reason"], reason, "{context}");
        assert_eq!(
            told.contains_key("www-authenticate"),
            status == 401 || reason == "INSUFFICIENT_PERMISSIONS"
        );
        let body: serde_json::Value = serde_json::from_str(&denied.body).unwrap();
        assert_eq!(body["code"], status, "{context}");
    }
    // The administrator's words go before the route table.
    let allowed = check(&server, "GET", "/admin", &held, &[("permission", "photo.read")]).await;
    assert!(allowed.ok.is_some(), "{allowed:?}");
}

#[tokio::test]
async fn a_question_that_cannot_be_read_lets_nobody_pass() {
    let server = server(GatewayRules::default()).await;
    let answer = send(&server, &CheckRequest { attributes: None }).await;
    assert_eq!(answer.status, Some(Code { code: 7 }));
    // What is no message, or too long, is gRPC's own failure, and fails the request.
    for frame in
        [&b""[..], b"\0", b"\0\0\0\0\x05abc", b"\0\0\0\0\x02\xff\xff", b"\x01\0\0\0\0", b"\0\xff\xff\xff\xff"]
    {
        let request = Request::post("/envoy.service.auth.v3.Authorization/Check")
            .header("content-type", "application/grpc")
            .body(Body::from(frame))
            .unwrap();
        let response = server.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let trailers = body.collect().await.unwrap().trailers().cloned().unwrap_or_default();
        let status = parts.headers.get("grpc-status").or(trailers.get("grpc-status"));
        assert_ne!(status.unwrap(), "0", "{frame:?}");
    }
}

#[tokio::test]
async fn an_organization_that_is_not_there_is_no_failure_of_grpc() {
    let rules = GatewayRules { organization: "nowhere".to_owned(), ..GatewayRules::default() };
    let server = server(rules).await;
    let answer = check(&server, "GET", "/", &[("x-api-key", &server.root_key)], &[]).await;
    assert_eq!(answer.status, Some(Code { code: 14 }));
    assert_eq!(answer.denied.unwrap().status, Some(Code { code: 503 }));
}

#[tokio::test]
async fn the_presented_key_is_taken_away_where_that_is_asked_for() {
    let profile =
        ProfileRules { profile: GatewayProfile::Envoy, organization: None, statuses: None, remove_key: true };
    let credentials = vec![
        CredentialPlace::Bearer,
        "header:x-api-key".parse().unwrap(),
        CredentialPlace::Cookie("key".to_owned()),
        CredentialPlace::Query("key".to_owned()),
    ];
    let rules = GatewayRules { profiles: vec![profile], credentials, ..GatewayRules::default() };
    let server = server(rules).await;
    let key = server.root_key.clone();
    let removed = async |path: &str, headers: &[(&str, &str)]| {
        let answer = check(&server, "GET", path, headers, &[]).await;
        let ok = answer.ok.unwrap_or_else(|| panic!("{:?}", answer.denied));
        assert_eq!(ok.parameters_to_remove, ["key"]);
        let cookie = pairs(&ok.headers).get("cookie").map(|cookie| (*cookie).to_owned());
        let removed = ok.headers_to_remove.into_iter().filter(|name| !name.starts_with("x-keywright-"));
        (removed.collect::<Vec<_>>().join(" "), cookie)
    };
    let bearer = format!("Bearer {key}");
    assert_eq!(
        removed("/", &[("authorization", &bearer)]).await,
        ("authorization x-api-key cookie".to_owned(), None)
    );
    let with_basic = [("authorization", "Basic x"), ("x-api-key", key.as_str())];
    assert_eq!(removed("/", &with_basic).await, ("x-api-key cookie".to_owned(), None));
    let cookie = format!("a=b; key={key}; c=d");
    assert_eq!(
        removed("/", &[("cookie", &cookie)]).await,
        ("x-api-key".to_owned(), Some("a=b; c=d".to_owned()))
    );
    let target = format!("/?key={key}");
    assert_eq!(removed(&target, &[]).await.0, "x-api-key cookie");
}
