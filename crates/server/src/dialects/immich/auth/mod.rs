//! Signing up, in and out.

mod change_password;
mod cookies;
mod http_date;
mod login;
mod logout;
mod sign_up;
mod validate_token;

pub(super) use change_password::change_password;
pub(super) use login::login;
pub(super) use logout::logout;
pub(super) use sign_up::sign_up;
pub(super) use validate_token::validate_token;
