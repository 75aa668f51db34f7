//! The organization whose people and keys this dialect is about.

use keywright_domain::OrganizationId;

use crate::app::App;
use crate::http::Failure;

/// It, as the operator named it.
pub(super) fn of(app: &App) -> Result<OrganizationId, Failure> {
    app.engine.find_organization(&app.settings.immich.organization).ok_or_else(|| {
        Failure::unavailable(
            "the organization that the setting dialects.immich.organization names is not here",
        )
    })
}
