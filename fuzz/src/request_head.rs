//! What a stream of requests is taken for does not depend on how its bytes are cut, and paths are
//! normalised once and for all.

use gw_graph::normalize_path;
use gw_http1::{Body, HeadEnd, Limits, LineCache, Malformed, Request};

const LIMITS: Limits = Limits {
    max_head: 4096,
    max_headers: 16,
};

/// Runs one input: how it is cut, then the stream.
pub fn run(data: &[u8]) {
    let Some((cut, data)) = data.split_first() else {
        return;
    };
    let whole = Stream::read(data, data.len());
    let pieces = Stream::read(data, usize::from(cut % 16) + 1);
    assert_eq!(whole, pieces, "the cut matters");
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(path) = normalize_path(text)
    {
        assert!(path.starts_with('/'));
        assert_eq!(
            normalize_path(&path).as_deref(),
            Ok(&*path),
            "normalising twice differs"
        );
    }
}

/// What was read of a stream.
#[derive(PartialEq, Eq, Debug, Default)]
struct Stream {
    messages: Vec<Message>,
    /// Whether something came that is no request.
    refused: bool,
}

/// A request: its head, what is known of it, and as much of its body as came.
#[derive(PartialEq, Eq, Debug)]
struct Message {
    head: Vec<u8>,
    said: String,
    body: Vec<u8>,
    trailers: Option<Vec<u8>>,
}

/// A stream while it is read, as the gateway reads it: a head that did not come whole is parsed
/// again when its end has come, or when it is too long.
#[derive(Default)]
struct Reader {
    ahead: Vec<u8>,
    partial: Option<HeadEnd>,
    body: Body,
    cache: LineCache,
    stream: Stream,
}

impl Stream {
    /// Reads what comes in pieces of `piece` bytes.
    fn read(data: &[u8], piece: usize) -> Self {
        let mut reader = Reader::default();
        for bytes in data.chunks(piece.max(1)) {
            reader.ahead.extend_from_slice(bytes);
            if reader.advance().is_err() {
                reader.stream.refused = true;
                return reader.stream;
            }
        }
        // The beginning of a head that can only be malformed is refused now or at its end.
        if reader.body.is_done() {
            reader.stream.refused =
                Request::parse(&mut reader.ahead, LIMITS, &mut reader.cache).is_err();
        }
        reader.stream
    }
}

impl Reader {
    /// Reads as far as the bytes go.
    fn advance(&mut self) -> Result<(), Malformed> {
        loop {
            if !self.body.is_done() {
                self.read_body()?;
            }
            if !self.body.is_done() || !self.read_head()? {
                return Ok(());
            }
        }
    }

    fn read_body(&mut self) -> Result<(), Malformed> {
        let message = self.stream.messages.last_mut();
        let message = message.expect("a body follows a head");
        while !self.body.is_done() {
            let piece = self.body.next(&self.ahead)?;
            message.body.extend_from_slice(&self.ahead[piece.data]);
            self.ahead.drain(..piece.consumed);
            if piece.consumed == 0 {
                return Ok(());
            }
        }
        let trailers = self.body.trailers();
        message.trailers = trailers.ok().flatten().map(|fields| lines(&fields));
        Ok(())
    }

    /// Whether a head was there.
    fn read_head(&mut self) -> Result<bool, Malformed> {
        if let Some(end) = &mut self.partial
            && !end.is_in(&self.ahead)
            && self.ahead.len() <= LIMITS.max_head
        {
            return Ok(false);
        }
        let Some((length, request)) = Request::parse(&mut self.ahead, LIMITS, &mut self.cache)?
        else {
            let mut end = HeadEnd::default();
            end.is_in(&self.ahead);
            self.partial = Some(end);
            return Ok(false);
        };
        self.partial = None;
        self.body = Body::of_request(request.framing);
        let head: Vec<u8> = self.ahead.drain(..length).collect();
        self.stream.messages.push(Message {
            said: said(&request),
            head,
            body: Vec::new(),
            trailers: None,
        });
        self.cache.put_back(request.fields);
        Ok(true)
    }
}

fn said(request: &Request) -> String {
    format!(
        "{} {:?} {} {:?} {:?} {:?} {} {} {:?}",
        request.method(),
        request.authority(),
        request.path(),
        request.query(),
        request.version,
        request.framing,
        request.persistent,
        request.expects_continue,
        lines(&request.fields),
    )
}

fn lines(fields: &gw_http1::Fields) -> Vec<u8> {
    let lines = fields.iter();
    lines
        .flat_map(|field| [field.name, b": ", field.value, b"\n"].concat())
        .collect()
}
