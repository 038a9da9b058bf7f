//! Listening sockets: one per core and listener, on the same address, so that the kernel spreads
//! connections (SO_REUSEPORT).

use crate::StartError;
use gw_graph::Listener;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};

/// Connections that wait to be accepted.
const BACKLOG: i32 = 4096;

/// A socket for each core; with port 0 the first one chooses.
pub(crate) fn bind(
    listener: &Listener,
    cores: usize,
) -> Result<(SocketAddr, Vec<TcpListener>), StartError> {
    let failed = |source: io::Error| StartError::Bind {
        name: listener.name.to_string(),
        address: listener.bind.clone(),
        help: way_out(source.kind()),
        source,
    };
    let address = parse(&listener.bind).map_err(failed)?;
    // Without sharing first: another program on the address is an error, not a neighbour.
    if address.port() != 0 {
        drop(socket(address, Sharing::Alone).map_err(failed)?);
    }
    let first = socket(address, Sharing::Cores).map_err(failed)?;
    let address = first.local_addr().map_err(failed)?;
    let mut sockets = vec![first];
    while sockets.len() < cores {
        sockets.push(socket(address, Sharing::Cores).map_err(failed)?);
    }
    Ok((address, sockets))
}

fn way_out(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::AddrInUse => {
            "another process uses it: stop that one, or give the listener another `bind`"
        }
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 need privileges (CAP_NET_BIND_SERVICE): grant them, or choose another"
        }
        io::ErrorKind::AddrNotAvailable => {
            "this machine does not have it: check the `bind` address"
        }
        _ => "write `bind` as `host:port` or `:port`",
    }
}

/// `host:port`; an empty host means every address, IPv4 and IPv6.
fn parse(bind: &str) -> io::Result<SocketAddr> {
    let invalid = || io::Error::new(io::ErrorKind::InvalidInput, "it is no address");
    if let Some(port) = bind.strip_prefix(':') {
        let port = port.parse().map_err(|_| invalid())?;
        return Ok(SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)));
    }
    bind.to_socket_addrs()?.next().ok_or_else(invalid)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sharing {
    Alone,
    Cores,
}

fn socket(address: SocketAddr, sharing: Sharing) -> io::Result<TcpListener> {
    match open(address, sharing) {
        // A machine without IPv6.
        Err(error)
            if address.ip() == Ipv6Addr::UNSPECIFIED
                && error.kind() != io::ErrorKind::AddrInUse
                && error.kind() != io::ErrorKind::PermissionDenied =>
        {
            open(
                SocketAddr::from((std::net::Ipv4Addr::UNSPECIFIED, address.port())),
                sharing,
            )
        }
        other => other,
    }
}

fn open(address: SocketAddr, sharing: Sharing) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if address.is_ipv6() {
        socket.set_only_v6(address.ip() != Ipv6Addr::UNSPECIFIED)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(sharing == Sharing::Cores)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    if sharing == Sharing::Cores {
        socket.listen(BACKLOG)?;
    }
    Ok(socket.into())
}
