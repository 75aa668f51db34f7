//! kill -9 in the middle of writes, again and again: what was acknowledged is never lost.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Client, Dice, Installation};

const ROUNDS: u64 = 25;
const CLIENTS: u64 = 8;
/// Each round writes for a random time in this range before it is cut off.
const WRITING_MS: std::ops::Range<u64> = 30..400;
const SEED: u64 = 20_261_121;

/// What verification must say of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Valid,
    Revoked,
    /// A change of it was under way when the server was cut off: either is right.
    Either,
}

/// What was acknowledged, over all rounds.
#[derive(Default)]
struct Ledger {
    secrets: HashMap<String, Expected>,
    created: HashSet<String>,
    rotations: HashMap<String, usize>,
    revoked: HashSet<String>,
}

impl Ledger {
    fn writes(&self) -> usize {
        self.created.len() + self.rotations.values().sum::<usize>() + self.revoked.len()
    }
}

/// A key that a writer may still change.
struct Live {
    id: String,
    secret: String,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_write_is_lost_to_a_kill() {
    let installation = Installation::new();
    let ledger = Arc::new(Mutex::new(Ledger::default()));
    let mut dice = Dice::new(SEED);
    let mut checked = HashSet::new();
    let mut losses = Vec::new();

    for round in 0..ROUNDS {
        let server = installation.start().await;
        let root = server.client(&installation.root_key());
        losses.extend(check_secrets(&root, &ledger, &mut checked).await);

        let stopped = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let dice = Dice::new(SEED + round * CLIENTS + number + 1);
                tokio::spawn(write(root.clone(), dice, Arc::clone(&ledger), Arc::clone(&stopped)))
            })
            .collect();
        let pause = WRITING_MS.start + dice.below(WRITING_MS.end - WRITING_MS.start);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        server.kill();
        stopped.store(true, Ordering::Relaxed);
        for writer in writers {
            writer.await.unwrap();
        }
    }

    let server = installation.start().await;
    let root = server.client(&installation.root_key());
    // All of them once more: a later crash must not take what an earlier one left.
    checked.clear();
    losses.extend(check_secrets(&root, &ledger, &mut checked).await);
    losses.extend(check_audit_log(&root, &ledger).await);

    let ledger = ledger.lock().unwrap();
    println!(
        "kill -9: {ROUNDS} rounds, {} acknowledged writes ({} creates, {} rotations, {} revocations), {} lost",
        ledger.writes(),
        ledger.created.len(),
        ledger.rotations.values().sum::<usize>(),
        ledger.revoked.len(),
        losses.len(),
    );
    assert!(losses.is_empty(), "{losses:#?}");
    let enough = usize::try_from(ROUNDS * CLIENTS).unwrap();
    assert!(ledger.writes() > enough, "too little was written to prove anything: {}", ledger.writes());
}

/// Creates, rotates and revokes until the server is gone.
async fn write(root: Client, mut dice: Dice, ledger: Arc<Mutex<Ledger>>, stopped: Arc<AtomicBool>) {
    let mut live: Vec<Live> = Vec::new();
    while !stopped.load(Ordering::Relaxed) {
        let choice = dice.below(10);
        let key = if choice < 6 { None } else { dice.take(&mut live) };
        let Some(key) = key else {
            let body = json!({ "name": "crash", "permissions": ["asset.read"] });
            let Some(data) = send(&root, Method::POST, "/v1/api-keys", Some(&body)).await else { return };
            let made = Live { id: text(&data, "id"), secret: text(&data, "key") };
            let mut ledger = ledger.lock().unwrap();
            ledger.created.insert(made.id.clone());
            ledger.secrets.insert(made.secret.clone(), Expected::Valid);
            live.push(made);
            continue;
        };
        ledger.lock().unwrap().secrets.insert(key.secret.clone(), Expected::Either);
        let path = format!("/v1/api-keys/{}", key.id);
        if choice < 8 {
            let body = json!({ "overlapSeconds": 0 });
            let rotated = send(&root, Method::POST, &format!("{path}/rotate"), Some(&body)).await;
            let Some(data) = rotated else { return };
            let secret = text(&data, "key");
            let mut ledger = ledger.lock().unwrap();
            *ledger.rotations.entry(key.id.clone()).or_default() += 1;
            ledger.secrets.insert(key.secret, Expected::Revoked);
            ledger.secrets.insert(secret.clone(), Expected::Valid);
            live.push(Live { id: key.id, secret });
        } else {
            if send(&root, Method::DELETE, &path, None).await.is_none() {
                return;
            }
            let mut ledger = ledger.lock().unwrap();
            ledger.secrets.insert(key.secret, Expected::Revoked);
            ledger.revoked.insert(key.id);
        }
    }
}

/// The data of an acknowledgement; `None` when the server went away before one came.
async fn send(root: &Client, method: Method, path: &str, body: Option<&Value>) -> Option<Value> {
    let answer = root.try_send(method, path, body).await.ok()?;
    assert_eq!(answer.status, 200, "a write was refused: {}", answer.body);
    Some(answer.body["data"].clone())
}

fn text(data: &Value, field: &str) -> String {
    data[field].as_str().unwrap_or_else(|| panic!("no {field} in {data}")).to_owned()
}

/// Verifies every secret that was not checked yet, and tells those of which the server says something else than what
/// was acknowledged.
async fn check_secrets(root: &Client, ledger: &Mutex<Ledger>, checked: &mut HashSet<String>) -> Vec<String> {
    let unchecked: Vec<(String, Expected)> = {
        let ledger = ledger.lock().unwrap();
        let new = ledger.secrets.iter().filter(|(secret, _)| !checked.contains(*secret));
        new.map(|(secret, expected)| (secret.clone(), *expected)).collect()
    };
    let mut losses = Vec::new();
    for batch in unchecked.chunks(1000) {
        let items: Vec<Value> = batch.iter().map(|(secret, _)| json!({ "key": secret })).collect();
        let answer = root.post("/v1/api-keys/verify-batch", json!({ "items": items })).await;
        let verdicts = answer.data()["items"].as_array().expect("a verdict for each").clone();
        assert_eq!(verdicts.len(), batch.len());
        for ((secret, expected), verdict) in batch.iter().zip(verdicts) {
            let code = verdict["code"].as_str().unwrap_or_default();
            let is_right = match expected {
                Expected::Valid => code == "VALID",
                Expected::Revoked => code == "REVOKED",
                Expected::Either => matches!(code, "VALID" | "REVOKED"),
            };
            if !is_right {
                losses.push(format!("{expected:?} was acknowledged, and {code} is answered: {verdict}"));
            }
            checked.insert(secret.clone());
        }
    }
    losses
}

/// Tells the acknowledged writes that have no audit event.
async fn check_audit_log(root: &Client, ledger: &Mutex<Ledger>) -> Vec<String> {
    let created = audited(root, "apiKey.create").await;
    let rotated = audited(root, "apiKey.rotate").await;
    let revoked = audited(root, "apiKey.revoke").await;
    let ledger = ledger.lock().unwrap();
    let count = |events: &HashMap<String, usize>, id: &str| events.get(id).copied().unwrap_or(0);
    let mut losses = Vec::new();
    for id in ledger.created.iter().filter(|id| count(&created, id) != 1) {
        losses.push(format!("the creation of {id} is {} times in the audit log", count(&created, id)));
    }
    for (id, &times) in ledger.rotations.iter().filter(|(id, times)| count(&rotated, id) < **times) {
        losses.push(format!("{id} was rotated {times} times, and the audit log has {}", count(&rotated, id)));
    }
    for id in ledger.revoked.iter().filter(|id| count(&revoked, id) != 1) {
        losses.push(format!("the revocation of {id} is {} times in the audit log", count(&revoked, id)));
    }
    losses
}

/// How often an action was done to each target.
async fn audited(root: &Client, action: &str) -> HashMap<String, usize> {
    let mut events = HashMap::new();
    let mut path = format!("/v1/audit-events?action={action}&limit=100");
    loop {
        let page = root.get(&path).await;
        for event in page.data()["items"].as_array().expect("a list") {
            *events.entry(text(event, "targetId")).or_default() += 1;
        }
        let Some(cursor) = page.data()["nextCursor"].as_str() else { return events };
        path = format!("/v1/audit-events?action={action}&limit=100&cursor={cursor}");
    }
}
