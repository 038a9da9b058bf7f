//! `gwc play`.

use crate::args::Play;
use crate::command::init;
use crate::exit;
use crate::input::{self, Refused, usage};
use crate::play::server::Server;
use crate::print;

/// Serves the playground until the process ends.
pub(crate) fn run(args: &Play) -> Result<u8, Refused> {
    let policy = match &args.file {
        Some(path) => input::read(path)?,
        None => init::POLICY.to_owned(),
    };
    let port = args.port;
    let server = Server::new(port, policy)
        .map_err(|e| usage(&format!("127.0.0.1:{port} cannot be listened on: {e}")))?;
    print::out(&format!("the playground: http://{}/\n", server.address()));
    server
        .serve()
        .map_err(|e| usage(&format!("the playground ends: {e}")))?;
    Ok(exit::FINE)
}
