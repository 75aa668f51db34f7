//! Other sites cannot make a visitor's browser act here (cross-site request forgery), nor show a page of ours in theirs.

use std::fmt::Write as _;

use serde_json::json;

use crate::keys::{copied, make_key};
use crate::stage::{ForeignSite, Stage};

/// A page that sends a form to the server as soon as it is looked at.
fn trap(host: &str, path: &str, fields: &[(&str, &str)]) -> String {
    let mut inputs = String::new();
    for (name, value) in fields {
        let _ = write!(inputs, "<input type=hidden name='{name}' value='{value}'>");
    }
    format!(
        "<!doctype html><title>Kittens</title><link rel=icon href='data:,'>\
         <form method=post action='http://{host}{path}'>{inputs}</form><script>document.forms[0].submit()</script>"
    )
}

#[tokio::test]
async fn a_form_of_a_foreign_site_is_refused_though_it_comes_with_the_visitors_cookie() {
    let stage = Stage::new().await;
    let mut victim = stage.owner().await;
    make_key(&victim, "precious").await;
    let key = copied(&victim).await;
    victim.press("precious").await;
    let page = victim.path().await;

    let revoke =
        trap(&stage.host(), &format!("{page}/revoke"), &[("organization", "1"), ("confirm", "precious")]);
    let invite = trap(
        &stage.host(),
        "/console/members",
        &[("organization", "1"), ("email", "eve@example.com"), ("role", "owner")],
    );
    victim.expect_refusal(403);
    // Signed in or not, a login form is refused from there too: nobody is signed in as somebody else without noticing.
    let sign_in = trap(&stage.host(), "/console/login", &[("email", "eve@example.com"), ("password", "x")]);
    for html in [revoke, invite, sign_in] {
        let site = ForeignSite::start(html).await;
        for authority in [site.same_site(), site.other_site()] {
            victim.expect_host(authority.clone());
            victim.open(&format!("http://{authority}/")).await;
            victim.expect_text("A session changes things from the server's own pages only").await;
        }
    }
    let with_cookie = |path: &str| {
        victim.requests().iter().any(|sent| sent.method == "POST" && sent.path == path && sent.has_cookie)
    };
    // Otherwise it would be the browser that prevented it, and nothing were shown of the server.
    assert!(with_cookie(&format!("{page}/revoke")) && with_cookie("/console/members"));
    assert_eq!(stage.program().verdict(&key).await, "VALID");
    let members = stage.program().get(&stage.members_path().await).await;
    members.data();
    assert!(!members.body.to_string().contains("eve@example.com"), "{}", members.body);
    victim.close().await;
}

#[tokio::test]
async fn scripts_and_frames_of_a_foreign_site_get_nothing() {
    let stage = Stage::new().await;
    let mut victim = stage.owner().await;
    let site = ForeignSite::start(
        "<!doctype html><title>Kittens</title><link rel=icon href='data:,'><p>Kittens</p>".to_owned(),
    )
    .await;
    victim.expect_host(site.same_site());
    victim.open(&format!("http://{}/", site.same_site())).await;

    let read = "const done = arguments[1];
        fetch(arguments[0], {credentials: 'include'}).then((answer) => answer.text()).then(done, () => done('refused'))";
    for path in ["/console/keys", "/v1/api-keys", "/v1/whoami"] {
        let url = format!("http://{}{path}", stage.host());
        assert_eq!(victim.run_to_its_end(read, json!([url])).await, "refused", "{path}");
    }
    // A request that the browser sends without asking first, since a form could: nothing may come of it.
    let make = "const done = arguments[1];
        fetch(arguments[0], {method: 'POST', mode: 'no-cors', credentials: 'include', body: '{\"name\": \"sneaky\"}',
          headers: {'Content-Type': 'text/plain'}}).then(() => done('sent'), () => done('not sent'))";
    let url = format!("http://{}/v1/api-keys", stage.host());
    assert_eq!(victim.run_to_its_end(make, json!([url])).await, "sent");
    let keys = stage.program().get("/v1/api-keys?q=sneaky").await;
    assert_eq!(keys.data()["items"], json!([]));

    let frame = "const done = arguments[1];
        const frame = document.createElement('iframe');
        frame.onload = () => { try { done(frame.contentDocument ? 'empty' : 'not ours') } catch { done('not ours') } };
        frame.src = arguments[0];
        document.body.append(frame)";
    let url = format!("http://{}/console/keys", stage.host());
    victim.run_to_its_end(frame, json!([url])).await;
    let complaints = victim.complaints().await.join("\n");
    assert!(complaints.contains("frame-ancestors"), "the browser shows it in a frame: {complaints}");
    assert!(complaints.contains("CORS policy"), "{complaints}");
    victim.close().await;
}
