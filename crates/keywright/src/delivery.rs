//! How new secrets reach the operator, and nobody else: on a terminal by the banner, elsewhere by files.

use std::io;
use std::path::{Path, PathBuf};

use keywright_domain::PlaintextKey;
use zeroize::Zeroizing;

use crate::banner::{Delivered, FirstSecrets};
use crate::data_dir::Layout;
use crate::secret_file;

/// Where secrets go, settled before there are any.
#[derive(Debug)]
pub(crate) struct Delivery {
    attended: bool,
    /// Where the operator wants a root key, whoever is attending.
    chosen_root_key_file: Option<PathBuf>,
    root_key_file: PathBuf,
    setup_link_file: PathBuf,
    password_link_file: PathBuf,
}

impl Delivery {
    /// `attended`: whether a person reads standard output now.
    pub(crate) fn new(attended: bool, chosen_root_key_file: Option<&Path>, layout: &Layout) -> Self {
        Self {
            attended,
            chosen_root_key_file: chosen_root_key_file.map(Path::to_owned),
            root_key_file: layout.root_key(),
            setup_link_file: layout.setup_link(),
            password_link_file: layout.password_link(),
        }
    }

    /// Writes what goes to files, so that it is on the disk when this returns; hands back what is to be shown.
    pub(crate) fn deliver_first(
        &self,
        root_key: &PlaintextKey,
        setup_link: Zeroizing<String>,
    ) -> io::Result<FirstSecrets> {
        let root_key = self.deliver_root_key(root_key)?;
        Ok(FirstSecrets { root_key, setup_link: self.deliver_setup_link(setup_link)? })
    }

    /// The same for a set-up link alone.
    pub(crate) fn deliver_setup_link(
        &self,
        setup_link: Zeroizing<String>,
    ) -> io::Result<Delivered<Zeroizing<String>>> {
        self.deliver_link(setup_link, &self.setup_link_file)
    }

    /// The same for a link for a new password.
    pub(crate) fn deliver_password_link(
        &self,
        link: Zeroizing<String>,
    ) -> io::Result<Delivered<Zeroizing<String>>> {
        self.deliver_link(link, &self.password_link_file)
    }

    fn deliver_link(&self, link: Zeroizing<String>, file: &Path) -> io::Result<Delivered<Zeroizing<String>>> {
        if self.attended {
            return Ok(Delivered { shown: Some(link), file: None });
        }
        let text = Zeroizing::new(format!("{}\n", *link));
        secret_file::replace(file, &text).map_err(|error| at(file, &error))?;
        Ok(Delivered { shown: None, file: Some(file.to_owned()) })
    }

    /// The file that holds a root key now, if one does.
    pub(crate) fn present_root_key_file(&self) -> Option<&Path> {
        let path = self.chosen_root_key_file.as_ref().unwrap_or(&self.root_key_file);
        path.exists().then_some(path)
    }

    /// The same for a root key alone.
    pub(crate) fn deliver_root_key(&self, key: &PlaintextKey) -> io::Result<Delivered<PlaintextKey>> {
        let file = match &self.chosen_root_key_file {
            Some(chosen) => Some(chosen),
            None if self.attended => None,
            None => Some(&self.root_key_file),
        };
        if let Some(path) = file {
            secret_file::replace_key(path, key.expose()).map_err(|error| at(path, &error))?;
        }
        Ok(Delivered { shown: self.attended.then(|| key.clone()), file: file.cloned() })
    }
}

fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{} cannot be written: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use keywright_domain::{KeyPrefix, RANDOM_BYTES};

    use super::*;

    fn key() -> PlaintextKey {
        PlaintextKey::generate(&KeyPrefix::standard(), [3; RANDOM_BYTES])
    }

    fn deliver(attended: bool, chosen: Option<&Path>, folder: &Path) -> FirstSecrets {
        let delivery = Delivery::new(attended, chosen, &Layout::new(folder));
        delivery.deliver_first(&key(), "http://x/setup".to_owned().into()).unwrap()
    }

    #[test]
    fn on_a_terminal_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = deliver(true, None, folder.path());
        assert!(secrets.root_key.shown.is_some() && secrets.setup_link.shown.is_some());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn elsewhere_nothing_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = deliver(false, None, folder.path());
        assert!(secrets.root_key.shown.is_none() && secrets.setup_link.shown.is_none());
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(read("root-key"), format!("{}\n", key().expose()));
        assert_eq!(read("setup-link"), "http://x/setup\n");
    }

    #[test]
    fn a_chosen_file_is_written_in_both_cases() {
        for attended in [true, false] {
            let folder = tempfile::tempdir().unwrap();
            let chosen = folder.path().join("chosen");
            let secrets = deliver(attended, Some(&chosen), folder.path());
            assert_eq!(secrets.root_key.file.as_ref(), Some(&chosen));
            assert_eq!(fs::read_to_string(&chosen).unwrap().trim(), key().expose());
            assert!(!folder.path().join("root-key").exists());
        }
    }
}
