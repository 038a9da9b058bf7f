"""What fuzzing begins with: the inputs that earlier runs kept (seeds/TARGET.tar.xz), policies and their
expressions from the examples and the test cases, artifacts of the examples, and messages of HTTP/1.x,
HTTP/2 and TLS that are put together here. All of it goes into fuzz/corpus, a file for each input.
"""

import hashlib
import io
import pathlib
import re
import struct
import subprocess
import tarfile
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
# Larger inputs make a fuzzer slow without making it find more.
LARGEST = 4_096


def keep(target, inputs):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    for data in inputs:
        if len(data) <= LARGEST:
            (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)


def policies():
    files = [*ROOT.glob("examples/*.gw"), *ROOT.glob("tests/cases/**/*.gw")]
    return [file.read_bytes() for file in sorted(files)]


def expressions(texts):
    """What stands after `when` and after `=`, as far as the line goes."""
    for text in texts:
        for line in text.decode(errors="replace").splitlines():
            found = re.search(r"\bwhen (.+)|= (.+)", line)
            if found:
                yield (found[1] or found[2]).strip().encode()


def artifacts():
    """Whole artifacts of the examples, and their content without the frame of 52 bytes."""
    gwc = [*"cargo run --quiet --locked -p gwc -- build".split()]
    for example in sorted((ROOT / "examples").glob("*.gw")):
        with tempfile.NamedTemporaryFile(suffix=".gwb") as built:
            if subprocess.run([*gwc, example, "-o", built.name], cwd=ROOT, capture_output=True).returncode == 0:
                data = pathlib.Path(built.name).read_bytes()
                yield data
                yield data[52:]


REQUESTS = (
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /a/../b%2fc?d=e&f HTTP/1.1\r\nHost: a.test:8080\r\nAccept: */*\r\nConnection: close\r\n\r\n",
    "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET /next HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: x\r\n\r\n"
    "5;a=b\r\nhello\r\n0\r\nx: 1\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
    "GET http://b.test/x HTTP/1.0\r\nConnection: keep-alive, X-A\r\nX-A: 1\r\nX-Long: " + "y" * 300 + "\r\n\r\n",
    "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
)
RESPONSES = (
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx: y\r\n\r\n",
    "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.0 302 Found\r\nLocation: /b\r\nConnection: keep-alive\r\n\r\n",
    "HTTP/1.1 304 \r\nETag: \"a\"\r\nContent-Length: 10\r\n\r\n",
)


def frame(kind, flags, stream, payload=b""):
    """RFC 9113 section 4.1."""
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def connections():
    """Client frames after the preface; each is one connection."""
    settings = frame(4, 0, 0, struct.pack(">HIHI", 1, 0, 4, 70_000))
    # :method GET, :scheme http, :path /, :authority with a literal, x-a: 1 with indexing (RFC 7541).
    head = b"\x82\x86\x84\x41\x06a.test" + b"\x40\x03x-a\x011"
    get, post = frame(1, 5, 1, head), frame(1, 4, 3, b"\x83" + head[1:])
    body = frame(0, 0, 3, b"hello") + frame(0, 1, 3, b"world")
    padded = frame(0, 8, 3, b"\x03abc\x00\x00\x00")
    trailers = frame(1, 5, 3, b"\x40\x03x-t\x011")
    cut = frame(1, 1, 5, head[:4]) + frame(9, 0, 5, head[4:8]) + frame(9, 4, 5, head[8:])
    window = frame(8, 0, 0, struct.pack(">I", 1_000)) + frame(8, 0, 1, struct.pack(">I", 65_535))
    others = frame(6, 0, 0, b"12345678") + frame(2, 0, 1, b"\0\0\0\0\x10") + frame(0x20, 0, 0, b"?")
    reset, leave = frame(3, 0, 3, struct.pack(">I", 8)), frame(7, 0, 0, struct.pack(">II", 3, 0) + b"bye")
    yield settings + get
    yield settings + frame(4, 1, 0) + get + post + body + cut
    yield post + padded + trailers + window + reset
    yield get + others + leave + cut + window
    yield post + window + body + get
    # Huffman, a table update, an index of the dynamic table, a field that is never indexed.
    yield get + frame(1, 5, 3, b"\x20\x3f\xe1\x1f\x82\x86\x84\xbe\x10\x01k\x01v") + reset
    yield frame(1, 0x2d, 1, b"\x02\0\0\0\0\x10" + head + b"\0\0")


def sessions():
    """What a client seals after a TLS handshake: as src/tls.rs reads it."""
    def record(what, *plain):
        return bytes([what, len(plain), *plain])

    alert, handshake, raw, data, hello = 1, 2, 4, 5, 6
    update, close = (24, 0, 0, 1, 0), (1, 0)
    some = record(data, *b"some data")
    yield some + bytes([data | 8, 255, 7]) + some + record(alert, *close) + some
    yield some + record(handshake, *update) + some + record(handshake, 24, 0, 0, 1, 1) + some
    yield record(handshake, 24, 0) + record(handshake, 0, 1, 0) + some
    yield record(handshake, *update, 24) + some
    yield record(hello) + some + record(hello)
    yield record(alert, 1, 90) * 5 + some
    yield some + record(alert, 2, 40) + some
    yield record(0, 1) + some
    yield record(data) * 3 + some + record(raw, 0x17, 3, 3, 0, 20) + some
    yield record(raw, *b"GET / HTTP/1.1\r\n\r\n")


def packed(target):
    """The inputs of an archive."""
    file = HERE / f"seeds/{target}.tar.xz"
    if file.exists():
        with tarfile.open(file) as archive:
            for member in archive:
                yield archive.extractfile(member).read()


def pack(target, folder):
    """Makes the archive of the inputs of a folder, the same for the same inputs; their number."""
    inputs = sorted(map(pathlib.Path.read_bytes, folder.iterdir()))
    (HERE / "seeds").mkdir(exist_ok=True)
    with tarfile.open(HERE / f"seeds/{target}.tar.xz", "w:xz", preset=9) as archive:
        for data in inputs:
            member = tarfile.TarInfo(hashlib.sha1(data).hexdigest())
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return len(inputs)


def write():
    texts = policies()
    keep("parser", texts)
    keep("checker", texts)
    found = set(expressions(texts))
    keep("expression", found)
    keep("evaluation", found)
    keep("artifact", artifacts())
    keep("request_head", (bytes([n * 5]) + text.encode() for n, text in enumerate(REQUESTS)))
    keep("http1", (b"\0" + text.encode() for text in REQUESTS))
    keep("http1", (b"\1" + text.encode() for text in RESPONSES))
    keep("http2", (bytes([size]) + data for data in connections() for size in (1, 9, 200)))
    keep("tls", (bytes([suite, cut]) + data for data in sessions() for suite in range(4) for cut in (0, 1, 255)))
    for target in sorted(folder.name for folder in (HERE / "corpus").iterdir()):
        keep(target, packed(target))
