"""What a peer takes from the messages it got: parts for what it sends, and which message it was waiting for."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping

__all__ = ["UnknownPlaceError", "fill", "matches", "part"]


class UnknownPlaceError(ValueError):
    """A template asks for what nobody knows."""


def header_lines(text: str) -> Iterator[tuple[str, str, str]]:
    """Each header: its whole line, name in small letters, value. Recorded messages have no folded lines."""
    for line in text.partition("\r\n\r\n")[0].split("\r\n")[1:]:
        name, _, value = line.partition(":")
        yield line, name.strip().lower(), value.strip()


def values(text: str, *names: str) -> list[str]:
    """The values of the headers of these names, which are in small letters."""
    return [value for _, name, value in header_lines(text) if name in names]


def first(text: str, *names: str) -> str:
    """The first of them, or empty."""
    return next(iter(values(text, *names)), "")


def lines_of(text: str, *names: str) -> str:
    """The headers as they came."""
    return "".join(f"{line}\r\n" for line, name, _ in header_lines(text) if name in names)


LIST = re.compile(r'(?:"[^"]*"|<[^>]*>|[^,"<])+')
"""A value of a list: commas within quotes or angle brackets are its own."""


def record_routes(text: str) -> list[str]:
    return [one.strip() for value in values(text, "record-route") for one in LIST.findall(value)]


def routes(of: list[str]) -> str:
    return "".join(f"Route: {one}\r\n" for one in of)


def found(pattern: str, text: str) -> str:
    """The first group of the first match, or empty."""
    match = re.search(pattern, text)
    return match.group(1) if match else ""


def uri(text: str) -> str:
    return found(r"<([^>]*)>", text) or text.partition(";")[0].strip()


TAG = r";\s*tag=([^;,\s>]+)"

PARTS: dict[str, Callable[[str], str]] = {
    "via": lambda text: lines_of(text, "via", "v"),
    "topvia": lambda text: first(text, "via", "v"),
    "branch": lambda text: found(r"branch=([^;,\s]+)", first(text, "via", "v")),
    "rr": lambda text: lines_of(text, "record-route"),
    "routes": lambda text: routes(record_routes(text)[::-1]),  # for the side that sent the request
    "routes_uas": lambda text: routes(record_routes(text)),
    "from": lambda text: first(text, "from", "f"),
    "to": lambda text: first(text, "to", "t"),
    "fromtag": lambda text: found(TAG, first(text, "from", "f")),
    "totag": lambda text: found(TAG, first(text, "to", "t")),
    "callid": lambda text: first(text, "call-id", "i"),
    "cseq": lambda text: first(text, "cseq"),
    "cseqnum": lambda text: first(text, "cseq").partition(" ")[0],
    "contact": lambda text: uri(first(text, "contact", "m")),
    "ruri": lambda text: text.split(" ", 2)[1],
    "nonce": lambda text: found(r'nonce="([^"]*)"', text),
    "ruid": lambda text: found(r"(uloc-[0-9a-f-]+)", text),
    "pubgruu": lambda text: found(r'pub-gruu="([^"]*)"', text),
    "tempgruu": lambda text: found(r'temp-gruu="([^"]*)"', text),
    "etag": lambda text: first(text, "sip-etag"),
}
"""Places without arguments."""

HASHES: dict[str, tuple[str, tuple[str, ...]]] = {
    "response": ("md5", ()),
    "response_int": ("md5", ("", "auth", "auth-int")),
    "response_sha256": ("sha256", ("auth-int",)),
    "response_sha512_256": ("sha512_256", ("auth-int",)),
}
"""Places that are a digest response: the hash, and the qualities of protection with which the body is in it."""


def digest_response(place: str, nonce: str, arguments: str) -> str:
    """RFC 7616, and RFC 2069 where `qop` is empty: `user|realm|password|method|uri|nc|cnonce|qop|body`."""
    name, protecting_body = HASHES[place]
    user, realm, password, method, target, count, cnonce, qop, body = (arguments + "|").split("|")[:9]

    def hashed(*parts: str) -> str:
        return hashlib.new(name, ":".join(parts).encode("latin-1")).hexdigest()

    secret = hashed(user, realm, password)
    request = hashed(method, target, hashed(body)) if qop in protecting_body else hashed(method, target)
    return hashed(secret, nonce, count, cnonce, qop, request) if qop else hashed(secret, nonce, request)


def part(text: str, place: str, arguments: str = "") -> str:
    """What a place stands for in a message; raises UnknownPlaceError."""
    if place in HASHES:
        return digest_response(place, PARTS["nonce"](text), arguments)
    if place not in PARTS:
        raise UnknownPlaceError(place)
    return PARTS[place](text)


PLACE = re.compile(r"\{([a-zA-Z0-9_#]+)\.([a-z0-9_]+)(?:\|([^{}]*))?\}")


def fill(template: str, bound: Mapping[str, str]) -> str:
    """Put parts of the bound messages in the places `{name.part}` of a template; raises KeyError for a message that did not come."""
    return PLACE.sub(lambda place: part(bound[place[1]], place[2], place[3] or ""), template)


def matches(text: str, wanted: Mapping[str, object]) -> bool:
    """Whether a message is a request of this `method`, or a reply of this `status` (404, "4xx") to one."""
    first_words = text.partition("\r\n")[0].split(" ")
    if not first_words[0].startswith(("SIP/2.0", "HTTP/1.")):
        return "status" not in wanted and first_words[0] == wanted["method"]
    status = str(wanted.get("status"))
    if len(first_words) < 2 or not re.fullmatch(status.replace("xx", ".."), first_words[1]):
        return False
    return "method" not in wanted or first(text, "cseq").split()[-1:] == [wanted["method"]]
