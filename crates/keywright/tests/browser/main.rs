//! The console in a real browser, as people meet it: Chromium, through a proxy that sees all that it asks for.
//!
//! Run by `cargo xtask test browser`, which installs what they need; `cargo nextest run` leaves them out.

#[path = "../system/harness/mod.rs"]
#[expect(dead_code, unused_imports, reason = "shared with the tests of the whole system, which use the rest")]
mod harness;
mod stage;

mod accounts;
mod first_minute;
mod forgery;
mod keyboard;
mod keys;
mod no_script;
mod pages;
mod people;
mod playground;
mod portal;
mod twice;
