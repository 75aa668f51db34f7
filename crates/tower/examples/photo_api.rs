//! A photo service with API keys of its own: the engine, its database and its key API in one process.
//!
//! ```console
//! $ cargo run -p keywright-tower --example photo_api -- ./photo-data
//! ```
//!
//! prints a first key that may do everything. Make others with it (`POST /v1/api-keys`), and show them at `/photos`.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use axum::extract::ConnectInfo;
use axum::routing::get;
use axum::{Extension, Json, Router};
use keywright_domain::Pepper;
use keywright_engine::{Engine, EngineParts, EngineSettings, Random as _, SystemClock, SystemRandom};
use keywright_server::ServerSettings;
use keywright_store::sqlite::SqliteStore;
use keywright_tower::{KeyFacts, KeyLayer};
use serde_json::{Value, json};

/// Starts an engine whose database and pepper are in this folder. `tell` is given the first key, at the first start.
pub(crate) async fn start_engine(
    folder: &Path,
    tell: impl FnOnce(&str) -> io::Result<()> + Send,
) -> Result<Arc<Engine>> {
    std::fs::create_dir_all(folder)?;
    let parts = EngineParts {
        store: Arc::new(SqliteStore::open(folder.join("keys.db"))?),
        pepper: pepper(&folder.join("pepper"))?,
        clock: Arc::new(SystemClock::default()),
        random: Arc::new(SystemRandom),
        shared_limits: None,
        settings: EngineSettings::default(),
    };
    let start = Engine::start(parts, |first| tell(first.root_key.expose()));
    Ok(start.await?)
}

/// The secret that the stored keys depend on. It is made once; a lost one makes every key unknown, so keep a copy, and
/// keep it apart from the database's.
fn pepper(path: &Path) -> Result<Pepper> {
    use std::os::unix::fs::OpenOptionsExt as _;

    let mut bytes = [0; 32];
    let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match made {
        Ok(mut file) => {
            SystemRandom.fill(&mut bytes);
            io::Write::write_all(&mut file, &bytes)?;
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let read = std::fs::read(path)?;
            bytes = read.try_into().ok().context("the pepper's file does not hold 32 bytes")?;
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Pepper::new(bytes))
}

/// The photo service, and beside it Keywright's own API, for making and revoking keys.
pub(crate) fn router(engine: &Arc<Engine>) -> Result<Router> {
    let organization = engine.find_organization("default").context("the first start makes it")?;
    let any_key = || KeyLayer::new(Arc::clone(engine), organization).client_address(peer);
    let photos = Router::new()
        .route("/photos", get(list).layer(any_key().permission("photo.read")?))
        .route("/photos/{name}", get(show).put(keep).layer(any_key().verb_of_method()));
    let keys = keywright_server::router(Arc::clone(engine), ServerSettings::default());
    Ok(photos.fallback_service(keys))
}

/// Where a request comes from: no proxy stands in front of this.
fn peer(parts: &axum::http::request::Parts) -> Option<IpAddr> {
    parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip())
}

async fn list(Extension(key): Extension<KeyFacts>) -> Json<Value> {
    Json(json!({"photos": ["otter.jpg"], "for": key.name(), "customer": key.external_id()}))
}

async fn show(Extension(key): Extension<KeyFacts>) -> String {
    format!("a photo, for {}", key.name())
}

async fn keep(Extension(key): Extension<KeyFacts>) -> String {
    format!("kept, for {}", key.id)
}

/// Serves until the process ends, or Ctrl-C; then what was noted last is written.
#[tokio::main]
async fn main() -> Result<()> {
    let folder = std::env::args_os().nth(1).context("name a folder for the database and the pepper")?;
    let engine = start_engine(Path::new(&folder), |key| {
        use std::io::Write as _;
        writeln!(io::stdout(), "the first key, shown this once: {key}")
    })
    .await?;
    let service = router(&engine)?.into_make_service_with_connect_info::<SocketAddr>();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8090").await?;
    let stopped = async { drop(tokio::signal::ctrl_c().await) };
    axum::serve(listener, service).with_graceful_shutdown(stopped).await?;
    engine.stop().await;
    Ok(())
}
