//! Passwords: argon2id with the second recommended parameters of RFC 9106, section 4.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;

use crate::error::Error;
use crate::random::{Random, draw};

/// Memory of one hashing, in KiB: 64 MiB.
const MEMORY_KIB: u32 = 64 * 1024;
/// Passes over it.
const PASSES: u32 = 3;
/// Lanes.
const LANES: u32 = 4;
/// Hashings at the same time: each takes its memory and a processor.
const AT_ONCE: usize = 2;

/// Hashes and checks passwords, few at a time, away from the threads that serve requests.
pub(crate) struct Passwords {
    places: Arc<Semaphore>,
    /// The hash of no one's password, checked where there is no account, so that the time taken tells nothing.
    decoy: std::sync::OnceLock<String>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE)), decoy: std::sync::OnceLock::new() }
    }
}

impl Passwords {
    /// The hash of a password, as a PHC string.
    pub(crate) async fn hash(&self, password: String, random: &dyn Random) -> Result<String, Error> {
        let salt = draw(random);
        self.run(move || hash(&password, salt)).await?
    }

    /// Whether a password is the one that was hashed. `None`: there is no account; it takes as long to say no.
    pub(crate) async fn verify(&self, password: &str, hashed: Option<String>) -> Result<bool, Error> {
        // Beyond this length no password is accepted anywhere, and hashing it would only be work.
        let password = if password.len() > 2048 { String::new() } else { password.to_owned() };
        let is_real = hashed.is_some();
        let hashed = match hashed {
            Some(hashed) => hashed,
            None => match self.decoy.get() {
                Some(decoy) => decoy.clone(),
                None => {
                    let made = self.run(|| hash("nobody's password", [0; 16])).await??;
                    self.decoy.get_or_init(|| made).clone()
                }
            },
        };
        let matches = self.run(move || verify(&password, &hashed)).await??;
        Ok(is_real && matches)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let stopping = || Error::Unavailable("the server is stopping".to_owned());
        let _place = self.places.acquire().await.map_err(|_| stopping())?;
        tokio::task::spawn_blocking(work).await.map_err(|_| stopping())
    }
}

fn argon2id() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the parameters of RFC 9106 are valid");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(password: &str, salt: [u8; 16]) -> Result<String, Error> {
    argon2id()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|error| Error::Internal(format!("a password could not be hashed: {error}")))
}

fn verify(password: &str, hashed: &str) -> Result<bool, Error> {
    let hashed = PasswordHash::new(hashed)
        .map_err(|error| Error::Internal(format!("a stored password hash cannot be read: {error}")))?;
    Ok(argon2id().verify_password(password.as_bytes(), &hashed).is_ok())
}
