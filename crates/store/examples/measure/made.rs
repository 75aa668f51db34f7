//! Rows to measure with: keys of eight policies in turn, in one organization.

use keywright_domain::{
    Digest, Id, IpAllowlist, KeyPrefix, OrganizationId, ServiceAccountId, Timestamp, VerbSet,
};
use keywright_store::sqlite::SqliteStore;
use keywright_store::{
    ActorKind, AuditEvent, AuditedCommand, Batch, Command, KeyOwner, KeyRecord, KeySecret, Organization,
    Revision, ServiceAccount, Store, StoredGrants,
};

pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// Makes rows that differ.
pub(crate) struct Made {
    organization: OrganizationId,
    account: ServiceAccountId,
    counted: u64,
}

impl Made {
    /// Puts the organization and the owner of all keys into a store.
    pub(crate) async fn begin(store: &SqliteStore) -> Self {
        let mut made = Self { organization: id(1), account: id(2), counted: 2 };
        let organization =
            Organization::new(made.organization, 1, "measured".to_owned(), "Measured".to_owned(), NOW);
        let account = ServiceAccount {
            id: made.account,
            organization: made.organization,
            name: "measured".to_owned(),
            description: None,
            permissions: vec!["all".parse().expect("a permission")],
            rate_limits: Vec::new(),
            disabled_at: None,
            deleted_at: None,
            created_by: None,
            created_at: NOW,
            updated_at: NOW,
            revision: Revision::ZERO,
        };
        let commands = [Command::CreateOrganization(organization), Command::CreateServiceAccount(account)]
            .map(|command| AuditedCommand { command, audit: Vec::new(), idempotency: None });
        let batch = Batch { id: id(made.count()), now: NOW, commands: commands.into() };
        store.commit(batch).await.expect("the first rows are committed");
        made
    }

    /// A number that was not given before.
    pub(crate) const fn count(&mut self) -> u64 {
        self.counted += 1;
        self.counted
    }

    /// The next key with its secret, and the event of its creation.
    pub(crate) fn next(&mut self) -> (KeyRecord, KeySecret, AuditEvent) {
        let n = self.count();
        let policy = n % 8;
        let grants = if policy < 2 {
            StoredGrants::Owner
        } else {
            let words = ["asset.read", "asset.upload", "album.read"];
            StoredGrants::Listed(words.iter().map(|word| word.parse().expect("a permission")).collect())
        };
        let digest = scattered(n);
        let number = i64::from_le_bytes(digest[..8].try_into().expect("eight bytes")) & ((1 << 53) - 1);
        let key = KeyRecord {
            id: id(n),
            number,
            organization: self.organization,
            owner: KeyOwner::ServiceAccount(self.account),
            name: format!("key number {n}"),
            description: None,
            grants,
            verbs: VerbSet::ALL,
            roles: Vec::new(),
            external_id: policy.eq(&3).then(|| format!("customer-{n}")),
            portal_customer: None,
            metadata: None,
            allowlist: IpAllowlist::default(),
            rate_limits: Vec::new(),
            credits: None,
            enabled: true,
            expires_at: policy.eq(&4).then_some(NOW),
            revoked_at: None,
            created_by: Some(self.account.uuid()),
            created_at: NOW,
            updated_at: NOW,
            revision: Revision::ZERO,
        };
        let secret = KeySecret {
            digest: Digest::from_bytes(digest),
            key_prefix: Some(KeyPrefix::standard()),
            shown_prefix: Some("kw_AbCd1234".to_owned()),
            created_at: NOW,
            superseded_at: None,
        };
        let event = AuditEvent {
            id: id(n),
            organization: self.organization,
            at: NOW,
            actor_kind: ActorKind::ServiceAccount,
            actor: Some(self.account.uuid()),
            key: Some(key.id),
            action: "apiKey.create".to_owned(),
            target_kind: "apiKey".to_owned(),
            target: Some(key.id.uuid()),
            refused: None,
            address: Some(std::net::IpAddr::from([192, 0, 2, 7])),
            agent: Some("curl/8.14".to_owned()),
            request_id: Some(format!("request-{n}")),
            details: serde_json::Map::new(),
        };
        (key, secret, event)
    }
}

/// The `n`th id; they rise.
pub(crate) fn id<Kind>(n: u64) -> Id<Kind> {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&n.to_be_bytes());
    Id::new(NOW, &random)
}

/// 32 bytes that follow no order, as digests do (splitmix64).
fn scattered(n: u64) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (place, chunk) in (1_u64..).zip(bytes.chunks_mut(8)) {
        let mut z = n.wrapping_mul(4).wrapping_add(place).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes());
    }
    bytes
}
