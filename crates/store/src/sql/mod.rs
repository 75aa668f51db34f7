//! What both databases are told, in the same words.
//!
//! The meaning of every command and query is written once, against [`Connection`]: a database implements that, and
//! adds what is its own (opening, transactions, migrations, bulk load, backup). Parameters are written `$1`, `$2`,
//! ... and appear in that order, which SQLite and PostgreSQL both number the same way.

mod batch;
mod cells;
mod connection;
mod execute;
mod feed;
mod param;
pub(crate) mod queries;
pub(crate) mod requests;
pub(crate) mod rows;
mod singletons;
mod statement;
pub(crate) mod usage;
mod uses;

pub(crate) use batch::{carry_out, find_batch};
pub(crate) use cells::{Cells, Row};
pub(crate) use connection::{Connection, SqlError};
pub(crate) use feed::{changes_since, prune};
pub(crate) use param::{Param, params};
pub(crate) use singletons::{current_revision, is_empty, pepper_check, stored_pepper_check, take_revision};
pub(crate) use uses::record_uses;
