//! The page to which a link for a new password leads.

mod harness;

use harness::page::{assert_page, get};
use harness::{PASSWORD, Server, Who};
use keywright_engine::make_password_link;

const NEW: &str = "a+stapler+on+the+moon";

async fn link_of_owner(server: &Server) -> String {
    let mut token = String::new();
    let made = make_password_link(server.parts.clone(), "owner@example.com", |made| {
        made.expose().clone_into(&mut token);
        Ok(())
    });
    made.await.unwrap();
    token
}

#[tokio::test]
async fn a_new_password_is_chosen_by_a_form_and_once() {
    let server = Server::start().await;
    let before = server.set_up().await;
    let token = link_of_owner(&server).await;
    let page = format!("/console/lost-password?token={token}");
    for _ in 0..2 {
        let shown = get(&server, &Who::Nobody, &page).await;
        assert_page(&shown, 200);
        assert!(shown.text.contains("owner@example.com"), "{}", shown.text);
        assert_eq!(shown.header("referrer-policy"), Some("no-referrer"), "its address holds the token");
    }
    assert_eq!(get(&server, &before, "/console").await.status, 200, "looking changed something");

    let form = |password: &str| format!("token={token}&password={password}");
    let weak = server.submit(&Who::Nobody, "/console/lost-password", &form("shrt-pw")).await;
    assert_page(&weak, 400);
    assert!(weak.text.contains("id=\"password-problem\"") && !weak.text.contains("shrt-pw"), "{}", weak.text);

    let chosen = server.submit(&Who::Nobody, "/console/lost-password", &form(NEW)).await;
    assert_eq!((chosen.status.as_u16(), chosen.header("location")), (303, Some("/console")));
    let session = Who::Session(chosen.session().unwrap());
    assert_eq!(get(&server, &session, "/console").await.status, 200);
    assert_eq!(get(&server, &before, "/console").await.status, 303, "the earlier session went on");

    let login = |password: &str| format!("email=owner%40example.com&password={password}");
    let old = server.submit(&Who::Nobody, "/console/login", &login(&PASSWORD.replace(' ', "+"))).await;
    assert_page(&old, 401);
    assert_eq!(server.submit(&Who::Nobody, "/console/login", &login(NEW)).await.status, 303);

    let again = server.submit(&Who::Nobody, "/console/lost-password", &form("another+good+password")).await;
    assert_page(&again, 410);
    assert_page(&get(&server, &Who::Nobody, &page).await, 410);
    assert_page(&get(&server, &Who::Nobody, "/console/lost-password").await, 410);

    let log = get(&server, &session, "/console/audit").await.text;
    assert!(log.contains("Password reset by a link") && log.contains("Password link created"), "{log}");
    assert!(!log.contains(&token));
}
