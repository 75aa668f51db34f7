//! A gateway, started with its recipe: the ports are put in, and nothing else that matters is changed.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::install;
use super::service::Service;
use crate::server_under_test::ServerUnderTest;
use crate::stopwatch::Stopwatch;
use crate::workspace;

const START_PATIENCE: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(50);
const LOG_TAIL_LINES: usize = 40;

/// A gateway and its recipe.
pub(super) struct Gateway {
    pub(super) name: &'static str,
    /// The recipe's folder in `deploy/gateways`, and its files; the first is what the gateway is started with.
    folder: &'static str,
    files: &'static [&'static str],
    /// Makes the command; the folder of the files is where it runs.
    command: fn(&Path) -> Command,
    /// Whether it hands the rate limits of an allowed request on to the client.
    pub(super) tells_limits: bool,
}

pub(super) const ALL: [Gateway; 6] = [
    Gateway {
        name: "nginx",
        folder: "nginx",
        files: &["nginx.conf"],
        command: |folder| {
            let mut nginx = Command::new("nginx");
            let pid = folder.join("nginx.pid");
            nginx.arg("-e").arg("stderr").arg("-p").arg(folder).arg("-c").arg(folder.join("nginx.conf"));
            nginx.arg("-g").arg(format!("daemon off; pid {};", pid.display()));
            nginx
        },
        tells_limits: true,
    },
    Gateway {
        name: "caddy",
        folder: "caddy",
        files: &["Caddyfile"],
        command: |folder| {
            let mut caddy = Command::new("caddy");
            caddy.args(["run", "--config", "Caddyfile", "--adapter", "caddyfile"]);
            caddy.env("XDG_DATA_HOME", folder).env("XDG_CONFIG_HOME", folder);
            caddy
        },
        tells_limits: false,
    },
    Gateway {
        name: "haproxy",
        folder: "haproxy",
        files: &["haproxy.cfg", "keywright.lua"],
        command: |_| {
            let mut haproxy = Command::new("haproxy");
            haproxy.args(["-db", "-f", "haproxy.cfg"]);
            haproxy
        },
        tells_limits: true,
    },
    Gateway {
        name: "envoy (gRPC)",
        folder: "envoy",
        files: &["grpc.yaml"],
        command: |_| envoy("grpc.yaml"),
        tells_limits: true,
    },
    Gateway {
        name: "envoy (HTTP)",
        folder: "envoy",
        files: &["http.yaml"],
        command: |_| envoy("http.yaml"),
        tells_limits: true,
    },
    Gateway {
        name: "traefik",
        folder: "traefik",
        files: &["traefik.yaml", "dynamic.yaml"],
        command: |_| {
            let mut traefik = Command::new(install::program("traefik"));
            traefik.arg("--configFile=traefik.yaml");
            traefik
        },
        tells_limits: false,
    },
];

fn envoy(file: &str) -> Command {
    let mut envoy = Command::new(install::program("envoy"));
    // Several of them run side by side here.
    envoy.args(["-c", file, "--disable-hot-restart", "--concurrency", "1"]);
    envoy
}

/// A running gateway. Dropped, it is killed.
pub(super) struct Running {
    gateway: &'static Gateway,
    child: Child,
    pub(super) address: SocketAddr,
    log: PathBuf,
}

impl Running {
    /// Starts it, and returns when it takes connections.
    pub(super) fn start(
        gateway: &'static Gateway,
        server: &ServerUnderTest,
        service: &Service,
    ) -> Result<Self> {
        let address = free_address()?;
        let folder = server.folder().join(gateway.name.replace([' ', '(', ')'], ""));
        fs::create_dir_all(&folder)?;
        for file in gateway.files {
            let recipe = workspace::root().join("deploy/gateways").join(gateway.folder).join(file);
            let text =
                fs::read_to_string(&recipe).with_context(|| format!("cannot read {}", recipe.display()))?;
            let ports = [server.address().port(), service.address().port(), address.port()];
            fs::write(folder.join(file), with_ports(&text, ports))?;
        }
        let log = folder.join("gateway.log");
        let output = File::create(&log)?;
        let mut command = (gateway.command)(&folder);
        command.current_dir(&folder).stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        // A proxy of the environment must not come between.
        command.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1");
        let child = command.spawn().with_context(|| format!("cannot start {}", gateway.name))?;
        let mut running = Self { gateway, child, address, log };
        running.wait_until_listening().inspect_err(|_| println!("\n{}", running.log_tail()))?;
        Ok(running)
    }

    pub(super) const fn name(&self) -> &'static str {
        self.gateway.name
    }

    pub(super) const fn tells_limits(&self) -> bool {
        self.gateway.tells_limits
    }

    /// Fails when it has ended by itself.
    pub(super) fn check_running(&mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("{} ended by itself, with {status}", self.name());
        }
        Ok(())
    }

    /// The end of what it has printed, under a heading.
    pub(super) fn log_tail(&self) -> String {
        let mut tail = VecDeque::with_capacity(LOG_TAIL_LINES);
        let lines = File::open(&self.log).map(|log| BufReader::new(log).split(b'\n'));
        for line in lines.into_iter().flatten().map_while(Result::ok) {
            if tail.len() == LOG_TAIL_LINES {
                tail.pop_front();
            }
            tail.push_back(String::from_utf8_lossy(&line).into_owned());
        }
        format!("the end of {}'s log:\n    {}", self.name(), Vec::from(tail).join("\n    "))
    }

    fn wait_until_listening(&mut self) -> Result<()> {
        let stopwatch = Stopwatch::start();
        while stopwatch.elapsed() < START_PATIENCE {
            self.check_running()?;
            if TcpStream::connect_timeout(&self.address, POLL_INTERVAL).is_ok() && self.serves() {
                return Ok(());
            }
            thread::sleep(POLL_INTERVAL);
        }
        bail!("{} took no requests after {} s", self.name(), START_PATIENCE.as_secs());
    }

    /// Whether it asks about requests yet: some listen before they have read their routes.
    fn serves(&self) -> bool {
        super::wire::send(self.address, "GET", "/photos/1", &[]).is_ok_and(|reply| reply.status == 401)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // nginx's workers end with their master only where it is asked.
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").arg("-TERM").arg(pid).status();
        let stopwatch = Stopwatch::start();
        while stopwatch.elapsed() < Duration::from_secs(2) {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(POLL_INTERVAL);
        }
        // Each fails only where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address that nobody listens on. Somebody may come to, before the gateway does: it is then said to have ended.
fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// The recipe with other ports than those that it documents: the server's, the service's and the gateway's own.
fn with_ports(recipe: &str, ports: [u16; 3]) -> String {
    const DOCUMENTED: [(&str, char); 3] = [("8080", '\u{1}'), ("3000", '\u{2}'), ("8000", '\u{3}')];
    // In two steps: a port that is put in may hold the digits of another.
    let marked =
        DOCUMENTED.iter().fold(recipe.to_owned(), |text, (port, mark)| text.replace(port, &mark.to_string()));
    DOCUMENTED
        .iter()
        .zip(ports)
        .fold(marked, |text, ((_, mark), port)| text.replace(*mark, &port.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recipe_has_the_documented_ports() {
        for gateway in &ALL {
            let texts = gateway.files.iter().map(|file| {
                let path = workspace::root().join("deploy/gateways").join(gateway.folder).join(file);
                fs::read_to_string(path).unwrap()
            });
            let text: String = texts.collect();
            for port in ["8080", "3000", "8000"] {
                assert!(text.contains(port), "{} does not say {port}", gateway.name);
            }
        }
    }

    #[test]
    fn ports_are_put_in_once() {
        assert_eq!(with_ports("8080 3000 8000", [43000, 38000, 18080]), "43000 38000 18080");
    }
}
