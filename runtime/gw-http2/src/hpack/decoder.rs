//! From blocks to lines.

use super::dynamic::{Dynamic, Entry};
use super::name::Name;
use super::{Undecodable, fixed, huffman, integer};
use gw_http1::is_value;

/// Largest dynamic table: the value that holds before any setting says otherwise, which the gateway
/// never does.
const TABLE: usize = 4096;
/// Room for strings that is kept, in bytes.
const KEPT: usize = 1 << 10;

/// The reading end of the compression.
#[derive(Debug)]
pub struct Decoder {
    table: Dynamic<Note>,
    strings: Strings,
}

/// What is known of an entry since it was added.
#[derive(Clone, Copy, Debug)]
struct Note {
    name: Name,
    fits: bool,
}

/// Where strings that were coded become plain.
#[derive(Debug, Default)]
struct Strings {
    name: Vec<u8>,
    value: Vec<u8>,
}

/// A line of a header list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Line<'l> {
    /// What the name is.
    pub kind: Name,
    /// The name.
    pub name: &'l [u8],
    /// The value.
    pub value: &'l [u8],
    /// Whether the value may be a field's: no control characters but tabs, no white space around.
    pub fits: bool,
}

impl Default for Decoder {
    fn default() -> Self {
        Self {
            table: Dynamic::new(TABLE),
            strings: Strings::default(),
        }
    }
}

impl Decoder {
    /// Decompresses a whole block and shows each of its lines.
    ///
    /// # Errors
    /// [`Undecodable`]; the connection cannot go on.
    pub fn decode(
        &mut self,
        mut block: &[u8],
        mut show: impl FnMut(Line<'_>),
    ) -> Result<(), Undecodable> {
        let mut begun = false;
        while let Some((first, rest)) = block.split_first() {
            block = rest;
            match *first {
                0x80.. => {
                    let index = integer::read(*first, 7, &mut block)?;
                    show(self.entry(index)?);
                }
                0x40..0x80 => self.literal(*first, 6, &mut block, &mut show)?,
                0x20..0x40 if begun => {
                    return Err(Undecodable("the table is resized inside a block"));
                }
                0x20..0x40 => {
                    self.resize(integer::read(*first, 5, &mut block)?)?;
                    continue;
                }
                0..0x20 => self.literal(*first, 4, &mut block, &mut show)?,
            }
            begun = true;
        }
        for string in [&mut self.strings.name, &mut self.strings.value] {
            string.clear();
            string.shrink_to(KEPT);
        }
        Ok(())
    }

    fn resize(&mut self, most: usize) -> Result<(), Undecodable> {
        if most > TABLE {
            return Err(Undecodable("the table is made larger than allowed"));
        }
        self.table.resize(most);
        Ok(())
    }

    fn entry(&self, index: usize) -> Result<Line<'_>, Undecodable> {
        entry(&self.table, index).ok_or(Undecodable("there is no such entry"))
    }

    /// A literal; with a prefix of six bits it enters the table.
    fn literal(
        &mut self,
        first: u8,
        prefix: u32,
        block: &mut &[u8],
        show: &mut impl FnMut(Line<'_>),
    ) -> Result<(), Undecodable> {
        let index = integer::read(first, prefix, block)?;
        let (name, kind) = match index {
            0 => {
                let name = string(block, &mut self.strings.name)?;
                (name, Name::of(name))
            }
            index => {
                let known = entry(&self.table, index);
                let known = known.ok_or(Undecodable("there is no such entry"))?;
                (known.name, known.kind)
            }
        };
        let value = string(block, &mut self.strings.value)?;
        let fits = fits(value);
        show(Line {
            kind,
            name,
            value,
            fits,
        });
        if prefix == 6 {
            let entry = Entry::new(name, value, Note { name: kind, fits });
            self.table.add(entry);
        }
        Ok(())
    }

    /// Size of the dynamic table.
    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.table.size()
    }
}

fn entry(table: &Dynamic<Note>, index: usize) -> Option<Line<'_>> {
    if let Some((name, value, kind)) = fixed::entry(index) {
        return Some(Line {
            kind,
            name,
            value,
            fits: true,
        });
    }
    let entry = table.get(index.checked_sub(fixed::LENGTH + 1)?)?;
    let (name, value) = entry.parts();
    Some(Line {
        kind: entry.note.name,
        name,
        value,
        fits: entry.note.fits,
    })
}

/// Whether a value may be a field's (RFC 9113 section 8.2.1).
fn fits(value: &[u8]) -> bool {
    let blank = |b: Option<&u8>| matches!(b, Some(b' ' | b'\t'));
    is_value(value) && !blank(value.first()) && !blank(value.last())
}

/// Reads a string, plain as it stands or coded into `room`.
fn string<'s, 'b: 's>(
    block: &mut &'b [u8],
    room: &'s mut Vec<u8>,
) -> Result<&'s [u8], Undecodable> {
    let cut = Undecodable("a string is cut off");
    let (first, mut rest) = block.split_first().ok_or(cut)?;
    let length = integer::read(*first, 7, &mut rest)?;
    let (text, rest) = rest.split_at_checked(length).ok_or(cut)?;
    *block = rest;
    if first & 0x80 == 0 {
        return Ok(text);
    }
    room.clear();
    huffman::decode(text, room)?;
    Ok(room)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        let pair = |p: &[u8]| u8::from_str_radix(std::str::from_utf8(p).unwrap(), 16).unwrap();
        digits.chunks(2).map(pair).collect()
    }

    fn lines(decoder: &mut Decoder, block: &[u8]) -> Result<String, Undecodable> {
        let mut text = String::new();
        let add = |line: Line<'_>| {
            let part = |p| String::from_utf8_lossy(p).into_owned();
            text += &format!("{}={};", part(line.name), part(line.value));
        };
        decoder.decode(block, add).map(|()| text)
    }

    const PLAIN: &str = ":method=GET;:scheme=http;:path=/;:authority=www.example.com;";

    /// RFC 7541, appendices C.3 to C.6: blocks, lines, and the size of the table after each. The
    /// table of the responses holds 256 bytes.
    #[test]
    fn examples() {
        let cached = &format!("{PLAIN}cache-control=no-cache;");
        let other = ":method=GET;:scheme=https;:path=/index.html;:authority=www.example.com;custom-key=custom-value;";
        let (one, two) = (
            "Mon, 21 Oct 2013 20:13:21 GMT",
            "Mon, 21 Oct 2013 20:13:22 GMT",
        );
        let response = |status: &str| {
            format!(
                ":status={status};cache-control=private;date={one};location=https://www.example.com;"
            )
        };
        let last = &format!(
            ":status=200;cache-control=private;date={two};location=https://www.example.com;content-encoding=gzip;set-cookie=foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1;"
        );
        let (first, second) = (&response("302"), &response("307"));
        let requests = [(PLAIN, 57), (cached.as_str(), 110), (other, 164)];
        let plain = [
            "828684410f7777772e6578616d706c652e636f6d",
            "828684be58086e6f2d6361636865",
            "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
        ];
        let coded = [
            "828684418cf1e3c2e5f23a6ba0ab90f4ff",
            "828684be5886a8eb10649cbf",
            "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
        ];
        for blocks in [plain, coded] {
            let mut decoder = Decoder::default();
            for (block, (text, size)) in blocks.iter().zip(requests) {
                assert_eq!(lines(&mut decoder, &bytes(block)).unwrap(), text);
                assert_eq!(decoder.size(), size);
            }
        }
        let plain = [
            "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d",
            "4803333037c1c0bf",
            "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31",
        ];
        let coded = [
            "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
            "4883640effc1c0bf",
            "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
        ];
        for blocks in [plain, coded] {
            let mut decoder = Decoder::default();
            lines(&mut decoder, &bytes("3fe101")).unwrap();
            for (block, (text, size)) in
                blocks
                    .iter()
                    .zip([(first, 222), (second, 222), (last, 215)])
            {
                assert_eq!(&lines(&mut decoder, &bytes(block)).unwrap(), text);
                assert_eq!(decoder.size(), size);
            }
        }
    }

    #[test]
    fn blocks_that_are_none() {
        for (hex, why) in [
            ("80", "there is no such entry"),
            ("be", "there is no such entry"),
            ("7f00", "there is no such entry"),
            ("82 20", "the table is resized inside a block"),
            ("3fe21f", "the table is made larger than allowed"),
            ("ff", "an integer is cut off"),
            ("ffffffffff7f", "an integer is too large"),
            ("40", "a string is cut off"),
            ("40 03 6162", "a string is cut off"),
            ("40 0161 05 61", "a string is cut off"),
            ("40 0161 81 1e", "the padding of a string is wrong"),
            ("40 0161 84 ffffffff", "the end of a string is coded"),
        ] {
            let found = lines(&mut Decoder::default(), &bytes(hex));
            assert_eq!(found, Err(Undecodable(why)), "{hex}");
        }
    }

    #[test]
    fn the_table_keeps_its_size() {
        let mut decoder = Decoder::default();
        assert!(lines(&mut decoder, &bytes("20 3fe11f 82")).is_ok());
        lines(&mut decoder, &bytes("40 0161 0162")).unwrap();
        assert_eq!(decoder.size(), 34);
        let mut large = bytes("40 0161 7f 81 20");
        large.extend_from_slice(&[b'x'; 4224]);
        lines(&mut decoder, &large).unwrap();
        assert_eq!(decoder.size(), 0, "an entry that is too large empties it");
    }

    proptest! {
        /// Whatever the bytes are, nothing panics and the table keeps its size.
        #[test]
        fn any_bytes(blocks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 1..6)) {
            let mut decoder = Decoder::default();
            for block in blocks {
                let _ = lines(&mut decoder, &block);
                prop_assert!(decoder.size() <= TABLE);
            }
        }
    }
}
