//! The built-in catalogue `immich`: the permissions of the photo server of that name, line 1.137.

use std::sync::LazyLock;

use crate::catalogue::PermissionEntry;
use crate::permission::{Pattern, Verb};

/// Every value of that system's permission enumeration but the first, `all`, in the documented order, with its verb.
const PERMISSIONS: [(&str, Verb); 125] = [
    ("activity.create", Verb::Create),
    ("activity.read", Verb::Read),
    ("activity.update", Verb::Update),
    ("activity.delete", Verb::Delete),
    ("activity.statistics", Verb::Read),
    ("apiKey.create", Verb::Create),
    ("apiKey.read", Verb::Read),
    ("apiKey.update", Verb::Update),
    ("apiKey.delete", Verb::Delete),
    ("asset.read", Verb::Read),
    ("asset.update", Verb::Update),
    ("asset.delete", Verb::Delete),
    ("asset.statistics", Verb::Read),
    ("asset.share", Verb::Update),
    ("asset.view", Verb::Read),
    ("asset.download", Verb::Read),
    ("asset.upload", Verb::Create),
    ("asset.replace", Verb::Update),
    ("album.create", Verb::Create),
    ("album.read", Verb::Read),
    ("album.update", Verb::Update),
    ("album.delete", Verb::Delete),
    ("album.statistics", Verb::Read),
    ("album.share", Verb::Update),
    ("album.download", Verb::Read),
    ("albumAsset.create", Verb::Create),
    ("albumAsset.delete", Verb::Delete),
    ("albumUser.create", Verb::Create),
    ("albumUser.update", Verb::Update),
    ("albumUser.delete", Verb::Delete),
    ("auth.changePassword", Verb::Update),
    ("authDevice.delete", Verb::Delete),
    ("archive.read", Verb::Read),
    ("duplicate.read", Verb::Read),
    ("duplicate.delete", Verb::Delete),
    ("face.create", Verb::Create),
    ("face.read", Verb::Read),
    ("face.update", Verb::Update),
    ("face.delete", Verb::Delete),
    ("job.create", Verb::Create),
    ("job.read", Verb::Read),
    ("library.create", Verb::Create),
    ("library.read", Verb::Read),
    ("library.update", Verb::Update),
    ("library.delete", Verb::Delete),
    ("library.statistics", Verb::Read),
    ("timeline.read", Verb::Read),
    ("timeline.download", Verb::Read),
    ("memory.create", Verb::Create),
    ("memory.read", Verb::Read),
    ("memory.update", Verb::Update),
    ("memory.delete", Verb::Delete),
    ("memory.statistics", Verb::Read),
    ("memoryAsset.create", Verb::Create),
    ("memoryAsset.delete", Verb::Delete),
    ("notification.create", Verb::Create),
    ("notification.read", Verb::Read),
    ("notification.update", Verb::Update),
    ("notification.delete", Verb::Delete),
    ("partner.create", Verb::Create),
    ("partner.read", Verb::Read),
    ("partner.update", Verb::Update),
    ("partner.delete", Verb::Delete),
    ("person.create", Verb::Create),
    ("person.read", Verb::Read),
    ("person.update", Verb::Update),
    ("person.delete", Verb::Delete),
    ("person.statistics", Verb::Read),
    ("person.merge", Verb::Update),
    ("person.reassign", Verb::Update),
    ("pinCode.create", Verb::Create),
    ("pinCode.update", Verb::Update),
    ("pinCode.delete", Verb::Delete),
    ("server.about", Verb::Read),
    ("server.apkLinks", Verb::Read),
    ("server.storage", Verb::Read),
    ("server.statistics", Verb::Read),
    ("serverLicense.read", Verb::Read),
    ("serverLicense.update", Verb::Update),
    ("serverLicense.delete", Verb::Delete),
    ("session.create", Verb::Create),
    ("session.read", Verb::Read),
    ("session.update", Verb::Update),
    ("session.delete", Verb::Delete),
    ("session.lock", Verb::Update),
    ("sharedLink.create", Verb::Create),
    ("sharedLink.read", Verb::Read),
    ("sharedLink.update", Verb::Update),
    ("sharedLink.delete", Verb::Delete),
    ("stack.create", Verb::Create),
    ("stack.read", Verb::Read),
    ("stack.update", Verb::Update),
    ("stack.delete", Verb::Delete),
    ("sync.stream", Verb::Read),
    ("syncCheckpoint.read", Verb::Read),
    ("syncCheckpoint.update", Verb::Update),
    ("syncCheckpoint.delete", Verb::Delete),
    ("systemConfig.read", Verb::Read),
    ("systemConfig.update", Verb::Update),
    ("systemMetadata.read", Verb::Read),
    ("systemMetadata.update", Verb::Update),
    ("tag.create", Verb::Create),
    ("tag.read", Verb::Read),
    ("tag.update", Verb::Update),
    ("tag.delete", Verb::Delete),
    ("tag.asset", Verb::Update),
    ("user.read", Verb::Read),
    ("user.update", Verb::Update),
    ("userLicense.create", Verb::Create),
    ("userLicense.read", Verb::Read),
    ("userLicense.update", Verb::Update),
    ("userLicense.delete", Verb::Delete),
    ("userOnboarding.read", Verb::Read),
    ("userOnboarding.update", Verb::Update),
    ("userOnboarding.delete", Verb::Delete),
    ("userPreference.read", Verb::Read),
    ("userPreference.update", Verb::Update),
    ("userProfileImage.create", Verb::Create),
    ("userProfileImage.read", Verb::Read),
    ("userProfileImage.update", Verb::Update),
    ("userProfileImage.delete", Verb::Delete),
    ("adminUser.create", Verb::Manage),
    ("adminUser.read", Verb::Read),
    ("adminUser.update", Verb::Manage),
    ("adminUser.delete", Verb::Manage),
];

/// The catalogue. An organization's own declaration of one of these words comes before it, since `asset`, `user` and
/// `tag` are everybody's words.
pub static IMMICH: LazyLock<Vec<PermissionEntry>> = LazyLock::new(|| {
    let entry = |(name, verb): &(&str, Verb)| PermissionEntry {
        name: (*name).into(),
        pattern: Pattern::of_words(name.split('.')),
        verb: *verb,
        description: format!("Immich: {name}").into(),
    };
    PERMISSIONS.iter().map(entry).collect()
});

/// The values of that system's permission enumeration, in the documented order.
pub fn immich_permissions() -> impl Iterator<Item = &'static str> {
    std::iter::once("all").chain(PERMISSIONS.iter().map(|(name, _)| *name))
}

/// The permissions that govern that system's users: like the `keywright` catalogue, no pattern of a developer or a
/// customer reaches them.
pub(crate) fn governs_users(concrete: &Pattern) -> bool {
    GOVERNING.contains(concrete)
}

/// See [`governs_users`].
pub(crate) static GOVERNING: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    IMMICH
        .iter()
        .filter(|entry| entry.name.starts_with("adminUser."))
        .map(|entry| entry.pattern.clone())
        .collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_enumeration_is_whole_and_without_repetition() {
        let mut all: Vec<&str> = immich_permissions().collect();
        assert_eq!((all.len(), all[0], all[125]), (126, "all", "adminUser.delete"));
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 126);
    }
}
