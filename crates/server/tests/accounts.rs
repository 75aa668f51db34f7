//! The contract of service accounts, organizations, members, roles, permissions, sessions and the audit log.

mod harness;

use std::time::Duration;

use harness::{PASSWORD, Reply, Server, Who};
use serde_json::{Value, json};

fn names(value: &Value) -> Vec<String> {
    let mut names: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
    names.sort();
    names
}

fn assert_fields(value: &Value, expected: &[&str]) {
    let mut expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
    expected.sort();
    assert_eq!(names(value), expected, "{value}");
}

fn data(reply: &Reply) -> Value {
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.data()
}

async fn verify(server: &Server, key: &Value) -> String {
    let reply = server.root("POST", "/v1/api-keys/verify", Some(json!({"key": key}))).await;
    data(&reply)["code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_service_account_from_its_making_to_its_end() {
    let server = Server::start().await;
    let body =
        json!({"name": "nightly", "description": "exports", "permissions": ["invoice.read", "asset:read"]});
    let made = data(&server.root("POST", "/v1/service-accounts", Some(body.clone())).await);
    let fields = [
        "id",
        "organizationId",
        "name",
        "description",
        "permissions",
        "status",
        "createdBy",
        "createdAt",
        "updatedAt",
    ];
    assert_fields(&made, &fields);
    assert_eq!(made["permissions"], json!(["invoice.read", "asset:read"]));
    assert_eq!(made["status"], "active");
    server.root("POST", "/v1/service-accounts", Some(body)).await.assert_failed(409, "the name is taken");

    let id = made["id"].as_str().unwrap();
    let path = format!("/v1/service-accounts/{id}");
    let key = server.make_key(json!({"name": "k", "serviceAccountId": id})).await;
    assert_eq!((&key["serviceAccountId"], key.get("userId")), (&made["id"], None));
    assert_eq!(verify(&server, &key["key"]).await, "VALID");

    let disabled = data(&server.root("POST", &format!("{path}/disable"), None).await);
    assert_eq!(disabled["status"], "disabled");
    assert!(disabled["disabledAt"].is_string());
    assert_eq!(verify(&server, &key["key"]).await, "DISABLED");
    let enabled = data(&server.root("POST", &format!("{path}/enable"), None).await);
    assert_eq!((&enabled["status"], enabled.get("disabledAt")), (&json!("active"), None));
    assert_eq!(verify(&server, &key["key"]).await, "VALID");

    let changed =
        data(&server.root("PATCH", &path, Some(json!({"name": "daily", "description": null}))).await);
    assert_eq!((&changed["name"], changed.get("description")), (&json!("daily"), None));
    assert_eq!(data(&server.root("GET", &path, None).await), changed);
    let listed = data(&server.root("GET", "/v1/service-accounts", None).await);
    assert_eq!(listed["items"], json!([changed]));

    assert_eq!(names(&server.root("DELETE", &path, None).await.json()), ["code", "message", "requestId"]);
    server.root("GET", &path, None).await.assert_failed(404, "deleted");
    assert_eq!(verify(&server, &key["key"]).await, "REVOKED");
}

#[tokio::test]
async fn the_keys_of_an_owner_share_its_limits() {
    let server = Server::start().await;
    let limits = json!([{"name": "default", "limit": 1, "windowSeconds": 3600}]);
    let body = json!({"name": "nightly", "permissions": ["all"], "rateLimits": limits});
    let account = data(&server.root("POST", "/v1/service-accounts", Some(body)).await);
    assert_eq!(account["rateLimits"], limits);
    let path = format!("/v1/service-accounts/{}", account["id"].as_str().unwrap());
    let key = json!({"name": "k", "permissions": ["asset.read"], "serviceAccountId": account["id"]});
    let (first, second) = (server.make_key(key.clone()).await, server.make_key(key).await);
    let ask = async |key: &Value| {
        data(&server.root("POST", "/v1/api-keys/verify", Some(json!({"key": key["key"]}))).await)
    };
    let shared = ask(&first).await;
    assert_eq!(
        (&shared["code"], &shared["rateLimits"][0]["name"]),
        (&json!("VALID"), &json!("owner:default"))
    );
    let refused = ask(&second).await;
    assert_eq!((&refused["code"], &refused["retryAfterSeconds"]), (&json!("RATE_LIMITED"), &json!(3600)));

    let wider = json!([{"name": "default", "limit": 100, "windowSeconds": 3600}]);
    let changed = data(&server.root("PATCH", &path, Some(json!({"rateLimits": wider}))).await);
    assert_eq!(changed["rateLimits"], wider);
    assert_eq!(ask(&second).await["code"], "VALID");
    let body = json!({"rateLimits": [{"name": "a b", "limit": 0, "windowSeconds": 0}]});
    let refused = server.root("PATCH", &path, Some(body)).await;
    refused.assert_failed(400, "no such limit");
    assert_eq!(refused.json()["details"][0]["field"], "rateLimits[0].name");
    let cleared = data(&server.root("PATCH", &path, Some(json!({"rateLimits": null}))).await);
    assert_eq!(cleared.get("rateLimits"), None);
    assert_eq!(ask(&first).await.get("rateLimits"), None);

    let events = data(&server.root("GET", "/v1/audit-events?action=serviceAccount.update", None).await);
    // The clock stands still, so that their order tells nothing.
    let told =
        events["items"].as_array().unwrap().iter().any(|event| event["details"]["rateLimits"] == wider);
    assert!(told, "{events}");
}

#[tokio::test]
async fn a_members_limits_are_set_and_cleared_without_their_role() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    server.join("ada@example.com", "developer").await;
    let own = server.ask(&owner, "GET", "/v1/whoami", None).await.data();
    let members = format!("/v1/organizations/{}/members", own["organizationId"].as_str().unwrap());
    let listed = data(&server.root("GET", &members, None).await);
    let ada =
        listed["items"].as_array().unwrap().iter().find(|one| one["userEmail"] == "ada@example.com").unwrap();
    let path = format!("{members}/{}", ada["id"].as_str().unwrap());
    let limits = json!([{"name": "default", "limit": 5, "windowSeconds": 60}]);
    let changed = data(&server.root("PATCH", &path, Some(json!({"rateLimits": limits}))).await);
    assert_eq!((&changed["role"], &changed["rateLimits"]), (&json!("developer"), &limits));
    assert_eq!(data(&server.root("GET", &path, None).await), changed);
    let changed =
        data(&server.root("PATCH", &path, Some(json!({"role": "viewer", "rateLimits": null}))).await);
    assert_eq!((&changed["role"], changed.get("rateLimits")), (&json!("viewer"), None));
    for body in [json!({}), json!({"role": null}), json!({"role": null, "rateLimits": []})] {
        let refused = server.root("PATCH", &path, Some(body)).await;
        refused.assert_failed(400, "nothing to change");
        assert_eq!(refused.json()["details"][0]["field"], "role");
    }
}

#[tokio::test]
async fn organizations_have_settings_and_owners() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let made =
        server.ask(&owner, "POST", "/v1/organizations", Some(json!({"name": "Acme", "slug": "acme"}))).await;
    let made = data(&made);
    let fields = [
        "id",
        "number",
        "slug",
        "timeZone",
        "tokensForRestrictedKeys",
        "name",
        "keyPrefix",
        "permissionCatalogue",
        "portal",
        "createdBy",
        "createdAt",
        "updatedAt",
    ];
    assert_fields(&made, &fields);
    assert_eq!((&made["keyPrefix"], &made["permissionCatalogue"]), (&json!("kw"), &json!("open")));
    let again = json!({"name": "Other", "slug": "acme"});
    server
        .ask(&owner, "POST", "/v1/organizations", Some(again))
        .await
        .assert_failed(409, "the slug is taken");

    let path = format!("/v1/organizations/{}", made["id"].as_str().unwrap());
    let settings = json!({
        "name": "Acme Ltd", "description": "x", "keyPrefix": "acme", "defaultExpirySeconds": 3600,
        "maxExpirySeconds": 7200, "permissionCatalogue": "closed",
    });
    let changed = data(&server.ask(&owner, "PATCH", &path, Some(settings.clone())).await);
    for (field, value) in settings.as_object().unwrap() {
        assert_eq!(&changed[field], value, "{field}");
    }
    let cleared = json!({"description": null, "keyPrefix": null, "defaultExpirySeconds": null, "maxExpirySeconds": null, "permissionCatalogue": null});
    let cleared = data(&server.ask(&owner, "PATCH", &path, Some(cleared)).await);
    assert_fields(&cleared, &fields);
    let reply = server.ask(&owner, "PATCH", &path, Some(json!({"name": null}))).await;
    reply.assert_failed(400, "a name is needed");
    assert_eq!(reply.fields(), ["name"]);
    let listed = data(&server.ask(&owner, "GET", "/v1/organizations", None).await);
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn members_are_invited_accept_change_and_go() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let own = data(&server.ask(&owner, "GET", "/v1/whoami", None).await);
    let id = own["organizationId"].as_str().unwrap();
    let members = format!("/v1/organizations/{id}/members");
    let body = json!({"email": "Ada@Example.com", "name": "Ada", "role": "developer"});
    let invited = data(&server.ask(&owner, "POST", &members, Some(body.clone())).await);
    let fields = [
        "id",
        "organizationId",
        "userId",
        "userEmail",
        "userName",
        "role",
        "status",
        "invitedBy",
        "createdAt",
        "updatedAt",
    ];
    assert_fields(&invited, &[&fields[..], &["invitation"]].concat());
    assert_fields(&invited["invitation"], &["token", "path", "expiresAt"]);
    assert_eq!((&invited["userEmail"], &invited["status"]), (&json!("ada@example.com"), &json!("invited")));
    server.ask(&owner, "POST", &members, Some(body)).await.assert_failed(409, "invited already");

    let accept = json!({"token": invited["invitation"]["token"], "password": PASSWORD});
    let accepted = server.ask(&Who::Nobody, "POST", "/v1/invitations/accept", Some(accept.clone())).await;
    assert_eq!(data(&accepted)["member"]["status"], "active");
    assert_fields(&accepted.data()["session"], &["user", "expiresAt"]);
    let ada = Who::Session(accepted.session().unwrap());
    server.ask(&Who::Nobody, "POST", "/v1/invitations/accept", Some(accept)).await.assert_failed(401, "used");
    let key = data(&server.ask(&ada, "POST", "/v1/api-keys", Some(json!({"name": "hers"}))).await);
    assert_eq!(verify(&server, &key["key"]).await, "VALID");

    let member = format!("/v1/orgs/{id}/members/{}", invited["id"].as_str().unwrap());
    let promoted = data(&server.ask(&owner, "PATCH", &member, Some(json!({"role": "admin"}))).await);
    assert_fields(&promoted, &[&fields[..], &["acceptedAt"]].concat());
    assert_eq!(promoted["role"], "admin");
    assert_eq!(data(&server.ask(&ada, "GET", "/v1/whoami", None).await)["role"], "admin");
    assert_eq!(data(&server.ask(&owner, "GET", &member, None).await)["role"], "admin");

    data_of_delete(&server.ask(&owner, "DELETE", &member, None).await);
    assert_eq!(verify(&server, &key["key"]).await, "REVOKED");
    server.ask(&ada, "GET", "/v1/whoami", None).await.assert_failed(401, "no member any more");
    server.ask(&owner, "GET", &member, None).await.assert_failed(404, "gone");
}

fn data_of_delete(reply: &Reply) {
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(names(&reply.json()), ["code", "message", "requestId"]);
}

#[tokio::test]
async fn roles_give_keys_what_they_grant() {
    let server = Server::start().await;
    let body = json!({"name": "bookkeeping", "permissions": ["invoice.read"]});
    let role = data(&server.root("POST", "/v1/roles", Some(body.clone())).await);
    assert_fields(
        &role,
        &["id", "organizationId", "name", "permissions", "createdBy", "createdAt", "updatedAt"],
    );
    server.root("POST", "/v1/roles", Some(body)).await.assert_failed(409, "the name is taken");
    let path = format!("/v1/roles/{}", role["id"].as_str().unwrap());
    let key = server.make_key(json!({"name": "k", "permissions": [], "roleIds": [role["id"]]})).await;
    assert_eq!(key["roleIds"], json!([role["id"]]));
    let may = async |permission: &str| {
        let body = json!({"key": key["key"], "permissions": permission});
        data(&server.root("POST", "/v1/api-keys/verify", Some(body)).await)["valid"] == true
    };
    assert!(may("invoice.read").await && !may("asset.read").await);
    let changed = data(&server.root("PATCH", &path, Some(json!({"permissions": ["asset.read"]}))).await);
    assert_eq!(changed["permissions"], json!(["asset.read"]));
    assert!(!may("invoice.read").await && may("asset.read").await);
    assert_eq!(data(&server.root("GET", "/v1/roles", None).await)["items"], json!([changed]));
    data_of_delete(&server.root("DELETE", &path, None).await);
    assert!(!may("asset.read").await);
}

#[tokio::test]
async fn the_catalogue_is_declared() {
    let server = Server::start().await;
    let body = json!({"name": "invoice.send", "verb": "CREATE", "description": "Send it"});
    let mut declared = data(&server.root("POST", "/v1/permissions", Some(body)).await);
    assert_eq!(declared.as_object_mut().unwrap().remove("keysTouched"), Some(json!(0)));
    assert_eq!(
        declared,
        json!({"name": "invoice.send", "verb": "CREATE", "description": "Send it", "builtIn": false})
    );
    let listed = data(&server.root("GET", "/v1/permissions", None).await);
    assert_fields(&listed, &["items", "limit", "offset", "hasMore"]);
    let items = listed["items"].as_array().unwrap();
    assert!(items.contains(&declared), "{listed}");
    assert_eq!((&items[0]["name"], &items[0]["builtIn"]), (&json!("apiKey.create"), &json!(true)));
    let reply = server.root("POST", "/v1/permissions", Some(json!({"name": "apiKey.create"}))).await;
    reply.assert_failed(400, "built in");
    data_of_delete(&server.root("DELETE", "/v1/permissions/invoice.send", None).await);
    server.root("DELETE", "/v1/permissions/invoice.send", None).await.assert_failed(404, "gone");
}

#[tokio::test]
async fn whoami_tells_every_kind_of_caller() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let person = data(&server.ask(&owner, "GET", "/v1/whoami", None).await);
    assert_fields(
        &person,
        &["user", "role", "organizationId", "organization", "permissions", "scope", "verbs"],
    );
    assert_fields(&person["user"], &["id", "email", "name", "mustChangePassword", "createdAt"]);
    assert_eq!((&person["permissions"], &person["scope"]), (&json!(["all"]), &json!("read-write")));
    let account = json!({"name": "bot", "permissions": ["invoice.read"]});
    let account = data(&server.root("POST", "/v1/service-accounts", Some(account)).await);
    let key = server.make_key(json!({"name": "k", "serviceAccountId": account["id"]})).await;
    let key_text = Who::Key(key["key"].as_str().unwrap().to_owned());
    let bot = data(&server.ask(&key_text, "GET", "/v1/whoami", None).await);
    assert_fields(
        &bot,
        &["serviceAccount", "organizationId", "organization", "apiKey", "permissions", "scope", "verbs"],
    );
    assert_eq!((&bot["permissions"], &bot["scope"]), (&json!(["invoice.read"]), &json!("read")));
    assert_eq!((&bot["apiKey"]["id"], bot["apiKey"].get("key")), (&key["id"], None));
}

#[tokio::test]
async fn the_audit_log_tells_what_was_done_and_what_was_refused() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let key = server.make_key(json!({"name": "k", "permissions": ["asset.read"]})).await;
    let weak = Who::Key(key["key"].as_str().unwrap().to_owned());
    let path = format!("/v1/api-keys/{}", key["id"].as_str().unwrap());
    server.ask(&weak, "DELETE", &path, None).await.assert_failed(403, "weak");
    // Of two events in one millisecond either may be told first.
    server.clock.advance(Duration::from_millis(1));
    server.root("DELETE", &path, None).await;
    let events = async |query: &str| {
        let page = data(&server.ask(&owner, "GET", &format!("/v1/audit-events?{query}"), None).await);
        page["items"].as_array().unwrap().clone()
    };
    let revokes = events(&format!("target={}&action=apiKey.revoke", key["id"].as_str().unwrap())).await;
    assert_eq!(revokes.len(), 2, "{revokes:?}");
    let (done, refused) = (&revokes[0], &revokes[1]);
    for field in [
        "id",
        "organizationId",
        "createdAt",
        "actorType",
        "actorId",
        "apiKeyId",
        "targetType",
        "targetId",
        "requestId",
        "ip",
    ] {
        assert!(done.get(field).is_some(), "{field}: {done}");
    }
    assert_eq!((done["ip"].as_str(), done.get("refused")), (Some("203.0.113.7"), None));
    assert!(refused["refused"].is_string());
    assert_eq!(refused["apiKeyId"], key["id"]);
    assert!(events("since=2027-01-01T00:00:00Z").await.is_empty());
    assert!(!events("until=2027-01-01T00:00:00Z&limit=1").await.is_empty());
}

#[tokio::test]
async fn a_session_begins_and_ends() {
    let server = Server::start().await;
    server.set_up().await;
    let body = json!({"email": "owner@example.com", "password": PASSWORD});
    let sign_in = async || server.ask(&Who::Nobody, "POST", "/v1/sessions", Some(body.clone())).await;
    let first = sign_in().await;
    assert_fields(&data(&first), &["user", "expiresAt"]);
    let token = first.session().unwrap();
    assert!(!first.text.contains(&token));
    let (first, second) = (Who::Session(token), Who::Session(sign_in().await.session().unwrap()));
    let ended = server.ask(&first, "DELETE", "/v1/sessions/current", None).await;
    data_of_delete(&ended);
    assert!(ended.header("set-cookie").unwrap().contains("Max-Age=0"));
    server.ask(&first, "GET", "/v1/whoami", None).await.assert_failed(401, "ended");
    let replace = json!({"currentPassword": PASSWORD, "newPassword": "another good long password"});
    let third = Who::Session(sign_in().await.session().unwrap());
    data_of_delete(&server.ask(&second, "POST", "/v1/sessions/password", Some(replace)).await);
    server.ask(&third, "GET", "/v1/whoami", None).await.assert_failed(401, "ended by the new password");
    sign_in().await.assert_failed(401, "the old password");
    data_of_delete(&server.ask(&second, "DELETE", "/v1/sessions", None).await);
    server.ask(&second, "GET", "/v1/whoami", None).await.assert_failed(401, "all ended");
}
