//! What rustls keeps of a connection after its handshake: the key schedule, and the tickets of servers.

use crate::TlsError;
use crate::keys::Secrets;
use rustls::client::ClientConnectionData;
use rustls::kernel::KernelConnection;
use rustls::server::ServerConnectionData;
use rustls::{ProtocolVersion, SupportedCipherSuite};

/// Derives further keys; keeps the tickets that a server gives.
pub(crate) enum Schedule {
    Server(Box<KernelConnection<ServerConnectionData>>),
    Client(Box<KernelConnection<ClientConnectionData>>),
}

impl Schedule {
    pub(crate) fn version(&self) -> ProtocolVersion {
        match self {
            Schedule::Server(keys) => keys.protocol_version(),
            Schedule::Client(keys) => keys.protocol_version(),
        }
    }

    pub(crate) fn suite(&self) -> SupportedCipherSuite {
        match self {
            Schedule::Server(keys) => keys.negotiated_cipher_suite(),
            Schedule::Client(keys) => keys.negotiated_cipher_suite(),
        }
    }

    pub(crate) fn inbound(&mut self) -> Result<Secrets, TlsError> {
        Ok(match self {
            Schedule::Server(keys) => keys.update_rx_secret()?,
            Schedule::Client(keys) => keys.update_rx_secret()?,
        })
    }

    pub(crate) fn outbound(&mut self) -> Result<Secrets, TlsError> {
        Ok(match self {
            Schedule::Server(keys) => keys.update_tx_secret()?,
            Schedule::Client(keys) => keys.update_tx_secret()?,
        })
    }
}
