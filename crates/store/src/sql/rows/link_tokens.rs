//! Single-use links.

use keywright_domain::{Digest, MemberId};

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
            let purpose: fn(Option<MemberId>) -> Option<LinkPurpose> = cells.word(purpose_of_word)?;
            let member = cells.optional_id()?;
            purpose(member).ok_or_else(|| StoreError::Corrupt {
                reason: "an invitation's link does not say to which membership".to_owned(),
            })?
        },
        organization: cells.id()?,
        created_at: cells.time()?,
        expires_at: cells.time()?,
        used_at: cells.optional_time()?,
    })
}

fn purpose_of_word(word: &str) -> Option<fn(Option<MemberId>) -> Option<LinkPurpose>> {
    match word {
        "setUp" => Some(|_| Some(LinkPurpose::SetUp)),
        "invitation" => Some(|member| member.map(LinkPurpose::Invitation)),
        _ => None,
    }
}

pub(crate) async fn find<C: Connection>(
    connection: &mut C,
    digest: &Digest,
) -> Result<Option<LinkToken>, SqlError> {
    let sql = "SELECT id, digest, purpose, member_id, organization_id, created_at, expires_at, used_at \
        FROM link_tokens WHERE digest = $1";
    connection.first(sql, &params![digest], |row| read(row)).await
}

pub(crate) async fn insert<C: Connection>(connection: &mut C, row: &LinkToken) -> Result<u64, SqlError> {
    let sql = "INSERT INTO link_tokens (id, digest, purpose, member_id, organization_id, created_at, expires_at, \
        used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let (purpose, member) = match row.purpose {
        LinkPurpose::SetUp => ("setUp", None),
        LinkPurpose::Invitation(member) => ("invitation", Some(member.uuid())),
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
    ];
    connection.run(sql, &params).await
}
