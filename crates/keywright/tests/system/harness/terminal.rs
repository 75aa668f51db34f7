//! A pseudo-terminal: somebody who reads standard output.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::Deadline;

/// A terminal that remembers what was printed on it.
pub(crate) struct Terminal {
    /// The side that programs print to.
    side: File,
    shown: Arc<Mutex<Vec<u8>>>,
}

impl Terminal {
    pub(crate) fn new() -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let side = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(i32::try_from(OFlags::NOCTTY.bits()).unwrap())
            .open(OsStr::from_bytes(name.as_bytes()))
            .unwrap();

        let shown = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&shown);
        let mut master = File::from(master);
        // Ends when the last program that has the other side open has ended.
        thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(length @ 1..) = master.read(&mut chunk) {
                sink.lock().unwrap().extend_from_slice(&chunk[..length]);
            }
        });
        Self { side, shown }
    }

    /// For a program's standard output.
    pub(crate) fn stdout(&self) -> Stdio {
        self.side.try_clone().unwrap().into()
    }

    /// What was printed up to now.
    pub(crate) fn shown(&self) -> String {
        String::from_utf8_lossy(&self.shown.lock().unwrap()).into_owned()
    }

    /// What was printed, once `text` is in it.
    pub(crate) fn wait_for(&self, text: &str) -> String {
        let deadline = Deadline::after(Duration::from_secs(30));
        loop {
            let shown = self.shown();
            if shown.contains(text) {
                return shown;
            }
            assert!(!deadline.has_passed(), "{text:?} was never printed, but:\n{shown}");
            thread::sleep(Duration::from_millis(10));
        }
    }
}
