//! `keywright serve`: from a data directory to a listening server, and back again in good order.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};
use keywright_engine::{Engine, EngineParts, EngineSettings, FirstStart, SecretToken};
use keywright_server::{Reloader, ServerSettings};
use zeroize::Zeroizing;

use crate::banner::{self, Banner, FirstSecrets};
use crate::config::{Config, Settings};
use crate::connections::Connections;
use crate::data_dir::LockedDataDir;
use crate::delivery::Delivery;
use crate::peers::Peers;
use crate::reload::Reload;
use crate::shutdown::{self, Asked, Signals};
use crate::stop::Stop;
use crate::terminal::{self, Style};
use crate::{logging, open_files, parts, pepper, secret_file};

/// Runs the server until a signal ends it.
pub(crate) fn run(settings: Settings) -> Result<()> {
    let config = Config::resolve(settings.clone())?;
    let log = logging::start(config.log_format, &config.log_filter);
    let data_dir = LockedDataDir::create(&config.data_dir)?;
    // Left by a server that was killed; whoever reads it now would be misled.
    let _ = fs::remove_file(data_dir.layout().address());
    let listener = listen(config.listen)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the machine gives no more threads; see the limits of this user")?;
    let reloader = Reloader::new(config.reloadable());
    let reload = Reload::new(settings, config.clone(), reloader.clone(), log);
    runtime.block_on(serve(&config, &data_dir, listener, reloader, reload))
}

fn listen(address: SocketAddr) -> Result<TcpListener> {
    let listener = TcpListener::bind(address).map_err(|error| {
        let what_to_do = match error.kind() {
            io::ErrorKind::AddrInUse => {
                "another program listens there; stop that one, or choose another address with --listen"
            }
            io::ErrorKind::PermissionDenied => {
                "ports below 1024 need a privilege; choose a higher one with --listen"
            }
            _ => "choose an address of this machine with --listen",
        };
        anyhow!("cannot listen on {address}: {error}; {what_to_do}")
    })?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

async fn serve(
    config: &Config,
    data_dir: &LockedDataDir,
    listener: TcpListener,
    reloader: Reloader,
    reload: Reload,
) -> Result<()> {
    let layout = data_dir.layout();
    let address = listener.local_addr()?;
    let url = url_of(config, address);
    let pepper_path = parts::pepper_path(config, layout);
    let parts = EngineParts {
        settings: EngineSettings {
            keep_requests: config.keep_requests,
            slow_wrong_keys_down: config.slow_wrong_keys_down,
        },
        shared_limits: parts::shared_limits(&config.limits),
        ..parts::open_or_make(layout, &pepper_path).await?
    };
    let oidc = parts::oidc(config, &parts.clock)?;
    warn_of_openness(config, data_dir, &pepper_path, address);

    let delivery = Delivery::new(terminal::is_attended(), config.root_key_file.as_deref(), layout);
    let mut first = None;
    let engine = Engine::start(parts, |start: &FirstStart| {
        first = Some(delivery.deliver_first(&start.root_key, setup_link(&url, &start.setup_token))?);
        Ok(())
    })
    .await
    .map_err(|error| parts::explain(error, &pepper_path))?;

    // At once, and before anything else can fail: the root key counts from here on. The socket takes connections already.
    announce(&url, layout.path(), first.as_ref())?;

    let settings = ServerSettings {
        public_url: config.public_url.clone(),
        root_key_file: delivery.present_root_key_file().map(banner::shell_word),
        immich: config.immich.clone(),
        oidc,
        reloadable: reloader.clone(),
        ..ServerSettings::default()
    };
    let front = keywright_server::router(engine.clone(), settings);
    let connections = Connections::new(front, Peers::new(reloader), open_files::allow_all());

    let signals = Signals::listen().context("the signals that stop the server cannot be listened to")?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let stop = Arc::<Stop>::default();
    let heeding = tokio::spawn(heed(signals, reload, Arc::clone(&stop)));

    let _address_file = AddressFile::write(layout.address(), address)?;
    tracing::info!(%address, version = env!("CARGO_PKG_VERSION"), "listening");
    connections.serve(listener, stop).await;
    engine.stop().await;
    heeding.abort();
    tracing::info!("stopped");
    Ok(())
}

/// Reads the configuration again where a signal asks for it. After the first one to stop tells all connections to end; a
/// second one ends the process.
async fn heed(mut signals: Signals, mut reload: Reload, stop: Arc<Stop>) {
    let kind = loop {
        match signals.next().await {
            Asked::Reload => tokio::task::block_in_place(|| reload.now()),
            Asked::Stop(kind) => break kind,
        }
    };
    tracing::info!(signal = shutdown::name(kind), "stopping: requests in flight may finish");
    stop.ask();
    signals.end_at_the_next().await;
}

/// Prints the banner. A root key that could not be shown is not lost: another can be made.
fn announce(url: &str, data_dir: &Path, first: Option<&FirstSecrets>) -> Result<()> {
    let text = Zeroizing::new(Banner { url, data_dir, first }.render(Style::of_stdout()));
    let printed = terminal::print(&text);
    match first {
        Some(secrets) if secrets.root_key.shown.is_some() => printed.context(
            "the new root key could not be shown; make another with `keywright root-key reset --root-key-file FILE`",
        ),
        // Nobody reads it: that is no reason not to serve.
        _ => Ok(()),
    }
}

/// What is allowed but seldom meant.
fn warn_of_openness(config: &Config, data_dir: &LockedDataDir, pepper: &Path, address: SocketAddr) {
    if data_dir.is_open_to_others() {
        let path = data_dir.layout().path().display();
        tracing::warn!("other users may look into the data directory: chmod 700 {path}");
    }
    if pepper::is_open_to_others(pepper) {
        tracing::warn!("other users may read the pepper: chmod 600 {}", pepper.display());
    }
    let is_https = config.public_url.as_deref().is_some_and(|url| url.starts_with("https://"));
    if !address.ip().is_loopback() && !is_https {
        tracing::warn!(
            "keys sent to {address} cross the network unencrypted, unless a proxy in front of it speaks TLS; \
             where one does, say so with --public-url https://..."
        );
    }
}

/// Where clients find a server that listens on this address.
pub(crate) fn url_of(config: &Config, address: SocketAddr) -> String {
    config.public_url.clone().unwrap_or_else(|| format!("http://{}", reachable(address)))
}

/// The link that sets a server up.
pub(crate) fn setup_link(url: &str, token: &SecretToken) -> Zeroizing<String> {
    Zeroizing::new(format!("{url}/console/setup?token={}", token.expose()))
}

/// The link by which somebody chooses a new password.
pub(crate) fn password_link(url: &str, token: &SecretToken) -> Zeroizing<String> {
    Zeroizing::new(format!("{url}/console/lost-password?token={}", token.expose()))
}

/// An address that a client on this machine can use, for one that stands for every network.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// `<data-dir>/address`: there while the server listens, for scripts that let it choose a port.
struct AddressFile(PathBuf);

impl AddressFile {
    fn write(path: PathBuf, address: SocketAddr) -> Result<Self> {
        secret_file::replace(&path, &format!("{address}\n"))
            .with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for AddressFile {
    fn drop(&mut self) {
        // It is replaced at the next start in any case.
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_network_is_reached_by_the_loopback() {
        let shown = |address: &str| reachable(address.parse().unwrap()).to_string();
        assert_eq!(shown("0.0.0.0:80"), "127.0.0.1:80");
        assert_eq!(shown("[::]:80"), "[::1]:80");
        assert_eq!(shown("10.1.2.3:80"), "10.1.2.3:80");
    }

    #[test]
    fn an_address_that_is_taken_is_told_with_what_to_do() {
        let taken = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = taken.local_addr().unwrap();
        let error = listen(address).unwrap_err().to_string();
        assert!(error.contains(&address.to_string()) && error.contains("--listen"), "{error}");
    }
}
