//! The recipes in `deploy/gateways`, as they are written: each real gateway is started with its own, in front of a service
//! that echoes what reaches it and beside the real server, and is tried by friends and by strangers.

mod checks;
mod gateway;
mod install;
mod keys;
mod service;
mod wire;

use std::thread;
use std::time::Duration;

use anyhow::{Result, bail};

use self::checks::Check;
use self::gateway::{ALL, Running};
use self::keys::Keys;
use self::service::Service;
use crate::server_under_test::ServerUnderTest;
use crate::stopwatch::Stopwatch;

/// How long a changed configuration may take to be in force.
const RELOAD_PATIENCE: Duration = Duration::from_secs(10);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// What the server knows of its gateways. They, and whoever asks them, are on this machine.
const CONFIGURATION: &str = r#"
[proxies]
trusted = ["127.0.0.1"]

[[gateways.profiles]]
profile = "envoy"
presented_key = "remove"

[[gateways.routes]]
method = "GET"
path = "/photos/{id}"
permissions = ["photo.read"]

[[gateways.routes]]
method = "DELETE"
path = "/photos/{id}"
permissions = ["photo.delete"]

[[gateways.routes]]
method = "*"
path = "/admin/**"
permissions = ["admin.use"]
"#;

/// Starts everything, tries every gateway, and fails unless all of them did what they should.
pub(crate) fn run() -> Result<()> {
    install::ensure_all()?;
    let mut server = ServerUnderTest::start_configured(CONFIGURATION)?;
    let service = Service::start()?;
    let mut gateways = Vec::with_capacity(ALL.len());
    for gateway in &ALL {
        gateways.push(Running::start(gateway, &server, &service)?);
    }
    let mut tally = Tally::default();
    let outcome = try_out(&mut server, &mut gateways, &mut tally);
    println!("{} passed, {} failed", tally.passed, tally.failed);
    if outcome.is_err() || tally.failed > 0 {
        println!("\n{}", server.log_tail());
        for gateway in gateways.iter().filter(|gateway| tally.failing.contains(&gateway.name())) {
            println!("\n{}", gateway.log_tail());
        }
    }
    outcome?;
    if tally.failed > 0 {
        bail!("{} of {} checks failed", tally.failed, tally.passed + tally.failed);
    }
    Ok(())
}

/// What came of the checks.
#[derive(Default)]
struct Tally {
    passed: usize,
    failed: usize,
    failing: Vec<&'static str>,
}

impl Tally {
    fn take(&mut self, gateway: &'static str, what: &str, outcome: Result<()>) {
        match outcome {
            Ok(()) => self.passed += 1,
            Err(error) => {
                println!("{gateway:<14} {what:<44} FAILED: {error:#}");
                self.failed += 1;
                self.failing.push(gateway);
            }
        }
    }
}

fn try_out(server: &mut ServerUnderTest, gateways: &mut [Running], tally: &mut Tally) -> Result<()> {
    let keys = Keys::of(server);
    for gateway in gateways.iter() {
        let stopwatch = Stopwatch::start();
        let check = Check::new(gateway, &keys)?;
        for (what, check_it) in checks::ALL {
            tally.take(gateway.name(), what, check_it(&check));
        }
        println!("{:<14} tried in {:.1} s", gateway.name(), stopwatch.elapsed().as_secs_f64());
    }
    in_another_organization(server, gateways, &keys, tally)?;
    for gateway in gateways.iter_mut() {
        gateway.check_running()?;
    }
    server.check_running()?;

    let reader = keys.make(r#""permissions":["photo.read"]"#)?;
    server.kill()?;
    for gateway in gateways.iter() {
        tally.take(
            gateway.name(),
            "nobody passes while the server is down",
            checks::is_closed(gateway, &reader),
        );
    }
    Ok(())
}

/// While the gateways belong to another organization, the keys of this one are unknown to them.
fn in_another_organization(
    server: &ServerUnderTest,
    gateways: &[Running],
    keys: &Keys,
    tally: &mut Tally,
) -> Result<()> {
    let reader = keys.make(r#""permissions":["photo.read"]"#)?;
    let number = keys.make_organization()?;
    server.reconfigure(&format!("{CONFIGURATION}\n[gateways]\norganization = \"{number}\"\n"))?;
    wait_until(|| checks::is_unknown(&gateways[0], &reader).is_ok())?;
    for gateway in gateways {
        let outcome = checks::is_unknown(gateway, &reader);
        tally.take(gateway.name(), "another organization's key is unknown", outcome);
    }
    server.reconfigure(CONFIGURATION)?;
    wait_until(|| checks::is_unknown(&gateways[0], &reader).is_err())?;
    for gateway in gateways {
        tally.take(gateway.name(), "and its own is known again", checks::is_let_in(gateway, &reader));
    }
    Ok(())
}

fn wait_until(mut is_so: impl FnMut() -> bool) -> Result<()> {
    let stopwatch = Stopwatch::start();
    while stopwatch.elapsed() < RELOAD_PATIENCE {
        if is_so() {
            return Ok(());
        }
        thread::sleep(POLL_INTERVAL);
    }
    bail!("the changed configuration was not in force after {} s", RELOAD_PATIENCE.as_secs());
}
