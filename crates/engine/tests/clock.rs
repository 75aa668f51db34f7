//! A clock that is set back brings nothing back to life.

mod harness;

use std::sync::Arc;
use std::time::Duration;

use harness::{World, draft};
use keywright_domain::{PresentedKey, Timestamp};
use keywright_engine::{Clock as _, Error, KeyDraft, ManualClock, NeverBack, Origin, Unauthenticated};

#[tokio::test]
async fn an_expired_key_stays_expired_when_the_clock_is_set_back() {
    let mut world = World::new().await;
    let wall = Arc::new(ManualClock::at(world.clock.now()));
    world.parts.clock = Arc::new(NeverBack::over(Arc::clone(&wall)));
    world.restart().await;
    let start = wall.now();
    // 2027-01-15T08:00:00Z is the start.
    let expiring = KeyDraft { expires_at: Some("2027-01-15T08:01:00Z".to_owned()), ..draft(&["asset.read"]) };
    let (_, key) = world.issue(&world.root(), expiring).await;
    assert_eq!(world.code(&key, &["asset.read"]), "VALID");
    wall.advance(Duration::from_mins(1));
    assert_eq!(world.code(&key, &["asset.read"]), "EXPIRED");
    for earlier in [start, Timestamp::from_millis(0)] {
        wall.set(earlier);
        assert_eq!(world.code(&key, &["asset.read"]), "EXPIRED");
        let refused = world.engine.authenticate_key(PresentedKey::new(&key), None, Origin::default());
        let Err(Error::Unauthenticated(Unauthenticated::Key(denial))) = refused else {
            panic!("an expired key was let in");
        };
        assert_eq!(denial.code(), "EXPIRED");
    }
    wall.advance(Duration::from_hours(100 * 365 * 24));
    assert_eq!(world.code(&key, &["asset.read"]), "EXPIRED");
}
