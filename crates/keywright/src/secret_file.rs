//! Files that hold a secret: readable by their owner alone, never half-written, on the disk when the call returns.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use keywright_domain::{KeyShape, PresentedKey};
use tempfile::NamedTempFile;

/// Writes a new file; fails with [`io::ErrorKind::AlreadyExists`] when there is one.
pub(crate) fn create(path: &Path, text: &str) -> io::Result<()> {
    let folder = folder_of(path);
    write_beside(folder, text)?.persist_noclobber(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// Writes a file, in place of one that may be there.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = folder_of(path);
    write_beside(folder, text)?.persist(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// Writes a key to a file, in place of an earlier key, but of nothing else: a mistyped path must cost no other file.
pub(crate) fn replace_key(path: &Path, key: &str) -> io::Result<()> {
    match fs::read(path) {
        Ok(present) if !holds_a_key_or_nothing(&present) => {
            return Err(io::Error::new(
                io::ErrorKind::AlreadyExists,
                "it holds something that is no key and would be overwritten; name another file",
            ));
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    replace(path, &format!("{key}\n"))
}

fn holds_a_key_or_nothing(bytes: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(bytes) else { return false };
    let text = text.trim();
    text.is_empty()
        || matches!(PresentedKey::new(text).shape(), KeyShape::Ours { checksum_matches: true, .. })
}

/// A file under another name in the same folder, so that taking its place is one step. `tempfile` makes it 0600.
fn write_beside(folder: &Path, text: &str) -> io::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix(".keywright-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// A name is on the disk only when its folder is.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The folder that a file is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use keywright_domain::{KeyPrefix, PlaintextKey, RANDOM_BYTES};

    use super::*;

    #[test]
    fn a_secret_is_its_owners_alone_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        create(&path, "one\n").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(create(&path, "two\n").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\n");
        replace(&path, "three\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "three\n");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_key_takes_the_place_of_a_key_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root-key");
        let key = |byte| PlaintextKey::generate(&KeyPrefix::standard(), [byte; RANDOM_BYTES]);
        replace_key(&path, key(1).expose()).unwrap();
        replace_key(&path, key(2).expose()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap().trim(), key(2).expose());

        fs::write(&path, "the only copy of something else").unwrap();
        assert_eq!(replace_key(&path, key(3).expose()).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&path).unwrap(), "the only copy of something else");
    }
}
