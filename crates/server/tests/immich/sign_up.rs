//! The first admin: who may become it, and once.

use serde_json::{Value, json};

use crate::harness::{PASSWORD, Server, Who};
use crate::photo_server::{ADMIN, assert_refused, from, of_organization, post};
use keywright_server::{Proxies, ServerSettings, SignUp, TrustedProxies};

const PATH: &str = "/api/auth/admin-sign-up";

fn person() -> Value {
    json!({"email": "Admin@example.com", "name": "Ada Admin", "password": PASSWORD})
}

#[tokio::test]
async fn the_first_who_signs_up_is_the_admin_and_no_second() {
    let server = Server::start().await;
    let made = from(&server, "127.0.0.1", post(PATH, &person())).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.json();
    assert_eq!(made["email"], ADMIN);
    assert_eq!(
        (&made["isAdmin"], &made["storageLabel"], &made["shouldChangePassword"]),
        (&json!(true), &json!("admin"), &json!(true))
    );
    let other = json!({"email": "eve@example.com", "name": "Eve", "password": PASSWORD});
    for body in [person(), other] {
        let again = from(&server, "127.0.0.1", post(PATH, &body)).await;
        assert_refused(&again, 400, "The server already has an admin");
    }
    // It is the same act as the console's set-up, whose link is closed by it.
    assert!(!server.engine.set_up_is_open(&server.setup_token).await.unwrap());
}

#[tokio::test]
async fn it_is_done_from_the_servers_own_machine_or_with_the_token() {
    let server = Server::start().await;
    let refused = |reply: crate::harness::Reply| {
        assert_eq!(reply.status, 403, "{}", reply.text);
        assert!(reply.json()["message"].as_str().unwrap().contains("set-up token"), "{}", reply.text);
    };
    refused(from(&server, "203.0.113.7", post(PATH, &person())).await);
    refused(from(&server, "203.0.113.7", post(&format!("{PATH}?token=wrong"), &person())).await);
    refused(from(&server, "10.0.0.1", post(PATH, &json!({}))).await);
    // A page that made a browser take its host for this machine names that host.
    for host in ["evil.example", "evil.example:8080", "10.0.0.1", "localhost.evil.example"] {
        let mut rebound = post(PATH, &person());
        rebound.headers_mut().insert("host", host.parse().unwrap());
        refused(from(&server, "127.0.0.1", rebound).await);
    }
    for header in ["x-forwarded-for", "forwarded", "x-real-ip", "via"] {
        for address in ["127.0.0.1", "::1"] {
            let mut forwarded = post(PATH, &person());
            forwarded.headers_mut().insert(header, "127.0.0.1".parse().unwrap());
            refused(from(&server, address, forwarded).await);
        }
    }
    // What is wrong with the body is told to who may sign up.
    let odd = from(&server, "127.0.0.1", post(PATH, &json!({"name": "", "email": "x"}))).await;
    let expected =
        json!(["name should not be empty", "password should not be empty", "password must be a string"]);
    assert_refused(&odd, 400, expected);
    let odd = json!({"name": "A", "email": "no address", "password": PASSWORD});
    let odd = from(&server, "::ffff:127.0.0.1", post(PATH, &odd)).await;
    assert_refused(&odd, 400, json!(["email must be an e-mail address"]));
    let path = format!("{PATH}?token={}", server.setup_token);
    let made = from(&server, "203.0.113.7", post(&path, &person())).await;
    assert_eq!(made.status, 201, "{}", made.text);
}

#[tokio::test]
async fn a_proxy_on_this_machine_is_not_this_machine() {
    for protocol in [false, true] {
        let trusted = TrustedProxies::new(["127.0.0.1".parse().unwrap()]);
        let proxies = Proxies { trusted, speak_proxy_protocol: protocol, ..Proxies::default() };
        let server = Server::start_behind(proxies).await;
        // One that does not say whom it forwards for.
        let silent = from(&server, "127.0.0.1", post(PATH, &person())).await;
        assert_eq!(silent.status, 403, "{}", silent.text);
        // Where every connection comes through a proxy, the loopback that it names is the proxy's own.
        let named = from(&server, "127.0.0.9", post(PATH, &person())).await;
        assert_eq!(named.status, if protocol { 403 } else { 201 }, "{}", named.text);
    }
}

#[tokio::test]
async fn an_operator_may_open_it_to_everybody() {
    let mut settings = ServerSettings::default();
    settings.immich.sign_up = SignUp::Open;
    let server = Server::start_with(settings).await;
    let made = from(&server, "203.0.113.7", post(PATH, &person())).await;
    assert_eq!(made.status, 201, "{}", made.text);
}

#[tokio::test]
async fn a_form_of_another_site_signs_nobody_up() {
    let server = Server::start().await;
    let mut plain = post(PATH, &person());
    plain.headers_mut().insert("content-type", "text/plain".parse().unwrap());
    assert_eq!(from(&server, "127.0.0.1", plain).await.status, 415);
}

#[tokio::test]
async fn two_at_once_make_one_admin() {
    let server = Server::start().await;
    let (one, other) = tokio::join!(
        from(&server, "127.0.0.1", post(PATH, &person())),
        from(&server, "::1", post(PATH, &person()))
    );
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 400]);
}

#[tokio::test]
async fn after_the_first_whoever_may_ask_is_told_so_and_nobody_else() {
    let server = Server::start().await;
    let path = format!("{PATH}?token={}", server.setup_token);
    let stranger = async |path: &str| from(&server, "203.0.113.7", post(path, &person())).await;
    let before = (stranger(PATH).await, stranger(&format!("{PATH}?token=wrong")).await);
    assert_eq!(stranger(&path).await.status, 201);
    // From this machine, and with the token that set it up: the documented words.
    let told = "The server already has an admin";
    assert_refused(&stranger(&path).await, 400, told);
    assert_refused(&from(&server, "127.0.0.1", post(PATH, &person())).await, 400, told);
    // To all others nothing has changed: they do not learn whether there is an admin.
    let after = (stranger(PATH).await, stranger(&format!("{PATH}?token=wrong")).await);
    for (before, after) in [(&before.0, &after.0), (&before.1, &after.1)] {
        assert_eq!((before.status.as_u16(), after.status.as_u16()), (403, 403));
        assert_eq!(before.json()["message"], after.json()["message"]);
    }
    let mut settings = ServerSettings::default();
    settings.immich.sign_up = SignUp::Open;
    let open = Server::start_with(settings).await;
    assert_eq!(from(&open, "203.0.113.7", post(PATH, &person())).await.status, 201);
    assert_refused(&from(&open, "203.0.113.7", post(PATH, &person())).await, 400, told);
}

#[tokio::test]
async fn the_set_up_token_is_the_first_organizations() {
    let mut elsewhere = Server::start().await;
    let other = elsewhere.root("POST", "/v1/organizations", Some(json!({"name": "Other"}))).await.data();
    let settings = of_organization(other["id"].as_str().unwrap());
    elsewhere.router = keywright_server::router(std::sync::Arc::clone(&elsewhere.engine), settings);
    let path = format!("{PATH}?token={}", elsewhere.setup_token);
    assert_eq!(from(&elsewhere, "203.0.113.7", post(&path, &person())).await.status, 403);
    assert_eq!(from(&elsewhere, "127.0.0.1", post(&path, &person())).await.status, 201);
    assert!(
        elsewhere.engine.set_up_is_open(&elsewhere.setup_token).await.unwrap(),
        "the link is not touched"
    );
}

#[tokio::test]
async fn the_admin_who_chose_the_password_is_told_to_change_it_and_works_at_once() {
    let server = Server::start().await;
    assert_eq!(from(&server, "127.0.0.1", post(PATH, &person())).await.json()["shouldChangePassword"], true);
    let body = json!({"email": ADMIN, "password": PASSWORD});
    let natively = server.ask(&Who::Nobody, "POST", "/v1/sessions", Some(body)).await;
    assert_eq!(natively.status, 200, "{}", natively.text);
    assert_eq!(natively.data()["user"]["mustChangePassword"], false);
    let session = Who::Session(natively.session().unwrap());
    let made = server.ask(&session, "POST", "/v1/api-keys", Some(json!({"name": "at once"}))).await;
    assert_eq!(made.status, 200, "{}", made.text);
}
