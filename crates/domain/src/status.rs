//! A key's life cycle as one word.

/// Where a key stands, as its owner sees it. The first that applies, in the order of `decide`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyStatus {
    /// Revoked for good; the record stays readable.
    Revoked,
    /// Switched off; can be switched on again.
    Disabled,
    /// Past its `expiresAt`.
    Expired,
    /// None of these.
    Active,
}

impl KeyStatus {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Disabled => "disabled",
            Self::Expired => "expired",
            Self::Active => "active",
        }
    }

    /// Reads the word on the wire.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Revoked, Self::Disabled, Self::Expired, Self::Active].into_iter().find(|s| s.as_str() == text)
    }
}
