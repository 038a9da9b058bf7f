//! Connections to what is measured, on hyper and rustls.

use crate::Failure;
use bytes::Bytes;
use http::header::HOST;
use http::uri::Authority;
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// What is asked, of whom, and how.
pub(crate) struct Target {
    authority: Authority,
    tls: Option<TlsConnector>,
    request: Request<Empty<Bytes>>,
    /// Of each connection, over HTTP/2.
    streams: Option<usize>,
}

/// A connection, or over HTTP/2 a share of one.
pub(crate) struct Connection {
    request: Request<Empty<Bytes>>,
    sender: Sender,
}

enum Sender {
    Http1(http1::SendRequest<Empty<Bytes>>),
    Http2(http2::SendRequest<Empty<Bytes>>),
}

impl Target {
    pub(crate) fn new(url: Uri, streams: Option<usize>) -> Result<Self, Failure> {
        let authority = url.authority().ok_or("an absolute URL is needed")?.clone();
        let tls = match url.scheme_str() {
            Some("https") => Some(connector(streams.is_some())?),
            _ => None,
        };
        let request = match streams {
            Some(_) => Request::get(url),
            None => Request::get(url.path()).header(HOST, authority.as_str()),
        };
        Ok(Self {
            authority,
            tls,
            request: request.body(Empty::new())?,
            streams,
        })
    }

    /// What can be asked at the same time over another connection.
    pub(crate) async fn connect(&self) -> Result<Vec<Connection>, Failure> {
        let stream = TcpStream::connect(self.authority.as_str()).await?;
        stream.set_nodelay(true)?;
        match &self.tls {
            Some(tls) => {
                let host = self.authority.host().to_owned();
                let name = ServerName::try_from(host)?;
                self.handshake(tls.connect(name, stream).await?).await
            }
            None => self.handshake(stream).await,
        }
    }

    async fn handshake<S>(&self, stream: S) -> Result<Vec<Connection>, Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let stream = TokioIo::new(stream);
        let Some(streams) = self.streams else {
            let (sender, connection) = http1::handshake(stream).await?;
            tokio::spawn(connection);
            return Ok(vec![self.connection(Sender::Http1(sender))]);
        };
        let (sender, connection) = http2::handshake(TokioExecutor::new(), stream).await?;
        tokio::spawn(connection);
        let share = |_| self.connection(Sender::Http2(sender.clone()));
        Ok((0..streams).map(share).collect())
    }

    fn connection(&self, sender: Sender) -> Connection {
        Connection {
            request: self.request.clone(),
            sender,
        }
    }
}

impl Connection {
    /// Sends the request and reads the answer to its end, which has to be 200.
    pub(crate) async fn ask(&mut self) -> Result<(), Failure> {
        let request = self.request.clone();
        let answer = match &mut self.sender {
            Sender::Http1(sender) => sender.send_request(request).await,
            Sender::Http2(sender) => sender.send_request(request).await,
        }?;
        if answer.status() != StatusCode::OK {
            return Err(format!("it answered {}", answer.status()).into());
        }
        let mut body = answer.into_body();
        while let Some(frame) = body.frame().await {
            frame?;
        }
        Ok(())
    }
}

fn connector(is_http2: bool) -> Result<TlsConnector, Failure> {
    let provider = aws_lc_rs::default_provider();
    let anybody = Anybody(provider.signature_verification_algorithms);
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(anybody))
        .with_no_client_auth();
    config.alpn_protocols = vec![if is_http2 { b"h2" } else { &b"http/1.1"[..] }.to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Takes every certificate, since only time is measured; its signatures have to be right.
#[derive(Debug)]
struct Anybody(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _others: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
