//! Somebody else's site, on the same machine: what it makes a visitor's browser send is not what the visitor wants.

use std::net::SocketAddr;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use super::http_head::Head;

/// Answers every request with the same page, until it is dropped.
pub(crate) struct ForeignSite {
    address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl ForeignSite {
    pub(crate) async fn start(page: String) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
            page.len()
        );
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                // Whoever goes away early does not get it.
                if Head::read(&mut stream).await.is_some() {
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            }
        });
        Self { address, task }
    }

    /// Host and port by the server's own address, which a browser takes for the same site: it sends the server's cookies.
    pub(crate) fn same_site(&self) -> String {
        self.address.to_string()
    }

    /// Host and port by a name that a browser takes for another site.
    pub(crate) fn other_site(&self) -> String {
        format!("localhost:{}", self.address.port())
    }
}

impl Drop for ForeignSite {
    fn drop(&mut self) {
        self.task.abort();
    }
}
