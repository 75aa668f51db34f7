//! What the tests stand on: the server as an operator starts it, and browsers that see it.

mod axe;
mod browser;
mod chromedriver;
mod foreign_site;
mod http_head;
mod picture;
mod proxy;

pub(crate) use axe::Finding;
pub(crate) use browser::{Browser, Scripts};
pub(crate) use foreign_site::ForeignSite;
pub(crate) use picture::{LOOKS, folder};

use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::harness::{Client, Deadline, Installation, Server, Terminal};

/// What everybody here signs in with.
pub(crate) const PASSWORD: &str = "seven wet otters";

/// The first owner.
pub(crate) const OWNER: &str = "ada@example.com";

/// A server that was started for the first time, by somebody who reads what it prints.
pub(crate) struct Stage {
    server: Server,
    setup_link: String,
    root_key: String,
    _terminal: Terminal,
    _installation: Installation,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let installation = Installation::new();
        let command = installation.serve();
        Self::start(installation, command).await
    }

    /// One that knows a provider of identities, whose client's secret it is given.
    pub(crate) async fn with_provider(port: u16, issuer: &str, secret: &str) -> Self {
        let installation = Installation::new();
        std::fs::write(installation.path("client-secret"), secret).unwrap();
        let mut command = installation.command("serve --oidc-client-id keywright --oidc-issuer");
        command.args([issuer, "--oidc-label", "Example ID", "--listen", &format!("127.0.0.1:{port}")]);
        command.args(["--public-url", &format!("http://127.0.0.1:{port}")]);
        command.arg("--oidc-client-secret-file").arg(installation.path("client-secret"));
        command.arg("--data-dir").arg(installation.data_dir());
        Self::start(installation, command).await
    }

    async fn start(installation: Installation, mut command: Command) -> Self {
        let terminal = Terminal::new();
        command.stdout(terminal.stdout());
        let server = Server::start_printing(&installation, command, installation.path("stdout")).await;
        let shown = terminal.wait_for("Data in");
        Self {
            setup_link: word_from(&shown, "http://", "/console/setup?token="),
            root_key: word_from(&shown, "kw_", "kw_"),
            server,
            _terminal: terminal,
            _installation: installation,
        }
    }

    /// The link that the server printed.
    pub(crate) fn setup_link(&self) -> &str {
        &self.setup_link
    }

    /// Host and port of the server.
    pub(crate) fn host(&self) -> String {
        self.server.address().to_string()
    }

    /// The key that may do everything.
    pub(crate) fn root_key(&self) -> &str {
        &self.root_key
    }

    /// A program that presents the root key.
    pub(crate) fn program(&self) -> Client {
        self.server.client(&self.root_key)
    }

    /// A browser that was never here.
    pub(crate) async fn browser(&self) -> Browser {
        self.browser_with(Scripts::On).await
    }

    pub(crate) async fn browser_with(&self, scripts: Scripts) -> Browser {
        Browser::start(&self.host(), scripts).await
    }

    /// The first owner's browser, after they followed the link: signed in.
    pub(crate) async fn owner(&self) -> Browser {
        let browser = self.browser().await;
        self.set_up(&browser).await;
        browser
    }

    /// Follows the link, and fills the form in.
    pub(crate) async fn set_up(&self, browser: &Browser) {
        browser.open(&self.setup_link).await;
        browser.fill("Email", OWNER).await;
        browser.fill("Name", "Ada Lovelace").await;
        browser.fill("Password", PASSWORD).await;
        browser.press("Create account").await;
        browser.expect_text("Ada Lovelace").await;
    }

    /// Where programs find the members of the first organization.
    pub(crate) async fn members_path(&self) -> String {
        let organization = self.program().get("/v1/whoami").await.text("organizationId");
        format!("/v1/organizations/{organization}/members")
    }

    /// Waits until the server has written down that a key was used: it does so every few seconds.
    pub(crate) async fn wait_for_use(&self, name: &str) {
        let deadline = Deadline::after(Duration::from_secs(15));
        loop {
            let keys = self.program().get(&format!("/v1/api-keys?q={name}")).await;
            if keys.data()["items"][0]["lastUsedAt"].is_string() {
                return;
            }
            assert!(!deadline.has_passed(), "the use was never written down: {}", keys.body);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The browser of somebody with this role, who accepted their invitation: signed in.
    pub(crate) async fn member(&self, name: &str, role: &str) -> Browser {
        let email = format!("{}@example.com", name.to_lowercase());
        let invitation = json!({"email": email, "role": role});
        let invited = self.program().post(&self.members_path().await, invitation).await;
        let browser = self.browser().await;
        browser.open(invited.data()["invitation"]["path"].as_str().expect("somebody new is invited")).await;
        browser.fill("Name", name).await;
        browser.fill("Password", PASSWORD).await;
        browser.press("Accept invitation").await;
        browser.expect_text(name).await;
        browser
    }
}

/// The word of a text that has `mark` in it, from `begin` on and up to what is no part of a key or an address.
fn word_from(text: &str, begin: &str, mark: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_-:/.?=".contains(c);
    let words = text.split(|c: char| !is_part(c));
    let word = words.filter(|word| word.contains(mark)).find_map(|word| Some(&word[word.find(begin)?..]));
    word.unwrap_or_else(|| panic!("no {mark} in:\n{text}")).to_owned()
}
