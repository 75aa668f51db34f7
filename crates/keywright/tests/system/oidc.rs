//! Signing in with an OpenID Connect provider: the real binary and a real provider, with a browser between them.

use std::net::TcpListener;
use std::time::Duration;

use reqwest::header::{HeaderMap, LOCATION};
use reqwest::redirect::Policy;

use crate::harness::{Client, Deadline, Installation, OidcProvider, Server};

const PASSWORD: &str = "seven wet otters on a slide";
const SECRET: &str = "a secret of the client";

/// A server that knows a provider, and its first owner, Ada.
struct World {
    installation: Installation,
    server: Server,
    base: String,
}

/// A browser that is led nowhere by itself.
struct Browser {
    http: reqwest::Client,
    base: String,
}

/// A page, or the way to another.
struct Shown {
    status: u16,
    headers: HeaderMap,
    text: String,
}

/// A port that is free now.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn redirect_uri(port: u16) -> String {
    format!("http://127.0.0.1:{port}/console/oidc/callback")
}

impl World {
    /// Starts the server on a port, with a provider of identities that need not be there.
    async fn start(port: u16, issuer: &str) -> Self {
        let installation = Installation::new();
        std::fs::write(installation.path("client-secret"), format!("{SECRET}\n")).unwrap();
        let base = format!("http://127.0.0.1:{port}");
        let mut command = installation.command("serve");
        command.args(["--listen", &format!("127.0.0.1:{port}"), "--public-url", &base]);
        command.args(["--oidc-issuer", issuer, "--oidc-client-id", "keywright"]);
        command.arg("--oidc-client-secret-file").arg(installation.path("client-secret"));
        command.args(["--oidc-label", "Example ID", "--oidc-allowed-domains", "example.com"]);
        command.arg("--data-dir").arg(installation.data_dir());
        let server = Server::start(&installation, command).await;
        let link = installation.read("setup-link");
        let token = link.rsplit_once("token=").unwrap().1;
        let person =
            [("token", token), ("name", "Ada"), ("email", "ada@example.com"), ("password", PASSWORD)];
        Client::browser(server.address()).submit("/console/setup", &person).await;
        Self { installation, server, base }
    }

    fn browser(&self) -> Browser {
        let http = reqwest::Client::builder().no_proxy().cookie_store(true).redirect(Policy::none());
        let http = http.timeout(Duration::from_secs(30)).build().unwrap();
        Browser { http, base: self.base.clone() }
    }

    /// A browser in which Ada is signed in with her password.
    async fn signed_in(&self) -> Browser {
        let browser = self.browser();
        let form = [("email", "ada@example.com"), ("password", PASSWORD)];
        assert_eq!(browser.submit("/console/login", &form).await.status, 303);
        browser
    }

    /// A browser in which Ada linked her account at the provider.
    async fn linked(&self) -> Browser {
        let browser = self.browser();
        let asked = browser.sign_in_as("ada").await;
        assert_eq!(asked.location(), "/console/oidc/confirm");
        assert_eq!(browser.submit("/console/oidc/confirm", &[("password", PASSWORD)]).await.status, 303);
        browser
    }

    /// What the audit log tells of an act.
    async fn told(&self, action: &str) -> usize {
        let root = self.server.client(&self.installation.root_key());
        let told = root.get(&format!("/v1/audit-events?action={action}")).await;
        told.data()["items"].as_array().unwrap().len()
    }
}

impl Browser {
    async fn get(&self, url: &str) -> Shown {
        let url = if url.starts_with('/') { format!("{}{url}", self.base) } else { url.to_owned() };
        Shown::of(self.http.get(url).send().await.unwrap()).await
    }

    async fn submit(&self, path: &str, form: &[(&str, &str)]) -> Shown {
        let body = serde_urlencoded::to_string(form).unwrap();
        let request = self.http.post(format!("{}{path}", self.base)).header("origin", &self.base);
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        Shown::of(request.send().await.unwrap()).await
    }

    /// Where the server sends it to sign in.
    async fn begin(&self) -> String {
        self.get("/console/oidc/start?next=%2Fconsole%2Fkeys").await.location()
    }

    /// Says at the provider who it is; where the provider sends it then.
    async fn answer(&self, provider: &str, answer: &str) -> String {
        let (origin, _) = provider.split_once("/auth").expect("it is where the provider is");
        // The provider leads from one of its pages to another by their paths.
        let led = async |url: &str| {
            let to = self.get(url).await.location();
            if to.starts_with('/') { format!("{origin}{to}") } else { to }
        };
        let asked = led(provider).await;
        if !asked.contains("/interaction/") {
            return asked;
        }
        let resumed = led(&format!("{asked}/{answer}")).await;
        led(&resumed).await
    }

    /// Signs in at the provider as somebody, and comes back.
    async fn sign_in_as(&self, person: &str) -> Shown {
        let provider = self.begin().await;
        let back = self.answer(&provider, &format!("as/{person}")).await;
        self.get(&back).await
    }

    async fn is_signed_in(&self) -> bool {
        self.get("/console/account").await.status == 200
    }
}

impl Shown {
    async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, text: response.text().await.unwrap() }
    }

    #[track_caller]
    fn location(&self) -> String {
        let location = self.headers.get(LOCATION);
        location.unwrap_or_else(|| panic!("{}: {}", self.status, self.text)).to_str().unwrap().to_owned()
    }

    #[track_caller]
    fn assert_says(&self, status: u16, text: &str) {
        assert_eq!(self.status, status, "{}", self.text);
        assert!(self.text.contains(text), "no {text:?} in {}", self.text);
    }
}

#[tokio::test]
async fn an_account_is_linked_once_confirmed_and_then_signs_in() {
    let port = free_port();
    let provider = OidcProvider::start(0, &redirect_uri(port), SECRET);
    let world = World::start(port, provider.issuer()).await;

    let browser = world.browser();
    browser.get("/console/login?next=%2Fconsole%2Fkeys").await.assert_says(200, "Sign in with Example ID");
    let first = browser.sign_in_as("ada").await;
    assert_eq!((first.status, first.location().as_str()), (303, "/console/oidc/confirm"));
    assert!(!browser.is_signed_in().await, "nobody is signed in by an address alone");
    browser.get("/console/oidc/confirm").await.assert_says(200, "Your Keywright password.");
    let wrong = browser.submit("/console/oidc/confirm", &[("password", "not the right one")]).await;
    wrong.assert_says(401, "Incorrect email or password");
    assert!(!browser.is_signed_in().await);
    let confirmed = browser.submit("/console/oidc/confirm", &[("password", PASSWORD)]).await;
    assert_eq!((confirmed.status, confirmed.location().as_str()), (303, "/console/keys"));
    assert!(browser.is_signed_in().await);
    assert_eq!(world.told("identity.link").await, 1);
    browser.get("/console/oidc/confirm").await.assert_says(400, "confirmation expired");

    // From now on one press does, in another browser too, with no password of ours.
    let other = world.browser();
    let signed_in = other.sign_in_as("ada").await;
    assert_eq!((signed_in.status, signed_in.location().as_str()), (303, "/console/keys"));
    assert!(other.is_signed_in().await);

    // Another account of the provider's with the same address is another account.
    let again = world.browser();
    assert_eq!(again.sign_in_as("ada-again").await.location(), "/console/oidc/confirm");
    let refused = again.submit("/console/oidc/confirm", &[("password", PASSWORD)]).await;
    refused.assert_says(409, "is linked already");
    assert!(!again.is_signed_in().await);

    // Taken off, it asks again.
    let account = other.get("/console/account").await;
    let from = account.text.split_once("href=\"/console/oidc/").expect("a linked account is shown").1;
    let unlink = format!("/console/oidc/{}", from.split_once('"').unwrap().0);
    other.get(&unlink).await.assert_says(200, "Current password");
    for wrong in
        [&[("organization", "1")][..], &[("organization", "1"), ("currentPassword", "not the right one")]]
    {
        other.submit(&unlink, wrong).await.assert_says(400, "is not the current password");
    }
    assert_eq!(world.told("identity.unlink").await, 0);
    let done = other.submit(&unlink, &[("organization", "1"), ("currentPassword", PASSWORD)]).await;
    assert_eq!(done.location(), "/console/account?done=unlinked");
    assert_eq!(world.told("identity.unlink").await, 1);
    assert_eq!(world.browser().sign_in_as("ada").await.location(), "/console/oidc/confirm");

    // Whoever is signed in links with a press, after the same question.
    let signed_in = world.signed_in().await;
    assert_eq!(signed_in.sign_in_as("ada").await.location(), "/console/oidc/confirm");
    let question = signed_in.get("/console/oidc/confirm").await;
    question.assert_says(200, "Link account");
    assert!(!question.text.contains("type=\"password\""));
    let linked = signed_in.submit("/console/oidc/confirm", &[]).await;
    assert_eq!(linked.location(), "/console/account?done=linked");
    assert_eq!(world.browser().sign_in_as("ada").await.location(), "/console/keys");
    let ended = world.server.stop().await;
    assert!(!ended.stderr.contains(SECRET) && !ended.stderr.contains("code="), "{}", ended.stderr);
}

#[tokio::test]
async fn who_is_not_proven_to_be_somebody_here_is_not_let_in() {
    let port = free_port();
    let provider = OidcProvider::start(0, &redirect_uri(port), SECRET);
    let world = World::start(port, provider.issuer()).await;
    for (person, said) in [
        ("ada-unverified", "Email not verified"),
        ("stranger", "No account with this email"),
        ("outsider", "Email domain not allowed"),
    ] {
        let browser = world.browser();
        browser.sign_in_as(person).await.assert_says(403, said);
        browser.get("/console/oidc/confirm").await.assert_says(400, "confirmation expired");
        assert!(!browser.is_signed_in().await, "{person}");
    }
    // The provider's refusal is told in our words, not in its.
    let browser = world.browser();
    let back = browser.answer(&browser.begin().await, "refuse").await;
    assert!(back.contains("error_description"), "{back}");
    let refused = browser.get(&back).await;
    refused.assert_says(403, "You cancelled signing in with Example ID");
    assert!(!refused.text.contains("alert") && !refused.text.contains("access_denied"));

    // Somebody who was removed has nothing to sign in to.
    let linked = world.linked().await;
    assert!(linked.is_signed_in().await);
    let root = world.server.client(&world.installation.root_key());
    let organization = root.get("/v1/whoami").await.text("organizationId");
    let members = format!("/v1/organizations/{organization}/members");
    let listed = root.get(&members).await;
    let ada =
        listed.data()["items"].as_array().unwrap().iter().find(|one| one["userEmail"] == "ada@example.com");
    let ada = ada.unwrap()["id"].as_str().unwrap().to_owned();
    assert_eq!(root.delete(&format!("{members}/{ada}")).await.status, 200);
    let removed = world.browser();
    removed.sign_in_as("ada").await.assert_says(403, "no member of any organization");
    assert!(!removed.is_signed_in().await);
}

#[tokio::test]
async fn an_answer_counts_once_in_the_browser_that_asked() {
    let port = free_port();
    let provider = OidcProvider::start(0, &redirect_uri(port), SECRET);
    let world = World::start(port, provider.issuer()).await;
    world.linked().await;

    // Another state than the browser was sent with.
    let browser = world.browser();
    let back = browser.answer(&browser.begin().await, "as/ada").await;
    let (before, after) = back.split_once("state=").unwrap();
    let forged = format!("{before}state=x{after}");
    browser.get(&forged).await.assert_says(400, "belongs to a different sign-in");
    // That ended nothing: the right answer still counts, and counts once.
    assert_eq!(browser.get(&back).await.location(), "/console/keys");
    browser.get(&back).await.assert_says(400, "started in another browser");

    // Another browser: who is lured into somebody else's attempt is not signed in as them.
    let back = browser.answer(&browser.begin().await, "as/ada").await;
    let other = world.browser();
    other.get(&back).await.assert_says(400, "started in another browser");
    assert!(!other.is_signed_in().await);
    // Nor with an attempt of their own, into which the other's code is put: it was asked for with another verifier.
    let own = other.begin().await;
    let state = own.split("state=").nth(1).unwrap().split('&').next().unwrap();
    let code = back.split("code=").nth(1).unwrap().split('&').next().unwrap();
    let injected = format!("/console/oidc/callback?code={code}&state={state}");
    other.get(&injected).await.assert_says(400, "used or expired");
    assert!(!other.is_signed_in().await);

    // Another nonce than the browser was sent with.
    let browser = world.browser();
    let provider_url = browser.begin().await;
    let nonce = provider_url.split("nonce=").nth(1).unwrap().split('&').next().unwrap();
    let back = browser.answer(&provider_url.replace(nonce, "another"), "as/ada").await;
    browser.get(&back).await.assert_says(400, "could not be verified");
    assert!(!browser.is_signed_in().await);

    // Another issuer than the one that was asked (RFC 9207).
    let browser = world.browser();
    let back = browser.answer(&browser.begin().await, "as/ada").await;
    let (before, _) = back.split_once("iss=").unwrap();
    browser
        .get(&format!("{before}iss=https%3A%2F%2Fevil.example"))
        .await
        .assert_says(400, "unexpected provider");

    // The same answer again, by a browser that did not forget the attempt.
    let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    let started = http.get(format!("{}/console/oidc/start", world.base)).send().await.unwrap();
    let cookie = started.headers()["set-cookie"].to_str().unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Lax", "Path=/;", "Max-Age=600"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let kept = cookie.split(';').next().unwrap();
    let sent_to = started.headers()[LOCATION].to_str().unwrap().to_owned();
    let back = world.browser().answer(&sent_to, "as/ada").await;
    let again = async || Shown::of(http.get(&back).header("cookie", kept).send().await.unwrap()).await;
    assert_eq!(again().await.location(), "/console");
    again().await.assert_says(400, "used or expired");
}

#[tokio::test]
async fn nobody_is_led_elsewhere() {
    let port = free_port();
    let provider = OidcProvider::start(0, &redirect_uri(port), SECRET);
    let world = World::start(port, provider.issuer()).await;
    let browser = world.browser();
    // What a client says of the host does not say where codes are sent.
    let start = format!("{}/console/oidc/start?next=https%3A%2F%2Fevil.example", world.base);
    let sent = browser.http.get(start).header("host", "evil.example").send().await.unwrap();
    let to = Shown::of(sent).await.location();
    assert!(to.starts_with(provider.issuer()) && !to.contains("evil.example"), "{to}");
    let own = format!("redirect_uri=http%3A%2F%2F127.0.0.1%3A{port}%2Fconsole%2Foidc%2Fcallback");
    assert!(to.contains(&own) && to.contains("code_challenge_method=S256"), "{to}");
    // Nor does what it asked to be led to afterwards.
    world.linked().await;
    let back = browser.answer(&to, "as/ada").await;
    assert_eq!(browser.get(&back).await.location(), "/console");
    // A page elsewhere begins no attempt.
    let start = browser.http.get(format!("{}/console/oidc/start", world.base));
    let lured = Shown::of(start.header("sec-fetch-site", "cross-site").send().await.unwrap()).await;
    assert_eq!((lured.status, lured.location().as_str()), (303, "/console/login"));
    assert!(!lured.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn a_provider_that_is_away_keeps_nobody_from_a_password() {
    let (port, provider_port) = (free_port(), free_port());
    let issuer = format!("http://127.0.0.1:{provider_port}");
    let world = World::start(port, &issuer).await;
    let browser = world.browser();
    let away = browser.get("/console/oidc/start").await;
    away.assert_says(503, "Example ID is not responding");
    assert!(world.signed_in().await.is_signed_in().await);
    // It is back, and asked again.
    let provider = OidcProvider::start(provider_port, &redirect_uri(port), SECRET);
    assert_eq!(provider.port(), provider_port);
    let is_back = async || world.browser().get("/console/oidc/start").await.status == 303;
    let deadline = Deadline::after(Duration::from_secs(20));
    while !is_back().await {
        assert!(!deadline.has_passed(), "the provider is taken for away for seconds alone");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(world.browser().sign_in_as("ada").await.location(), "/console/oidc/confirm");
    // It goes away while somebody is there.
    let browser = world.browser();
    let back = browser.answer(&browser.begin().await, "as/ada").await;
    drop(provider);
    browser.get(&back).await.assert_says(503, "Example ID is not responding");
}
