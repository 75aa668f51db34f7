//! Requests that nobody thought of, made from the server's own OpenAPI documents: no answer may be a server's error, and
//! each must have a status, a content type and a shape that the document promises.
//!
//! What is sent and what is checked stands in `schemathesis.toml`; `xtask/spare_own_key.py` keeps the run from revoking
//! the key that it runs with.

use std::process::Command;

use anyhow::{Result, bail};

use crate::server_under_test::ServerUnderTest;
use crate::{http_get, invocation, tools, workspace};

/// The documents, and how many requests are made of each kind of each operation. The dialects are smaller, and of what they
/// call the native API's run has tried the most.
const DOCUMENTS: [(&str, u32); 4] = [
    ("/openapi.json", 30),
    ("/openapi/gateways.json", 15),
    ("/openapi/immich.json", 5),
    ("/openapi/boltonsea.json", 15),
];

/// Runs schemathesis against a server of its own, document by document.
pub(crate) fn run() -> Result<()> {
    let st = tools::ensure_schemathesis()?;
    let mut server = ServerUnderTest::start()?;
    let url = format!("http://{}", server.address());

    let run = |(document, examples): (&str, u32)| {
        let mut command = Command::new(&st);
        command
            .args(["--config-file", "schemathesis.toml", "run"])
            .arg(format!("{url}{document}"))
            .args(["--max-examples", &examples.to_string()])
            // Beside another thread, Python 3.11 now and then fails to read a schema as open as a dialect's.
            .args(["--workers", if document == "/openapi.json" { "2" } else { "1" }])
            .current_dir(workspace::root())
            .env("KEYWRIGHT_URL", &url)
            .env("KEYWRIGHT_ROOT_KEY", server.root_key())
            // What it would otherwise leave in the checkout.
            .env("HYPOTHESIS_STORAGE_DIRECTORY", server.folder().join("hypothesis"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            // A proxy of the environment must not come between the two.
            .env("NO_PROXY", "127.0.0.1");
        invocation::run(&mut command)
    };
    let outcome = DOCUMENTS.into_iter().try_for_each(run);
    // An ended server is the reason for whatever schemathesis saw, so it is named first.
    server
        .check_running()
        .and(outcome)
        .and_then(|()| check_own_key(&server))
        .inspect_err(|_| println!("\n{}", server.log_tail()))
}

/// A run whose key was revoked on the way saw nothing but 401 from then on, all of them as documented: it proves nothing.
fn check_own_key(server: &ServerUnderTest) -> Result<()> {
    let path = "/v1/api-keys/self";
    let status = http_get::status(server.address(), path, Some(server.root_key()))?;
    if status != 200 {
        bail!(
            "after the run GET {path} answers {status} to the key that the run was made with: some request revoked or \
             changed that key, and what came later was refused unchecked. Teach xtask/spare_own_key.py about that request"
        );
    }
    Ok(())
}
