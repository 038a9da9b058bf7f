//! What one thread waits for and another says.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// Something that another thread waits for.
pub fn signal() -> (Sender<()>, Mutex<Receiver<()>>) {
    let (send, receive) = channel();
    (send, Mutex::new(receive))
}

/// Waits for a signal; a test that waits for 20 seconds has failed.
pub fn wait(receive: &Mutex<Receiver<()>>) {
    receive
        .lock()
        .unwrap()
        .recv_timeout(Duration::from_secs(20))
        .unwrap();
}
