//! `/organizations`: every call, field and status.

use serde_json::json;

use crate::client::{ask, assert_failed, draft, made_of, owner};
use crate::harness::{Server, Who};

#[tokio::test]
async fn an_organization_is_made_renamed_and_closed() {
    let server = Server::start().await;
    let (session, _) = owner(&server).await;
    let body = json!({"organization_name": "Harbour"});
    let made = server.ask(&session, "POST", "/organizations", Some(body)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.json();
    let mut fields: Vec<&String> = made.as_object().unwrap().keys().collect();
    fields.sort_unstable();
    assert_eq!(fields, ["created_on", "id", "organization_id", "organization_name"]);
    assert_eq!(made["id"], made["organization_id"]);
    assert_eq!(made["organization_name"], "Harbour");
    assert_eq!(made["created_on"], "2026-11-21T09:30:00.000+00:00");
    let path = format!("/organizations/{}", made["organization_id"]);
    assert_eq!(server.ask(&session, "GET", &path, None).await.json(), made);

    let key = json!({"key_name": "k", "key_scope": "READ,MANAGE", "organization_id": made["id"]});
    let key = made_of(&server.ask(&session, "POST", "/api_keys", Some(key)).await);
    let rename = json!({"id": made["id"], "organization_name": "Haven"});
    let renamed = ask(&server, &key.key, "PUT", "/organizations", Some(rename)).await;
    assert_eq!((renamed.status.as_u16(), &renamed.json()["organization_name"]), (200, &json!("Haven")));
    // What was read may be sent back whole, and a number may stand in quotes.
    let whole = renamed.json();
    assert_eq!(ask(&server, &key.key, "PUT", "/organizations", Some(whole.clone())).await.json(), whole);
    let quoted = json!({"id": made["id"].to_string(), "organization_name": "Haven"});
    assert_eq!(ask(&server, &key.key, "PUT", "/organizations", Some(quoted)).await.status, 200);

    let closed = ask(&server, &key.key, "DELETE", &path, None).await;
    assert_eq!((closed.status.as_u16(), closed.text.as_str()), (204, ""));
    assert_failed(&ask(&server, &key.key, "GET", &path, None).await, 401, "unauthorized", None, "its key");
    assert_failed(&server.ask(&session, "GET", &path, None).await, 404, "not_found", None, "closed");
}

#[tokio::test]
async fn the_last_one_stays() {
    let server = Server::start().await;
    let (session, olive) = owner(&server).await;
    let refused = server.ask(&session, "DELETE", "/organizations/1", None).await;
    assert_failed(&refused, 409, "conflict", None, "session");
    let refused = ask(&server, &olive.key, "DELETE", "/organizations/1", None).await;
    assert_failed(&refused, 409, "conflict", None, "key");
    assert_eq!(ask(&server, &olive.key, "GET", "/organizations/1", None).await.status, 200);
}

#[tokio::test]
async fn a_list_is_a_bare_array_of_those_one_belongs_to() {
    let server = Server::start().await;
    let (session, olive) = owner(&server).await;
    let body = json!({"organization_name": "Other"});
    let other = ask(&server, &olive.key, "POST", "/organizations", Some(body)).await;
    assert_eq!(other.status, 201, "{}", other.text);
    let names = |reply: crate::harness::Reply| -> Vec<String> {
        assert_eq!(reply.status, 200, "{}", reply.text);
        let name = |one: &serde_json::Value| one["organization_name"].as_str().unwrap().to_owned();
        reply.json().as_array().unwrap().iter().map(name).collect()
    };
    let mut of_session = names(server.ask(&session, "GET", "/organizations", None).await);
    of_session.sort();
    assert_eq!(of_session, ["Other", "default"]);
    assert_eq!(names(ask(&server, &olive.key, "GET", "/organizations", None).await), ["default"]);
}

#[tokio::test]
async fn a_key_stays_in_its_own() {
    let server = Server::start().await;
    let (session, olive) = owner(&server).await;
    let body = json!({"organization_name": "Other"});
    let other = server.ask(&session, "POST", "/organizations", Some(body)).await.json()["id"].clone();
    for (method, path, body) in [
        ("GET", "/organizations/{}", None),
        ("DELETE", "/organizations/{}", None),
        ("PUT", "/organizations", Some(())),
    ] {
        let mut told = std::collections::BTreeSet::new();
        for number in [other.to_string(), "4711".to_owned()] {
            let body = body.map(|()| json!({"id": number, "organization_name": "Mine"}));
            let refused = ask(&server, &olive.key, method, &path.replace("{}", &number), body).await;
            assert_failed(&refused, 403, "forbidden", None, method);
            told.insert(refused.text);
        }
        assert_eq!(told.len(), 1, "one that is there is not told from one that is not: {told:?}");
    }
    // Nor does a stranger's session learn what there is.
    let (_, stranger) = server.join("dev@example.com", "developer").await;
    for number in [other.to_string(), "4711".to_owned()] {
        let path = format!("/organizations/{number}");
        assert_failed(&server.ask(&stranger, "GET", &path, None).await, 404, "not_found", None, &path);
    }
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let server = Server::start().await;
    let (session, _) = owner(&server).await;
    let long = "x".repeat(256);
    for (method, body, field) in [
        ("POST", json!({}), "organization_name"),
        ("POST", json!({"organization_name": null}), "organization_name"),
        ("POST", json!({"organization_name": ""}), "organization_name"),
        ("POST", json!({"organization_name": 7}), "organization_name"),
        ("POST", json!({"organization_name": long}), "organization_name"),
        ("POST", json!({"name": "x"}), "name"),
        ("PUT", json!({"organization_name": "x"}), "id"),
        ("PUT", json!({"id": 1}), "organization_name"),
        ("PUT", json!({"id": 1.5, "organization_name": "x"}), "id"),
        ("PUT", json!({"id": "one", "organization_name": "x"}), "id"),
        ("PUT", json!({"id": 1, "organization_id": 2, "organization_name": "x"}), "organization_id"),
    ] {
        let reply = server.ask(&session, method, "/organizations", Some(body.clone())).await;
        assert_failed(&reply, 400, "bad_request", Some(field), &format!("{method} {body}"));
    }
    for path in ["/organizations/one", "/organizations/1.0", "/organizations/9223372036854775808"] {
        let reply = server.ask(&session, "GET", path, None).await;
        assert_failed(&reply, 400, "bad_request", Some("organization_id"), path);
    }
}

#[tokio::test]
async fn a_service_account_makes_none() {
    let server = Server::start().await;
    let account =
        json!({"name": "worker", "permissions": ["all", "organization.create", "organization.read"]});
    let account = server.root("POST", "/v1/service-accounts", Some(account)).await.data()["id"].clone();
    let key = json!({"name": "k", "serviceAccountId": account, "scope": "read-write"});
    let key = server.make_key(key).await["key"].as_str().unwrap().to_owned();
    let body = json!({"organization_name": "x"});
    assert_failed(
        &ask(&server, &key, "POST", "/organizations", Some(body)).await,
        403,
        "forbidden",
        None,
        "no person",
    );
    let made = ask(&server, &key, "POST", "/api_keys", Some(draft("k", &["READ"]))).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let nobody = server.ask(&Who::Nobody, "GET", "/organizations", None).await;
    assert_failed(&nobody, 401, "unauthorized", None, "nobody");
}
