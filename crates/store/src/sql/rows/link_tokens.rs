//! Single-use links.

use keywright_domain::{Digest, Id};
use uuid::Uuid;

use crate::error::StoreError;
use crate::record::{LinkPurpose, LinkToken};
use crate::sql::param::params;
use crate::sql::{Cells, Connection, Row, SqlError};

fn read<R: Row + ?Sized>(row: &R) -> Result<LinkToken, StoreError> {
    let mut cells = Cells::new(row);
    Ok(LinkToken {
        id: cells.id()?,
        digest: cells.digest()?,
        purpose: {
            let purpose: fn(Option<Uuid>) -> Option<LinkPurpose> = cells.word(purpose_of_word)?;
            let target = cells.optional_uuid()?;
            purpose(target).ok_or_else(|| StoreError::Corrupt {
                reason: "a link does not say to what it leads".to_owned(),
            })?
        },
        organization: cells.id()?,
        created_at: cells.time()?,
        expires_at: cells.time()?,
        used_at: cells.optional_time()?,
    })
}

fn purpose_of_word(word: &str) -> Option<fn(Option<Uuid>) -> Option<LinkPurpose>> {
    match word {
        "setUp" => Some(|_| Some(LinkPurpose::SetUp)),
        "invitation" => Some(|target| target.map(|id| LinkPurpose::Invitation(Id::from_uuid(id)))),
        "password" => Some(|target| target.map(|id| LinkPurpose::Password(Id::from_uuid(id)))),
        "portal" => Some(|target| target.map(|id| LinkPurpose::Portal(Id::from_uuid(id)))),
        _ => None,
    }
}

pub(crate) async fn find<C: Connection>(
    connection: &mut C,
    digest: &Digest,
) -> Result<Option<LinkToken>, SqlError> {
    let sql = "SELECT id, digest, purpose, COALESCE(portal_session_id, member_id), organization_id, created_at, expires_at, used_at \
        FROM link_tokens WHERE digest = $1";
    connection.first(sql, &params![digest], |row| read(row)).await
}

pub(crate) async fn insert<C: Connection>(connection: &mut C, row: &LinkToken) -> Result<u64, SqlError> {
    let sql = "INSERT INTO link_tokens (id, digest, purpose, member_id, organization_id, created_at, expires_at, \
        used_at, portal_session_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let (purpose, member, portal_session) = match row.purpose {
        LinkPurpose::SetUp => ("setUp", None, None),
        LinkPurpose::Invitation(member) => ("invitation", Some(member.uuid()), None),
        LinkPurpose::Password(member) => ("password", Some(member.uuid()), None),
        LinkPurpose::Portal(session) => ("portal", None, Some(session.uuid())),
    };
    let params = params![
        row.id,
        &row.digest,
        purpose,
        member,
        row.organization,
        row.created_at,
        row.expires_at,
        row.used_at,
        portal_session,
    ];
    connection.run(sql, &params).await
}
