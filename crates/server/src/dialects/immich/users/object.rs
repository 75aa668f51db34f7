//! A person, as they are answered.

use keywright_domain::{MemberRole, Timestamp};
use serde::Serialize;
use uuid::Uuid;

/// That system's colours of a person without a picture, in its order.
const COLOURS: [&str; 10] =
    ["primary", "pink", "red", "yellow", "blue", "green", "purple", "orange", "gray", "amber"];

/// A person. What this server does not know of people is told as that system tells it of people without it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::dialects::immich) struct User {
    id: Uuid,
    email: String,
    name: String,
    is_admin: bool,
    avatar_color: &'static str,
    storage_label: Option<&'static str>,
    profile_image_path: &'static str,
    should_change_password: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
    deleted_at: Option<Timestamp>,
    oauth_id: &'static str,
    quota_usage_in_bytes: u64,
    quota_size_in_bytes: Option<u64>,
    status: &'static str,
    license: Option<()>,
    profile_changed_at: Timestamp,
}

impl User {
    /// A person with their role in the dialect's organization.
    pub(in crate::dialects::immich) fn of(user: keywright_store::User, role: Option<MemberRole>) -> Self {
        let email = user.email.unwrap_or_default();
        Self {
            id: user.id.uuid(),
            name: user.name,
            is_admin: role >= Some(MemberRole::Admin),
            avatar_color: colour(&email),
            storage_label: (role == Some(MemberRole::Owner)).then_some("admin"),
            profile_image_path: "",
            should_change_password: user.must_change_password || user.should_change_password,
            created_at: user.created_at,
            updated_at: user.updated_at,
            deleted_at: None,
            oauth_id: "",
            quota_usage_in_bytes: 0,
            quota_size_in_bytes: None,
            status: "active",
            license: None,
            profile_changed_at: user.created_at,
            email,
        }
    }
}

/// Always the same for an address, as there: picked by the sum of its characters' code points.
fn colour(email: &str) -> &'static str {
    let sum = email.chars().fold(0_usize, |sum, c| sum.wrapping_add(c as usize));
    COLOURS[sum % COLOURS.len()]
}

#[cfg(test)]
mod tests {
    use super::colour;

    #[test]
    fn a_colour_belongs_to_an_address() {
        // 97 + 64 + 98 = 259
        assert_eq!(colour("a@b"), "amber");
        assert_eq!(colour(""), "primary");
    }
}
