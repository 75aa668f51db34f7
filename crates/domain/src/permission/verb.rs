//! The five verbs, and sets of them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What kind of act a permission allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verb {
    /// Look at something.
    Read,
    /// Make something new.
    Create,
    /// Change something.
    Update,
    /// Remove something.
    Delete,
    /// Administer accounts.
    Manage,
}

impl Verb {
    /// All five, in the order in which they are shown.
    pub const ALL: [Self; 5] = [Self::Read, Self::Create, Self::Update, Self::Delete, Self::Manage];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "READ",
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Manage => "MANAGE",
        }
    }

    /// Reads the word on the wire, capitals only.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.as_str() == text)
    }

    /// The verb of a permission that no catalogue knows, by its last segment.
    pub fn of_action(action: &str) -> Self {
        match action {
            "read" | "list" | "get" | "view" | "verify" | "statistics" | "download" => Self::Read,
            "create" | "upload" | "add" => Self::Create,
            "delete" | "remove" => Self::Delete,
            _ => Self::Update,
        }
    }

    /// The verb of an HTTP method (RFC 9110, section 9; PATCH: RFC 5789); `None` for any other method,
    /// which is refused rather than guessed at.
    pub fn of_method(method: &str) -> Option<Self> {
        match method {
            "GET" | "HEAD" | "OPTIONS" => Some(Self::Read),
            "POST" => Some(Self::Create),
            "PUT" | "PATCH" => Some(Self::Update),
            "DELETE" => Some(Self::Delete),
            _ => None,
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of verbs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct VerbSet(u8);

impl VerbSet {
    /// No verb.
    pub const NONE: Self = Self(0);
    /// All five.
    pub const ALL: Self = Self(0b1_1111);
    /// READ alone: what `scope: read` means.
    pub const READ: Self = Self(Verb::Read.bit());

    /// Whether `verb` is in the set.
    pub const fn contains(self, verb: Verb) -> bool {
        self.0 & verb.bit() != 0
    }

    /// Whether every verb of `other` is in the set.
    pub const fn covers(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// The verbs in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The verbs, in the order of [`Verb::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Verb> {
        Verb::ALL.into_iter().filter(move |&verb| self.contains(verb))
    }

    /// The set as a number below 32, for the store.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The set of a number from the store; bits that mean nothing are dropped.
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & Self::ALL.0)
    }
}

impl FromIterator<Verb> for VerbSet {
    fn from_iter<I: IntoIterator<Item = Verb>>(verbs: I) -> Self {
        Self(verbs.into_iter().fold(0, |bits, verb| bits | verb.bit()))
    }
}

impl Serialize for VerbSet {
    /// As the list of its verbs.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for VerbSet {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<Verb>::deserialize(deserializer).map(Self::from_iter)
    }
}

impl fmt::Debug for VerbSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
