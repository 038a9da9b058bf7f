//! Joins the server to two pipes: reads messages, answers them one after the other, and has
//! long work done on threads of its own. The only place with threads and a clock.

use crate::host::Host;
use crate::job::{Done, Job};
use crate::said::{Said, error};
use crate::server::Server;
use lsp_server::{ErrorCode, Message, RequestId};
use serde_json::Value;
use std::collections::VecDeque;
use std::io::{BufRead, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

/// How long typing must rest before the policies are checked.
const PAUSE: Duration = Duration::from_millis(80);

/// Stack of the threads that walk trees: nesting of sources is bounded, and fits many times.
const STACK_BYTES: usize = 64 << 20;

/// What can happen.
enum Event {
    Said(Message),
    Done(Done),
    /// Requests were cancelled before they were answered.
    Cancelled,
    /// The editor has gone.
    Closed,
}

/// Serves an editor until it ends the conversation; the exit code.
pub fn serve(
    input: impl BufRead + Send + 'static,
    output: impl Write + Send + 'static,
    host: Arc<dyn Host>,
) -> u8 {
    let (events, happened) = channel();
    let said = events.clone();
    let answerer = move || {
        let mut session = Session {
            server: Server::new(host),
            output,
            events,
            happened,
            waiting: VecDeque::new(),
            refused: Vec::new(),
            checking: Checking::No,
            line: Line::Open,
        };
        session.run()
    };
    let read = "read".to_owned();
    let started = thread::Builder::new()
        .name(read)
        .spawn(move || listen(input, &said));
    let answering = thread::Builder::new()
        .name("answer".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(answerer);
    match (started, answering) {
        (Ok(_), Ok(answering)) => answering.join().unwrap_or(1),
        _ => 1,
    }
}

/// Reads messages until the editor has gone, or says something that is none.
fn listen(mut input: impl BufRead, said: &Sender<Event>) {
    while let Ok(Some(message)) = Message::read(&mut input) {
        if said.send(Event::Said(message)).is_err() {
            return;
        }
    }
    let _ = said.send(Event::Closed);
}

/// Whether a check is under way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Checking {
    Yes,
    No,
}

/// Whether the editor may still say something.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Open,
    Closed,
}

struct Session<W> {
    server: Server,
    output: W,
    events: Sender<Event>,
    happened: Receiver<Event>,
    /// Messages that were read and not yet answered.
    waiting: VecDeque<Message>,
    /// Answers to requests that were cancelled while they waited.
    refused: Vec<Said>,
    checking: Checking,
    line: Line,
}

impl<W: Write> Session<W> {
    fn run(&mut self) -> u8 {
        loop {
            let answers = match self.next() {
                Some(Event::Said(message)) => self.server.handle(message),
                Some(Event::Done(done)) => {
                    if let Done::Checked(_) = done {
                        self.checking = Checking::No;
                    }
                    self.server.finish(done)
                }
                Some(Event::Cancelled) => Vec::new(),
                Some(Event::Closed) => return 1,
                None => {
                    let check = self.server.check();
                    self.checking = Checking::Yes;
                    self.start(check);
                    Vec::new()
                }
            };
            for job in self.server.take_jobs() {
                self.start(job);
            }
            let refused = std::mem::take(&mut self.refused);
            let mut messages = refused.iter().chain(&answers);
            if messages.any(|said| said.write(&mut self.output).is_err()) {
                return 1;
            }
            if let Some(code) = self.server.ended() {
                return code;
            }
        }
    }

    /// What happens next; `None` when it is time for a check.
    fn next(&mut self) -> Option<Event> {
        // Everything that was sent is read before the next answer, so that what the editor no
        // longer wants is not worked on.
        while let Ok(event) = self.happened.try_recv() {
            match event {
                Event::Said(message) => self.waiting.push_back(message),
                Event::Done(done) => return Some(Event::Done(done)),
                Event::Cancelled => {}
                Event::Closed => self.line = Line::Closed,
            }
        }
        self.cancel();
        if !self.refused.is_empty() {
            return Some(Event::Cancelled);
        }
        if let Some(message) = self.waiting.pop_front() {
            return Some(Event::Said(message));
        }
        if self.line == Line::Closed {
            return Some(Event::Closed);
        }
        if self.server.wants_check() && self.checking == Checking::No {
            return match self.happened.recv_timeout(PAUSE) {
                Ok(event) => Some(event),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => Some(Event::Closed),
            };
        }
        Some(self.happened.recv().unwrap_or(Event::Closed))
    }

    /// Answers requests that were cancelled while they waited.
    fn cancel(&mut self) {
        let unwanted: Vec<RequestId> = self.waiting.iter().filter_map(cancelled).collect();
        if unwanted.is_empty() {
            return;
        }
        let waiting = std::mem::take(&mut self.waiting);
        for message in waiting {
            match &message {
                Message::Request(r) if unwanted.contains(&r.id) => {
                    let why = error(ErrorCode::RequestCanceled, "cancelled by the editor");
                    self.refused.push(Said::response(&r.id, &Err(why)));
                }
                m if cancelled(m).is_some() => {}
                _ => self.waiting.push_back(message),
            }
        }
    }

    fn start(&self, job: Job) {
        let events = self.events.clone();
        let work = move || {
            let _ = events.send(Event::Done(job.run()));
        };
        let name = "work".to_owned();
        let started = thread::Builder::new()
            .name(name)
            .stack_size(STACK_BYTES)
            .spawn(work);
        if started.is_err() {
            let _ = self.events.send(Event::Closed);
        }
    }
}

/// The request that a message cancels.
fn cancelled(message: &Message) -> Option<RequestId> {
    let Message::Notification(notification) = message else {
        return None;
    };
    if notification.method != "$/cancelRequest" {
        return None;
    }
    match notification.params.get("id")? {
        Value::Number(n) => Some(RequestId::from(i32::try_from(n.as_i64()?).ok()?)),
        Value::String(text) => Some(RequestId::from(text.clone())),
        _ => None,
    }
}
