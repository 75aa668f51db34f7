//! The documented system that the native API is: its requests and answers, word for word.

mod harness;

use std::collections::BTreeSet;

use harness::{Reply, Server, Who};
use serde_json::{Value, json};

/// The fields of `data` in the documented answer.
const DOCUMENTED: [&str; 16] = [
    "createdAt",
    "createdBy",
    "description",
    "expiresAt",
    "id",
    "key",
    "keyPrefix",
    "lastUsedAt",
    "lastUsedIp",
    "lastUsedUserAgent",
    "name",
    "organizationId",
    "revokedAt",
    "scope",
    "serviceAccountId",
    "userId",
];

/// Those of them that an answer has.
fn documented_fields(object: &Value) -> BTreeSet<&str> {
    DOCUMENTED.into_iter().filter(|field| object.get(field).is_some()).collect()
}

fn assert_documented(object: &Value, always: &[&str], context: &str) {
    let expected: BTreeSet<&str> =
        ["createdAt", "createdBy", "id", "keyPrefix", "name", "organizationId", "scope"]
            .into_iter()
            .chain(always.iter().copied())
            .collect();
    assert_eq!(documented_fields(object), expected, "{context}: {object}");
    for field in &expected {
        assert!(object[field].as_str().is_some_and(|text| !text.is_empty()), "{context}: {field}: {object}");
    }
}

fn bearer(object: &Value) -> Who {
    Who::Key(object["key"].as_str().unwrap().to_owned())
}

async fn service_account(server: &Server, name: &str, permissions: &[&str]) -> String {
    let body = json!({"name": name, "permissions": permissions});
    let made = server.root("POST", "/v1/service-accounts", Some(body)).await;
    assert_eq!(made.status, 200, "{}", made.text);
    made.data()["id"].as_str().unwrap().to_owned()
}

async fn verdict(server: &Server, key: &Value, permission: &str) -> Value {
    let body = json!({"key": key, "permissions": permission});
    server.root("POST", "/v1/api-keys/verify", Some(body)).await.data()["code"].clone()
}

#[tokio::test]
async fn a_key_is_created_with_every_documented_field() {
    let server = Server::start().await;
    let account = service_account(&server, "worker", &["all"]).await;
    let body = json!({
        "name": "Nightly export",
        "description": "Copies invoices",
        "expiresAt": "2027-01-31T12:00:00+01:00",
        "scope": "read-write",
        "serviceAccountId": account,
    });
    let reply = server.root("POST", "/v1/api-keys", Some(body)).await;
    let answer = reply.json();
    assert_eq!((reply.status.as_u16(), &answer["code"]), (200, &json!(200)));
    assert_eq!(answer["message"], "success");
    assert_eq!(answer["requestId"].as_str(), reply.header("x-request-id"));
    let key = &answer["data"];
    assert_documented(key, &["description", "expiresAt", "key", "serviceAccountId"], "created");
    assert_eq!(key["name"], "Nightly export");
    assert_eq!(key["description"], "Copies invoices");
    assert_eq!(key["expiresAt"], "2027-01-31T11:00:00.000Z");
    assert_eq!(key["scope"], "read-write");
    assert_eq!(key["serviceAccountId"], account.as_str());
    assert!(key["key"].as_str().unwrap().starts_with(key["keyPrefix"].as_str().unwrap()));
    let nothing_but_a_name = server.make_key(json!({"name": "n"})).await;
    assert_documented(&nothing_but_a_name, &["key", "userId"], "the shortest");
    assert_eq!(nothing_but_a_name["scope"], "read");
}

#[tokio::test]
async fn fields_appear_when_they_have_a_value() {
    let server = Server::start().await;
    let made = server.make_key(json!({"name": "k"})).await;
    let path = format!("/v1/api-keys/{}", made["id"].as_str().unwrap());
    assert_documented(&server.root("GET", &path, None).await.data(), &["userId"], "unused");
    let use_it = json!({"key": made["key"], "ip": "198.51.100.7", "userAgent": "exporter/2.1"});
    assert_eq!(server.root("POST", "/v1/api-keys/verify", Some(use_it)).await.data()["code"], "VALID");
    assert_eq!(server.root("DELETE", &path, None).await.status, 200);
    // Uses are written down every few seconds, and at the end.
    server.engine.stop().await;
    let used = server.root("GET", &path, None).await.data();
    let last = ["lastUsedAt", "lastUsedIp", "lastUsedUserAgent", "revokedAt", "userId"];
    assert_documented(&used, &last, "used and revoked");
    assert_eq!(used["lastUsedAt"], "2026-11-21T09:30:00.000Z");
    assert_eq!(used["lastUsedIp"], "198.51.100.7");
    assert_eq!(used["lastUsedUserAgent"], "exporter/2.1");
    assert_eq!(used["revokedAt"], "2026-11-21T09:30:00.000Z");
    let listed = server.root("GET", "/v1/api-keys?status=revoked", None).await.data();
    assert_eq!(listed["items"], json!([used]));
    assert!(!used.to_string().contains("null"));
}

#[tokio::test]
async fn read_and_read_write() {
    let server = Server::start().await;
    for (scope, verbs) in
        [("read", json!(["READ"])), ("read-write", json!(["READ", "CREATE", "UPDATE", "DELETE", "MANAGE"]))]
    {
        let key = server.make_key(json!({"name": "k", "scope": scope})).await;
        assert_eq!((&key["scope"], &key["verbs"]), (&json!(scope), &verbs));
        assert_eq!(verdict(&server, &key["key"], "workflow:read").await, "VALID");
        let writes = verdict(&server, &key["key"], "workflow:create").await;
        assert_eq!(writes, if scope == "read" { "INSUFFICIENT_PERMISSIONS" } else { "VALID" });
        let creates = server.ask(&bearer(&key), "POST", "/v1/api-keys", Some(json!({"name": "x"}))).await;
        assert_eq!(creates.status, if scope == "read" { 403 } else { 200 }, "{}", creates.text);
    }
    let other = server.root("POST", "/v1/api-keys", Some(json!({"name": "k", "scope": "write"}))).await;
    other.assert_failed(400, "another scope");
    assert_eq!(other.fields(), ["scope"]);
}

#[tokio::test]
async fn a_service_accounts_keys_stand_and_fall_with_it() {
    let server = Server::start().await;
    let account = service_account(&server, "worker", &["workflow:*", "apikey:read"]).await;
    let path = format!("/v1/service-accounts/{account}");
    let shown = server.root("GET", &path, None).await.data();
    assert_eq!(shown["permissions"], json!(["workflow:*", "apikey:read"]), "as they were spelt");
    assert_eq!((&shown["status"], &shown["name"]), (&json!("active"), &json!("worker")));
    let key = server.make_key(json!({"name": "k", "scope": "read-write", "serviceAccountId": account})).await;
    assert_eq!(verdict(&server, &key["key"], "workflow:run").await, "VALID");
    assert_eq!(verdict(&server, &key["key"], "invoice:read").await, "INSUFFICIENT_PERMISSIONS");
    let me = server.ask(&bearer(&key), "GET", "/v1/whoami", None).await.data();
    assert_eq!(me["serviceAccount"]["id"], account.as_str());

    assert_eq!(server.root("POST", &format!("{path}/disable"), None).await.data()["status"], "disabled");
    assert_eq!(verdict(&server, &key["key"], "workflow:run").await, "DISABLED");
    server.ask(&bearer(&key), "GET", "/v1/whoami", None).await.assert_failed(401, "disabled");
    assert_eq!(server.root("POST", &format!("{path}/enable"), None).await.data()["status"], "active");
    assert_eq!(verdict(&server, &key["key"], "workflow:run").await, "VALID");
    let again = server.root("POST", "/v1/service-accounts", Some(json!({"name": "worker"}))).await;
    again.assert_failed(409, "the name is taken");

    let deleted = server.root("DELETE", &path, None).await;
    assert_eq!((deleted.status.as_u16(), deleted.json().get("data")), (200, None));
    assert_eq!(verdict(&server, &key["key"], "workflow:run").await, "REVOKED");
    server.root("GET", &path, None).await.assert_failed(404, "deleted");
    let for_nobody = json!({"name": "k", "serviceAccountId": account});
    let for_nobody = server.root("POST", "/v1/api-keys", Some(for_nobody)).await;
    for_nobody.assert_failed(400, "an unknown service account");
    assert_eq!(for_nobody.fields(), ["serviceAccountId"]);
}

#[tokio::test]
async fn a_revoked_key_is_refused_at_once_and_stays_readable() {
    let server = Server::start().await;
    let key = server.make_key(json!({"name": "k"})).await;
    let path = format!("/v1/api-keys/{}", key["id"].as_str().unwrap());
    assert_eq!(server.ask(&bearer(&key), "GET", "/v1/api-keys/self", None).await.status, 200);
    let revoked = server.root("DELETE", &path, None).await;
    assert_eq!((revoked.status.as_u16(), revoked.json()["message"].as_str()), (200, Some("success")));
    assert_eq!(revoked.json().get("data"), None);
    server.ask(&bearer(&key), "GET", "/v1/api-keys/self", None).await.assert_failed(401, "revoked");
    assert_eq!(server.root("GET", &path, None).await.data()["revokedAt"], "2026-11-21T09:30:00.000Z");
}

#[tokio::test]
async fn permissions_are_spelt_with_colons() {
    let server = Server::start().await;
    let spelt = [
        "apikey:create",
        "apikey:read",
        "apikey:revoke",
        "service_account:read",
        "service_account:write",
        "org:read",
        "org:update",
        "member:invite",
        "member:remove",
        "member:update_role",
        "workflow:*",
    ];
    let body = json!({"name": "k", "scope": "read-write", "permissions": spelt});
    let key = server.make_key(body).await;
    assert_eq!(key["permissions"], json!(spelt), "answered as they were spelt");
    let who = bearer(&key);
    let ask =
        async |method: &str, path: &str, body: Option<Value>| server.ask(&who, method, path, body).await;
    let made = ask("POST", "/v1/api-keys", Some(json!({"name": "x", "permissions": ["workflow:run"]}))).await;
    assert_eq!(made.status, 200, "apikey:create: {}", made.text);
    let made = format!("/v1/api-keys/{}", made.data()["id"].as_str().unwrap());
    assert_eq!(ask("GET", &made, None).await.status, 200, "apikey:read");
    ask("PATCH", &made, Some(json!({"name": "y"})))
        .await
        .assert_failed(403, "there is no apikey:update here");
    assert_eq!(ask("DELETE", &made, None).await.status, 200, "apikey:revoke");
    let account = ask("POST", "/v1/service-accounts", Some(json!({"name": "a"}))).await;
    assert_eq!(account.status, 200, "service_account:write: {}", account.text);
    assert_eq!(ask("GET", "/v1/service-accounts", None).await.status, 200, "service_account:read");
    let organizations = ask("GET", "/v1/organizations", None).await.data();
    let organization = organizations["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/organizations/{organization}");
    assert_eq!(ask("PATCH", &path, Some(json!({"description": "d"}))).await.status, 200, "org:update");
    // `member:invite` means `member.create`, which hands out no role beyond what the key has itself.
    let members = format!("/v1/orgs/{organization}/members");
    let invited = ask("POST", &members, Some(json!({"email": "v@example.com", "role": "owner"}))).await;
    invited.assert_failed(403, "a role beyond the key's own access");
    ask("GET", &members, None).await.assert_failed(403, "member:read was not given");
    for permission in ["workflow:run", "workflow.run", "apikey:create", "apiKey.create", "apiKey.delete"] {
        assert_eq!(verdict(&server, &key["key"], permission).await, "VALID", "{permission}");
    }
    for permission in
        ["invoice:read", "apiKey.update", "apiKey.manage", "organization.delete", "workflow:a:b"]
    {
        assert_eq!(
            verdict(&server, &key["key"], permission).await,
            "INSUFFICIENT_PERMISSIONS",
            "{permission}"
        );
    }
}

#[tokio::test]
async fn who_one_is_and_where() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let key = server.ask(&owner, "POST", "/v1/api-keys", Some(json!({"name": "mine"}))).await.data();
    let me = server.ask(&bearer(&key), "GET", "/v1/whoami", None).await.data();
    assert_eq!(me["user"]["email"], "owner@example.com");
    assert_eq!((&me["role"], &me["scope"]), (&json!("owner"), &json!("read")));
    assert_eq!(me["apiKey"]["id"], key["id"]);
    assert_eq!(me["organizationId"], key["organizationId"]);
    let made = server.ask(&owner, "POST", "/v1/organizations", Some(json!({"name": "Acme"}))).await.data();
    let listed = server.ask(&owner, "GET", "/v1/organizations", None).await.data();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    for field in ["id", "slug", "name", "createdBy", "createdAt", "updatedAt"] {
        assert!(made[field].is_string(), "{field}: {made}");
    }
    assert!(made["number"].is_i64() && made.get("description").is_none());
    let path = format!("/v1/organizations/{}", made["id"].as_str().unwrap());
    assert_eq!(server.ask(&owner, "GET", &path, None).await.data(), made);
    server.ask(&bearer(&key), "GET", &path, None).await.assert_failed(403, "another than the key's own");
}

#[tokio::test]
async fn failures_are_told_as_documented() {
    let server = Server::start().await;
    let empty = server.root("POST", "/v1/api-keys", Some(json!({}))).await;
    empty.assert_failed(400, "{}");
    assert_eq!(empty.json()["message"], "name is required");
    assert_eq!(empty.json()["details"], json!([{"field": "name", "message": "is required"}]));
    let several = json!({"name": "", "expiresAt": "yesterday", "scope": "write", "serviceAccountId": "x"});
    let several = server.root("POST", "/v1/api-keys", Some(several)).await;
    several.assert_failed(400, "all that is wrong at once");
    assert_eq!(
        several.fields().into_iter().collect::<BTreeSet<_>>(),
        ["expiresAt", "name", "scope", "serviceAccountId"].map(str::to_owned).into()
    );
    let misspelt = json!({"name": "k", "expires_at": "2030-01-01T00:00:00Z"});
    let misspelt = server.root("POST", "/v1/api-keys", Some(misspelt)).await;
    assert_eq!((misspelt.status.as_u16(), misspelt.fields()), (400, vec!["expires_at".to_owned()]));
    let nobody = server.ask(&Who::Nobody, "POST", "/v1/api-keys", Some(json!({"name": "k"}))).await;
    nobody.assert_failed(401, "nobody");
    assert_eq!(nobody.header("www-authenticate"), Some("Bearer"));
    too_many(&server).await;
}

async fn too_many(server: &Server) {
    for _ in 0..10_000 {
        let wrong = server.ask(&Who::Key("kw_nonsense".to_owned()), "GET", "/v1/whoami", None).await;
        if is_too_many(&wrong) {
            wrong.assert_failed(429, "too many wrong keys");
            assert!(wrong.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
            return;
        }
    }
    panic!("10,000 wrong keys in no time were all looked at");
}

fn is_too_many(reply: &Reply) -> bool {
    reply.status == 429
}

/// The fields of an entry in the documented list of requests.
const REQUEST_FIELDS: [&str; 14] = [
    "apiKeyId",
    "clientIp",
    "createdAt",
    "durationMs",
    "id",
    "method",
    "organizationId",
    "path",
    "requestId",
    "routePattern",
    "serviceAccountId",
    "statusCode",
    "userAgent",
    "userId",
];

async fn requests(server: &Server, query: &str) -> Vec<Value> {
    server.engine.write_uses().await.unwrap();
    let reply = server.root("GET", &format!("/v1/api-keys/requests{query}"), None).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.data()["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn requests_of_keys_are_listed_with_the_documented_fields() {
    let server = Server::start().await;
    let account = service_account(&server, "worker", &["all"]).await;
    let body = json!({"name": "k", "serviceAccountId": account, "permissions": ["apiKey.read"]});
    let key = server.make_key(body).await;
    let path = format!("/v1/api-keys/{}", key["id"].as_str().unwrap());
    let request = harness::request(&bearer(&key), "GET", &format!("{path}?secret=x"))
        .header("user-agent", "exporter/2.1");
    let refused = server.send(request.body("".into()).unwrap()).await;
    refused.assert_failed(400, "an unknown parameter");
    server.advance(1);
    let request = harness::request(&bearer(&key), "GET", &path).header("x-request-id", "mine-7");
    assert_eq!(server.send(request.body("".into()).unwrap()).await.status, 200);
    server.advance(1);
    let asked = json!({
        "key": key["key"], "permissions": "asset.read", "method": "PUT", "ip": "198.51.100.7",
        "userAgent": "curl/8", "path": "/photos/7?key=x",
    });
    let verified = server.root("POST", "/v1/api-keys/verify", Some(asked)).await;
    assert_eq!(verified.data()["code"], "INSUFFICIENT_PERMISSIONS");

    let told =
        requests(&server, &format!("?apiKeyId={}&limit=10&offset=0", key["id"].as_str().unwrap())).await;
    assert_eq!(told.len(), 3, "{told:?}");
    for entry in &told {
        for field in entry.as_object().unwrap().keys() {
            assert!(REQUEST_FIELDS.contains(&field.as_str()), "{field}");
        }
        assert_eq!(entry["apiKeyId"], key["id"]);
        assert_eq!(entry["serviceAccountId"], account.as_str());
        assert_eq!(entry["organizationId"], key["organizationId"]);
        assert!(entry.get("userId").is_none() && !entry.to_string().contains("null"), "{entry}");
    }
    let (verified_entry, read, failed) = (&told[0], &told[1], &told[2]);
    assert_eq!(verified_entry["createdAt"], "2026-11-21T09:30:02.000Z");
    assert_eq!(verified_entry["method"], "PUT");
    assert_eq!(verified_entry["path"], "/photos/7");
    assert_eq!(verified_entry["clientIp"], "198.51.100.7");
    assert_eq!(verified_entry["userAgent"], "curl/8");
    assert_eq!(verified_entry["statusCode"], 403);
    assert_eq!(verified_entry["requestId"].as_str(), verified.header("x-request-id"));
    assert!(verified_entry.get("durationMs").is_none() && verified_entry.get("routePattern").is_none());
    assert_eq!((&read["requestId"], &read["statusCode"]), (&json!("mine-7"), &json!(200)));
    assert_eq!((&read["method"], &read["path"]), (&json!("GET"), &json!(path)));
    assert_eq!(read["routePattern"], "/v1/api-keys/{id}");
    assert_eq!(read["clientIp"], "203.0.113.7");
    assert!(read["durationMs"].is_u64());
    assert_eq!((&failed["statusCode"], &failed["path"]), (&json!(400), &json!(path)));
    assert_eq!(failed["userAgent"], "exporter/2.1");

    assert_eq!(requests(&server, &format!("?serviceAccountId={account}")).await, told);
    // The root key's own requests are in the organization's list, a person's.
    let all = requests(&server, "").await;
    assert!(all.len() > told.len());
    assert!(all.iter().any(|entry| entry["userId"].is_string() && entry["path"] == "/v1/api-keys/verify"));
    // In pages.
    let first = server
        .root("GET", &format!("/v1/api-keys/requests?serviceAccountId={account}&limit=2"), None)
        .await
        .data();
    assert_eq!((first["items"].as_array().unwrap(), &first["hasMore"]), (&told[..2].to_vec(), &json!(true)));
    let cursor = first["nextCursor"].as_str().unwrap();
    let rest = requests(&server, &format!("?serviceAccountId={account}&cursor={cursor}")).await;
    assert_eq!(rest, told[2..]);
}

#[tokio::test]
async fn requests_of_others_keys_are_as_good_as_unknown() {
    let server = Server::start().await;
    server.set_up().await;
    let (_, developer) = server.join("dev@example.com", "developer").await;
    let key = server.make_key(json!({"name": "k", "permissions": ["asset.read"]})).await;
    assert_eq!(verdict(&server, &key["key"], "asset.read").await, "VALID");
    server.engine.write_uses().await.unwrap();
    let ask = async |query: String| {
        let reply = server.ask(&developer, "GET", &format!("/v1/api-keys/requests?{query}"), None).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.data()
    };
    let unknown = ask("apiKeyId=0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10".to_owned()).await;
    assert_eq!(unknown["items"], json!([]));
    assert_eq!(ask(format!("apiKeyId={}", key["id"].as_str().unwrap())).await, unknown);
    assert_eq!(ask(String::new()).await, unknown);
}

#[tokio::test]
async fn odd_headers_are_harmless_in_the_log() {
    let server = Server::start().await;
    let key = server.make_key(json!({"name": "k"})).await;
    let odd: [&[u8]; 6] = [
        b"\xff\xfe",
        b"\x1b[31m\t<script>alert(1)</script>",
        &b"x".repeat(5_000),
        "\u{202e}abc\u{2028}".as_bytes(),
        key["key"].as_str().unwrap().as_bytes(),
        b"",
    ];
    for agent in odd {
        // A tab is the one control character that HTTP lets through.
        let Ok(agent) = axum::http::HeaderValue::from_bytes(agent) else { continue };
        let request =
            harness::request(&bearer(&key), "GET", "/v1/%0a%00%ff/nothing?q").header("user-agent", agent);
        assert_eq!(server.send(request.body("".into()).unwrap()).await.status, 404);
        let request = harness::request(&bearer(&key), "GET", "/v1/api-keys/self");
        assert_eq!(server.send(request.body("".into()).unwrap()).await.status, 200);
        server.advance(1);
    }
    for entry in requests(&server, &format!("?apiKeyId={}", key["id"].as_str().unwrap())).await {
        let text = entry.to_string();
        assert!(text.len() < 2_000 && !text.contains(key["key"].as_str().unwrap()), "{text}");
        for value in entry.as_object().unwrap().values().filter_map(Value::as_str) {
            assert!(!value.chars().any(char::is_control) && !value.contains('\u{202e}'), "{value:?}");
        }
    }
}
