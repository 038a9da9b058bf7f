//! The way from the cores to the file: each core fills a buffer and hands it over in batches; a
//! thread writes. When the thread cannot keep up, batches are dropped and counted.

use super::{Encoder, Line};
use crate::{AccessLog, StartError};
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

/// A buffer is handed over when it holds this much, in bytes. Each batch wakes the thread, and
/// the file system takes large ones for less by the byte.
const BATCH: usize = 64 << 10;
/// Batches that may wait for the thread.
const WAITING: usize = 64;

/// The writing thread.
pub(crate) struct LogWriter {
    sender: Option<SyncSender<Batch>>,
    thread: Option<JoinHandle<()>>,
    dropped: Arc<AtomicU64>,
}

struct Batch {
    text: Vec<u8>,
    lines: u64,
}

/// The end of one core.
pub(crate) struct LogBuffer {
    sender: Option<SyncSender<Batch>>,
    encoder: Encoder,
    text: Vec<u8>,
    lines: u64,
    dropped: Arc<AtomicU64>,
}

impl LogWriter {
    /// Opens the log and starts the thread.
    pub(crate) fn start(log: &AccessLog) -> Result<Self, StartError> {
        let dropped = Arc::new(AtomicU64::new(0));
        let out: Box<dyn Write + Send> = match log {
            AccessLog::Off => {
                return Ok(Self {
                    sender: None,
                    thread: None,
                    dropped,
                });
            }
            AccessLog::Stdout => Box::new(io::stdout()),
            AccessLog::File(path) => {
                let file = std::fs::OpenOptions::new()
                    .create(true)
                    .append(true)
                    .open(path);
                let path = path.clone();
                Box::new(file.map_err(|source| StartError::AccessLog { path, source })?)
            }
        };
        let (sender, receiver) = sync_channel(WAITING);
        let count = Arc::clone(&dropped);
        let thread = std::thread::Builder::new()
            .name("gw-log".to_owned())
            .spawn(move || write_all(&receiver, out, &count))?;
        Ok(Self {
            sender: Some(sender),
            thread: Some(thread),
            dropped,
        })
    }

    /// A buffer for a core.
    pub(crate) fn buffer(&self) -> LogBuffer {
        LogBuffer {
            sender: self.sender.clone(),
            encoder: Encoder::default(),
            text: Vec::new(),
            lines: 0,
            dropped: Arc::clone(&self.dropped),
        }
    }

    /// Lines that were dropped.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Waits until everything is written. The buffers must be gone.
    pub(crate) fn finish(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn write_all(batches: &Receiver<Batch>, mut out: Box<dyn Write + Send>, dropped: &AtomicU64) {
    for batch in batches {
        let written = out.write_all(&batch.text).and_then(|()| out.flush());
        if written.is_err() {
            dropped.fetch_add(batch.lines, Ordering::Relaxed);
        }
    }
}

impl LogBuffer {
    /// Whether lines are wanted at all.
    pub(crate) fn is_on(&self) -> bool {
        self.sender.is_some()
    }

    /// Adds a line.
    pub(crate) fn push(&mut self, line: &Line<'_>) {
        self.encoder.encode(line, &mut self.text);
        self.lines += 1;
        if self.text.len() >= BATCH {
            self.hand_over();
        }
    }

    /// Hands over what there is.
    pub(crate) fn hand_over(&mut self) {
        let Some(sender) = self.sender.as_ref().filter(|_| !self.text.is_empty()) else {
            return;
        };
        let text = std::mem::replace(&mut self.text, Vec::with_capacity(BATCH + 1024));
        let lines = std::mem::take(&mut self.lines);
        match sender.try_send(Batch { text, lines }) {
            Ok(()) => {}
            Err(TrySendError::Full(batch) | TrySendError::Disconnected(batch)) => {
                self.dropped.fetch_add(batch.lines, Ordering::Relaxed);
            }
        }
    }
}

impl Drop for LogBuffer {
    fn drop(&mut self) {
        self.hand_over();
    }
}
