//! A small HTTP client for key sets: one GET per connection, bounded in time and size.

use crate::net::{Socket, TlsSocket};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::Request;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;

const TIMEOUT: Duration = Duration::from_secs(5);
const LARGEST: usize = 1 << 20;

/// The body of a 200 response, as text.
pub(super) async fn fetch(url: &str, tls: &Arc<ClientConfig>) -> Result<String, String> {
    tokio::time::timeout(TIMEOUT, get(url, tls))
        .await
        .unwrap_or_else(|_| Err("no answer within 5 s".to_owned()))
}

async fn get(url: &str, tls: &Arc<ClientConfig>) -> Result<String, String> {
    let uri: hyper::Uri = url.parse().map_err(|e| format!("not a URL: {e}"))?;
    let host = uri
        .host()
        .ok_or("the URL has no host")?
        .trim_matches(['[', ']']);
    let secure = uri.scheme_str() == Some("https");
    let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let stream = TcpStream::connect((host, port))
        .await
        .map_err(|e| e.to_string())?;
    let socket = match secure {
        false => Socket::Plain(stream),
        true => {
            let name = ServerName::try_from(host.to_owned()).map_err(|e| e.to_string())?;
            let (socket, _) = TlsSocket::connect(Arc::clone(tls), name, stream)
                .await
                .map_err(|e| e.to_string())?;
            Socket::Tls(Box::new(socket))
        }
    };
    exchange(socket, &uri).await
}

async fn exchange(socket: Socket, uri: &hyper::Uri) -> Result<String, String> {
    let text = |e: hyper::Error| e.to_string();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(socket))
        .await
        .map_err(text)?;
    let path = uri.path_and_query().map_or("/", |p| p.as_str());
    let authority = uri.authority().map_or("", |a| a.as_str());
    let request = Request::get(path)
        .header("host", authority)
        .header("accept", "application/jwk-set+json, application/json")
        .header("user-agent", concat!("gw/", env!("CARGO_PKG_VERSION")))
        .body(Empty::<Bytes>::new())
        .map_err(|e| e.to_string())?;
    let driver = tokio::task::spawn_local(connection);
    let response = sender.send_request(request).await.map_err(text)?;
    if response.status() != 200 {
        return Err(format!(
            "it answers with status {}",
            response.status().as_u16()
        ));
    }
    let body = Limited::new(response.into_body(), LARGEST).collect().await;
    driver.abort();
    let bytes = body.map_err(|e| e.to_string())?.to_bytes();
    String::from_utf8(bytes.to_vec()).map_err(|_| "it is not UTF-8".to_owned())
}
