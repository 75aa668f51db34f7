//! One authority model, three vocabularies: what is said in one means the same in the others.

#[path = "../harness/mod.rs"]
mod harness;
mod immich;

use std::collections::BTreeSet;
use std::sync::Arc;

use harness::{Server, Who, request};
use keywright_domain::immich_permissions;
use serde_json::{Value, json};
use tokio::task::JoinSet;

const VERBS: [&str; 5] = ["READ", "CREATE", "UPDATE", "DELETE", "MANAGE"];
const VALID: &str = "VALID";
const LACKING: &str = "INSUFFICIENT_PERMISSIONS";

fn who(object: &Value, field: &str) -> Who {
    Who::Key(object[field].as_str().unwrap().to_owned())
}

/// What `verify` answers to a permission and a method together.
async fn verdict(server: &Server, key: &Who, permission: Option<&str>, method: Option<&str>) -> String {
    let Who::Key(key) = key else { panic!("only keys are verified") };
    let mut body = json!({"key": key});
    if let Some(permission) = permission {
        body["permissions"] = permission.into();
    }
    if let Some(method) = method {
        body["method"] = method.into();
    }
    let reply = server.root("POST", "/v1/api-keys/verify", Some(body)).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.data()["code"].as_str().unwrap().to_owned()
}

/// A key as the `BoltonSea` dialect makes it.
async fn made_by_scope(server: &Server, by: &Who, scope: Value) -> Value {
    let body = json!({"key_name": "k", "key_scope": scope, "organization_id": 1});
    let made = server.ask(by, "POST", "/api_keys", Some(body)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json()
}

/// A key as the native API makes it.
async fn made_natively(server: &Server, by: &Who, body: Value) -> Value {
    let made = server.ask(by, "POST", "/v1/api-keys", Some(body)).await;
    assert_eq!(made.status, 200, "{}", made.text);
    made.data()
}

/// Permission, its verb, and the method of the same verb.
const DEMANDS: [(&str, &str, &str); 7] = [
    ("asset.read", "READ", "GET"),
    ("asset.list", "READ", "HEAD"),
    ("asset.upload", "CREATE", "POST"),
    ("asset.rename", "UPDATE", "PATCH"),
    ("asset.replace", "UPDATE", "PUT"),
    ("asset.delete", "DELETE", "DELETE"),
    ("serviceAccount.create", "MANAGE", ""),
];

#[tokio::test]
async fn a_scope_means_its_verbs_everywhere() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let read_write = json!(VERBS);
    // The same authority in each vocabulary: by BoltonSea's scope, by verbs, by B3OS's scope, by Immich's list.
    let mut table: Vec<(String, Who, Vec<&str>)> = Vec::new();
    for verb in VERBS {
        let key = made_by_scope(&server, &owner, json!([verb])).await;
        table.push((format!("key_scope [{verb}]"), who(&key, "api_key"), vec![verb]));
        let key = made_natively(&server, &owner, json!({"name": "k", "verbs": [verb]})).await;
        table.push((format!("verbs [{verb}]"), who(&key, "key"), vec![verb]));
    }
    for (scope, verbs) in [("READ", vec!["READ"]), ("READ,CREATE,UPDATE,DELETE,MANAGE", VERBS.to_vec())] {
        let key = made_by_scope(&server, &owner, json!(scope)).await;
        table.push((format!("key_scope {scope}"), who(&key, "api_key"), verbs));
    }
    for (name, body, verbs) in [
        ("scope read", json!({"name": "k", "scope": "read"}), vec!["READ"]),
        ("scope read-write", json!({"name": "k", "scope": "read-write"}), VERBS.to_vec()),
        ("all, read", json!({"name": "k", "scope": "read", "permissions": ["all"]}), vec!["READ"]),
        ("all", json!({"name": "k", "permissions": ["all"], "verbs": read_write}), VERBS.to_vec()),
        (
            "asset:*",
            json!({"name": "k", "permissions": ["asset:*", "serviceAccount.create"], "verbs": read_write}),
            VERBS.to_vec(),
        ),
    ] {
        let key = made_natively(&server, &owner, body).await;
        table.push((name.to_owned(), who(&key, "key"), verbs));
    }
    for (name, key, verbs) in &table {
        for (permission, verb, method) in DEMANDS {
            let expected = if verbs.contains(&verb) { VALID } else { LACKING };
            let context = format!("{name}: {permission}");
            assert_eq!(verdict(&server, key, Some(permission), None).await, expected, "{context}");
            if !method.is_empty() {
                assert_eq!(
                    verdict(&server, key, None, Some(method)).await,
                    expected,
                    "{context} by {method}"
                );
                let both = verdict(&server, key, Some(permission), Some(method)).await;
                assert_eq!(both, expected, "{context} and {method}");
            }
        }
    }
}

#[tokio::test]
async fn a_key_made_to_read_reads() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let key = who(&made_by_scope(&server, &owner, json!("READ")).await, "api_key");
    assert_eq!(verdict(&server, &key, Some("asset.read"), None).await, VALID);
    assert_eq!(verdict(&server, &key, None, Some("GET")).await, VALID);
    assert_eq!(verdict(&server, &key, Some("asset.delete"), None).await, LACKING);
    assert_eq!(verdict(&server, &key, None, Some("DELETE")).await, LACKING);
    assert_eq!(verdict(&server, &key, Some("asset.read"), Some("DELETE")).await, LACKING);
    let unknown = json!({"key": "x", "method": "BREW"});
    server.root("POST", "/v1/api-keys/verify", Some(unknown)).await.assert_failed(400, "no verb is guessed");
}

#[tokio::test]
async fn immich_permissions_have_the_verbs_of_the_built_in_catalogue() {
    let server = Server::start().await;
    let items = server.root("GET", "/v1/permissions", None).await.data()["items"].clone();
    let verb_of = |name: &str| {
        let mut items = items.as_array().unwrap().iter();
        let entry = items.find(|item| item["name"] == name).unwrap_or_else(|| panic!("{name} is not there"));
        assert_eq!(entry["builtIn"], true, "{name}");
        entry["verb"].as_str().unwrap().to_owned()
    };
    let all: Vec<&str> = immich_permissions().collect();
    let body = json!({"name": "immich", "permissions": all, "scope": "read-write"});
    let whole = who(&server.make_key(body).await, "key");
    let body = json!({"name": "immich", "permissions": all, "scope": "read"});
    let reading = who(&server.make_key(body).await, "key");
    for name in all.into_iter().filter(|name| *name != "all") {
        assert_eq!(verdict(&server, &whole, Some(name), None).await, VALID, "{name}");
        let expected = if verb_of(name) == "READ" { VALID } else { LACKING };
        assert_eq!(verdict(&server, &reading, Some(name), None).await, expected, "{name}");
    }
    for (name, verb) in [
        ("asset.view", "READ"),
        ("asset.upload", "CREATE"),
        ("asset.share", "UPDATE"),
        ("album.download", "READ"),
        ("face.delete", "DELETE"),
        ("sync.stream", "READ"),
        ("server.about", "READ"),
        ("adminUser.update", "MANAGE"),
    ] {
        assert_eq!(verb_of(name), verb, "{name}");
    }
    // A list of permissions answers methods by the verbs of what is in it.
    let body =
        json!({"name": "immich", "permissions": ["asset.view", "asset.upload"], "scope": "read-write"});
    let some = who(&server.make_key(body).await, "key");
    for (method, expected) in [("GET", VALID), ("POST", VALID), ("PUT", LACKING), ("DELETE", LACKING)] {
        assert_eq!(verdict(&server, &some, None, Some(method)).await, expected, "{method}");
    }
}

#[tokio::test]
async fn a_reading_key_of_a_writing_service_account_only_reads() {
    let server = Server::start().await;
    let body = json!({"name": "worker", "permissions": ["asset.*", "apiKey.create", "apiKey.read"]});
    let account = server.root("POST", "/v1/service-accounts", Some(body)).await.data()["id"].clone();
    let make = async |scope: &str| {
        let body = json!({"name": "k", "serviceAccountId": account, "scope": scope});
        who(&server.make_key(body).await, "key")
    };
    let (reading, writing) = (make("read").await, make("read-write").await);
    for (key, deletes) in [(&reading, LACKING), (&writing, VALID)] {
        assert_eq!(verdict(&server, key, Some("asset.read"), Some("GET")).await, VALID);
        assert_eq!(verdict(&server, key, Some("asset.delete"), Some("DELETE")).await, deletes);
    }
    let body = json!({"key_name": "k", "key_scope": "READ", "organization_id": 1});
    assert_eq!(server.ask(&reading, "POST", "/api_keys", Some(body.clone())).await.status, 403);
    assert_eq!(server.ask(&reading, "POST", "/v1/api-keys", Some(json!({"name": "x"}))).await.status, 403);
    assert_eq!(server.ask(&reading, "GET", "/api_keys", None).await.status, 200);
    assert_eq!(server.ask(&writing, "POST", "/api_keys", Some(body)).await.status, 201);

    let path = format!("/v1/service-accounts/{}", account.as_str().unwrap());
    let less = server.root("PATCH", &path, Some(json!({"permissions": ["asset.read"]}))).await;
    assert_eq!(less.status, 200, "{}", less.text);
    assert_eq!(verdict(&server, &writing, Some("asset.read"), Some("GET")).await, VALID);
    assert_eq!(verdict(&server, &writing, Some("asset.delete"), Some("DELETE")).await, LACKING);
    assert_eq!(server.ask(&writing, "GET", "/api_keys", None).await.status, 403);
}

#[tokio::test]
async fn lowering_a_role_shrinks_live_keys_of_every_make() {
    let server = Server::start().await;
    server.set_up().await;
    let (member, session) = server.join("dev@example.com", "developer").await;
    let keys = [
        who(&made_by_scope(&server, &session, json!(VERBS)).await, "api_key"),
        who(&made_natively(&server, &session, json!({"name": "k", "scope": "read-write"})).await, "key"),
        who(
            &made_natively(
                &server,
                &session,
                json!({"name": "k", "permissions": ["asset.*"], "verbs": VERBS}),
            )
            .await,
            "key",
        ),
    ];
    let organization = server.root("GET", "/v1/whoami", None).await.data()["organizationId"].clone();
    let path =
        format!("/v1/orgs/{}/members/{}", organization.as_str().unwrap(), member["id"].as_str().unwrap());
    for (role, deletes) in [("developer", VALID), ("viewer", LACKING), ("developer", VALID)] {
        assert_eq!(server.root("PATCH", &path, Some(json!({"role": role}))).await.status, 200);
        for key in &keys {
            assert_eq!(verdict(&server, key, Some("asset.read"), Some("GET")).await, VALID, "{role}");
            assert_eq!(verdict(&server, key, Some("asset.delete"), Some("DELETE")).await, deletes, "{role}");
        }
    }
    assert_eq!(server.root("DELETE", &path, None).await.status, 200);
    for key in &keys {
        assert_eq!(verdict(&server, key, None, None).await, "REVOKED");
    }
}

#[tokio::test]
async fn a_changed_verb_tells_which_keys_it_touches_first() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let reading = who(&made_by_scope(&server, &owner, json!("READ")).await, "api_key");
    let declare = async |dry_run: bool| {
        let body = json!({"name": "report.make", "verb": "READ", "dryRun": dry_run});
        let declared = server.root("POST", "/v1/permissions", Some(body)).await;
        assert_eq!(declared.status, 200, "{}", declared.text);
        assert_eq!(declared.data()["verb"], "READ");
        declared.data()["keysTouched"].clone()
    };
    assert_eq!(declare(true).await, 1);
    assert_eq!(verdict(&server, &reading, Some("report.make"), None).await, LACKING);
    assert_eq!(declare(false).await, 1);
    assert_eq!(verdict(&server, &reading, Some("report.make"), Some("GET")).await, VALID);
    assert_eq!(declare(false).await, 0);
}

#[tokio::test]
async fn what_one_made_the_other_sees() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    for (scope, native) in [
        (json!("READ"), "read"),
        (json!(["READ", "DELETE"]), "read-write"),
        (json!(VERBS), "read-write"),
        (json!(["CREATE"]), "read-write"),
    ] {
        let made = made_by_scope(&server, &owner, scope).await;
        let listed = server.ask(&owner, "GET", "/v1/api-keys?limit=100", None).await.data();
        let items = listed["items"].as_array().unwrap();
        let seen = items.iter().find(|item| item["number"] == made["key_id"]).unwrap();
        assert_eq!((&seen["verbs"], &seen["scope"]), (&made["key_scope"], &json!(native)));
        assert_eq!((&seen["name"], &seen["keyPrefix"]), (&made["key_name"], &made["key_prefix"]));
        // What the native API changes is changed there, and what it revokes is gone there.
        let path = format!("/v1/api-keys/{}", seen["id"].as_str().unwrap());
        let there = format!("/api_keys/{}", made["key_id"]);
        let narrower = json!({"name": "renamed", "verbs": [made["key_scope"][0]]});
        assert_eq!(server.ask(&owner, "PATCH", &path, Some(narrower)).await.status, 200);
        let changed = server.ask(&owner, "GET", &there, None).await.json();
        assert_eq!(changed["key_name"], "renamed");
        assert_eq!(changed["key_scope"], json!([made["key_scope"][0]]));
        assert_eq!(server.ask(&owner, "DELETE", &path, None).await.status, 200);
        assert_eq!(server.ask(&owner, "GET", &there, None).await.status, 404);
        assert_eq!(server.ask(&owner, "GET", "/api_keys", None).await.json(), json!([]));
    }
    let native = made_natively(&server, &owner, json!({"name": "n", "scope": "read-write"})).await;
    let there = format!("/api_keys/{}", native["number"]);
    let seen = server.ask(&owner, "GET", &there, None).await.json();
    assert_eq!((&seen["key_scope"], &seen["key_name"]), (&native["verbs"], &native["name"]));
    assert_eq!(server.ask(&owner, "DELETE", &there, None).await.status, 204);
    let path = format!("/v1/api-keys/{}", native["id"].as_str().unwrap());
    assert_eq!(server.ask(&owner, "GET", &path, None).await.data()["status"], "revoked");
    assert_eq!(verdict(&server, &who(&native, "key"), None, None).await, "REVOKED");
}

#[tokio::test]
async fn somebody_elses_is_told_as_nobodys() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let (_, developer) = server.join("dev@example.com", "developer").await;
    let colleagues = made_natively(&server, &owner, json!({"name": "theirs"})).await;
    let other = server.ask(&owner, "POST", "/v1/organizations", Some(json!({"name": "Other"}))).await.data();
    let made = request(&owner, "POST", "/v1/api-keys")
        .header("x-org-id", other["number"].to_string())
        .header("content-type", "application/json");
    let strangers = server.send(made.body(json!({"name": "far"}).to_string().into()).unwrap()).await.data();
    let key = made_natively(&server, &developer, json!({"name": "own", "scope": "read-write"})).await;
    for caller in [developer, who(&key, "key")] {
        for (method, path, field, unknown, body) in [
            ("GET", "/v1/api-keys/{}", "id", json!("0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10"), None),
            ("DELETE", "/v1/api-keys/{}", "id", json!("0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10"), None),
            (
                "PATCH",
                "/v1/api-keys/{}",
                "id",
                json!("0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10"),
                Some(json!({"name": "x"})),
            ),
            (
                "POST",
                "/v1/api-keys/{}/rotate",
                "id",
                json!("0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10"),
                Some(json!({})),
            ),
            ("GET", "/api_keys/{}", "number", json!(4711), None),
            ("DELETE", "/api_keys/{}", "number", json!(4711), None),
        ] {
            let mut told = BTreeSet::new();
            for id in [&colleagues[field], &strangers[field], &unknown] {
                let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
                let asked = request(&caller, method, &path.replace("{}", &id)).header("x-request-id", "r");
                let asked = match &body {
                    Some(body) => {
                        asked.header("content-type", "application/json").body(body.to_string().into())
                    }
                    None => asked.body("".into()),
                };
                let reply = server.send(asked.unwrap()).await;
                assert_eq!(reply.status, 404, "{method} {path}: {}", reply.text);
                told.insert((reply.text, format!("{:?}", reply.headers)));
            }
            assert_eq!(told.len(), 1, "{method} {path}: {told:?}");
        }
    }
    // `verify` knows a stranger's key no better than one that nobody has.
    let far = who(&strangers, "key");
    assert_eq!(verdict(&server, &far, None, None).await, "NOT_FOUND");
}

#[tokio::test]
async fn concurrent_creates_and_deletes_leave_one_truth() {
    let server = Arc::new(Server::start().await);
    let root = Who::Key(server.root_key.clone());
    let mut makers = JoinSet::new();
    for number in 0..40 {
        let (server, root) = (Arc::clone(&server), root.clone());
        makers.spawn(async move {
            if number % 2 == 0 {
                let made = made_by_scope(&server, &root, json!("READ")).await;
                (made["key_id"].as_i64().unwrap(), who(&made, "api_key"))
            } else {
                let made = made_natively(&server, &root, json!({"name": "k"})).await;
                (made["number"].as_i64().unwrap(), who(&made, "key"))
            }
        });
    }
    let made = makers.join_all().await;
    let numbers: BTreeSet<i64> = made.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers.len(), 40);

    // Every second one is deleted, through both at once.
    let listed = server.root("GET", "/v1/api-keys?limit=100", None).await.data();
    let id_of = |number: i64| {
        let mut items = listed["items"].as_array().unwrap().iter();
        items.find(|item| item["number"] == number).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let (deleted, kept) = made.split_at(20);
    let mut deleters = JoinSet::new();
    for (number, _) in deleted {
        for path in [format!("/api_keys/{number}"), format!("/v1/api-keys/{}", id_of(*number))] {
            let server = Arc::clone(&server);
            deleters.spawn(async move { server.root("DELETE", &path, None).await.status.as_u16() });
        }
    }
    let statuses = deleters.join_all().await;
    assert!(statuses.iter().all(|status| [200, 204, 404].contains(status)), "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 20, "natively it may be repeated");

    let there = server.root("GET", "/api_keys", None).await.json();
    let there: BTreeSet<i64> =
        there.as_array().unwrap().iter().map(|key| key["key_id"].as_i64().unwrap()).collect();
    let active = server.root("GET", "/v1/api-keys?limit=100&status=active", None).await.data();
    let active: BTreeSet<i64> =
        active["items"].as_array().unwrap().iter().map(|key| key["number"].as_i64().unwrap()).collect();
    assert_eq!(there, active);
    assert_eq!(there.len(), 21, "the kept ones and the root key");
    for (number, key) in deleted {
        assert_eq!(verdict(&server, key, None, None).await, "REVOKED", "{number}");
    }
    for (number, key) in kept {
        assert!(there.contains(number));
        assert_eq!(verdict(&server, key, None, None).await, VALID, "{number}");
    }
    // The audit log tells of these, and of no other.
    let events = server.root("GET", "/v1/audit-events?action=apiKey.revoke&limit=100", None).await.data();
    let targets: BTreeSet<&str> =
        events["items"].as_array().unwrap().iter().map(|event| event["targetId"].as_str().unwrap()).collect();
    assert_eq!(targets.len(), 20);
}
