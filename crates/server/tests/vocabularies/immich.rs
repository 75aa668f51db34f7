//! What is said in Immich's words means the same in the others', and what the others made is told in its words.

use keywright_domain::immich_permissions;
use serde_json::{Value, json};

use crate::harness::{PASSWORD, Reply, Server, Who, request};
use crate::{LACKING, VALID, VERBS, made_by_scope, made_natively, verdict, who};

/// Asks below `/api`, a session as that system's clients show it.
async fn ask(server: &Server, caller: &Who, method: &str, path: &str, body: Option<Value>) -> Reply {
    let request = request(&Who::Nobody, method, path);
    let request = match caller {
        Who::Nobody => request,
        Who::Key(key) => request.header("x-api-key", key),
        Who::Session(token) => request.header("x-immich-user-token", token),
    };
    let request = match body {
        Some(body) => request.header("content-type", "application/json").body(body.to_string().into()),
        None => request.body("".into()),
    };
    server.send(request.unwrap()).await
}

/// A key as the Immich dialect makes it.
async fn made(server: &Server, by: &Who, permissions: &[&str]) -> Value {
    let body = json!({"name": "k", "permissions": permissions});
    let made = ask(server, by, "POST", "/api/api-keys", Some(body)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json()
}

fn id(made: &Value) -> &str {
    made["apiKey"]["id"].as_str().unwrap()
}

/// The verbs of the built-in catalogue, by permission.
async fn verb_of(server: &Server, name: &str) -> String {
    let items = server.root("GET", "/v1/permissions", None).await.data()["items"].clone();
    let mut items = items.as_array().unwrap().iter();
    let entry = items.find(|item| item["name"] == name).unwrap_or_else(|| panic!("{name} is not there"));
    entry["verb"].as_str().unwrap().to_owned()
}

const METHODS: [(&str, &str); 6] = [
    ("GET", "READ"),
    ("HEAD", "READ"),
    ("POST", "CREATE"),
    ("PUT", "UPDATE"),
    ("PATCH", "UPDATE"),
    ("DELETE", "DELETE"),
];

#[tokio::test]
async fn each_permission_verifies_by_its_name_and_by_the_method_of_its_verb() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    // One key for each of a list that has every verb in it; what a key was not given it does not do.
    for (given, foreign) in [
        ("asset.read", "asset.delete"),
        ("album.download", "album.create"),
        ("asset.upload", "asset.read"),
        ("asset.share", "asset.update"),
        ("tag.asset", "tag.read"),
        ("memory.delete", "memory.update"),
        ("adminUser.update", "user.update"),
        ("apiKey.read", "apiKey.create"),
        ("sync.stream", "syncCheckpoint.read"),
    ] {
        let made = made(&server, &owner, &[given]).await;
        let key = who(&made, "secret");
        let verb = verb_of(&server, given).await;
        assert_eq!(verdict(&server, &key, Some(given), None).await, VALID, "{given}");
        assert_eq!(verdict(&server, &key, Some(foreign), None).await, LACKING, "{given}: {foreign}");
        assert_eq!(verdict(&server, &key, Some("invoice.send"), None).await, LACKING, "{given}");
        for (method, of_method) in METHODS {
            let expected = if verb == of_method { VALID } else { LACKING };
            assert_eq!(verdict(&server, &key, None, Some(method)).await, expected, "{given} by {method}");
            let both = verdict(&server, &key, Some(given), Some(method)).await;
            assert_eq!(both, expected, "{given} and {method}");
        }
    }
}

#[tokio::test]
async fn all_of_the_enumeration_verifies_and_all_means_more() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let every: Vec<&str> = immich_permissions().collect();
    let listed: Vec<&str> = every.iter().copied().filter(|name| *name != "all").collect();
    let (by_name, by_all) = (
        who(&made(&server, &owner, &listed).await, "secret"),
        who(&made(&server, &owner, &["all"]).await, "secret"),
    );
    for name in &listed {
        assert_eq!(verdict(&server, &by_name, Some(name), None).await, VALID, "{name}");
        assert_eq!(verdict(&server, &by_all, Some(name), None).await, VALID, "{name}");
    }
    // A list is what it lists; `all` is everything, also what that system has no word for.
    for beyond in ["invoice.send", "serviceAccount.create"] {
        assert_eq!(verdict(&server, &by_name, Some(beyond), None).await, LACKING, "{beyond}");
        assert_eq!(verdict(&server, &by_all, Some(beyond), None).await, VALID, "{beyond}");
    }
}

#[tokio::test]
async fn lowering_a_role_shrinks_keys_of_this_make_too() {
    let server = Server::start().await;
    server.set_up().await;
    let (member, session) = server.join("dev@example.com", "developer").await;
    let keys = [
        made(&server, &session, &["all"]).await,
        made(&server, &session, &["asset.read", "asset.delete", "apiKey.read", "apiKey.create"]).await,
    ];
    let organization = server.root("GET", "/v1/whoami", None).await.data()["organizationId"].clone();
    let path =
        format!("/v1/orgs/{}/members/{}", organization.as_str().unwrap(), member["id"].as_str().unwrap());
    for (role, more, creates) in
        [("developer", VALID, 201), ("viewer", LACKING, 403), ("developer", VALID, 201)]
    {
        assert_eq!(server.root("PATCH", &path, Some(json!({"role": role}))).await.status, 200);
        for key in &keys {
            let bearer = who(key, "secret");
            assert_eq!(verdict(&server, &bearer, Some("asset.read"), Some("GET")).await, VALID, "{role}");
            assert_eq!(verdict(&server, &bearer, Some("asset.delete"), Some("DELETE")).await, more, "{role}");
            // What the key says of itself stays as it was written; what it does follows its owner.
            let body = json!({"permissions": ["asset.read"]});
            let created = ask(&server, &bearer, "POST", "/api/api-keys", Some(body)).await;
            assert_eq!(created.status, creates, "{role}: {}", created.text);
            let shown = ask(&server, &bearer, "GET", "/api/api-keys/me", None).await.json();
            assert_eq!(shown["permissions"], key["apiKey"]["permissions"]);
        }
    }
    assert_eq!(server.root("DELETE", &path, None).await.status, 200);
    for key in &keys {
        assert_eq!(verdict(&server, &who(key, "secret"), None, None).await, "REVOKED");
        let gone = ask(&server, &who(key, "secret"), "GET", "/api/api-keys/me", None).await;
        assert_eq!(gone.status, 401, "{}", gone.text);
    }
}

#[tokio::test]
async fn what_is_made_here_shows_in_the_others_and_goes_with_them() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    for (permissions, scope) in [
        (json!(["asset.read"]), "read-write"),
        (json!(["asset.upload", "asset.read", "asset.upload"]), "read-write"),
        (json!(["all"]), "read-write"),
    ] {
        let body = json!({"name": "k", "permissions": permissions});
        let made = ask(&server, &owner, "POST", "/api/api-keys", Some(body)).await.json();
        let path = format!("/v1/api-keys/{}", id(&made));
        let native = server.ask(&owner, "GET", &path, None).await.data();
        assert_eq!((&native["permissions"], &native["scope"]), (&permissions, &json!(scope)));
        assert_eq!((&native["name"], &native["verbs"]), (&made["apiKey"]["name"], &json!(VERBS)));
        assert_eq!(native["createdAt"], made["apiKey"]["createdAt"]);
        let there = format!("/api_keys/{}", native["number"]);
        let seen = server.ask(&owner, "GET", &there, None).await.json();
        assert_eq!((&seen["key_scope"], &seen["key_name"]), (&json!(VERBS), &native["name"]));
        assert!(seen.get("permissions").is_none() && seen.get("api_key").is_none(), "{seen}");
        // What the native API narrows is narrowed here: a key that only reads has those of its list that read.
        let reads = json!({"scope": "read", "name": "renamed"});
        assert_eq!(server.ask(&owner, "PATCH", &path, Some(reads)).await.status, 200);
        let here = format!("/api/api-keys/{}", id(&made));
        let narrowed = ask(&server, &owner, "GET", &here, None).await.json();
        assert_eq!(narrowed["name"], "renamed");
        let told = narrowed["permissions"].as_array().unwrap();
        assert!(told.contains(&json!("asset.read")), "{narrowed}");
        assert!(!told.contains(&json!("asset.upload")) && !told.contains(&json!("all")), "{narrowed}");
        assert_eq!(server.ask(&owner, "GET", &there, None).await.json()["key_scope"], json!(["READ"]));
        // What one dialect deletes is as unknown to both as what nobody has, and revoked in the native API.
        let (deleter, other) = if scope_is_first(&permissions) { (&there, &here) } else { (&here, &there) };
        let delete = async |path: &str| {
            if path.starts_with("/api/") {
                ask(&server, &owner, "DELETE", path, None).await
            } else {
                server.ask(&owner, "DELETE", path, None).await
            }
        };
        assert_eq!(delete(deleter).await.status, 204);
        let unknown_here = "/api/api-keys/0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10";
        let mut told = std::collections::BTreeSet::new();
        for path in [here.as_str(), unknown_here] {
            let reply = ask(&server, &owner, "GET", path, None).await;
            assert_eq!(reply.status, 400, "{}", reply.text);
            told.insert(reply.json()["message"].to_string());
        }
        assert_eq!(told.len(), 1, "{told:?}");
        let mut told = std::collections::BTreeSet::new();
        for path in [there.as_str(), "/api_keys/4711"] {
            let reply = server.ask(&owner, "GET", path, None).await;
            assert_eq!(reply.status, 404, "{}", reply.text);
            told.insert(reply.text);
        }
        assert_eq!(told.len(), 1, "{told:?}");
        assert!([400, 404].contains(&delete(other).await.status.as_u16()));
        assert_eq!(ask(&server, &owner, "GET", "/api/api-keys", None).await.json(), json!([]));
        assert_eq!(server.ask(&owner, "GET", "/api_keys", None).await.json(), json!([]));
        assert_eq!(server.ask(&owner, "GET", &path, None).await.data()["status"], "revoked");
        let bearer = who(&made, "secret");
        assert_eq!(verdict(&server, &bearer, None, None).await, "REVOKED");
        let unknown = Who::Key("kw_nobody".to_owned());
        let (gone, never) = (
            ask(&server, &bearer, "GET", "/api/api-keys", None).await,
            ask(&server, &unknown, "GET", "/api/api-keys", None).await,
        );
        assert_eq!((gone.status.as_u16(), never.status.as_u16()), (401, 401));
        assert_eq!(gone.json()["message"], never.json()["message"]);
    }
}

/// Which dialect deletes: each has its turn.
fn scope_is_first(permissions: &Value) -> bool {
    permissions.as_array().unwrap().len() > 1
}

#[tokio::test]
async fn what_the_others_made_is_told_in_the_enumerations_words() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let reading: Vec<&str> = vec!["asset.read", "asset.statistics", "asset.view", "asset.download"];
    let by_scope = made_by_scope(&server, &owner, json!(["READ"])).await;
    let by_pattern = made_natively(&server, &owner, json!({"name": "k", "permissions": ["asset:*"]})).await;
    let listed = ask(&server, &owner, "GET", "/api/api-keys", None).await.json();
    assert_eq!(listed.as_array().unwrap().len(), 2);
    let told = |id: &Value| {
        let mut found = listed.as_array().unwrap().iter();
        found.find(|key| key["id"] == *id).unwrap()["permissions"].clone()
    };
    assert_eq!(told(&by_pattern["id"]), json!(reading));
    let native = server.ask(&owner, "GET", "/v1/api-keys?limit=100", None).await.data()["items"].clone();
    let mut items = native.as_array().unwrap().iter();
    let native = items.find(|item| item["number"] == by_scope["key_id"]).unwrap();
    let told = told(&native["id"]);
    // A READ key of somebody who may do everything has what reads, and nothing else.
    for name in told.as_array().unwrap() {
        assert_eq!(verb_of(&server, name.as_str().unwrap()).await, "READ", "{name}");
    }
    assert!(reading.iter().all(|name| told.as_array().unwrap().contains(&json!(name))), "{told}");
}

#[tokio::test]
async fn a_scope_counts_for_this_dialects_routes_too() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let body = || json!({"permissions": ["apiKey.read"]});
    for (scope, list, create) in [("READ", 200, 403), ("CREATE", 403, 201), ("DELETE", 403, 403)] {
        let key = who(&made_by_scope(&server, &owner, json!([scope])).await, "api_key");
        let listed = ask(&server, &key, "GET", "/api/api-keys", None).await;
        assert_eq!(listed.status, list, "{scope}: {}", listed.text);
        // A key that only creates lacks apiKey.read, so that it cannot give that away either.
        let created = ask(&server, &key, "POST", "/api/api-keys", Some(body())).await;
        let create = if scope == "CREATE" { 400 } else { create };
        assert_eq!(created.status, create, "{scope}: {}", created.text);
    }
    let signed_in = json!({"email": "owner@example.com", "password": PASSWORD});
    let session = ask(&server, &Who::Nobody, "POST", "/api/auth/login", Some(signed_in)).await.json();
    let session = Who::Session(session["accessToken"].as_str().unwrap().to_owned());
    assert_eq!(ask(&server, &session, "GET", "/api/api-keys", None).await.status, 200);
}
