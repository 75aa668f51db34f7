//! A real OpenID Connect provider, in a process of its own: npm's `oidc-provider`, with the people of
//! `clients/oidc/provider.mjs`.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// A provider; killed when dropped.
pub(crate) struct OidcProvider {
    child: Child,
    issuer: String,
    /// Open as long as it runs: who writes where nobody can read is ended.
    _printed: BufReader<ChildStdout>,
}

impl OidcProvider {
    /// Starts one on a port (0: a free one) that knows one client, `keywright`.
    pub(crate) fn start(port: u16, redirect_uri: &str, client_secret: &str) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/oidc/provider.mjs");
        assert!(
            script.exists(),
            "this test needs a provider of npm's: run `cargo xtask test unit` once, which installs it"
        );
        let mut child = Command::new("node")
            .arg(script)
            .args([&port.to_string(), redirect_uri, client_secret])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("this test needs Node.js: install it");
        let mut printed = BufReader::new(child.stdout.take().unwrap());
        let mut lines = printed.by_ref().lines();
        let issuer = lines.find_map(|line| line.ok().filter(|line| line.starts_with("http://")));
        let Some(issuer) = issuer else {
            panic!("the provider ended at its start: {:?}", child.wait());
        };
        Self { child, issuer, _printed: printed }
    }

    /// Who it says that it is.
    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.issuer.rsplit_once(':').unwrap().1.parse().unwrap()
    }
}

impl Drop for OidcProvider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
