//! Signing keys of a store on which no engine runs: for whoever is at the machine and has no key to ask with.

use keywright_store::SealedSigningKey;

use super::pair::KeyPair;
use super::ring::Ring;
use super::rotation::{SigningKeyFacts, adding, facts, next_after};
use super::{rotate_act, seal};
use crate::root_key::commit;
use crate::start::{EngineParts, StartError, check_pepper};

/// The signing keys, oldest first, with no engine running on the store.
pub async fn stored_signing_keys(parts: &EngineParts) -> Result<Vec<SigningKeyFacts>, StartError> {
    check_pepper(parts).await?;
    let rows = rows(parts).await?;
    Ok(facts(&Ring::open(&rows, &seal(&parts.pepper)), parts.clock.now()))
}

/// Makes another signing key as [`crate::Engine::rotate_signing_keys`] does, with no engine running on the store.
pub async fn rotate_stored_signing_keys(
    parts: &EngineParts,
    withdraw: bool,
) -> Result<Vec<SigningKeyFacts>, StartError> {
    check_pepper(parts).await?;
    let rows = rows(parts).await?;
    let organization = parts.store.organization_by_number(1).await?.ok_or(StartError::NeverStarted)?;
    let now = parts.clock.now();
    let (position, signs_from) =
        next_after(&rows, withdraw, now).map_err(StartError::NextSigningKeyIsPublished)?;
    let pair = KeyPair::generate(&seal(&parts.pepper), parts.random.as_ref(), position, now, signs_from);
    commit(parts, organization.id, &rotate_act(withdraw), vec![adding(pair, withdraw)]).await?;
    stored_signing_keys(parts).await
}

async fn rows(parts: &EngineParts) -> Result<Vec<SealedSigningKey>, StartError> {
    let rows = parts.store.signing_keys().await?;
    if rows.is_empty() { Err(StartError::NeverStarted) } else { Ok(rows) }
}
