//! The pages about an organization: its members, its catalogue, its settings, and the server that it is on.

mod harness;

use harness::page::{assert_page, encoded, submit, verdict};
use harness::{PASSWORD, Reply, Server, Who};
use serde_json::json;

#[tokio::test]
async fn somebody_is_invited_joins_is_given_a_role_and_removed() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let members = "/console/members";
    assert_page(&server.ask(&owner, "GET", members, None).await, 200);
    let bad = encoded(&[("email", "nobody"), ("role", "developer")]);
    let refused = submit(&server, &owner, members, &bad).await;
    assert_page(&refused, 400);
    assert!(refused.text.contains("email-problem") && refused.text.contains("value=\"nobody\""));

    let invited =
        submit(&server, &owner, members, &encoded(&[("email", "new@example.com"), ("role", "developer")]))
            .await;
    assert_page(&invited, 200);
    let link = invited.text.split_once("id=\"link\" tabindex=\"0\">").unwrap().1.split_once('<').unwrap().0;
    let path = link.strip_prefix("http://keys.example").unwrap();
    assert_page(&server.ask(&Who::Nobody, "GET", path, None).await, 200);
    assert!(server.ask(&owner, "GET", members, None).await.text.contains("invited</span>"));
    let token = path.split_once("token=").unwrap().1;
    let form = encoded(&[("token", token), ("name", "Newton"), ("password", PASSWORD)]);
    let joined = server.submit(&Who::Nobody, "/console/invitation", &form).await;
    let newton = Who::Session(joined.session().unwrap());

    let own = server.ask(&newton, "GET", "/v1/whoami", None).await.data();
    let all = format!("/v1/organizations/{}/members", own["organizationId"].as_str().unwrap());
    let listed = server.root("GET", &all, None).await.data();
    let of = |email: &str| {
        let items = listed["items"].as_array().unwrap();
        items.iter().find(|one| one["userEmail"] == email).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let (newton_id, owner_id) = (of("new@example.com"), of("owner@example.com"));

    // A developer sees who is there, and touches nobody.
    let seen = server.ask(&newton, "GET", members, None).await;
    assert_page(&seen, 200);
    assert!(!seen.text.contains("Invite member") && !seen.text.contains(&format!("{owner_id}/role")));
    for (path, form) in [
        (members.to_owned(), encoded(&[("email", "x@example.com"), ("role", "owner")])),
        (format!("{members}/{newton_id}/role"), encoded(&[("role", "owner")])),
        (format!("{members}/{owner_id}/remove"), String::new()),
    ] {
        assert_page(&submit(&server, &newton, &path, &form).await, 403);
    }

    let role = submit(&server, &owner, &format!("{members}/{newton_id}/role"), "role=admin").await;
    assert_eq!(role.header("location"), Some("/console/members?done=role"));
    assert_eq!(server.ask(&newton, "GET", "/v1/whoami", None).await.data()["role"], "admin");
    assert_page(&submit(&server, &owner, &format!("{members}/{newton_id}/role"), "role=emperor").await, 400);

    assert_page(&server.ask(&owner, "GET", &format!("{members}/{newton_id}/remove"), None).await, 200);
    let removed = submit(&server, &owner, &format!("{members}/{newton_id}/remove"), "").await;
    assert_eq!(removed.header("location"), Some("/console/members?done=removed"));
    assert_eq!(server.ask(&newton, "GET", members, None).await.status, 303, "signed out of it");
    assert_page(&server.ask(&owner, "GET", &format!("{members}/{newton_id}/remove"), None).await, 404);
}

#[tokio::test]
async fn a_permission_is_declared_and_a_change_that_touches_keys_is_asked_twice() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let page = "/console/catalogue";
    assert!(server.ask(&owner, "GET", page, None).await.text.contains("No permissions yet"));
    let declare = async |verb: &str, sure: &str| {
        let form = [("name", "invoice.send"), ("verb", verb), ("description", "Send <it>"), ("sure", sure)];
        submit(&server, &owner, page, &encoded(&form)).await
    };
    assert_eq!(declare("", "").await.header("location"), Some("/console/catalogue?done=declared"));
    let shown = server.ask(&owner, "GET", page, None).await;
    assert_page(&shown, 200);
    assert!(shown.text.contains("invoice.send") && shown.text.contains("Send &#60;it&#62;"));

    server.make_key(json!({"name": "sender", "permissions": ["invoice.send"], "scope": "read"})).await;
    let asked = declare("READ", "").await;
    assert_page(&asked, 200);
    assert!(asked.text.contains("access of 1 key."), "{}", asked.text);
    assert_eq!(declare("READ", "yes").await.status, 303);

    let wrong = submit(&server, &owner, page, &encoded(&[("name", "invoice.*")])).await;
    assert_page(&wrong, 400);
    assert!(wrong.text.contains("name-problem") && wrong.text.contains("value=\"invoice.*\""));
    for _ in 0..2 {
        let gone = submit(&server, &owner, &format!("{page}/delete"), "name=invoice.send").await;
        assert_eq!(gone.header("location"), Some("/console/catalogue?done=deleted"));
    }
    let (_, developer) = server.join("dev@example.com", "developer").await;
    assert!(!server.ask(&developer, "GET", page, None).await.text.contains("Add permission<"));
    assert_page(&submit(&server, &developer, page, &encoded(&[("name", "x.y")])).await, 403);
}

#[tokio::test]
async fn the_customers_key_page_is_set() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let page = "/console/settings";
    let send = async |portal: &[(&str, &str)]| {
        let shown = server.ask(&owner, "GET", page, None).await;
        assert_eq!(shown.status, 200);
        let field = |name: &str| {
            let from = format!("name=\"{name}\" value=\"");
            shown.text.split_once(&from).unwrap().1.split_once('"').unwrap().0.to_owned()
        };
        let (revision, name, prefix) = (field("revision"), field("name"), field("keyPrefix"));
        let mut form = vec![("revision", revision.as_str()), ("name", &name), ("keyPrefix", &prefix)];
        form.extend([("catalogue", "open"), ("restrictedTokens", "no"), ("portalFont", "system")]);
        form.extend(portal);
        submit(&server, &owner, page, &encoded(&form)).await
    };
    let usual = [("portalScheme", "auto"), ("portalCorner", "10"), ("portalMaxKeys", "20")];
    let own = [
        ("portalScheme", "dark"),
        ("portalCorner", "4"),
        ("portalMaxKeys", "3"),
        ("portalOrigins", "https://app.example.com\r\nhttps://*.example.org"),
        ("portalAccent", "#7c3aed"),
        ("portalOwnAccent", "yes"),
    ];
    let portal = async || {
        let listed = server.root("GET", "/v1/organizations", None).await.data();
        listed["items"][0]["portal"].clone()
    };
    assert_eq!(send(&own).await.status, 303);
    let expected = json!({
        "allowedOrigins": ["https://app.example.com", "https://*.example.org"], "accentColor": "#7c3aed",
        "cornerRadius": 4, "font": "system", "colorScheme": "dark", "maxKeys": 3,
    });
    assert_eq!(portal().await, expected);
    for (name, bad, said) in [
        ("portalOrigins", "https://app.example.com/path", "must be an origin such as"),
        ("portalCorner", "99", "must be 0 to 24"),
        ("portalMaxKeys", "many", "must be a whole number"),
    ] {
        let mut wrong = own;
        wrong.iter_mut().find(|field| field.0 == name).unwrap().1 = bad;
        let refused = send(&wrong).await;
        assert_eq!(refused.status, 400);
        assert!(refused.text.contains(said) && refused.text.contains(bad), "{name}: {}", refused.text);
    }
    assert_eq!(portal().await, expected);
    assert_eq!(send(&usual).await.status, 303);
    assert_eq!(portal().await["allowedOrigins"], json!([]));
    assert!(portal().await.get("accentColor").is_none());
}

#[tokio::test]
async fn an_organization_is_changed_by_those_who_may() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let page = "/console/settings";
    let shown = server.ask(&owner, "GET", page, None).await;
    assert_page(&shown, 200);
    let revision = |page: &Reply| {
        let from = "name=\"revision\" value=\"";
        page.text.split_once(from).unwrap().1.split_once('"').unwrap().0.to_owned()
    };
    let first = revision(&shown);
    let form = [
        ("revision", first.as_str()),
        ("name", "Acme"),
        ("description", ""),
        ("keyPrefix", "acme"),
        ("defaultExpiry", "90"),
        ("maxExpiry", "365"),
        ("catalogue", "closed"),
        ("restrictedTokens", "no"),
    ];
    let saved = submit(&server, &owner, page, &encoded(&form)).await;
    assert_eq!(saved.header("location"), Some("/console/settings?done=saved"), "{}", saved.text);
    let own = server.root("GET", "/v1/organizations", None).await.data()["items"][0].clone();
    assert_eq!((&own["name"], &own["keyPrefix"]), (&json!("Acme"), &json!("acme")));
    assert_eq!(
        (&own["defaultExpirySeconds"], &own["maxExpirySeconds"]),
        (&json!(7_776_000), &json!(31_536_000))
    );
    assert_eq!(own["permissionCatalogue"], "closed");
    let shown = server.ask(&owner, "GET", page, None).await;
    assert!(shown.text.contains("value=\"acme\"") && shown.text.contains("value=\"365\""));
    let late = submit(&server, &owner, page, &encoded(&form)).await;
    assert_page(&late, 409);
    assert!(late.text.contains("The settings were changed by someone else"));

    let second = revision(&shown);
    let mut wrong = form;
    wrong[0].1 = &second;
    wrong[3].1 = "No Prefix";
    wrong[4].1 = "soon";
    let refused = submit(&server, &owner, page, &encoded(&wrong)).await;
    assert_page(&refused, 400);
    assert!(refused.text.contains("whole number of days") && refused.text.contains("value=\"No Prefix\""));

    let (_, viewer) = server.join("viewer@example.com", "viewer").await;
    let seen = server.ask(&viewer, "GET", page, None).await;
    assert!(seen.text.contains("disabled") && !seen.text.contains("<button>Save"));
    assert_page(&submit(&server, &viewer, page, &encoded(&[("name", "Mine")])).await, 403);
}

#[tokio::test]
async fn the_server_is_shown_to_those_who_run_it_alone() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let shown = server.ask(&owner, "GET", "/console/server", None).await;
    assert_page(&shown, 200);
    assert!(shown.text.contains(env!("CARGO_PKG_VERSION")) && shown.text.contains("<dt>Revision</dt>"));
    assert!(shown.text.contains("<dt>Last uses</dt><dd>0</dd>") && shown.text.contains("href=\"/metrics\""));
    // What waits to be written is counted, until it is.
    let used = server.make_key(serde_json::json!({"name": "used", "permissions": ["asset.read"]})).await;
    assert_eq!(verdict(&server, used["key"].as_str().unwrap(), "asset.read").await, "VALID");
    assert!(server.engine.facts().backlog.uses > 0);
    let waiting = format!("<dt>Last uses</dt><dd>{}</dd>", server.engine.facts().backlog.uses);
    let shown = server.ask(&owner, "GET", "/console/server", None).await;
    assert!(shown.text.contains(&waiting), "{waiting}: {}", shown.text);
    server.engine.write_uses().await.unwrap();
    assert_eq!(server.engine.facts().backlog, keywright_engine::Backlog::default());
    let (_, admin) = server.join("admin@example.com", "admin").await;
    assert_page(&server.ask(&admin, "GET", "/console/server", None).await, 403);
    assert!(!server.ask(&admin, "GET", "/console/keys", None).await.text.contains("/console/server"));
    // An owner of another organization runs nothing here.
    let other = server.ask(&owner, "POST", "/v1/organizations", Some(json!({"name": "Other"}))).await.data();
    let Who::Session(token) = &owner else { panic!("a session") };
    let cookie = format!("keywright_session={token}; keywright_organization={}", other["number"]);
    let request = harness::request(&Who::Nobody, "GET", "/console/server").header("cookie", cookie);
    assert_page(&server.send(request.body(axum::body::Body::empty()).unwrap()).await, 403);
}
