//! Whatever a client seals after its handshake, and however its records are cut, our session makes of it
//! what rustls' buffered connection makes of it: the same data, the same end.

use aws_lc_rs::aead::{
    AES_128_GCM, Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey,
};
use gw_tls::{Established, Handshake};
use rustls::client::{ClientConnectionData, UnbufferedClientConnection};
use rustls::crypto::aws_lc_rs::cipher_suite;
use rustls::crypto::cipher::{AeadKey, Iv};
use rustls::kernel::KernelConnection;
use rustls::pki_types::ServerName;
use rustls::unbuffered::ConnectionState;
use rustls::{
    ClientConfig, ConnectionTrafficSecrets, ContentType, ProtocolVersion, ServerConfig,
    ServerConnection, SupportedCipherSuite,
};
use std::io::{ErrorKind, Read};
use std::sync::{Arc, LazyLock};

#[path = "../../runtime/gw-tls/tests/support/trust.rs"]
mod trust;

/// Both versions, and each way to protect a record.
const SUITES: [SupportedCipherSuite; 4] = [
    cipher_suite::TLS13_AES_128_GCM_SHA256,
    cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
];

static CONFIGS: LazyLock<[(Arc<ClientConfig>, Arc<ServerConfig>); 4]> = LazyLock::new(|| {
    SUITES.map(|suite| {
        let (client, mut server) = trust::configs(suite);
        server.send_tls13_tickets = 0;
        (Arc::new(client), Arc::new(server))
    })
});

/// Length of the tag that ends each record.
const TAG: usize = 16;

/// A request for another handshake, as short as it may be (RFC 5246 section 7.4.1.2).
fn client_hello() -> Vec<u8> {
    let (version, random, suite) = ([1, 0, 0, 41, 3, 3], [0; 32], [0, 0, 2, 0xc0, 0x2b, 1, 0]);
    [&version[..], &random, &suite].concat()
}

/// What goes over the wire.
enum Step<'a> {
    /// A record that is sealed.
    Sealed(ContentType, Vec<u8>),
    /// Bytes as they are.
    Raw(&'a [u8]),
}

/// Steps of an input: what it is, how long, and then so many bytes; or a byte that is repeated.
fn steps(mut data: &[u8]) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    while let Some((&[what, length], rest)) = data.split_first_chunk() {
        let many = what & 8 != 0;
        let taken = if many { 1 } else { usize::from(length) };
        let (bytes, rest) = rest.split_at(taken.min(rest.len()));
        data = rest;
        let plain = if many {
            bytes.repeat(usize::from(length) * 64)
        } else {
            bytes.to_vec()
        };
        // Messages of no bytes end a connection (RFC 8446 section 5.4), which rustls does not mind.
        if plain.is_empty() && matches!(what & 7, 1 | 2) {
            continue;
        }
        steps.push(match what & 7 {
            0 => Step::Sealed(ContentType::ChangeCipherSpec, plain),
            1 => Step::Sealed(ContentType::Alert, plain),
            2 => Step::Sealed(ContentType::Handshake, plain),
            3 => Step::Sealed(ContentType::Unknown(length), plain),
            4 => Step::Raw(bytes),
            6 => Step::Sealed(ContentType::Handshake, client_hello()),
            _ => Step::Sealed(ContentType::ApplicationData, plain),
        });
    }
    steps
}

/// A client that seals whatever it likes.
struct Client {
    keys: KernelConnection<ClientConnectionData>,
    sealer: Sealer,
    /// Handshake messages that are not whole yet.
    message: Vec<u8>,
}

impl Client {
    /// Shakes hands with a server that answers bytes with bytes.
    fn connect(config: &Arc<ClientConfig>, mut server: impl FnMut(&[u8]) -> Vec<u8>) -> Self {
        let name = ServerName::try_from("a.test").unwrap();
        let mut client = UnbufferedClientConnection::new(Arc::clone(config), name).unwrap();
        let (mut out, mut received) = (Vec::new(), Vec::new());
        loop {
            let status = client.process_tls_records(&mut received);
            let discard = status.discard;
            let mut ready = false;
            match status.state.unwrap() {
                ConnectionState::EncodeTlsData(mut data) => {
                    let mut room = vec![0; 1 << 14];
                    let length = data.encode(&mut room).unwrap();
                    out.extend_from_slice(&room[..length]);
                }
                ConnectionState::TransmitTlsData(data) => data.done(),
                ConnectionState::WriteTraffic(_) => ready = true,
                _ => {}
            }
            received.drain(..discard);
            if !out.is_empty() {
                received.extend(server(&std::mem::take(&mut out)));
            } else if ready {
                break;
            }
        }
        let (secrets, keys) = client.dangerous_into_kernel_connection().unwrap();
        let sealer = Sealer::new(keys.protocol_version(), secrets.tx);
        let message = Vec::new();
        Self {
            keys,
            sealer,
            message,
        }
    }

    fn wire(&mut self, step: &Step<'_>) -> Vec<u8> {
        match step {
            Step::Raw(bytes) => bytes.to_vec(),
            Step::Sealed(kind, plain) => {
                let record = self.sealer.seal(*kind, plain);
                if *kind == ContentType::Handshake && self.sealer.is_new() {
                    self.renew(plain);
                }
                record
            }
        }
    }

    /// Changes the keys where that is what was said (RFC 8446 section 4.6.3).
    fn renew(&mut self, fragment: &[u8]) {
        const KEY_UPDATE: [u8; 4] = [24, 0, 0, 1];
        self.message.extend_from_slice(fragment);
        if self.message.len() == 5 && self.message.starts_with(&KEY_UPDATE) {
            self.message.clear();
            let secrets = self.keys.update_tx_secret().unwrap();
            self.sealer = Sealer::new(self.keys.protocol_version(), secrets);
        }
    }
}

/// Seals records by the book: RFC 8446 section 5.2; RFC 5246 section 6.2.3.3 with RFC 5288 and RFC 7905.
struct Sealer {
    version: ProtocolVersion,
    key: LessSafeKey,
    iv: [u8; NONCE_LEN],
    sequence: u64,
    /// Whether part of the nonce is written into the record.
    explicit: bool,
}

impl Sealer {
    fn new(version: ProtocolVersion, (sequence, secrets): (u64, ConnectionTrafficSecrets)) -> Self {
        let (algorithm, key, iv): (_, AeadKey, Iv) = match secrets {
            ConnectionTrafficSecrets::Aes128Gcm { key, iv } => (&AES_128_GCM, key, iv),
            ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv } => (&CHACHA20_POLY1305, key, iv),
            _ => unreachable!("no suite has other keys"),
        };
        let key = LessSafeKey::new(UnboundKey::new(algorithm, key.as_ref()).unwrap());
        let iv = iv.as_ref().try_into().unwrap();
        let explicit = version != ProtocolVersion::TLSv1_3 && key.algorithm() == &AES_128_GCM;
        Self {
            version,
            key,
            iv,
            sequence,
            explicit,
        }
    }

    /// Whether it is of TLS 1.3.
    fn is_new(&self) -> bool {
        self.version == ProtocolVersion::TLSv1_3
    }

    fn seal(&mut self, kind: ContentType, plain: &[u8]) -> Vec<u8> {
        let sequence = self.sequence.to_be_bytes();
        self.sequence += 1;
        let mut nonce = self.iv;
        for (byte, of) in nonce[4..].iter_mut().zip(sequence) {
            *byte ^= of;
        }
        let header = |kind: ContentType, length: usize| {
            let length = u16::try_from(length).unwrap().to_be_bytes();
            [u8::from(kind), 3, 3, length[0], length[1]]
        };
        let explicit = if self.explicit { &nonce[4..] } else { &[] };
        let mut text = plain.to_vec();
        let (outer, additional) = if self.is_new() {
            text.push(u8::from(kind));
            let outer = header(ContentType::ApplicationData, text.len() + TAG);
            (outer, outer.to_vec())
        } else {
            let outer = header(kind, explicit.len() + text.len() + TAG);
            (outer, [&sequence[..], &header(kind, text.len())].concat())
        };
        let explicit = explicit.to_vec();
        let nonce = Nonce::assume_unique_for_key(nonce);
        let sealed = self
            .key
            .seal_in_place_append_tag(nonce, Aad::from(additional), &mut text);
        sealed.unwrap();
        [&outer[..], &explicit, &text].concat()
    }
}

/// What came of it all.
#[derive(Default)]
struct Outcome {
    heard: Vec<u8>,
    /// Whether the last record was heard.
    lives: bool,
    closed: bool,
}

fn ours(choice: usize, cut: usize, steps: &[Step<'_>]) -> Outcome {
    let (client, server) = &CONFIGS[choice];
    let mut handshake = Handshake::server(server).unwrap();
    let mut client = Client::connect(client, |bytes| {
        let mut out = Vec::new();
        handshake.advance(bytes, &mut out).unwrap();
        out
    });
    let Established {
        mut session, rest, ..
    } = handshake.finish().unwrap();
    assert!(rest.is_empty());
    let mut outcome = Outcome::default();
    let mut kept = Vec::new();
    for step in steps {
        let before = outcome.heard.len();
        for piece in client.wire(step).chunks(cut) {
            kept.extend_from_slice(piece);
            if let Ok(opened) = session.open(&mut kept) {
                assert!(opened.data <= opened.consumed);
                outcome.heard.extend_from_slice(&kept[..opened.data]);
                kept.drain(..opened.consumed);
                session.take_queued(&mut Vec::new());
            }
        }
        outcome.lives = outcome.heard.len() > before;
    }
    outcome.closed = session.is_closed();
    outcome
}

fn theirs(choice: usize, cut: usize, steps: &[Step<'_>]) -> Outcome {
    let (client, server) = &CONFIGS[choice];
    let mut server = ServerConnection::new(Arc::clone(server)).unwrap();
    let mut client = Client::connect(client, |mut bytes| {
        let mut out = Vec::new();
        while !bytes.is_empty() {
            server.read_tls(&mut bytes).unwrap();
            server.process_new_packets().unwrap();
        }
        while server.wants_write() {
            server.write_tls(&mut out).unwrap();
        }
        out
    });
    let mut outcome = Outcome::default();
    let mut failed = false;
    for step in steps {
        let before = outcome.heard.len();
        for mut piece in client.wire(step).chunks(cut) {
            while !failed && !outcome.closed && !piece.is_empty() {
                server.read_tls(&mut piece).unwrap();
                failed = server.process_new_packets().is_err();
                let said = server.reader().read_to_end(&mut outcome.heard);
                outcome.closed = said.is_ok();
                assert!(said.is_ok() || said.unwrap_err().kind() == ErrorKind::WouldBlock);
                // What it has to say is not of interest here, and must not pile up.
                while server.wants_write() {
                    server.write_tls(&mut std::io::sink()).unwrap();
                }
            }
        }
        outcome.lives = outcome.heard.len() > before;
    }
    outcome
}

/// Runs one input: a suite and how its records are cut, then what the client sends.
pub fn run(data: &[u8]) {
    let Some((&[choice, cut], script)) = data.split_first_chunk() else {
        return;
    };
    let (choice, cut) = (
        usize::from(choice) % SUITES.len(),
        usize::from(cut) * 16 + 1,
    );
    let mut steps = steps(script);
    steps.push(Step::Sealed(ContentType::ApplicationData, vec![0]));
    let (ours, theirs) = (ours(choice, cut, &steps), theirs(choice, cut, &steps));
    // rustls reads whole messages that TLS 1.2 declines by their kind.
    let declined = |step: &Step<'_>| match step {
        Step::Sealed(ContentType::Handshake, plain) => *plain != client_hello(),
        Step::Sealed(..) | Step::Raw(_) => false,
    };
    let declined = SUITES[choice].tls13().is_none() && steps.iter().any(declined);
    assert!(ours.lives == theirs.lives || (declined && !theirs.lives));
    assert!(ours.closed == theirs.closed || declined);
    // What comes in one piece with what ends the connection is not looked at.
    assert!(theirs.heard.starts_with(&ours.heard) || declined);
    assert!(ours.heard == theirs.heard || !ours.lives || declined);
}
