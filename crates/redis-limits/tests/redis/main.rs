//! Limits in a real Redis, started by each test on ports of its own: alone, as a cluster, killed, stopped and back.

mod cluster;
mod counting;
mod harness;
mod nodes;
mod outage;
