"""What the targets of this folder start from: `python tests/fuzz/corpus.py FOLDER` writes a folder of seeds and a dictionary for each.

Seeds of our own stand in seeds/. Names, calls and texts come from the recordings, messages from RFC 4475 where ../shared is beside the
checkout.
"""

from __future__ import annotations

import json
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator
from hashlib import sha1
from pathlib import Path

HERE = Path(__file__).resolve().parent
SHARED = HERE.parent.parent.parent / "shared"
RECORDINGS = HERE.parent / "golden" / "data" / "recordings.zip"

TARGETS = re.findall(r"^kemilua_fuzz\((\w+)\)", (HERE / "CMakeLists.txt").read_text(encoding="utf-8"), re.MULTILINE)

RECORDED_CALLS = ("calls__invite_sdp.json", "calls__publish_multipart.json", "edit__invite_sdp.json", "state__invite_sdp.json")

REPLY = (
    b"SIP/2.0 183 Session Progress\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa\r\n"
    b"Via: SIP/2.0/TLS [2001:db8::1];branch=z9hG4bKb\r\n"
    b"t: <sip:bob@example.com>;tag=7\r\nf: <sip:atlanta.example>;tag=1\r\ni: a\r\nCSeq: 31 INVITE\r\n"
    b"Record-Route: <sip:a;lr>, <sip:b;lr>\r\nl: 2\r\n\r\nhi"
)
REQUEST = (
    b"MESSAGE sip:bob@example.com;lr SIP/2.0\r\nv: SIP/2.0/TCP h:5061;rport;branch=z9hG4bKx, SIP/2.0/UDP g\r\n"
    b"Max-Forwards: 0\r\nTo: sip:b@c\r\n"
    b'From: "A" <sip:a@b>;tag=1\r\nCall-ID: 1@b\r\nCSeq: 1 MESSAGE\r\nm: *\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n'
)


def own(target: str) -> Iterator[bytes]:
    """The lines of seeds/TARGET.txt."""
    path = HERE / "seeds" / f"{target}.txt"
    if path.exists():
        for line in path.read_text(encoding="ascii").splitlines():
            if line and not line.startswith("#"):
                yield line.encode().decode("unicode_escape").encode("latin-1")


def torture() -> list[bytes]:
    return [path.read_bytes() for path in sorted((SHARED / "torture").glob("*.dat"))]


def messages() -> list[bytes]:
    return [REQUEST, REPLY, *torture()]


def bodies(*names: str) -> Iterator[bytes]:
    """Bodies of the headers of those names in all messages, unfolded or not."""
    wanted = rb"^(?:" + b"|".join(name.encode() for name in names) + rb")[ \t]*:[ \t]*((?:[^\r\n]|\r?\n[ \t])*)"
    for message in messages():
        yield from re.findall(wanted, message, re.MULTILINE | re.IGNORECASE)


def uris() -> Iterator[bytes]:
    for message in messages():
        yield from re.findall(rb"(?:sips?|tel|urn):[^\s<>\"]*", message, re.IGNORECASE)


def recorded(name: str) -> Iterator[str]:
    """The Lua of the cases of a recording."""
    with zipfile.ZipFile(RECORDINGS) as archive:
        yield from (case["lua"] for case in json.loads(archive.read(name))["cases"])


def names_read() -> Iterator[bytes]:
    for lua in recorded("pv_read__invite_sdp.json"):
        yield from (name.encode("latin-1", "replace") for name in re.findall(r'KSR\.pv\.get\("(\$[^"]*)"\)', lua))


def lines_of_names() -> Iterator[bytes]:
    """Names that scripts read, 16 to a seed."""
    names = list(names_read())
    for at in range(0, len(names), 16):
        yield b"\n".join(names[at : at + 16])


def transformed() -> Iterator[bytes]:
    """Transformations of the recordings, each on a text that suits some of them."""
    texts = [b"sip:alice:pw@h:5060;transport=tcp?a=b", b"a=1;b=2;c", b'"A" <sip:a@b>;tag=x', b"abc def", b"-42"]
    found = {chain for lua in recorded("transform__invite_sdp.json") for chain in re.findall(r"((?:\{[^{}']*\})+)", lua)}
    for i, chain in enumerate(sorted(found)):
        yield chain.encode("latin-1", "replace") + b"\n" + texts[i % len(texts)]


def edited() -> Iterator[bytes]:
    """The input of edit.c: how many edits, the length of what describes them, they themselves, the message."""
    texts = [b"X-A: 1\r\n", b"sip:carol@h", b"", b"Content-Length: 9\r\n"]
    for i, message in enumerate(messages()):
        edits = b""
        for n in range(6):
            text = texts[(i + n) % len(texts)]
            edits += bytes([(i + n) % 12, 0, 7 * n + i]) + bytes([len(text)]) + text
        yield bytes([6]) + (len(edits) + 2).to_bytes(2, "big") + edits + message


def place_of(name: str) -> bytes:
    """Where calls.c looks for a function: `hdr.append` or, of the core, `setflag`."""
    value = 2166136261
    for byte in name.replace(".", "", 1).encode():
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return ((value ^ value >> 16) & 0xFFFF).to_bytes(2, "big")


def argument(text: str) -> bytes:
    """An argument of a call as calls.c reads it."""
    if text.startswith(('"', "'")):
        content = text[1:-1].encode("latin-1", "replace").decode("unicode_escape", "replace").encode("latin-1", "replace")[:255]
        return bytes([128, len(content)]) + content
    return bytes([0, 255]) + (int(text) % 65280 + 256).to_bytes(2, "big")


CALL = re.compile(r"""KSR\.([\w.]+)\(((?:"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+|[, ])*)\)""")
ARGUMENT = re.compile(r""""[^"\\]*(?:\\.[^"\\]*)*"|-?\d+""")


def called() -> Iterator[bytes]:
    """The input of calls.c: how many calls, each the place of a function, a byte and its arguments; then the message."""
    found = sorted({call for name in RECORDED_CALLS for lua in recorded(name) for call in CALL.findall(lua)})
    made = [place_of(name) + b"\0" + b"".join(argument(text) for text in ARGUMENT.findall(words)) for name, words in found]
    every = messages()
    for i in range(0, len(made), 12):
        part = made[i : i + 12]
        yield bytes([len(part) | (i % 24 == 0) << 7]) + b"".join(part) + every[i // 12 % len(every)]
    for i, message in enumerate(every):
        places = [(4099 * (8 * i + n) % 65536).to_bytes(2, "big") for n in range(8)]
        yield bytes([8]) + b"".join(place + bytes([0, n * 5 % 128, n * 7 % 128]) for n, place in enumerate(places)) + message


def scripts() -> Iterator[bytes]:
    """What recordings run, 8 to a chunk."""
    found = sorted({lua for name in RECORDED_CALLS for lua in recorded(name)})
    for i in range(0, len(found), 8):
        yield "\n".join(f"pcall(function() {lua} end)" for lua in found[i : i + 8]).encode("latin-1", "replace")


def described() -> Iterator[bytes]:
    """The input of sdp.c from the bodies of messages."""
    for message in messages():
        _, _, body = message.partition(b"\r\n\r\n")
        if b"v=0" in body:
            yield b"\0" + body
            yield b"\1--b\r\nContent-Type: application/sdp\r\n\r\n" + body + b"\r\n--b--\r\n"


def streamed() -> Iterator[bytes]:
    for i, message in enumerate(messages()):
        yield bytes([i]) + message
    yield b"\x03\r\n\r\n" + REQUEST + b"\r\n" + REPLY + REQUEST + b"\r\n\r\n"


def made(target: str) -> Iterable[bytes]:
    match target:
        case "message":
            return messages()
        case "stream":
            return streamed()
        case "uri":
            return uris()
        case "nameaddr":
            return bodies("From", "To", "Contact", "Route", "f", "t", "m", "Record-Route", "Authorization", "Proxy-Authorization", "CSeq")
        case "via":
            return bodies("Via", "v")
        case "variable":
            return lines_of_names()
        case "transform":
            return transformed()
        case "edit":
            return edited()
        case "sdp":
            return described()
        case "lua":
            return scripts()
        case "calls":
            return called()
    return []


def functions() -> Iterator[str]:
    """Every function of KSR by its whole name, from the reference."""
    for page in sorted((HERE.parent.parent / "docs" / "reference" / "functions").glob("*.md")):
        yield from re.findall(r"^## (KSR\.\S+)$", page.read_text(encoding="utf-8"), re.MULTILINE)


def words(target: str) -> list[str]:
    """What a dictionary of libFuzzer holds for a target: seeds/TARGET.dict, and for scripts the functions of KSR."""
    path = HERE / "seeds" / f"{target}.dict"
    lines = path.read_text(encoding="ascii").splitlines() if path.exists() else []
    if target == "lua":
        lines += [f'"{name}("' for name in functions()]
    return lines


def write(target: str, folder: Path) -> int:
    """Write FOLDER/TARGET.dict, and the seeds to FOLDER/TARGET, each under a name of its content; say how many there are."""
    (folder / target).mkdir(parents=True, exist_ok=True)
    (folder / f"{target}.dict").write_text("\n".join([*words(target), ""]), encoding="ascii")
    seeds = {sha1(seed).hexdigest()[:16]: seed for seed in (*own(target), *made(target))}
    for name, seed in seeds.items():
        (folder / target / name).write_bytes(seed)
    return len(seeds)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python corpus.py FOLDER")
    for each in TARGETS:
        print(f"{each}: {write(each, Path(sys.argv[1]))} seeds")
