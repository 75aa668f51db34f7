//! The portal: its pages, what keeps them to themselves, and that nothing else is reached from them.

mod harness;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE};
use harness::{Reply, Server, Who, request};
use keywright_server::ServerSettings;
use serde_json::{Value, json};

const ORIGIN: &str = "https://app.example.com";

/// A customer's browser.
struct Customer {
    /// The first page of their session.
    home: String,
    /// The cookie's value.
    cookie: String,
}

struct Stage {
    server: Server,
    /// The name of the portal's cookie.
    cookie: &'static str,
    account: String,
    organization: String,
}

impl Stage {
    async fn new() -> Self {
        Self::with(ServerSettings::default()).await
    }

    async fn with(settings: ServerSettings) -> Self {
        let is_https = settings.public_url.as_ref().is_some_and(|url| url.starts_with("https:"));
        let cookie = if is_https { "__Secure-keywright_portal" } else { "keywright_portal" };
        let server = Server::start_with(settings).await;
        let body = json!({"name": "customers", "permissions": ["photo.*"]});
        let account = server.root("POST", "/v1/service-accounts", Some(body)).await.data();
        let who = server.root("GET", "/v1/whoami", None).await.data();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self { account: text(&account["id"]), organization: text(&who["organizationId"]), server, cookie }
    }

    fn body(&self, customer: &str) -> Value {
        json!({"externalId": customer, "serviceAccountId": self.account, "permissions": ["photo.read", "photo.upload"]})
    }

    async fn make(&self, customer: &str) -> Value {
        let made = self.server.root("POST", "/v1/portal-sessions", Some(self.body(customer))).await;
        assert_eq!(made.status, 200, "{}", made.text);
        made.data()
    }

    /// Follows the link, as a browser does.
    async fn enter(&self, customer: &str) -> Customer {
        let url = self.make(customer).await["url"].as_str().unwrap().to_owned();
        let (path, token) = link_of(&url);
        let opened = self.form(None, &path, &format!("token={token}")).await;
        assert_eq!(opened.status, 303, "{}", opened.text);
        let cookie = opened.header("set-cookie").unwrap();
        let cookie = cookie.strip_prefix(self.cookie).unwrap().strip_prefix('=').unwrap();
        let cookie = cookie.split(';').next().unwrap();
        Customer { home: opened.header("location").unwrap().to_owned(), cookie: cookie.to_owned() }
    }

    async fn get(&self, customer: Option<&Customer>, path: &str) -> Reply {
        let mut asked = request(&Who::Nobody, "GET", path);
        if let Some(customer) = customer {
            asked = asked.header(COOKIE, format!("{}={}", self.cookie, customer.cookie));
        }
        self.server.send(asked.body(Body::empty()).unwrap()).await
    }

    /// Sends a form as a browser does from one of the server's own pages.
    async fn form(&self, customer: Option<&Customer>, path: &str, form: &str) -> Reply {
        let mut asked = request(&Who::Nobody, "POST", path)
            .header("sec-fetch-site", "same-origin")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(customer) = customer {
            asked = asked.header(COOKIE, format!("{}={}", self.cookie, customer.cookie));
        }
        self.server.send(asked.body(Body::from(form.to_owned())).unwrap()).await
    }

    /// Fills in the form of a page and sends it: its hidden fields, and these.
    async fn fill(&self, customer: &Customer, path: &str, fields: &str) -> Reply {
        let shown = self.get(Some(customer), path).await;
        assert_eq!(shown.status, 200, "{}", shown.text);
        let form = format!("{}&{fields}", hidden(&shown.text));
        self.form(Some(customer), path, &form).await
    }

    /// Makes a key in the portal; its id and its secret.
    async fn key(&self, customer: &Customer, name: &str) -> (String, String) {
        let fields = format!("name={name}&expires=90&permission=photo.read");
        let made = self.fill(customer, &format!("{}/keys/new", customer.home), &fields).await;
        assert_page(&made, 200);
        let secret = between(&made.text, "id=\"secret\" tabindex=\"0\">", "<").to_owned();
        let listed = self.server.root("GET", &format!("/v1/api-keys?q={name}"), None).await.data();
        (listed["items"][0]["id"].as_str().unwrap().to_owned(), secret)
    }

    async fn code(&self, key: &str, permission: &str) -> String {
        let body = json!({"key": key, "permissions": permission});
        let verdict = self.server.root("POST", "/v1/api-keys/verify", Some(body)).await.data();
        verdict["code"].as_str().unwrap().to_owned()
    }

    async fn set_portal(&self, portal: Value) -> Reply {
        let path = format!("/v1/organizations/{}", self.organization);
        self.server.root("PATCH", &path, Some(json!({"portal": portal}))).await
    }
}

fn link_of(url: &str) -> (String, String) {
    let rest = &url[url.find("/portal/").unwrap()..];
    let (path, token) = rest.split_once("?token=").unwrap();
    (path.to_owned(), token.to_owned())
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split(after).next().unwrap()
}

/// The hidden fields of a page's form.
fn hidden(page: &str) -> String {
    let fields = page.split("<input type=\"hidden\" name=\"").skip(1);
    let pairs = fields.map(|field| {
        let name = field.split('"').next().unwrap();
        (name, between(field, "value=\"", "\""))
    });
    serde_urlencoded::to_string(pairs.collect::<Vec<_>>()).unwrap()
}

/// Checks that it is a page of the portal that nothing but the server's own files gets into.
#[track_caller]
fn assert_page(reply: &Reply, status: u16) {
    assert_eq!(reply.status, status, "{}", reply.text);
    assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"));
    let policy = reply.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self';")
    );
    assert!(policy.contains("frame-ancestors ") && !policy.contains("unsafe") && !policy.contains('*'));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    assert!(reply.text.starts_with("<!doctype html>\n<html lang=\""), "{}", reply.text);
    assert!(
        !reply.text.contains("style=") && !reply.text.contains(" onclick") && !reply.text.contains("http")
    );
    for script in reply.text.split("<script").skip(1) {
        assert!(
            script.starts_with(" src=\"/portal/assets/") && script.contains("defer></script>"),
            "{script}"
        );
    }
}

#[tokio::test]
async fn the_link_is_used_up_by_its_form_alone() {
    let stage = Stage::new().await;
    let made = stage.make("customer-1").await;
    let url = made["url"].as_str().unwrap();
    assert!(url.starts_with("http://keys.example/portal/"), "{url}");
    assert_eq!((made["status"].as_str(), made["externalId"].as_str()), (Some("pending"), Some("customer-1")));
    let (path, token) = link_of(url);
    for _ in 0..2 {
        let shown = stage.get(None, &format!("{path}?token={token}")).await;
        assert_page(&shown, 200);
        assert_eq!(shown.header("referrer-policy"), Some("no-referrer"));
        assert!(
            shown.text.contains("data-opens") && shown.text.contains("<button>"),
            "with or without a script"
        );
        assert!(shown.header("set-cookie").is_none());
    }
    let opened = stage.form(None, &path, &format!("token={token}")).await;
    assert_eq!(opened.status, 303);
    let home = opened.header("location").unwrap();
    assert_eq!(home, path.strip_suffix("/open").unwrap(), "no token stays in the address");
    let cookie = opened.header("set-cookie").unwrap();
    assert!(
        cookie.starts_with("keywright_portal=")
            && cookie.contains(&format!("; Path={home}; Max-Age=3600; HttpOnly; "))
    );
    assert!(!cookie.contains(&token));
    for reply in [
        stage.form(None, &path, &format!("token={token}")).await,
        stage.get(None, &format!("{path}?token={token}")).await,
        stage.form(None, &path, "token=nonsense").await,
        stage.form(None, &path, "").await,
        stage.get(None, "/portal/nonsense/open?token=x").await,
    ] {
        assert_page(&reply, 410);
        assert!(reply.header("set-cookie").is_none());
    }
}

#[tokio::test]
async fn a_customer_makes_rotates_and_revokes_a_key() {
    let stage = Stage::new().await;
    let customer = stage.enter("customer-1").await;
    let empty = stage.get(Some(&customer), &customer.home).await;
    assert_page(&empty, 200);
    assert_eq!(empty.header("referrer-policy"), Some("same-origin"));
    assert!(empty.text.contains("No keys yet"));
    let form = stage.get(Some(&customer), &format!("{}/keys/new", customer.home)).await;
    assert_page(&form, 200);
    assert!(form.text.contains("value=\"photo.read\"") && form.text.contains("value=\"photo.upload\""));
    assert!(form.text.contains("<option value=\"never\">Never</option>"));

    let (id, secret) = stage.key(&customer, "laptop").await;
    assert_eq!(stage.code(&secret, "photo.read").await, "VALID");
    assert_eq!(stage.code(&secret, "photo.upload").await, "INSUFFICIENT_PERMISSIONS");
    let key = stage.server.root("GET", &format!("/v1/api-keys/{id}"), None).await.data();
    assert_eq!((&key["madeInPortal"], &key["externalId"]), (&json!(true), &json!("customer-1")));
    assert_eq!(key["serviceAccountId"], json!(stage.account));
    assert_eq!(key["expiresAt"], "2027-02-19T09:30:00.000Z");
    let listed = stage.get(Some(&customer), &customer.home).await;
    assert_page(&listed, 200);
    assert!(listed.text.contains("laptop") && !listed.text.contains(&secret));

    let rotated = stage.fill(&customer, &format!("{}/keys/{id}/rotate", customer.home), "overlap=0").await;
    assert_page(&rotated, 200);
    let newer = between(&rotated.text, "id=\"secret\" tabindex=\"0\">", "<").to_owned();
    assert_eq!(
        (stage.code(&secret, "photo.read").await, stage.code(&newer, "photo.read").await),
        ("REVOKED".to_owned(), "VALID".to_owned())
    );
    let revoke = format!("{}/keys/{id}/revoke", customer.home);
    let asked = stage.get(Some(&customer), &revoke).await;
    assert_page(&asked, 200);
    assert_eq!(stage.code(&newer, "photo.read").await, "VALID", "asking once more revokes nothing");
    let revoked = stage.fill(&customer, &revoke, "").await;
    assert_eq!(revoked.status, 303);
    assert_eq!(revoked.header("location"), Some(format!("{}?done=revoked", customer.home).as_str()));
    assert_eq!(stage.code(&newer, "photo.read").await, "REVOKED");
    let gone = stage.get(Some(&customer), &customer.home).await;
    assert!(!gone.text.contains("laptop"));
    let with_revoked = stage.get(Some(&customer), &format!("{}?revoked=shown", customer.home)).await;
    assert_page(&with_revoked, 200);
    assert!(with_revoked.text.contains("laptop"));
}

#[tokio::test]
async fn a_form_says_what_is_wrong_and_keeps_what_was_typed() {
    let stage = Stage::new().await;
    let customer = stage.enter("customer-1").await;
    let path = format!("{}/keys/new", customer.home);
    let refused = stage.fill(&customer, &path, "name=laptop&expires=30").await;
    assert_page(&refused, 400);
    assert!(refused.text.contains("select at least one") && refused.text.contains("value=\"laptop\""));
    assert!(refused.text.contains("<option value=\"30\" selected>"));
    let nameless = stage.fill(&customer, &path, "name=&expires=30&permission=photo.read").await;
    assert_page(&nameless, 400);
    assert!(
        nameless.text.contains("aria-invalid=\"true\"")
            && nameless.text.contains("value=\"photo.read\" checked")
    );
    let odd = stage.fill(&customer, &path, "name=x&expires=100000&permission=photo.read").await;
    assert_page(&odd, 400);
    let beyond = stage.fill(&customer, &path, "name=x&expires=30&permission=all").await;
    assert_page(&beyond, 403);
    assert!(
        stage.server.root("GET", "/v1/api-keys?q=x", None).await.data()["items"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    // Sent twice: answered twice, made once.
    let shown = stage.get(Some(&customer), &path).await;
    let form = format!("{}&name=twice&expires=30&permission=photo.read", hidden(&shown.text));
    let first = stage.form(Some(&customer), &path, &form).await;
    let second = stage.form(Some(&customer), &path, &form).await;
    let secret = |reply: &Reply| between(&reply.text, "id=\"secret\" tabindex=\"0\">", "<").to_owned();
    assert_eq!(secret(&first), secret(&second));
    let listed = stage.server.root("GET", "/v1/api-keys?q=twice", None).await.data();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn other_keys_are_not_there() {
    let stage = Stage::new().await;
    let (one, two) = (stage.enter("customer-1").await, stage.enter("customer-2").await);
    let (own, _) = stage.key(&one, "own").await;
    let (others, others_secret) = stage.key(&two, "others").await;
    let body = json!({
        "name": "operators", "externalId": "customer-1", "serviceAccountId": stage.account, "permissions": ["photo.read"],
    });
    let operators = stage.server.make_key(body).await;
    let listed = stage.get(Some(&one), &format!("{}?revoked=shown", one.home)).await;
    assert!(
        listed.text.contains("own") && !listed.text.contains("operators") && !listed.text.contains(">others")
    );
    let own_form = hidden(&stage.get(Some(&one), &format!("{}/keys/{own}/revoke", one.home)).await.text);
    for id in
        [others.as_str(), operators["id"].as_str().unwrap(), "0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10", "x"]
    {
        for act in ["rotate", "revoke"] {
            let path = format!("{}/keys/{id}/{act}", one.home);
            assert_page(&stage.get(Some(&one), &path).await, 404);
            let sent = stage.form(Some(&one), &path, &format!("{own_form}&overlap=0&once=a")).await;
            assert_page(&sent, 404);
        }
    }
    assert_eq!(stage.code(&others_secret, "photo.read").await, "VALID");
    assert_eq!(stage.code(operators["key"].as_str().unwrap(), "photo.read").await, "VALID");
    // One customer's cookie opens no page of another's session.
    let mixed = Customer { home: two.home.clone(), cookie: one.cookie.clone() };
    assert_page(&stage.get(Some(&mixed), &mixed.home).await, 410);
}

#[tokio::test]
async fn nothing_else_is_reached_with_the_cookie() {
    let stage = Stage::new().await;
    let customer = stage.enter("customer-1").await;
    let document = stage.server.document().await;
    let nobodys = "0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10";
    let open = [
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
        "/openapi/{file}",
        "/v1/sessions",
        "/v1/invitations/accept",
    ];
    let mut tried = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        if open.contains(&path.as_str()) {
            continue;
        }
        let path = path.replace("{id}", nobodys).replace("{memberId}", nobodys).replace("{name}", "a.b");
        for method in item.as_object().unwrap().keys().filter(|method| *method != "parameters") {
            for name in ["keywright_portal", "keywright_session"] {
                let asked = request(&Who::Nobody, &method.to_uppercase(), &path)
                    .header(COOKIE, format!("{name}={}", customer.cookie))
                    .header("sec-fetch-site", "same-origin")
                    .header(CONTENT_TYPE, "application/json");
                let reply = stage.server.send(asked.body(Body::from("{}")).unwrap()).await;
                assert_eq!(reply.status, 401, "{name} {method} {path}: {}", reply.text);
                tried += 1;
            }
        }
    }
    assert!(tried > 80, "only {tried}");
    for name in ["keywright_portal", "keywright_session"] {
        for page in ["", "/keys", "/keys/new", "/members", "/catalogue", "/audit", "/settings", "/server"] {
            let asked = request(&Who::Nobody, "GET", &format!("/console{page}"))
                .header(COOKIE, format!("{name}={}", customer.cookie));
            let reply = stage.server.send(asked.body(Body::empty()).unwrap()).await;
            assert_eq!(reply.status, 303, "{page}");
            assert!(reply.header("location").unwrap().starts_with("/console/login"), "{page}");
        }
    }
    // Nor is the cookie a key, or the way round: a person's session no way into the portal.
    let as_key = stage.server.ask(&Who::Key(customer.cookie.clone()), "GET", "/v1/whoami", None).await;
    assert_eq!(as_key.status, 401);
    let Who::Session(token) = stage.server.set_up().await else { panic!() };
    let person = Customer { home: customer.home.clone(), cookie: token };
    assert_page(&stage.get(Some(&person), &customer.home).await, 410);
}

#[tokio::test]
async fn a_form_must_come_from_a_page_of_the_session() {
    let stage = Stage::new().await;
    let customer = stage.enter("customer-1").await;
    let (id, secret) = stage.key(&customer, "laptop").await;
    let path = format!("{}/keys/{id}/revoke", customer.home);
    let form = hidden(&stage.get(Some(&customer), &path).await.text);
    let cookie = format!("keywright_portal={}", customer.cookie);
    let send = async |headers: &[(&'static str, &'static str)], form: &str| {
        let mut asked = request(&Who::Nobody, "POST", &path)
            .header(COOKIE, &cookie)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in headers {
            asked = asked.header(*name, *value);
        }
        stage.server.send(asked.body(Body::from(form.to_owned())).unwrap()).await
    };
    for site in ["cross-site", "same-site", "none"] {
        assert_page(&send(&[("sec-fetch-site", site)], &form).await, 403);
    }
    for headers in [&[][..], &[("origin", "https://app.example.com")], &[("origin", "null")]] {
        assert_page(&send(headers, &form).await, 403);
    }
    let other = stage.enter("customer-1").await;
    let others = hidden(&stage.get(Some(&other), &format!("{}/keys/{id}/revoke", other.home)).await.text);
    for wrong in ["", "form=x", others.as_str()] {
        assert_page(&send(&[("sec-fetch-site", "same-origin")], wrong).await, 403);
    }
    assert_eq!(stage.code(&secret, "photo.read").await, "VALID");
    let own = send(&[("origin", "http://keys.example")], &form).await;
    assert_eq!(own.status, 303, "{}", own.text);
    assert_eq!(stage.code(&secret, "photo.read").await, "REVOKED");
}

#[tokio::test]
async fn it_is_over_at_once_when_what_it_rests_on_is() {
    for act in 0..4 {
        let stage = Stage::new().await;
        let backend = stage.server.make_key(json!({
            "name": "backend", "scope": "read-write", "permissions": ["portalSession.create", "photo.*"],
        }));
        let backend = backend.await;
        let who = Who::Key(backend["key"].as_str().unwrap().to_owned());
        let made = stage.server.ask(&who, "POST", "/v1/portal-sessions", Some(stage.body("c"))).await.data();
        let (path, token) = link_of(made["url"].as_str().unwrap());
        let opened = stage.form(None, &path, &format!("token={token}")).await;
        let cookie = opened.header("set-cookie").unwrap().split(['=', ';']).nth(1).unwrap().to_owned();
        let customer = Customer { home: opened.header("location").unwrap().to_owned(), cookie };
        assert_page(&stage.get(Some(&customer), &customer.home).await, 200);
        let id = backend["id"].as_str().unwrap();
        let (method, path, body) = match act {
            0 => ("DELETE", format!("/v1/api-keys/{id}"), None),
            1 => ("PATCH", format!("/v1/api-keys/{id}"), Some(json!({"permissions": ["photo.*"]}))),
            2 => ("POST", format!("/v1/service-accounts/{}/disable", stage.account), None),
            _ => ("DELETE", format!("/v1/portal-sessions/{}", made["id"].as_str().unwrap()), None),
        };
        assert_eq!(stage.server.root(method, &path, body).await.status, 200, "{path}");
        for page in ["", "/keys/new"] {
            assert_page(&stage.get(Some(&customer), &format!("{}{page}", customer.home)).await, 410);
        }
        assert_page(
            &stage.form(Some(&customer), &format!("{}/keys/new", customer.home), "name=x").await,
            410,
        );
    }
}

#[tokio::test]
async fn one_can_leave() {
    let stage = Stage::new().await;
    let customer = stage.enter("customer-1").await;
    let form = hidden(&stage.get(Some(&customer), &customer.home).await.text);
    let left = stage.form(Some(&customer), &format!("{}/leave", customer.home), &form).await;
    assert_page(&left, 410);
    assert!(left.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_page(&stage.get(Some(&customer), &customer.home).await, 410);
    assert_page(&stage.get(None, &customer.home).await, 410);
}

#[tokio::test]
async fn who_may_frame_it_is_said_by_the_organization() {
    let https =
        ServerSettings { public_url: Some("https://keys.example".to_owned()), ..ServerSettings::default() };
    let stage = Stage::with(https).await;
    let ancestors = |reply: &Reply| {
        let policy = reply.header("content-security-policy").unwrap().to_owned();
        (
            between(&policy, "frame-ancestors ", ";").to_owned(),
            reply.header("x-frame-options").map(str::to_owned),
        )
    };
    let alone = stage.enter("customer-1").await;
    let shown = stage.get(Some(&alone), &alone.home).await;
    assert_eq!(ancestors(&shown), ("'none'".to_owned(), Some("DENY".to_owned())));

    let set = stage.set_portal(json!({"allowedOrigins": [ORIGIN, "http://localhost:3000"]})).await;
    assert_eq!(set.data()["portal"]["allowedOrigins"], json!([ORIGIN, "http://localhost:3000"]));
    let url = stage.make("customer-1").await["url"].as_str().unwrap().to_owned();
    assert!(url.starts_with("https://keys.example/portal/"), "{url}");
    let (path, token) = link_of(&url);
    let opening = stage.get(None, &format!("{path}?token={token}")).await;
    let opened = stage.form(None, &path, &format!("token={token}")).await;
    let cookie = opened.header("set-cookie").unwrap();
    assert!(cookie.ends_with("; HttpOnly; SameSite=None; Secure; Partitioned"), "{cookie}");
    let over = stage.form(None, &path, &format!("token={token}")).await;
    // Also where there is no cookie, so that a frame can say what is the matter.
    let strange = stage.get(None, path.strip_suffix("/open").unwrap()).await;
    for page in [opening, over, strange] {
        assert_eq!(ancestors(&page), (format!("{ORIGIN} http://localhost:3000"), None));
    }
    let nobodys = stage.get(None, "/portal/0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10").await;
    assert_eq!(ancestors(&nobodys).0, "'none'");
    for bad in ["*", "https://a.example/x", "https://a.example; script-src *", "http://a.example"] {
        let refused = stage.set_portal(json!({"allowedOrigins": [bad]})).await;
        refused.assert_failed(400, bad);
        assert_eq!(refused.fields(), ["portal.allowedOrigins[0]"]);
    }
}

#[tokio::test]
async fn its_look_is_set_by_variables_that_were_read() {
    let stage = Stage::new().await;
    let customer = stage.enter("customer-1").await;
    let look = |page: &Reply| between(&page.text, "theme.css?v=", "\"").to_owned();
    let before = look(&stage.get(Some(&customer), &customer.home).await);
    let portal = json!({
        "accentColor": "#7C3AED", "cornerRadius": 4, "font": "serif", "colorScheme": "light", "maxKeys": 1,
    });
    let set = stage.set_portal(portal).await;
    assert_eq!(set.data()["portal"]["accentColor"], "#7c3aed");
    let after = look(&stage.get(Some(&customer), &customer.home).await);
    assert_ne!(before, after, "a browser asks for the new one");
    let css = stage.get(None, &format!("{}/theme.css?v={after}", customer.home)).await;
    assert_eq!((css.status.as_u16(), css.header("content-type")), (200, Some("text/css; charset=utf-8")));
    assert!(
        css.text.contains("--accent:#7c3aed")
            && css.text.contains("--radius:4px")
            && css.text.contains("Georgia")
    );
    assert!(!css.text.contains("prefers-color-scheme"));
    for (field, bad) in [
        ("accentColor", json!("red}body{display:none")),
        ("cornerRadius", json!(25)),
        ("font", json!("Comic Sans")),
        ("colorScheme", json!("pink")),
        ("maxKeys", json!(0)),
    ] {
        let refused = stage.set_portal(json!({field: bad})).await;
        refused.assert_failed(400, field);
        assert_eq!(refused.fields(), [format!("portal.{field}")]);
    }
    stage.key(&customer, "one").await;
    let full = stage
        .fill(&customer, &format!("{}/keys/new", customer.home), "name=two&expires=7&permission=photo.read")
        .await;
    assert_page(&full, 409);
    assert!(full.text.contains("You’ve reached the limit of 1 keys"));
    assert_eq!(stage.set_portal(Value::Null).await.data()["portal"]["cornerRadius"], 10);
}

#[tokio::test]
async fn it_speaks_the_browsers_language_and_shows_use() {
    let stage = Stage::new().await;
    let customer = stage.enter("customer-1").await;
    let (_, secret) = stage.key(&customer, "laptop").await;
    for _ in 0..3 {
        stage.code(&secret, "photo.read").await;
    }
    stage.code(&secret, "photo.upload").await;
    stage.server.engine.stop().await;
    let asked = request(&Who::Nobody, "GET", &customer.home)
        .header(COOKIE, format!("keywright_portal={}", customer.cookie))
        .header("accept-language", "de-DE,de;q=0.9,en;q=0.8");
    let page = stage.server.send(asked.body(Body::empty()).unwrap()).await;
    assert_page(&page, 200);
    assert!(page.text.contains("lang=\"de\"") && page.text.contains("API-Schlüssel"));
    assert!(page.text.contains("2026-11-21: 3 erlaubt, 1 abgelehnt"), "{}", page.text);
    assert!(page.text.contains("Fehlende Berechtigung"));
}

#[tokio::test]
async fn sessions_are_listed_and_told_once() {
    let stage = Stage::new().await;
    let path = "/v1/portal-sessions";
    let send = async || {
        let asked = request(&Who::Key(stage.server.root_key.clone()), "POST", path)
            .header("idempotency-key", "once")
            .header(CONTENT_TYPE, "application/json");
        stage.server.send(asked.body(Body::from(stage.body("customer-1").to_string())).unwrap()).await.data()
    };
    let (first, second) = (send().await, send().await);
    assert_eq!(first["id"], second["id"]);
    assert!(first["url"].is_string() && first["linkExpiresAt"].is_string());
    assert!(second.get("url").is_none(), "a link is told once");
    stage.server.advance(1);
    let customer = stage.enter("customer-2").await;
    let listed = stage.server.root("GET", path, None).await.data();
    let told: Vec<_> =
        listed["items"].as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap()).collect();
    assert_eq!(told, ["open", "pending"]);
    assert!(!listed.to_string().contains("token") && !listed.to_string().contains(&customer.cookie));
    let of_one = stage.server.root("GET", &format!("{path}?externalId=customer-1"), None).await.data();
    assert_eq!(of_one["items"].as_array().unwrap().len(), 1);
    stage.server.root("GET", &format!("{path}?external_id=x"), None).await.assert_failed(400, "misspelt");
    let audit =
        stage.server.root("GET", "/v1/audit-events?limit=1&action=portalSession.open", None).await.data();
    let event = &audit["items"][0];
    assert_eq!(
        (event["actorType"].as_str(), event["details"]["externalId"].as_str()),
        (Some("portal"), Some("customer-2"))
    );
}
