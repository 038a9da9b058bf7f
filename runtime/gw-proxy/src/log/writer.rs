//! The way from the cores to the file: each core fills a buffer and hands it over in batches; a
//! thread writes. When the thread cannot keep up, batches are dropped and counted.

use super::{Encoder, Line};
use crate::{AccessLog, StartError};
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{self, Receiver, Sender};

/// A buffer is handed over when it holds this much, in bytes. Each batch wakes the thread, and
/// the file system takes large ones for less by the byte.
const BATCH: usize = 64 << 10;
/// Batches that may wait for the thread.
const WAITING: usize = 64;
/// Buffers that are kept to be filled again.
const SPARE: usize = 4;

/// The writing thread.
pub(crate) struct LogWriter {
    sender: Option<Sender<Batch>>,
    thread: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
}

struct Batch {
    text: Vec<u8>,
    lines: u64,
}

/// What the thread has for the cores.
#[derive(Default)]
struct Shared {
    /// Lines that were dropped.
    dropped: AtomicU64,
    spare: Spare,
}

/// Empty buffers. The one that was written last is filled next, while it is in the cache: an allocator
/// gives out the one that it has had for longest.
#[derive(Default)]
struct Spare(Mutex<Vec<Vec<u8>>>);

/// The end of one core.
pub(crate) struct LogBuffer {
    sender: Option<Sender<Batch>>,
    encoder: Encoder,
    text: Vec<u8>,
    lines: u64,
    shared: Arc<Shared>,
}

impl LogWriter {
    /// Opens the log and starts the thread.
    pub(crate) fn start(log: &AccessLog) -> Result<Self, StartError> {
        let shared = Arc::<Shared>::default();
        let out: Box<dyn Write + Send> = match log {
            AccessLog::Off => {
                return Ok(Self {
                    sender: None,
                    thread: None,
                    shared,
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
        // The standard library's channel wakes the thread while it holds a lock that the thread wants first.
        let (sender, receiver) = mpsc::channel(WAITING);
        let with = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("gw-log".to_owned())
            .spawn(move || write_all(receiver, out, &with))?;
        Ok(Self {
            sender: Some(sender),
            thread: Some(thread),
            shared,
        })
    }

    /// A buffer for a core.
    pub(crate) fn buffer(&self) -> LogBuffer {
        LogBuffer {
            sender: self.sender.clone(),
            encoder: Encoder::default(),
            text: Vec::new(),
            lines: 0,
            shared: Arc::clone(&self.shared),
        }
    }

    /// Lines that were dropped.
    pub(crate) fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }

    /// Waits until everything is written. The buffers must be gone.
    pub(crate) fn finish(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn write_all(mut batches: Receiver<Batch>, mut out: Box<dyn Write + Send>, shared: &Shared) {
    while let Some(batch) = batches.blocking_recv() {
        let written = out.write_all(&batch.text).and_then(|()| out.flush());
        if written.is_err() {
            shared.dropped.fetch_add(batch.lines, Ordering::Relaxed);
        }
        shared.spare.put(batch.text);
    }
}

impl Spare {
    fn put(&self, mut buffer: Vec<u8>) {
        buffer.clear();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < SPARE {
            all.push(buffer);
        }
    }

    fn take(&self) -> Option<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
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

    /// Hands over what there is, every now and then; where there is nothing, a spare buffer is let go of.
    pub(crate) fn tick(&mut self) {
        match self.lines {
            0 => drop(self.shared.spare.take()),
            _ => self.hand_over(),
        }
    }

    fn hand_over(&mut self) {
        let Some(sender) = self.sender.as_ref().filter(|_| self.lines > 0) else {
            return;
        };
        let empty = self.shared.spare.take();
        let empty = empty.unwrap_or_else(|| Vec::with_capacity(BATCH + 1024));
        let text = std::mem::replace(&mut self.text, empty);
        let lines = std::mem::take(&mut self.lines);
        match sender.try_send(Batch { text, lines }) {
            Ok(()) => {}
            Err(TrySendError::Full(batch) | TrySendError::Closed(batch)) => {
                self.shared
                    .dropped
                    .fetch_add(batch.lines, Ordering::Relaxed);
                self.shared.spare.put(batch.text);
            }
        }
    }
}

impl Drop for LogBuffer {
    fn drop(&mut self) {
        self.hand_over();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Some fifty batches, fewer than may wait, in buffers that are used again.
    #[test]
    fn every_line_is_written_once_and_in_order() {
        const LINES: usize = 10_000;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("access.log");
        let mut log = LogWriter::start(&AccessLog::File(path.clone())).unwrap();
        let mut core = log.buffer();
        for number in 0..LINES {
            let id = format!("{number:060}");
            core.push(&Line {
                id: &id,
                status: 200,
                ..Line::default()
            });
            if number % 3_000 == 0 {
                core.tick();
            }
        }
        drop(core);
        log.finish();
        let written = std::fs::read_to_string(path).unwrap();
        let ids = written.lines().map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            line["request_id"]
                .as_str()
                .unwrap()
                .parse::<usize>()
                .unwrap()
        });
        assert_eq!(log.dropped(), 0);
        assert!(ids.eq(0..LINES));
    }
}
