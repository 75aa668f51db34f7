//! Permissions that organizations declared.

use keywright_domain::Verb;

use crate::error::StoreError;
use crate::record::DeclaredPermission;
use crate::sql::{Cells, Row};

/// The columns that [`read`] takes, of `permissions p`.
pub(crate) const COLUMNS: &str = "p.name, p.verb, p.description, p.created_at, p.updated_at, p.revision";

pub(crate) fn read<R: Row + ?Sized>(row: &R) -> Result<DeclaredPermission, StoreError> {
    read_cells(&mut Cells::new(row))
}

pub(crate) fn read_cells<R: Row + ?Sized>(
    cells: &mut Cells<'_, R>,
) -> Result<DeclaredPermission, StoreError> {
    Ok(DeclaredPermission {
        name: cells.text()?,
        verb: cells.word(Verb::parse)?,
        description: cells.text()?,
        created_at: cells.time()?,
        updated_at: cells.time()?,
        revision: cells.revision()?,
    })
}
