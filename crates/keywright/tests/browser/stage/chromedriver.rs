//! The program through which a test steers a browser.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};

/// A chromedriver process; killed when dropped, and with it the browser that it has started.
pub(super) struct Chromedriver {
    child: Child,
    port: u16,
}

impl Chromedriver {
    pub(super) fn start() -> Self {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        // The browser is in its group then, and is found there when a test fails half-way.
        command.process_group(0);
        let mut child = command.spawn().unwrap_or_else(|error| {
            panic!("this test needs chromedriver ({error}): `cargo xtask test browser` installs it")
        });
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        // `ChromeDriver was started successfully on port 41235.`
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.rsplit_once("successfully on port ")?.1.trim_end_matches('.').parse().ok())
            .expect("chromedriver says its port");
        // What it prints later is read, so that it never waits for a reader.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Self { child, port }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        // Each fails only where it has ended already.
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        let _ = self.child.wait();
    }
}
