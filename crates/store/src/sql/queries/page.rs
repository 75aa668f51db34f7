//! Pages of lists.

use uuid::Uuid;

use crate::query::{Page, PageRequest};
use crate::sql::statement::Statement;

/// Goes on with the part of a statement that takes one page, and one item more to see whether there is any.
pub(super) fn take(statement: &mut Statement<'_>, page: &PageRequest) {
    statement.with(" LIMIT ", i64::from(page.limit).saturating_add(1));
    if page.offset > 0 {
        statement.with(" OFFSET ", i64::try_from(page.offset).unwrap_or(i64::MAX));
    }
}

/// The page, out of what [`take`] let through.
pub(super) fn of_items<T>(mut items: Vec<T>, page: &PageRequest, id: impl Fn(&T) -> Uuid) -> Page<T> {
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().map(id).filter(|_| more);
    Page { items, next }
}
