//! PostgreSQL, over some connections, with the statement prepared.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use keywright_domain::{Digest, PresentedKey};
use tokio_postgres::{Client, NoTls, Statement};

use super::answers::FACTS;
use super::{CHUNK, LookUp};
use crate::data_set::{lines, pepper};

/// Connections: each is a process of the database.
const CONNECTIONS: usize = 8;

pub(super) struct Postgres {
    clients: Vec<(Client, Statement)>,
    next: AtomicUsize,
}

impl Postgres {
    pub(super) async fn fill(url: &str, keys: &Path) -> anyhow::Result<Self> {
        let filler = connect(url).await?;
        filler.batch_execute("CREATE TABLE keys (digest BYTEA, facts TEXT)").await?;
        let insert = filler.prepare("INSERT INTO keys SELECT unnest($1::BYTEA[]), $2").await?;
        let mut keys = lines(keys)?.peekable();
        while keys.peek().is_some() {
            let mut digests = Vec::with_capacity(CHUNK);
            for key in keys.by_ref().take(CHUNK) {
                digests.push(pepper().digest(PresentedKey::new(&key?)).as_bytes().to_vec());
            }
            filler.execute(&insert, &[&digests, &FACTS]).await?;
        }
        filler.batch_execute("ALTER TABLE keys ADD PRIMARY KEY (digest); ANALYZE keys; CHECKPOINT").await?;
        let mut clients = Vec::with_capacity(CONNECTIONS);
        for _ in 0..CONNECTIONS {
            let client = connect(url).await?;
            let find = client.prepare("SELECT facts FROM keys WHERE digest = $1").await?;
            clients.push((client, find));
        }
        Ok(Self { clients, next: AtomicUsize::new(0) })
    }
}

impl LookUp for Postgres {
    async fn find(&self, digest: &Digest) -> anyhow::Result<Option<String>> {
        let (client, find) = &self.clients[self.next.fetch_add(1, Ordering::Relaxed) % CONNECTIONS];
        let row = client.query_opt(find, &[&&digest.as_bytes()[..]]).await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }
}

async fn connect(url: &str) -> anyhow::Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    // It ends with its client.
    tokio::spawn(connection);
    Ok(client)
}
