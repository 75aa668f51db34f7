//! The pepper's file: 64 hexadecimal characters and a newline.
//!
//! It is made for an empty store and never again: a new pepper beside old digests would be a server that knows nobody.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use keywright_domain::Pepper;
use keywright_engine::Random;
use zeroize::Zeroizing;

use crate::secret_file;

const PEPPER_BYTES: usize = 32;

/// Reads the pepper that an existing database depends on.
pub(crate) fn read(path: &Path) -> Result<Pepper> {
    match fs::read(path) {
        Ok(text) => decode(&Zeroizing::new(text)).with_context(|| at(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => bail!(
            "the pepper file {} is missing, and without it no key in the database can be verified; put it back \
             from where you keep its copy, or name the right file with --pepper-file",
            path.display()
        ),
        Err(error) => Err(error).with_context(|| {
            format!("{} cannot be read; make it readable for the user that runs keywright", at(path))
        }),
    }
}

/// Reads the pepper, or makes one: only for a database that is empty.
pub(crate) fn read_or_make(path: &Path, random: &dyn Random) -> Result<Pepper> {
    let mut bytes = Zeroizing::new([0; PEPPER_BYTES]);
    random.fill(&mut *bytes);
    match secret_file::create(path, &encode(&bytes)) {
        Ok(()) => Ok(Pepper::new(*bytes)),
        // Given by the operator, or left by a first start that was cut off.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read(path),
        Err(error) => Err(error).with_context(|| {
            format!("{} cannot be written; choose another place with --pepper-file", at(path))
        }),
    }
}

/// Whether other users of the machine may read the pepper.
pub(crate) fn is_open_to_others(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|facts| facts.permissions().mode() & 0o077 != 0)
}

fn at(path: &Path) -> String {
    format!("the pepper file {}", path.display())
}

fn encode(bytes: &[u8; PEPPER_BYTES]) -> Zeroizing<String> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    // Reserved in full, so that no half-written copy is left behind by a growing string.
    let mut text = Zeroizing::new(String::with_capacity(2 * PEPPER_BYTES + 1));
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 0xf)]));
    }
    text.push('\n');
    text
}

fn decode(text: &[u8]) -> Result<Pepper> {
    let wrong = || {
        anyhow!(
            "it does not hold 64 hexadecimal characters and a newline; put back its right contents, or name the \
             right file with --pepper-file"
        )
    };
    let digits = text.trim_ascii_end();
    if digits.len() != 2 * PEPPER_BYTES {
        return Err(wrong());
    }
    let mut bytes = Zeroizing::new([0; PEPPER_BYTES]);
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let value = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
        let (Some(high), Some(low)) = (value(pair[0]), value(pair[1])) else { return Err(wrong()) };
        *byte = high << 4 | low;
    }
    Ok(Pepper::new(*bytes))
}

#[cfg(test)]
mod tests {
    use keywright_engine::SeededRandom;

    use super::*;

    #[test]
    fn it_is_made_once_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pepper");
        let made = read_or_make(&path, &SeededRandom::new(1)).unwrap();
        let again = read_or_make(&path, &SeededRandom::new(2)).unwrap();
        assert_eq!(made.check_value(), again.check_value());
        assert_eq!(made.check_value(), read(&path).unwrap().check_value());
        assert!(!is_open_to_others(&path));
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.len() == 65 && text.ends_with('\n'));
    }

    #[test]
    fn every_byte_survives_its_spelling() {
        for byte in 0..=u8::MAX {
            let bytes = [byte; PEPPER_BYTES];
            let read = decode(encode(&bytes).to_uppercase().as_bytes()).unwrap();
            assert_eq!(read.check_value(), Pepper::new(bytes).check_value());
        }
    }

    #[test]
    fn what_is_no_pepper_is_refused_and_not_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pepper");
        assert!(read(&path).unwrap_err().to_string().contains("is missing"));
        for wrong in [String::new(), "0".repeat(63), "0".repeat(65), "g".repeat(64)] {
            fs::write(&path, &wrong).unwrap();
            let error = format!("{:#}", read(&path).unwrap_err());
            assert!(error.contains("64 hexadecimal"), "{error}");
            assert!(wrong.is_empty() || !error.contains(&wrong), "{error}");
        }
    }
}
