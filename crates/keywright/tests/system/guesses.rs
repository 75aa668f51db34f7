//! Somebody who tries keys, thousands a second, all different: counted, put off, and remembered nowhere.

use std::io::{BufRead, BufReader, Write as _};
use std::net::TcpStream;

use crate::harness::{Dice, Installation, Server};

const AT_ONCE: usize = 100;

/// Sends keys that nobody has, a hundred requests at a time; how many were answered with each status.
fn guess(server: &Server, dice: &mut Dice, times: usize) -> [usize; 2] {
    let stream = TcpStream::connect(server.address()).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    let mut counts = [0; 2];
    for _ in 0..times / AT_ONCE {
        let mut requests = String::new();
        for _ in 0..AT_ONCE {
            let key: String =
                (0..36).map(|_| char::from(b'a' + u8::try_from(dice.below(26)).unwrap())).collect();
            let head = "GET /v1/whoami HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer kw_";
            requests.extend([head, &key, "\r\n\r\n"]);
        }
        (&stream).write_all(requests.as_bytes()).unwrap();
        for _ in 0..AT_ONCE {
            match answer(&mut answers) {
                401 => counts[0] += 1,
                429 => counts[1] += 1,
                other => panic!("a guess was answered {other}"),
            }
        }
    }
    counts
}

/// Reads one answer; its status.
fn answer(stream: &mut impl BufRead) -> u16 {
    let (mut status, mut length, mut line) = (0, 0, String::new());
    loop {
        line.clear();
        stream.read_line(&mut line).unwrap();
        let lower = line.trim_end().to_lowercase();
        if let Some(rest) = lower.strip_prefix("http/1.1 ") {
            status = rest[..3].parse().unwrap();
        } else if let Some(value) = lower.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        } else if lower.is_empty() {
            stream.read_exact(&mut vec![0; length]).unwrap();
            return status;
        }
    }
}

/// The memory that the server holds, in KiB.
#[cfg(target_os = "linux")]
fn resident(server: &Server) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn guesses_cost_no_memory_and_keep_nobody_out() {
    let installation = Installation::new();
    let server = installation.start().await;
    let mut dice = Dice::new(11);
    let first = guess(&server, &mut dice, 2_000);
    assert!(first[0] >= 60 && first[1] > 1_000, "{first:?}");
    let before = resident(&server);
    let more = guess(&server, &mut dice, 20_000);
    assert!(more[1] > 18_000, "{more:?}");
    let grown = resident(&server).saturating_sub(before);
    // 20,000 keys of 39 bytes with anything at all around them would be more than 2 MiB.
    assert!(grown < 1_024, "20,000 guesses left {grown} KiB behind");

    let root = server.client(&installation.root_key());
    assert_eq!(
        root.get("/v1/whoami").await.status,
        200,
        "a right key from the same address is never put off"
    );
    let events = root.get("/v1/audit-events?limit=100").await.data()["items"].as_array().unwrap().len();
    assert!(events < 20, "guesses fill the audit log: {events}");
    let metrics = server.client("").get("/metrics").await.body;
    let metrics = metrics.as_str().unwrap();
    let total: u64 = metrics
        .lines()
        .filter(|line| line.starts_with("keywright_refused_credentials_total"))
        .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
        .sum();
    assert_eq!(total, 22_000, "each is counted");
}
