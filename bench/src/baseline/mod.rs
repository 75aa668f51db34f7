//! Bare servers, built with the same libraries as the real one: the least that answers at all, and the ways in which
//! people look keys up themselves.

mod answers;
mod postgres;
mod redis;
mod sqlite;

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::{any, post};
use axum_server::accept::NoDelayAcceptor;
use keywright_domain::Digest;

use crate::tell;

/// The path of the real server.
const VERIFY: &str = "/v1/api-keys/verify";
/// Keys that are written to a database at once.
const CHUNK: usize = 10_000;

/// What to serve.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Which baseline
    kind: Kind,
    /// Its database: a file for `sqlite`, a URL for `redis` and `postgres`
    #[arg(long, default_value = "")]
    database: String,
    /// The keys that its database is filled with, one a line
    #[arg(long)]
    keys: Option<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Kind {
    /// Answers 200 and nothing else
    Plain,
    /// Reads a question as JSON and answers with as much JSON as a verification does
    Json,
    /// Looks the key's digest up in Redis
    Redis,
    /// Looks the key's digest up in SQLite
    Sqlite,
    /// Looks the key's digest up in PostgreSQL
    Postgres,
}

/// Finds what is stored under a digest.
trait LookUp: Send + Sync + 'static {
    /// The stored text.
    fn find(&self, digest: &Digest) -> impl Future<Output = anyhow::Result<Option<String>>> + Send;
}

/// Serves until the process is killed.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let keys = || arguments.keys.as_deref().context("this baseline needs --keys");
        let database = arguments.database.as_str();
        let router = match arguments.kind {
            Kind::Plain => Router::new().route("/authz", any(|| async { StatusCode::OK })),
            Kind::Json => Router::new().route(VERIFY, post(answers::of_json)),
            Kind::Redis => looking_up(redis::Redis::fill(database, keys()?).await?),
            Kind::Sqlite => looking_up(sqlite::Sqlite::fill(database, keys()?)?),
            Kind::Postgres => looking_up(postgres::Postgres::fill(database, keys()?).await?),
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        tell("address", listener.local_addr()?);
        // The same as the real server.
        let server = axum_server::from_tcp(listener)?.acceptor(NoDelayAcceptor::new()).http1_only();
        Ok(server.serve(router.into_make_service()).await?)
    })
}

fn looking_up<L: LookUp>(database: L) -> Router {
    Router::new().route(VERIFY, post(answers::of_database::<L>)).with_state(Arc::new(database))
}
