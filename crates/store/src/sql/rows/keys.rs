//! Keys, without their secrets.

use keywright_domain::{Id, KeyId, OrganizationId, VerbSet};
use uuid::Uuid;

use crate::error::StoreError;
use crate::feed::Revision;
use crate::loaded::{LoadedKey, PolicyText};
use crate::record::{KeyListing, KeyOwner, KeyRecord, KeyUse, StoredGrants};
use crate::sql::param::params;
use crate::sql::{Cells, Connection, Param, Row, SqlError};

/// The columns that [`read`] takes, of [`FROM`].
pub(crate) const COLUMNS: &str = "k.id, k.number, k.organization_id, k.owner_kind, k.owner_id, k.name, \
    k.description, k.grants, k.verbs, k.roles, k.external_id, k.metadata, k.allowlist, k.rate_limits, \
    k.enabled, k.expires_at, k.revoked_at, k.created_by, k.created_at, k.updated_at, k.revision, \
    k.portal_customer, c.remaining, c.refill_amount, c.refill_interval, c.low_threshold, c.since";

/// Where [`COLUMNS`] come from.
pub(crate) const FROM: &str = " FROM keys k LEFT JOIN key_credits c ON c.key_id = k.id";

/// The columns that [`read_loaded`] takes, of `keys k`.
pub(crate) const LOADED_COLUMNS: &str = "k.id, k.organization_id, k.owner_kind, k.owner_id, k.name, k.external_id, \
    k.verbs, k.grants, k.roles, k.allowlist, k.rate_limits, k.has_credits, k.metadata, k.enabled, k.expires_at, \
    k.revoked_at";

/// What follows [`COLUMNS`] where [`read_listing`] reads.
pub(crate) const LISTING: &str = ", (SELECT s.shown_prefix FROM key_secrets s WHERE s.key_id = k.id \
    ORDER BY s.position DESC LIMIT 1), u.at, u.address, u.agent \
    FROM keys k LEFT JOIN key_credits c ON c.key_id = k.id LEFT JOIN key_uses u ON u.key_id = k.id";

/// The same for keys that were used, by their last uses.
pub(crate) const LISTING_BY_USE: &str = ", (SELECT s.shown_prefix FROM key_secrets s WHERE s.key_id = k.id \
    ORDER BY s.position DESC LIMIT 1), u.at, u.address, u.agent \
    FROM key_uses u JOIN keys k ON k.id = u.key_id LEFT JOIN key_credits c ON c.key_id = k.id";

pub(crate) fn read<R: Row + ?Sized>(row: &R) -> Result<KeyRecord, StoreError> {
    read_cells(&mut Cells::new(row), |_| None)
}

/// Reads a key; `known` may have its grants' JSON text read already.
pub(crate) fn read_cells<R: Row + ?Sized>(
    cells: &mut Cells<'_, R>,
    known: impl FnOnce(&str) -> Option<StoredGrants>,
) -> Result<KeyRecord, StoreError> {
    Ok(KeyRecord {
        id: cells.id()?,
        number: cells.int()?,
        organization: cells.id()?,
        owner: cells.owner()?,
        name: cells.text()?,
        description: cells.optional_text()?,
        grants: cells.grants(known)?,
        verbs: cells.verbs()?,
        roles: cells.list()?,
        external_id: cells.optional_text()?,
        metadata: cells.optional_json()?,
        allowlist: cells.list()?,
        rate_limits: cells.list()?,
        enabled: cells.truth()?,
        expires_at: cells.optional_time()?,
        revoked_at: cells.optional_time()?,
        created_by: cells.optional_uuid()?,
        created_at: cells.time()?,
        updated_at: cells.time()?,
        revision: cells.revision()?,
        portal_customer: cells.optional_text()?,
        credits: cells.optional_budget()?,
    })
}

/// Reads what verification needs of a key.
pub(crate) fn read_loaded<R: Row + ?Sized>(row: &R) -> Result<LoadedKey<'_>, StoreError> {
    let mut cells = Cells::new(row);
    Ok(LoadedKey {
        id: cells.id()?,
        organization: cells.id()?,
        owner: cells.owner()?,
        name: cells.str()?,
        external_id: cells.optional_str()?,
        policy: PolicyText {
            verbs: cells.verbs()?,
            grants: cells.optional_str()?,
            roles: cells.optional_str()?,
            allowlist: cells.optional_str()?,
            rate_limits: cells.optional_str()?,
            has_credits: cells.truth()?,
            metadata: cells.optional_str()?,
        },
        enabled: cells.truth()?,
        expires_at: cells.optional_time()?,
        revoked_at: cells.optional_time()?,
    })
}

pub(crate) fn read_listing<R: Row + ?Sized>(row: &R) -> Result<KeyListing, StoreError> {
    let mut cells = Cells::new(row);
    let key = read_cells(&mut cells, |_| None)?;
    let shown_prefix = cells.optional_text()?;
    let at = cells.optional_time()?;
    let (address, agent) = (cells.optional_address()?, cells.optional_text()?);
    Ok(KeyListing { key, shown_prefix, last_use: at.map(|at| KeyUse { at, address, agent }) })
}

fn owner_of_kind(word: &str) -> Option<fn(Uuid) -> KeyOwner> {
    match word {
        "user" => Some(|id| KeyOwner::User(Id::from_uuid(id))),
        "serviceAccount" => Some(|id| KeyOwner::ServiceAccount(Id::from_uuid(id))),
        _ => None,
    }
}

/// The word for an owner's kind, and its id.
pub(crate) const fn owner_cells(owner: KeyOwner) -> (&'static str, Uuid) {
    match owner {
        KeyOwner::User(id) => ("user", id.uuid()),
        KeyOwner::ServiceAccount(id) => ("serviceAccount", id.uuid()),
    }
}

fn grants_param(grants: &StoredGrants) -> Param<'static> {
    match grants {
        StoredGrants::Owner => Param::Text(None),
        StoredGrants::Listed(permissions) => Param::json(permissions),
    }
}

impl<R: Row + ?Sized> Cells<'_, R> {
    /// An owner, in two cells: its kind's word and its id.
    pub(crate) fn owner(&mut self) -> Result<KeyOwner, StoreError> {
        let of: fn(Uuid) -> KeyOwner = self.word(owner_of_kind)?;
        self.uuid().map(of)
    }

    fn grants(
        &mut self,
        known: impl FnOnce(&str) -> Option<StoredGrants>,
    ) -> Result<StoredGrants, StoreError> {
        let Some(text) = self.optional_str()? else { return Ok(StoredGrants::Owner) };
        if let Some(grants) = known(text) {
            return Ok(grants);
        }
        grants_of_json(text).ok_or_else(|| self.fault("holds grants that cannot be read"))
    }

    fn verbs(&mut self) -> Result<VerbSet, StoreError> {
        let bits = self.int()?;
        let verbs = u8::try_from(bits).ok().map(VerbSet::from_bits);
        verbs
            .filter(|verbs| i64::from(verbs.bits()) == bits)
            .ok_or_else(|| self.fault("holds a number that is no set of verbs"))
    }
}

/// Reads the JSON text of listed grants.
pub(crate) fn grants_of_json(text: &str) -> Option<StoredGrants> {
    serde_json::from_str(text).ok().map(StoredGrants::Listed)
}

pub(crate) async fn insert<C: Connection>(
    connection: &mut C,
    row: &KeyRecord,
    revision: Revision,
) -> Result<u64, SqlError> {
    let sql = "INSERT INTO keys (id, number, organization_id, owner_kind, owner_id, name, description, grants, \
        verbs, roles, external_id, metadata, allowlist, rate_limits, has_credits, enabled, expires_at, revoked_at, \
        created_by, created_at, updated_at, revision, name_lower, portal_customer) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, \
        $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)";
    let (owner_kind, owner_id) = owner_cells(row.owner);
    let params = params![
        row.id,
        row.number,
        row.organization,
        owner_kind,
        owner_id,
        &row.name,
        &row.description,
        grants_param(&row.grants),
        i64::from(row.verbs.bits()),
        Param::list(&row.roles),
        &row.external_id,
        Param::optional_json(row.metadata.as_ref()),
        Param::list(row.allowlist.networks()),
        Param::list(&row.rate_limits),
        row.credits.is_some(),
        row.enabled,
        row.expires_at,
        row.revoked_at,
        row.created_by,
        row.created_at,
        row.updated_at,
        revision,
        Param::owned(row.name.to_lowercase()),
        &row.portal_customer,
    ];
    connection.run(sql, &params).await
}

pub(crate) async fn update<C: Connection>(
    connection: &mut C,
    row: &KeyRecord,
    revision: Revision,
) -> Result<u64, SqlError> {
    let sql = "UPDATE keys SET name = $1, description = $2, grants = $3, verbs = $4, roles = $5, external_id = $6, \
        metadata = $7, allowlist = $8, rate_limits = $9, has_credits = $10, enabled = $11, expires_at = $12, \
        updated_at = $13, revision = $14, name_lower = $15 WHERE id = $16";
    let params = params![
        &row.name,
        &row.description,
        grants_param(&row.grants),
        i64::from(row.verbs.bits()),
        Param::list(&row.roles),
        &row.external_id,
        Param::optional_json(row.metadata.as_ref()),
        Param::list(row.allowlist.networks()),
        Param::list(&row.rate_limits),
        row.credits.is_some(),
        row.enabled,
        row.expires_at,
        row.updated_at,
        revision,
        Param::owned(row.name.to_lowercase()),
        row.id,
    ];
    connection.run(sql, &params).await
}

/// One key of an organization.
pub(crate) async fn find<C: Connection>(
    connection: &mut C,
    organization: OrganizationId,
    id: KeyId,
) -> Result<Option<KeyRecord>, SqlError> {
    let sql = format!("SELECT {COLUMNS}{FROM} WHERE k.id = $1 AND k.organization_id = $2");
    connection.first(&sql, &params![id, organization], |row| read(row)).await
}
