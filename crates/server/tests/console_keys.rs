//! The pages about keys, as a browser meets them.

mod harness;

use harness::page::{assert_page, encoded, get, hidden, submit, verdict};
use harness::{Reply, Server, Who};
use serde_json::json;

/// The secret that a page shows.
fn secret(page: &Reply) -> String {
    let rest = page.text.split_once("id=\"secret\" tabindex=\"0\">").expect("a secret is shown").1;
    rest.split_once('<').unwrap().0.to_owned()
}

#[tokio::test]
async fn whoever_is_not_signed_in_comes_back_after_signing_in() {
    let server = Server::start().await;
    server.set_up().await;
    let asked = get(&server, &Who::Nobody, "/console/keys?status=active").await;
    let to = "/console/login?next=%2Fconsole%2Fkeys%3Fstatus%3Dactive";
    assert_eq!((asked.status.as_u16(), asked.header("location")), (303, Some(to)));
    let login = get(&server, &Who::Nobody, to).await;
    assert_eq!(hidden(&login, "next"), "/console/keys?status=active");
    let form = |next: &str| {
        encoded(&[("email", "owner@example.com"), ("password", harness::PASSWORD), ("next", next)])
    };
    for (next, to) in [
        ("/console/keys?status=active", "/console/keys?status=active"),
        ("https://evil.example/", "/console"),
        ("//evil.example/console/", "/console"),
        ("/console/\\evil.example", "/console"),
        ("/v1/whoami", "/console"),
    ] {
        let signed_in = server.submit(&Who::Nobody, "/console/login", &form(next)).await;
        assert_eq!((signed_in.status.as_u16(), signed_in.header("location")), (303, Some(to)), "{next}");
    }
}

#[tokio::test]
async fn a_key_is_made_once_and_its_secret_is_shown_once() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let form = get(&server, &owner, "/console/keys/new").await;
    assert_page(&form, 200);
    let once = hidden(&form, "once");
    let sent = encoded(&[
        ("once", &once),
        ("name", "Billing <export>"),
        ("access", "read"),
        ("may", "listed"),
        ("permission", "asset.read"),
        ("permission", "asset.update"),
        ("otherPermissions", "invoice.*"),
        ("expires", "30"),
        ("ipAllowlist", "192.0.2.0/24"),
        ("limitCount0", "100"),
        ("limitWindow0", "60"),
        ("metadata", "{\"plan\": \"pro\"}"),
    ]);
    let made = submit(&server, &owner, "/console/keys/new", &sent).await;
    assert_page(&made, 200);
    let key = secret(&made);
    assert_eq!(verdict(&server, &key, "asset.read").await, "IP_NOT_ALLOWED");
    assert!(made.text.contains("Billing &#60;export&#62;") && !made.text.contains("<export>"));

    let again = submit(&server, &owner, "/console/keys/new", &sent).await;
    assert_eq!(secret(&again), key, "a form that is sent twice makes one key");
    let other =
        submit(&server, &owner, "/console/keys/new", &sent.replace("access=read", "access=read-write")).await;
    assert_page(&other, 409);
    assert!(!other.text.contains(&key), "another form is not answered with the first one's key");
    let listed = server.root("GET", "/v1/api-keys?q=billing", None).await.data();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let stored = &listed["items"][0];
    assert_eq!(stored["permissions"], json!(["asset.read", "asset.update", "invoice.*"]));
    assert_eq!((&stored["scope"], &stored["metadata"]), (&json!("read"), &json!({"plan": "pro"})));
    assert_eq!(stored["ipAllowlist"], json!(["192.0.2.0/24"]));
    assert_eq!(stored["rateLimits"], json!([{"name": "default", "limit": 100, "windowSeconds": 60}]));

    let page = format!("/console/keys/{}", stored["id"].as_str().unwrap());
    let shown = get(&server, &owner, &page).await;
    assert_page(&shown, 200);
    assert!(!shown.text.contains(&key), "a secret is shown once");
    assert!(shown.text.contains("invoice.*") && shown.text.contains("100 per minute"));
}

#[tokio::test]
async fn a_form_keeps_what_was_typed_and_says_what_is_wrong() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let sent = encoded(&[
        ("once", "a"),
        ("name", ""),
        ("description", "kept \"as typed\""),
        ("access", "read"),
        ("may", "listed"),
        ("otherPermissions", "not a permission"),
        ("expires", "never"),
        ("ipAllowlist", "nowhere"),
    ]);
    let refused = submit(&server, &owner, "/console/keys/new", &sent).await;
    assert_page(&refused, 400);
    for said in ["id=\"name-problem\"", "id=\"permissions-problem\"", "id=\"ipAllowlist-problem\""] {
        assert!(refused.text.contains(said), "{said}: {}", refused.text);
    }
    assert!(refused.text.contains("kept &#34;as typed&#34;") && refused.text.contains(">nowhere</textarea>"));
    for (field, value, problem) in [
        ("metadata", "[1]", "metadata-problem"),
        ("limitCount0", "many", "rateLimits-problem"),
        ("expiresOn", "tomorrow", "expires-problem"),
    ] {
        let sent = encoded(&[
            ("once", "b"),
            ("name", "x"),
            ("access", "read"),
            ("may", "owner"),
            ("expires", if field == "expiresOn" { "date" } else { "never" }),
            ("limitWindow0", "60"),
            (field, value),
        ]);
        let refused = submit(&server, &owner, "/console/keys/new", &sent).await;
        assert_page(&refused, 400);
        assert!(refused.text.contains(problem), "{field}: {}", refused.text);
    }
}

#[tokio::test]
async fn a_key_is_changed_switched_rotated_and_revoked() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let key =
        server.make_key(json!({"name": "worker", "permissions": ["asset.read"], "scope": "read"})).await;
    let (id, secret_before) = (key["id"].as_str().unwrap(), key["key"].as_str().unwrap());
    let page = format!("/console/keys/{id}");
    let edit = get(&server, &owner, &format!("{page}/edit")).await;
    assert_page(&edit, 200);
    assert!(edit.text.contains("value=\"asset.read\" checked"));

    let revision = hidden(&edit, "revision");
    let form = encoded(&[
        ("revision", &revision),
        ("name", "worker two"),
        ("access", "read-write"),
        ("may", "listed"),
        ("permission", "asset.read"),
        ("permission", "asset.delete"),
        ("expires", "never"),
    ]);
    let changed = submit(&server, &owner, &format!("{page}/edit"), &form).await;
    assert_eq!(changed.header("location"), Some(format!("{page}?done=changed").as_str()), "{}", changed.text);
    assert_eq!(verdict(&server, secret_before, "asset.delete").await, "VALID");
    let stored = server.root("GET", &format!("/v1/api-keys/{id}"), None).await.data();
    assert_eq!((&stored["name"], &stored["scope"]), (&json!("worker two"), &json!("read-write")));

    // The same form once more is of a key that is no longer what it showed: nothing is undone unasked.
    let late =
        submit(&server, &owner, &format!("{page}/edit"), &form.replace("worker+two", "worker+three")).await;
    assert_page(&late, 409);
    assert!(late.text.contains("value=\"worker three\"") && hidden(&late, "revision") != revision);
    let stored = server.root("GET", &format!("/v1/api-keys/{id}"), None).await.data();
    assert_eq!(stored["name"], "worker two");

    for (to, code) in [("off", "DISABLED"), ("on", "VALID")] {
        let switched = submit(&server, &owner, &format!("{page}/switch"), &encoded(&[("to", to)])).await;
        assert_eq!(switched.status, 303);
        assert_eq!(verdict(&server, secret_before, "asset.read").await, code);
    }

    let rotate = get(&server, &owner, &format!("{page}/rotate")).await;
    assert_page(&rotate, 200);
    let form = encoded(&[("once", &hidden(&rotate, "once")), ("overlap", "3600")]);
    let rotated = submit(&server, &owner, &format!("{page}/rotate"), &form).await;
    assert_page(&rotated, 200);
    assert!(rotated.text.contains("keeps working for 1 hour"));
    let unread = form.replace("3600", "an+hour");
    assert_page(&submit(&server, &owner, &format!("{page}/rotate"), &unread).await, 400);
    let secret_after = secret(&rotated);
    assert_eq!(secret(&submit(&server, &owner, &format!("{page}/rotate"), &form).await), secret_after);
    for secret in [secret_before, &secret_after] {
        assert_eq!(verdict(&server, secret, "asset.read").await, "VALID");
    }

    // It was used within the day (the verifications above): whoever revokes it says so by its name.
    server.engine.write_uses().await.unwrap();
    let ask = get(&server, &owner, &format!("{page}/revoke")).await;
    assert_page(&ask, 200);
    assert!(ask.text.contains("to confirm</label>"));
    let refused = submit(&server, &owner, &format!("{page}/revoke"), "confirm=worker").await;
    assert_page(&refused, 400);
    assert_eq!(verdict(&server, &secret_after, "asset.read").await, "VALID");
    let revoked = submit(&server, &owner, &format!("{page}/revoke"), "confirm=worker+two").await;
    assert_eq!(revoked.status, 303);
    assert_eq!(verdict(&server, &secret_after, "asset.read").await, "REVOKED");
    let shown = get(&server, &owner, &page).await;
    assert!(shown.text.contains("badge revoked") && !shown.text.contains("Revoke key"));
}

#[tokio::test]
async fn the_table_is_searched_and_chosen_keys_are_revoked_together() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    for name in ["alpha", "beta", "gamma"] {
        server.make_key(json!({"name": name, "permissions": ["asset.read"]})).await;
    }
    let table = get(&server, &owner, "/console/keys").await;
    assert_page(&table, 200);
    for name in ["alpha", "beta", "gamma", "root key"] {
        assert!(table.text.contains(name), "{name}");
    }
    let found = get(&server, &owner, "/console/keys?q=BET&status=active").await;
    assert!(found.text.contains("beta") && !found.text.contains("alpha"));
    assert!(get(&server, &owner, "/console/keys?q=nothing").await.text.contains("No matching keys"));
    assert_page(&get(&server, &owner, "/console/keys?status=odd").await, 400);
    assert_page(&get(&server, &owner, "/console/keys?after=odd").await, 400);

    let keys = server.root("GET", "/v1/api-keys?q=a&status=active", None).await.data();
    let ids: Vec<_> =
        keys["items"].as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 3);
    let mut form: Vec<_> = ids.iter().map(|id| ("id", *id)).collect();
    let asked = submit(&server, &owner, "/console/keys/revoke", &encoded(&form)).await;
    assert_page(&asked, 200);
    assert!(asked.text.contains("Revoke 3 keys?"));
    form.push(("sure", "yes"));
    let done = submit(&server, &owner, "/console/keys/revoke", &encoded(&form)).await;
    assert_eq!(done.header("location"), Some("/console/keys?done=revoked"));
    let left = server.root("GET", "/v1/api-keys?status=active", None).await.data();
    assert_eq!(left["items"].as_array().unwrap().len(), 1, "the root key alone");
}

#[tokio::test]
async fn what_one_may_not_do_is_not_offered_and_refused_when_tried() {
    let server = Server::start().await;
    server.set_up().await;
    let key = server.make_key(json!({"name": "root's", "permissions": ["asset.read"]})).await;
    let page = format!("/console/keys/{}", key["id"].as_str().unwrap());
    let (_, viewer) = server.join("viewer@example.com", "viewer").await;
    let table = get(&server, &viewer, "/console/keys").await;
    assert_page(&table, 200);
    assert!(!table.text.contains("root's") && !table.text.contains("Create API"));
    let form =
        encoded(&[("once", "v"), ("name", "x"), ("access", "read"), ("may", "owner"), ("expires", "7")]);
    assert_page(&submit(&server, &viewer, "/console/keys/new", &form).await, 403);
    // Another's key is not there, whatever is asked of it; and the forms are for those who may change keys at all.
    assert_page(&get(&server, &viewer, &page).await, 404);
    for path in ["/edit", "/rotate", "/revoke"] {
        assert_page(&get(&server, &viewer, &format!("{page}{path}")).await, 403);
    }
    for path in ["/edit", "/rotate", "/revoke", "/switch"] {
        assert_page(&submit(&server, &viewer, &format!("{page}{path}"), "to=off").await, 404);
    }
    let ids = encoded(&[("id", key["id"].as_str().unwrap()), ("sure", "yes")]);
    assert_page(&submit(&server, &viewer, "/console/keys/revoke", &ids).await, 403);
    assert_eq!(verdict(&server, key["key"].as_str().unwrap(), "asset.read").await, "VALID");

    let (_, developer) = server.join("dev@example.com", "developer").await;
    assert!(get(&server, &developer, "/console/keys").await.text.contains("Create API key"));
    let made = submit(&server, &developer, "/console/keys/new", &form).await;
    assert_page(&made, 200);
    assert!(!get(&server, &viewer, "/console/keys").await.text.contains("/console/keys/0"));
}

#[tokio::test]
async fn a_person_of_two_organizations_turns_from_one_to_the_other() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let other =
        server.ask(&owner, "POST", "/v1/organizations", Some(json!({"name": "Other Ltd"}))).await.data();
    let number = other["number"].to_string();
    assert!(get(&server, &owner, "/console/keys").await.text.contains("Other Ltd"));
    let turned = submit(&server, &owner, "/console/organization", &encoded(&[("number", &number)])).await;
    assert_eq!(turned.status, 303);
    let cookie = turned.header("set-cookie").unwrap();
    assert!(cookie.starts_with(&format!("keywright_organization={number};")) && cookie.contains("HttpOnly"));
    let Who::Session(token) = &owner else { panic!("a session") };
    let in_other = async |chosen: &str| {
        let request = harness::request(&Who::Nobody, "GET", "/console/keys")
            .header("cookie", format!("keywright_session={token}; keywright_organization={chosen}"));
        server.send(request.body(axum::body::Body::empty()).unwrap()).await
    };
    assert!(!in_other(&number).await.text.contains("root key"), "its keys are its own");
    assert!(in_other("1").await.text.contains("root key"));
    // A choice that is not theirs is as none.
    assert!(in_other("4711").await.text.contains("root key"));
    assert_page(&submit(&server, &owner, "/console/organization", "number=4711").await, 404);

    // A form that was shown for one is not carried out in the other.
    let form = encoded(&[
        ("organization", &number),
        ("once", "x"),
        ("name", "stray"),
        ("access", "read"),
        ("may", "owner"),
    ]);
    assert_page(&server.submit(&owner, "/console/keys/new", &form).await, 409);
    assert_eq!(server.root("GET", "/v1/api-keys?q=stray", None).await.data()["items"], json!([]));
}
