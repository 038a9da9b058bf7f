//! A client for HTTP/2 and TLS, on hyper.

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::client::WantsClientCert;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// A connection with its own runtime.
pub struct Modern {
    runtime: tokio::runtime::Runtime,
    sender: Sender,
    /// What ALPN agreed on.
    pub alpn: Option<Vec<u8>>,
    /// The server's certificate.
    pub certificate: Option<Vec<u8>>,
}

enum Sender {
    H1(http1::SendRequest<Full<Bytes>>),
    H2(http2::SendRequest<Full<Bytes>>),
}

/// A response, read to its end.
#[derive(Debug)]
pub struct ModernReply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    pub trailers: Option<HeaderMap>,
}

impl ModernReply {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A TLS client that trusts `roots` and offers `alpn`.
pub fn tls_client(roots: RootCertStore, alpn: &[&[u8]]) -> Arc<ClientConfig> {
    finish(builder(roots).with_no_client_auth(), alpn)
}

/// The same, with a certificate and its key, both PEM.
pub fn tls_client_as(
    roots: RootCertStore,
    alpn: &[&[u8]],
    (certificate, key): (&str, &str),
) -> Arc<ClientConfig> {
    let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    finish(
        builder(roots).with_client_auth_cert(chain, key).unwrap(),
        alpn,
    )
}

fn builder(roots: RootCertStore) -> ConfigBuilder<ClientConfig, WantsClientCert> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
}

fn finish(mut config: ClientConfig, alpn: &[&[u8]]) -> Arc<ClientConfig> {
    config.alpn_protocols = alpn.iter().map(|p| p.to_vec()).collect();
    Arc::new(config)
}

impl Modern {
    /// HTTP/2 with prior knowledge.
    pub fn h2c(address: SocketAddr) -> Self {
        let runtime = runtime();
        let sender = runtime.block_on(async {
            let stream = TcpStream::connect(address).await.unwrap();
            h2(stream).await
        });
        Self {
            runtime,
            sender,
            alpn: None,
            certificate: None,
        }
    }

    /// TLS with whatever ALPN says.
    pub fn tls(
        address: SocketAddr,
        name: &str,
        config: Arc<ClientConfig>,
    ) -> std::io::Result<Self> {
        let runtime = runtime();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let (sender, alpn, certificate) = runtime.block_on(async {
            let stream = TcpStream::connect(address).await?;
            let stream = TlsConnector::from(config).connect(name, stream).await?;
            let session = stream.get_ref().1;
            let alpn = session.alpn_protocol().map(<[u8]>::to_vec);
            let certificate = session.peer_certificates().map(|c| c[0].to_vec());
            let sender = if alpn.as_deref() == Some(b"h2") {
                h2(stream).await
            } else {
                let (sender, connection) = http1::handshake(TokioIo::new(stream))
                    .await
                    .map_err(std::io::Error::other)?;
                tokio::spawn(connection);
                Sender::H1(sender)
            };
            Ok::<_, std::io::Error>((sender, alpn, certificate))
        })?;
        Ok(Self {
            runtime,
            sender,
            alpn,
            certificate,
        })
    }

    /// Sends a request and reads the whole response.
    pub fn send(&mut self, request: Request<Full<Bytes>>) -> Result<ModernReply, hyper::Error> {
        let sender = &mut self.sender;
        self.runtime.block_on(async {
            let response = match sender {
                Sender::H1(sender) => sender.send_request(request).await?,
                Sender::H2(sender) => sender.send_request(request).await?,
            };
            let (parts, body) = response.into_parts();
            let collected = body.collect().await?;
            let trailers = collected.trailers().cloned();
            Ok(ModernReply {
                status: parts.status.as_u16(),
                headers: parts.headers,
                body: collected.to_bytes().to_vec(),
                trailers,
            })
        })
    }

    /// Sends several requests at once over HTTP/2; the statuses.
    pub fn send_all(&mut self, requests: Vec<Request<Full<Bytes>>>) -> Vec<u16> {
        let Sender::H2(sender) = &self.sender else {
            panic!("only HTTP/2 multiplexes")
        };
        self.runtime.block_on(async {
            let tasks: Vec<_> = requests
                .into_iter()
                .map(|request| {
                    let mut sender = sender.clone();
                    tokio::spawn(
                        async move { sender.send_request(request).await.unwrap().status() },
                    )
                })
                .collect();
            let mut statuses = Vec::new();
            for task in tasks {
                statuses.push(task.await.unwrap().as_u16());
            }
            statuses
        })
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

async fn h2<S>(stream: S) -> Sender
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    Sender::H2(sender)
}
