//! Rate limits that several nodes count together, while what they are counted in answers, and while it does not.

mod harness;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use harness::{World, draft, limits};
use keywright_domain::{PresentedKey, Timestamp};
use keywright_engine::{
    Engine, EngineParts, KeyDraft, KeyFilter, Origin, Paging, SharedCount, SharedLimits, SharedLimitsAway,
    SharedUse, Verdict, VerifyRequest,
};
use parking_lot::Mutex;
use tokio::sync::Notify;
use uuid::Uuid;

const TIME_LIMIT: Duration = Duration::from_millis(50);

/// How shared limits behave.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mood {
    Well,
    Away,
    /// Uses wait until they are told to go on.
    Slow,
}

/// Shared limits in memory, whose units never drain away.
struct Fake {
    mood: Mutex<Mood>,
    time_limit: Duration,
    in_use: Mutex<HashMap<(Uuid, String), f64>>,
    asked: AtomicU32,
    arrived: Notify,
    go_on: Notify,
}

impl Fake {
    fn new(mood: Mood, time_limit: Duration) -> Arc<Self> {
        let (mood, in_use, asked) = (Mutex::new(mood), Mutex::default(), AtomicU32::new(0));
        Arc::new(Self { mood, time_limit, in_use, asked, arrived: Notify::new(), go_on: Notify::new() })
    }

    fn be(&self, mood: Mood) {
        *self.mood.lock() = mood;
    }

    fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }
}

fn away() -> SharedLimitsAway {
    SharedLimitsAway { reason: "a test says so".to_owned() }
}

#[async_trait]
impl SharedLimits for Fake {
    async fn take(&self, _: Uuid, uses: &[SharedUse<'_>]) -> Result<SharedCount, SharedLimitsAway> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mood = *self.mood.lock();
        match mood {
            Mood::Well => {}
            Mood::Away => return Err(away()),
            Mood::Slow => {
                self.arrived.notify_one();
                self.go_on.notified().await;
            }
        }
        let mut table = self.in_use.lock();
        let mut in_use = Vec::new();
        let mut counted = true;
        for one in uses {
            let units = *table.entry((one.subject, one.limit.name.clone())).or_default();
            counted &= units + f64::from(one.cost) <= f64::from(one.limit.limit);
            in_use.push(units);
        }
        if counted {
            for (one, units) in uses.iter().zip(&mut in_use) {
                *units += f64::from(one.cost);
                table.insert((one.subject, one.limit.name.clone()), *units);
            }
        }
        Ok(SharedCount { counted, in_use, now: Timestamp::from_millis(1_900_000_000_000) })
    }

    async fn reach(&self) -> Result<(), SharedLimitsAway> {
        if *self.mood.lock() == Mood::Well { Ok(()) } else { Err(away()) }
    }

    fn time_limit(&self) -> Duration {
        self.time_limit
    }
}

/// Two nodes on one store and one fake, and a key that they both know.
struct Nodes {
    world: World,
    engines: [Arc<Engine>; 2],
    fake: Arc<Fake>,
    key: Arc<str>,
}

impl Nodes {
    async fn new(mood: Mood, limit: (&str, u32, u32)) -> Self {
        Self::on(Fake::new(mood, TIME_LIMIT), limit).await
    }

    async fn on(fake: Arc<Fake>, limit: (&str, u32, u32)) -> Self {
        let world = World::new().await;
        let limited = KeyDraft { rate_limits: Some(limits(&[limit])), ..draft(&["asset.read"]) };
        let (_, key) = world.issue(&world.root(), limited).await;
        let start = async || {
            let parts = EngineParts { shared_limits: Some(Arc::clone(&fake) as _), ..world.parts.clone() };
            Engine::start(parts, |_| panic!("it is no first start")).await.unwrap()
        };
        let engines = [start().await, start().await];
        Self { world, engines, fake, key: key.into() }
    }

    async fn verdict(&self, node: usize) -> Verdict {
        let engine = &self.engines[node];
        let request = VerifyRequest::of(PresentedKey::new(&self.key));
        engine.check(self.world.root().organization_id(), &request).await.unwrap()
    }

    async fn ask(&self, node: usize) -> (&'static str, u32) {
        let verdict = self.verdict(node).await;
        (verdict.code, verdict.rate_limits[0].remaining)
    }

    fn fallbacks(&self) -> [u64; 2] {
        [0, 1].map(|node: usize| self.engines[node].counters().limit_fallbacks())
    }

    fn shared(&self) -> [Option<bool>; 2] {
        [0, 1].map(|node: usize| self.engines[node].facts().shared_limits)
    }
}

#[tokio::test]
async fn nodes_count_together() {
    let nodes = Nodes::new(Mood::Well, ("default", 3, 60)).await;
    assert_eq!(nodes.shared(), [Some(true); 2]);
    assert_eq!(nodes.ask(0).await, ("VALID", 2));
    assert_eq!(nodes.ask(1).await, ("VALID", 1));
    assert_eq!(nodes.ask(0).await, ("VALID", 0));
    let refused = nodes.verdict(1).await;
    assert_eq!((refused.code, refused.retry_after), ("RATE_LIMITED", Some(Duration::from_secs(20))));
    let reset_at = Timestamp::from_millis(1_900_000_060_000);
    assert_eq!(refused.rate_limits[0].reset_at, reset_at, "by the time of what they are counted in");
    assert_eq!(nodes.fallbacks(), [0, 0]);
    assert_eq!(nodes.world.engine.facts().shared_limits, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn under_many_callers_of_two_nodes_exactly_the_limit_passes() {
    let nodes = Arc::new(Nodes::new(Mood::Well, ("default", 500, 60)).await);
    let callers: Vec<_> = (0..128)
        .map(|caller| {
            let nodes = Arc::clone(&nodes);
            tokio::spawn(async move {
                let mut valid = 0;
                for _ in 0..10 {
                    valid += u32::from(nodes.verdict(caller % 2).await.valid);
                }
                valid
            })
        })
        .collect();
    let mut valid = 0;
    for caller in callers {
        valid += caller.await.unwrap();
    }
    assert_eq!((valid, nodes.fallbacks()), (500, [0, 0]));
}

#[tokio::test]
async fn away_each_node_counts_alone_without_asking_and_back_together_again() {
    let nodes = Nodes::new(Mood::Well, ("default", 2, 3_600)).await;
    tokio::time::pause();
    assert_eq!(nodes.ask(0).await, ("VALID", 1));
    nodes.fake.be(Mood::Away);
    let asked = nodes.fake.asked();
    for node in [0, 1] {
        // None fails, and the node's own count begins at nothing.
        assert_eq!([nodes.ask(node).await, nodes.ask(node).await], [("VALID", 1), ("VALID", 0)]);
        assert_eq!(nodes.ask(node).await.0, "RATE_LIMITED");
    }
    assert_eq!(nodes.fake.asked() - asked, 2, "each node asked once and then left it alone");
    assert_eq!((nodes.shared(), nodes.fallbacks()), ([Some(false); 2], [3, 3]));

    nodes.fake.be(Mood::Well);
    assert_eq!(nodes.ask(0).await.0, "RATE_LIMITED", "it was not tried again yet");
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(nodes.shared(), [Some(true); 2]);
    assert_eq!(nodes.ask(1).await, ("VALID", 0), "what was counted together before still counts");
    assert_eq!(nodes.ask(0).await.0, "RATE_LIMITED");
}

#[tokio::test]
async fn what_is_slow_is_waited_for_once_and_no_longer_than_its_time_limit() {
    let nodes = Nodes::new(Mood::Well, ("default", 100, 3_600)).await;
    tokio::time::pause();
    nodes.fake.be(Mood::Slow);
    let (first, second) = tokio::join!(tokio::time::timeout(TIME_LIMIT * 2, nodes.verdict(0)), async {
        nodes.fake.arrived.notified().await;
        tokio::time::timeout(TIME_LIMIT * 2, nodes.verdict(0)).await
    });
    assert_eq!([first.unwrap().code, second.unwrap().code], ["VALID"; 2]);
    let asked = nodes.fake.asked();
    for _ in 0..10 {
        harness::now_or_never(nodes.verdict(0));
    }
    assert_eq!(nodes.fake.asked(), asked, "while it is open nobody waits");
    assert_eq!(nodes.fallbacks(), [12, 0]);
}

#[tokio::test]
async fn who_starts_without_them_counts_alone_until_they_are_there() {
    let nodes = Nodes::new(Mood::Away, ("default", 1, 3_600)).await;
    tokio::time::pause();
    assert_eq!(nodes.shared(), [Some(false); 2]);
    assert_eq!([nodes.ask(0).await.0, nodes.ask(1).await.0], ["VALID", "VALID"]);
    assert_eq!(nodes.fake.asked(), 0);
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(nodes.shared(), [Some(false); 2]);
    nodes.fake.be(Mood::Well);
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!([nodes.ask(0).await.0, nodes.ask(1).await.0], ["VALID", "RATE_LIMITED"]);
}

#[tokio::test]
async fn a_key_that_is_revoked_while_its_use_is_counted_is_refused() {
    let patient = Fake::new(Mood::Well, Duration::from_mins(1));
    let nodes = Nodes::on(patient, ("default", 10, 3_600)).await;
    nodes.fake.be(Mood::Slow);
    let engine = &nodes.engines[0];
    let root = PresentedKey::new(&nodes.world.root_key);
    let root = engine.authenticate_key(root, None, Origin::default()).unwrap();
    let id = nodes.world.engine.keys(&root, KeyFilter::default(), &Paging::default()).await.unwrap();
    let id = id.items.iter().find(|listing| !listing.key.rate_limits.is_empty()).unwrap().key.id;
    let request = VerifyRequest::of(PresentedKey::new(&nodes.key));
    let (verdict, ()) = tokio::join!(engine.verify(&root, &request), async {
        nodes.fake.arrived.notified().await;
        engine.revoke_key(&root, id).await.unwrap();
        nodes.fake.go_on.notify_one();
    });
    assert_eq!(verdict.unwrap().code, "REVOKED");
}
