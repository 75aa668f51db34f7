//! Loading keys in slices.

use std::collections::BTreeSet;
use std::sync::Arc;

use parking_lot::Mutex;

use super::Place;
use crate::sqlite::load_keys::{Slices, load_keys};
use crate::{ChangedRow, Command, KeyRecord, LoadSink, StoredGrants};

#[derive(Default, Clone)]
struct Seen(Arc<Mutex<Vec<KeyRecord>>>);

impl LoadSink for Seen {
    fn expect_keys(&mut self, _count: usize) {}

    fn row(&mut self, row: ChangedRow) {
        let ChangedRow::Key(key, secrets) = row else { panic!("only keys are loaded here") };
        assert_eq!(secrets.len(), 1);
        self.0.lock().push(*key);
    }
}

#[tokio::test]
async fn slices_hold_every_key_once() {
    let place = Place::new();
    let world = place.world();
    let (organization, owner) = world.add_owner().await;
    let grants = |n: u64| match n % 3 {
        0 => StoredGrants::Owner,
        // More different ones than are remembered at once.
        1 => StoredGrants::Listed(vec![format!("asset.a{}", n % 1000).parse().unwrap()]),
        _ => StoredGrants::Listed(vec!["asset.read".parse().unwrap()]),
    };
    let mut made = Vec::new();
    for _ in 0..6 {
        let keys: Vec<KeyRecord> = (0..400)
            .map(|n| {
                // Odd multiples of a number below 2^32 come in no order.
                let number = i64::try_from(world.count().wrapping_mul(0x9E37_79B1) & 0xFFFF_FFFF).unwrap();
                KeyRecord { number, grants: grants(n), ..world.key(organization, owner) }
            })
            .collect();
        let commands =
            keys.iter().map(|key| Command::CreateKey { key: key.clone(), secret: world.secret() }).collect();
        let revision = world.batch(commands).await.revision.unwrap();
        made.extend(keys.into_iter().map(|key| KeyRecord { revision, ..key }));
    }
    let connection = place.connection();
    for slices in [Slices::one(), Slices::even(&connection).unwrap()] {
        let seen = Seen::default();
        std::thread::scope(|scope| {
            for _ in 0..3 {
                let (slices, mut sink) = (&slices, seen.clone());
                let connection = place.connection();
                scope.spawn(move || load_keys(&connection, slices, &mut sink).unwrap());
            }
        });
        let mut seen = seen.0.lock().clone();
        seen.sort_by_key(|key| key.id);
        assert_eq!(seen.len(), made.len());
        assert!(seen == made, "a key was loaded otherwise than it was made");
    }
    let distinct: BTreeSet<_> = made.iter().map(|key| key.id).collect();
    assert_eq!(distinct.len(), 2400);
}

#[tokio::test]
async fn a_key_without_a_secret_is_left_out() {
    let place = Place::new();
    let world = place.world();
    let (organization, owner) = world.add_owner().await;
    let first = world.add_key(organization, owner).await;
    let bare = world.add_key(organization, owner).await;
    let last = world.add_key(organization, owner).await;
    let connection = place.connection();
    connection.execute("DELETE FROM key_secrets WHERE key_id = ?1", [bare.id.uuid().as_bytes()]).unwrap();
    let mut seen = Seen::default();
    load_keys(&connection, &Slices::one(), &mut seen).unwrap();
    let ids: Vec<_> = seen.0.lock().iter().map(|key| key.id).collect();
    assert_eq!(ids, [first.id, last.id]);
}
