//! The steps of `cargo xtask test`: what each one calls.

use anyhow::Result;
use clap::ValueEnum;

use crate::invocation::{cargo, run};
use crate::{
    browser, gateways, immich_clients, instructions, node_packages, oauth_clients, samples, schemathesis,
    tools,
};

/// What the provider of identities is made of.
pub(crate) const OIDC_FILES: [&str; 4] = [".npmrc", "package.json", "package-lock.json", "provider.mjs"];

/// In the order in which they run: what is quick to fail comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Step {
    /// The code is formatted
    Fmt,
    /// clippy has nothing to say
    Lint,
    /// The documentation builds without a warning
    Doc,
    /// Every dependency has an allowed licence and comes from where it may
    Deny,
    /// The tests, in processes of their own
    Unit,
    /// The examples in the documentation
    Doctest,
    /// A verification takes no more instructions than it did
    Instructions,
    /// The documentation's samples in four languages get the documented answers
    Samples,
    /// Real clients of the Immich API work unchanged
    Immich,
    /// Real clients of OAuth and JSON Web Tokens get what they ask for
    Oauth,
    /// The recipes for gateways let pass what they should, and nothing else
    Gateways,
    /// The console works in a real browser, for everybody
    Browser,
    /// The running server keeps what its OpenAPI document promises
    Schemathesis,
}

impl Step {
    /// As it is typed.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Lint => "lint",
            Self::Doc => "doc",
            Self::Deny => "deny",
            Self::Unit => "unit",
            Self::Doctest => "doctest",
            Self::Instructions => "instructions",
            Self::Samples => "samples",
            Self::Immich => "immich",
            Self::Oauth => "oauth",
            Self::Gateways => "gateways",
            Self::Browser => "browser",
            Self::Schemathesis => "schemathesis",
        }
    }

    /// Runs the step, installing what it needs. Nothing is skipped: a tool or a service that is not there is a failure.
    pub(crate) fn run(self, with_advisories: bool) -> Result<()> {
        match self {
            Self::Fmt => {
                tools::require_component("fmt", "rustfmt")?;
                run(&mut cargo(["fmt", "--all", "--check"]))
            }
            Self::Lint => {
                tools::require_component("clippy", "clippy")?;
                run(&mut cargo([
                    "clippy",
                    "--workspace",
                    "--all-targets",
                    "--locked",
                    "--",
                    "-D",
                    "warnings",
                ]))
            }
            Self::Doc => {
                let mut doc =
                    cargo(["doc", "--workspace", "--no-deps", "--document-private-items", "--locked"]);
                run(doc.env("RUSTDOCFLAGS", "-D warnings"))
            }
            Self::Deny => {
                tools::DENY.ensure()?;
                // Without the graphs of who wanted what, which fill screens; `cargo tree --invert` tells it.
                let mut deny = cargo(["deny", "--workspace", "--locked", "check", "--hide-inclusion-graph"]);
                deny.args(["bans", "licenses", "sources"]);
                // The advisories are a database to be downloaded from a host of its own, which a closed network
                // refuses, and it changes under an unchanged tree: so only on demand.
                if with_advisories {
                    deny.arg("advisories");
                }
                run(&mut deny)
            }
            Self::Unit => {
                tools::NEXTEST.ensure()?;
                tools::REDIS.ensure()?;
                // A provider to sign in with. The test that needs it finds it in `.tools`.
                node_packages::ensure("oidc", &OIDC_FILES)?;
                run(&mut cargo(["nextest", "run", "--workspace", "--locked"]))
            }
            Self::Doctest => run(&mut cargo(["test", "--doc", "--workspace", "--locked"])),
            Self::Instructions => instructions::run(),
            Self::Samples => samples::run(),
            Self::Immich => immich_clients::run(),
            Self::Oauth => oauth_clients::run(),
            Self::Gateways => gateways::run(),
            Self::Browser => browser::run(),
            Self::Schemathesis => schemathesis::run(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::Step;

    #[test]
    fn every_step_is_typed_by_its_name() {
        for step in Step::value_variants() {
            assert_eq!(Step::from_str(step.name(), false), Ok(*step));
        }
    }
}
