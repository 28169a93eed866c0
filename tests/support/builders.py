"""SIP messages for tests: `invite()`, `request()`, `reply()`; and how their bytes are taken apart again."""

from __future__ import annotations

from collections.abc import Mapping

SDP = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"


def request(
    method: str = "OPTIONS",
    uri: str = "sip:bob@example.com",
    headers: Mapping[str, str] | None = None,
    body: str | bytes = b"",
    *,
    branch: str = "z9hG4bK-1",
    call_id: str = "call-1",
    to_tag: str = "",
) -> bytes:
    """A request from 198.51.100.7:5060; `headers` come behind the mandatory ones."""
    lines = [
        f"{method} {uri} SIP/2.0",
        f"Via: SIP/2.0/UDP 198.51.100.7:5060;branch={branch}",
        "Max-Forwards: 70",
        "From: <sip:alice@example.com>;tag=a1",
        f"To: <{uri}>{';tag=' + to_tag if to_tag else ''}",
        f"Call-ID: {call_id}",
        f"CSeq: 1 {method}",
    ]
    return assemble(lines, headers, body)


def invite(uri: str = "sip:bob@example.com", headers: Mapping[str, str] | None = None, body: str | bytes = SDP, **more: str) -> bytes:
    """An INVITE with a session description."""
    headers = {"Contact": "<sip:alice@198.51.100.7:5060>", **(headers or {})}
    if body:
        headers = {**headers, "Content-Type": "application/sdp"}
    return request("INVITE", uri, headers, body, **more)


def reply(
    code: int = 200, reason: str = "OK", headers: Mapping[str, str] | None = None, body: str | bytes = b"", *, top: str = "192.0.2.1:5060"
) -> bytes:
    """A reply to a forwarded `request()`: our Via (`top`) above the sender's."""
    lines = [
        f"SIP/2.0 {code} {reason}",
        f"Via: SIP/2.0/UDP {top};branch=z9hG4bK-ours",
        "Via: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK-1",
        "From: <sip:alice@example.com>;tag=a1",
        "To: <sip:bob@example.com>;tag=b1",
        "Call-ID: call-1",
        "CSeq: 1 INVITE",
    ]
    return assemble(lines, headers, body)


def answer(data: bytes, code: int, reason: str, headers: list[str] | None = None, *, to_tag: str = "b1") -> bytes:
    """What a server makes of a request that was sent to it; `headers` are whole lines."""
    to = header(data, "To")[0]
    lines = [
        f"SIP/2.0 {code} {reason}",
        *(f"Via: {via}" for via in header(data, "Via")),
        f"From: {header(data, 'From')[0]}",
        f"To: {to if 'tag=' in to else f'{to};tag={to_tag}'}",
        f"Call-ID: {header(data, 'Call-ID')[0]}",
        f"CSeq: {header(data, 'CSeq')[0]}",
        *(headers or []),
    ]
    return assemble(lines, None, b"")


def assemble(lines: list[str], headers: Mapping[str, str] | None, body: str | bytes) -> bytes:
    data = body.encode() if isinstance(body, str) else body
    lines = [*lines, *(f"{name}: {value}" for name, value in (headers or {}).items()), f"Content-Length: {len(data)}", "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + data


def first_line(data: bytes) -> str:
    return data.split(b"\r\n", 1)[0].decode()


def header(data: bytes, name: str) -> list[str]:
    """Bodies of all headers of a name, exactly as they stand in the bytes."""
    head = data.split(b"\r\n\r\n", 1)[0].decode("utf-8", "surrogateescape")
    pairs = (line.partition(":") for line in head.split("\r\n")[1:])
    return [value.strip() for key, _, value in pairs if key.strip().lower() == name.lower()]


def body_of(data: bytes) -> bytes:
    return data.split(b"\r\n\r\n", 1)[1]
