//! What the first start leaves, what it prints, and that later starts give nothing away again.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::harness::{Installation, Server, Terminal, errors};

#[tokio::test]
async fn where_nobody_reads_the_secrets_go_to_files_and_nowhere_else() {
    let installation = Installation::new();
    let server = installation.start().await;
    let (root_key, link, pepper) =
        (installation.root_key(), installation.read("setup-link"), installation.read("pepper"));
    assert_eq!(server.client("").verdict_of_self(&root_key).await, 200);
    assert!(link.starts_with(&format!("http://{}/console/setup?token=", server.address())), "{link}");
    assert_eq!(installation.read("address"), server.address().to_string());

    let page = link.strip_prefix(&format!("http://{}", server.address())).unwrap();
    assert_eq!(server.client("").get(page).await.status, 200, "the link leads nowhere");
    assert_ne!(server.client("").get("/console/setup?token=invented").await.status, 200);

    let folder = fs::metadata(installation.data_dir()).unwrap();
    assert_eq!(folder.permissions().mode() & 0o777, 0o700);
    for entry in fs::read_dir(installation.data_dir()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert_eq!(installation.mode(&name), 0o600, "{name} is readable by others");
    }

    let first = server.stop().await;
    assert!(first.status.success(), "{first:?}");
    for named in ["root-key", "setup-link"] {
        let path = installation.data_file(named).display().to_string();
        assert!(first.stdout.contains(&path), "{path} is not named:\n{}", first.stdout);
    }
    let token = link.rsplit_once('=').unwrap().1;
    for secret in [root_key.as_str(), token, pepper.as_str()] {
        assert!(!first.stdout.contains(secret) && !first.stderr.contains(secret), "a secret was printed");
    }
    assert!(!installation.data_file("address").exists());

    // The operator has put both away.
    fs::remove_file(installation.data_file("root-key")).unwrap();
    fs::remove_file(installation.data_file("setup-link")).unwrap();
    let server = installation.start().await;
    assert_eq!(server.client("").verdict_of_self(&root_key).await, 200);
    let later = server.stop().await;
    assert!(!later.stdout.contains("root"), "{}", later.stdout);
    assert!(!installation.data_file("root-key").exists());
    assert!(!installation.data_file("setup-link").exists());
}

#[tokio::test]
async fn on_a_terminal_the_root_key_is_shown_once_and_written_nowhere() {
    let installation = Installation::new();
    let terminal = Terminal::new();
    let mut command = installation.serve();
    command.stdout(terminal.stdout());
    let server = Server::start_printing(&installation, command, installation.path("stdout")).await;
    let shown = terminal.wait_for("Data in");
    let key: String = {
        let start = shown.find("ROOT_KEY=").expect("the root key is shown") + "ROOT_KEY=".len();
        shown[start..].chars().take_while(|&c| c.is_ascii_alphanumeric() || c == '_').collect()
    };
    assert_eq!(shown.matches(&key).count(), 1, "{shown}");
    assert_eq!(shown.matches("/console/setup?token=").count(), 1, "{shown}");
    assert_eq!(server.client("").verdict_of_self(&key).await, 200);
    assert!(!server.stop().await.stderr.contains(&key));
    assert!(!installation.data_file("root-key").exists());
    assert!(!installation.data_file("setup-link").exists());

    let terminal = Terminal::new();
    let mut command = installation.serve();
    command.stdout(terminal.stdout());
    let server = Server::start_printing(&installation, command, installation.path("stdout")).await;
    let shown = terminal.wait_for("Data in");
    assert!(!shown.contains("ROOT_KEY") && !shown.contains("token="), "{shown}");
    assert_eq!(server.client("").verdict_of_self(&key).await, 200);
}

#[tokio::test]
async fn a_chosen_file_gets_the_root_key_also_on_a_terminal() {
    let installation = Installation::new();
    let terminal = Terminal::new();
    let mut command = installation.serve();
    command.args(["--root-key-file", "chosen"]).env("NO_COLOR", "1").stdout(terminal.stdout());
    let _server = Server::start_printing(&installation, command, installation.path("stdout")).await;
    let shown = terminal.wait_for("Data in");
    let key = fs::read_to_string(installation.path("chosen")).unwrap();
    assert!(shown.contains(&format!("ROOT_KEY={}", key.trim())), "{shown}");
    assert!(!shown.contains('\x1b'), "NO_COLOR is set: {shown:?}");
}

#[tokio::test]
async fn a_root_key_that_cannot_be_delivered_is_not_made() {
    let installation = Installation::new();
    let nowhere = installation.path("no/such/folder");
    let refused = installation.serve().arg("--root-key-file").arg(&nowhere).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(errors(&refused).contains(&nowhere.display().to_string()), "{}", errors(&refused));

    // It was no first start: the next one is.
    let server = installation.start().await;
    assert_eq!(server.client("").verdict_of_self(&installation.root_key()).await, 200);
}

#[tokio::test]
async fn a_file_that_holds_something_else_is_not_overwritten() {
    let installation = Installation::new();
    let precious = installation.path("precious");
    fs::write(&precious, "the only copy\n").unwrap();
    let refused = installation.serve().arg("--root-key-file").arg(&precious).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(errors(&refused).contains("would be overwritten"), "{}", errors(&refused));
    assert_eq!(fs::read_to_string(&precious).unwrap(), "the only copy\n");
}
