//! What anybody may ask about the server.

mod media_types;
mod ping;
mod version;
mod well_known;

pub(super) use media_types::media_types;
pub(super) use ping::ping;
pub(super) use version::version;
pub(super) use well_known::well_known;
