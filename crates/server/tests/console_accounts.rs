//! The pages about service accounts, as a browser meets them.

mod harness;

use harness::page::{assert_page, get, hidden, submit_fields, verdict};
use harness::{Server, Who};
use serde_json::json;

/// Makes a service account by its form; its page.
async fn made(server: &Server, owner: &Who, name: &str) -> String {
    let form = get(server, owner, "/console/service-accounts/new").await;
    let pairs = [
        ("once", hidden(&form, "once")),
        ("name", name.to_owned()),
        ("description", "moves <data>".to_owned()),
        ("permission", "asset.read".to_owned()),
        ("otherPermissions", "invoice.*".to_owned()),
        ("limitCount0", "600".to_owned()),
        ("limitWindow0", "60".to_owned()),
    ];
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let made = submit_fields(server, owner, "/console/service-accounts/new", &pairs).await;
    assert_eq!(made.status, 303, "{}", made.text);
    let location = made.header("location").unwrap().to_owned();
    let again = submit_fields(server, owner, "/console/service-accounts/new", &pairs).await;
    assert_eq!(again.header("location"), Some(location.as_str()), "a form that is sent twice makes one");
    location.strip_suffix("?done=made").unwrap().to_owned()
}

#[tokio::test]
async fn a_service_account_is_made_shown_and_changed() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let empty = get(&server, &owner, "/console/service-accounts").await;
    assert_page(&empty, 200);
    assert!(empty.text.contains("No service accounts yet"));
    assert_page(&get(&server, &owner, "/console/service-accounts/new").await, 200);
    let page = made(&server, &owner, "nightly export").await;
    let id = page.rsplit('/').next().unwrap();
    let stored = server.root("GET", &format!("/v1/service-accounts/{id}"), None).await.data();
    assert_eq!(stored["permissions"], json!(["asset.read", "invoice.*"]));
    assert_eq!(stored["rateLimits"], json!([{"name": "default", "limit": 600, "windowSeconds": 60}]));

    let shown = get(&server, &owner, &page).await;
    assert_page(&shown, 200);
    for said in ["moves &#60;data&#62;", "600 per minute", "everything on invoice", "No keys yet"] {
        assert!(shown.text.contains(said), "{said}: {}", shown.text);
    }
    assert!(shown.text.contains("Service account created"), "its history");
    let form = get(&server, &owner, &format!("/console/keys/new?owner={id}")).await;
    assert!(form.text.contains(&format!("value=\"{id}\" selected")), "a key is made for it");

    let edit = format!("{page}/edit");
    let form = get(&server, &owner, &edit).await;
    assert_page(&form, 200);
    assert!(form.text.contains("value=\"asset.read\" checked") && form.text.contains(">invoice.*\n"));
    let revision = hidden(&form, "revision");
    let pairs = [
        ("revision", revision.as_str()),
        ("name", "export"),
        ("permission", "asset.read"),
        ("limitCount0", ""),
    ];
    let changed = submit_fields(&server, &owner, &edit, &pairs).await;
    assert_eq!(changed.header("location"), Some(format!("{page}?done=changed").as_str()), "{}", changed.text);
    let stored = server.root("GET", &format!("/v1/service-accounts/{id}"), None).await.data();
    assert_eq!((&stored["name"], &stored["permissions"]), (&json!("export"), &json!(["asset.read"])));
    assert!(stored.get("rateLimits").is_none() && stored.get("description").is_none());

    let late = submit_fields(&server, &owner, &edit, &[("revision", &revision), ("name", "mine")]).await;
    assert_page(&late, 409);
    assert!(late.text.contains("value=\"mine\"") && hidden(&late, "revision") != revision);

    let other = made(&server, &owner, "other").await;
    let revision = hidden(&get(&server, &owner, &format!("{other}/edit")).await, "revision");
    let taken = submit_fields(
        &server,
        &owner,
        &format!("{other}/edit"),
        &[("revision", &revision), ("name", "export")],
    )
    .await;
    assert_page(&taken, 409);
    let wrong = [("once", "x"), ("name", ""), ("otherPermissions", "no permission"), ("limitCount0", "some")];
    let wrong = submit_fields(&server, &owner, "/console/service-accounts/new", &wrong).await;
    assert_page(&wrong, 400);
    assert!(wrong.text.contains("rateLimits-problem") && wrong.text.contains("no permission"));
    let wrong = [("once", "y"), ("name", ""), ("otherPermissions", "no permission")];
    let wrong = submit_fields(&server, &owner, "/console/service-accounts/new", &wrong).await;
    assert_page(&wrong, 400);
    for problem in ["name-problem", "permissions-problem"] {
        assert!(wrong.text.contains(problem), "{problem}: {}", wrong.text);
    }
}

#[tokio::test]
async fn it_is_disabled_enabled_and_deleted_with_its_keys() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let page = made(&server, &owner, "nightly export").await;
    let id = page.rsplit('/').next().unwrap();
    let body = json!({"name": "worker", "permissions": ["asset.read"], "serviceAccountId": id});
    let key = server.make_key(body).await["key"].as_str().unwrap().to_owned();
    let shown = get(&server, &owner, &page).await;
    assert!(shown.text.contains("worker") && shown.text.contains("<dt>Active keys</dt><dd>1</dd>"));
    let listed = get(&server, &owner, "/console/service-accounts").await;
    assert_page(&listed, 200);
    assert!(listed.text.contains("data-label=\"Active keys\">1<"), "{}", listed.text);

    let switch = format!("{page}/switch");
    for (said, to, code) in
        [("are rejected immediately", "off", "DISABLED"), ("start working again", "on", "VALID")]
    {
        let asked = get(&server, &owner, &switch).await;
        assert_page(&asked, 200);
        assert!(asked.text.contains("Active keys: <b>1</b>") && asked.text.contains(said), "{}", asked.text);
        // Twice: whoever presses the button again finds it done.
        for _ in 0..2 {
            assert_eq!(submit_fields(&server, &owner, &switch, &[("to", to)]).await.status, 303);
            assert_eq!(verdict(&server, &key, "asset.read").await, code);
        }
    }
    let disabled = get(&server, &owner, "/console/service-accounts?status=disabled&q=nightly").await;
    assert!(disabled.text.contains("No matching service accounts"));
    assert!(get(&server, &owner, "/console/service-accounts?q=NIGHT").await.text.contains("nightly export"));
    assert_page(&get(&server, &owner, "/console/service-accounts?status=odd").await, 400);

    let delete = format!("{page}/delete");
    assert_page(&get(&server, &owner, &delete).await, 200);
    for confirm in ["", "nightly"] {
        assert_page(&submit_fields(&server, &owner, &delete, &[("confirm", confirm)]).await, 400);
    }
    assert_eq!(verdict(&server, &key, "asset.read").await, "VALID");
    let gone = submit_fields(&server, &owner, &delete, &[("confirm", "nightly export")]).await;
    assert_eq!(gone.header("location"), Some("/console/service-accounts?done=deleted"));
    assert_eq!(verdict(&server, &key, "asset.read").await, "REVOKED");
    for path in ["", "/edit", "/switch", "/delete"] {
        let reply = get(&server, &owner, &format!("{page}{path}")).await;
        assert_page(&reply, 404);
        assert!(reply.text.contains("Service account not found"));
    }
    assert_page(&submit_fields(&server, &owner, &switch, &[("to", "on")]).await, 404);
    assert_page(&get(&server, &owner, "/console/service-accounts/odd").await, 404);
}

#[tokio::test]
async fn whoever_only_looks_is_offered_nothing_and_changes_nothing() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let page = made(&server, &owner, "nightly export").await;
    let id = page.rsplit('/').next().unwrap();
    server
        .make_key(json!({"name": "hidden key", "permissions": ["asset.read"], "serviceAccountId": id}))
        .await;
    for role in ["viewer", "developer"] {
        let (_, who) = server.join(&format!("{role}@example.com"), role).await;
        let list = get(&server, &who, "/console/service-accounts").await;
        assert_page(&list, 200);
        assert!(list.text.contains("nightly export") && !list.text.contains("/new\""));
        assert!(!list.text.contains("Active keys"), "others' keys are not counted for them");
        let shown = get(&server, &who, &page).await;
        assert_page(&shown, 200);
        for offered in ["/edit", "/switch", "/delete", "hidden key", "Create API key"] {
            assert!(!shown.text.contains(offered), "{role}: {offered}");
        }
        let sent = [("once", "a"), ("name", "x"), ("confirm", "nightly export"), ("to", "off")];
        assert_page(&submit_fields(&server, &who, "/console/service-accounts/new", &sent).await, 403);
        for path in ["/switch", "/delete"] {
            assert_page(&submit_fields(&server, &who, &format!("{page}{path}"), &sent).await, 403);
        }
        let stored = server.root("GET", &format!("/v1/service-accounts/{id}"), None).await.data();
        let sent = [("revision", "0"), ("name", "taken over")];
        assert_page(&submit_fields(&server, &who, &format!("{page}/edit"), &sent).await, 409);
        assert_eq!(stored["status"], "active");
    }
    // A form of one's own that one may not send any more.
    let nobody =
        submit_fields(&server, &Who::Nobody, "/console/service-accounts/new", &[("name", "x")]).await;
    assert_eq!(
        (nobody.status.as_u16(), nobody.header("location")),
        (303, Some("/console/login?next=%2Fconsole%2Fservice-accounts&told=unsent"))
    );
}
