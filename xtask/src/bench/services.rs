//! The databases and the server of other people that baselines need.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use super::folder::Folder;
use super::load::server_command;
use crate::invocation::answer;
use crate::stopwatch::Stopwatch;

const START_PATIENCE: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// The user that Debian's PostgreSQL runs as: it refuses to run as root.
const POSTGRES_USER: &str = "postgres";

/// A running program, killed when it is dropped.
pub(super) struct Service {
    pub(super) child: Child,
    pub(super) address: SocketAddr,
}

impl Drop for Service {
    fn drop(&mut self) {
        // SIGTERM, since PostgreSQL would leave its processes behind; both fail only where it has ended already.
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

/// An address of this machine on which nobody listens.
fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// Starts a program and waits until it listens.
fn listening(mut command: Command, address: SocketAddr, log: &Path) -> Result<Service> {
    let log_file = fs::File::create(log)?;
    command.stdin(Stdio::null()).stdout(log_file.try_clone()?).stderr(log_file);
    let child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
    let mut service = Service { child, address };
    let stopwatch = Stopwatch::start();
    while stopwatch.elapsed() < START_PATIENCE {
        if TcpStream::connect_timeout(&address, POLL_INTERVAL).is_ok() {
            return Ok(service);
        }
        let ended = service.child.try_wait()?;
        ensure!(ended.is_none(), "{command:?} ended:\n{}", fs::read_to_string(log)?);
        thread::sleep(POLL_INTERVAL);
    }
    bail!("{command:?} does not listen:\n{}", fs::read_to_string(log)?)
}

/// nginx that answers 200 by itself.
pub(super) fn nginx(folder: &Folder) -> Result<Service> {
    let (address, home) = (free_address()?, folder.path("nginx"));
    fs::create_dir(&home)?;
    let configuration = home.join("nginx.conf");
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {};", home.join(kind).display()))
        .join(" ");
    fs::write(
        &configuration,
        format!(
            "daemon off; worker_processes 1; pid {}; error_log stderr; \
             events {{ worker_connections 1024; }} \
             http {{ access_log off; {temporary} keepalive_requests 100000000; \
             server {{ listen {address}; location / {{ return 200; }} }} }}",
            home.join("pid").display()
        ),
    )?;
    let mut command = server_command(Path::new("nginx"));
    command.arg("-e").arg(home.join("error.log")).arg("-c").arg(&configuration);
    listening(command, address, &home.join("log"))
}

/// Redis that keeps nothing.
pub(super) fn redis(folder: &Folder) -> Result<Service> {
    let (address, home) = (free_address()?, folder.path("redis"));
    fs::create_dir(&home)?;
    let mut command = server_command(Path::new("redis-server"));
    let port = address.port().to_string();
    command.args(["--bind", "127.0.0.1", "--port", &port, "--save", "", "--appendonly", "no"]);
    command.current_dir(&home);
    listening(command, address, &home.join("log"))
}

/// PostgreSQL with a fresh database.
pub(super) fn postgres(folder: &Folder) -> Result<Service> {
    let (address, home) = (free_address()?, folder.path("postgres"));
    fs::create_dir(&home)?;
    let user = PostgresUser::find()?;
    user.own(&home)?;
    let (programs, data) = (programs_of_postgres()?, home.join("data"));
    let mut make = user.command(&programs.join("initdb"));
    make.arg("--pgdata").arg(&data).args(["--auth", "trust", "--username", POSTGRES_USER]);
    let made = make.stdin(Stdio::null()).output().context("cannot start initdb")?;
    ensure!(made.status.success(), "initdb failed:\n{}", String::from_utf8_lossy(&made.stderr));
    // All of the database fits into its own memory, so that nothing is read from elsewhere.
    let mut command = user.command(&programs.join("postgres"));
    command.arg("-D").arg(&data).arg("-k").arg(&home).args(["-p", &address.port().to_string()]);
    command.args(["-c", "listen_addresses=127.0.0.1", "-c", "shared_buffers=1GB", "-c", "max_wal_size=4GB"]);
    let service = listening(command, address, &folder.path("postgres.log"))?;
    // It listens before it lets anybody in.
    let stopwatch = Stopwatch::start();
    let is_ready = || {
        let mut ask = Command::new(programs.join("pg_isready"));
        answer(ask.args(["-h", "127.0.0.1", "-p", &address.port().to_string()])).is_some()
    };
    while !is_ready() {
        ensure!(stopwatch.elapsed() < START_PATIENCE, "PostgreSQL lets nobody in");
        thread::sleep(POLL_INTERVAL);
    }
    Ok(service)
}

/// The URL of its one database.
pub(super) fn postgres_url(address: SocketAddr) -> String {
    format!("postgres://{POSTGRES_USER}@{address}/{POSTGRES_USER}")
}

/// Whom to run PostgreSQL as: oneself, unless that is root.
struct PostgresUser(Option<(u32, u32)>);

impl PostgresUser {
    fn find() -> Result<Self> {
        let id = |arguments: &[&str]| {
            answer(Command::new("id").args(arguments)).and_then(|text| text.trim().parse::<u32>().ok())
        };
        if id(&["-u"]) != Some(0) {
            return Ok(Self(None));
        }
        let ids = id(&["-u", POSTGRES_USER]).zip(id(&["-g", POSTGRES_USER]));
        Ok(Self(Some(ids.with_context(|| format!("there is no user {POSTGRES_USER} to run PostgreSQL as"))?)))
    }

    fn own(&self, path: &Path) -> Result<()> {
        match self.0 {
            Some((user, group)) => Ok(chown(path, Some(user), Some(group))?),
            None => Ok(()),
        }
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = server_command(program);
        if let Some((user, group)) = self.0 {
            std::os::unix::process::CommandExt::uid(&mut command, user);
            std::os::unix::process::CommandExt::gid(&mut command, group);
        }
        command.current_dir("/");
        command
    }
}

/// Debian keeps them out of the path, by version.
fn programs_of_postgres() -> Result<PathBuf> {
    let told = answer(Command::new("pg_config").arg("--bindir")).map(|text| PathBuf::from(text.trim()));
    let mut found: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    found.sort();
    told.into_iter()
        .chain(found.into_iter().rev())
        .find(|path| path.join("initdb").exists())
        .context("PostgreSQL's initdb is nowhere to be found: Debian's package is `postgresql`")
}
