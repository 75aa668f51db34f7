//! Statements are compiled once.

use rusqlite::StatementStatus;

use super::Place;
use crate::sqlite::open;

/// A bound value could let SQLite use one of the partial indexes of `keys`; it must not look for that each time.
#[test]
fn a_statement_is_not_compiled_anew_for_other_values() {
    let place = Place::new();
    drop(place.open());
    let connection = open::reader(&place.database()).unwrap();
    let mut statement =
        connection.prepare("SELECT name FROM keys WHERE id = ?1 AND organization_id = ?2").unwrap();
    for id in 0..5_u8 {
        assert!(!statement.exists([[id; 16], [7; 16]]).unwrap());
    }
    assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
}
