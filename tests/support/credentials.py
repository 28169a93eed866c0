"""Credentials of a client (RFC 7616 3.4), as the recordings describe them, computed by hashlib."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from builders import header, request
from harness import Harness, only_send

NONCE = re.compile(r'nonce="([^"]*)"')
OLD = re.compile(rb"(?im)^(Proxy-)?Authorization:[^\r\n]*\r\n")
NAMES = {"MD5": "md5", "SHA-256": "sha256", "SHA-512": "sha512", "SHA-512-256": "sha512_256"}
TAMPERED = 20
"""The character of a nonce that is changed."""


def line(told: dict[str, Any], nonce: str, method: str, body: bytes) -> bytes:
    """The header line for a nonce. `told`: user, password, realm, uri, qop, nc, cnonce, header, algorithm; and in place of what would
    be right: `method`, `nonce`, `response`, `hash`, `tamper` (one character of the nonce), `upper` (of the response)."""
    nonce = told.get("nonce", nonce)
    if told.get("tamper"):
        nonce = nonce[:TAMPERED] + ("A" if nonce[TAMPERED] != "A" else "B") + nonce[TAMPERED + 1 :]
    response = told.get("response") or _response(told, nonce, told.get("method", method), body)
    if told.get("upper"):
        response = response.upper()
    parts = [f'username="{told["user"]}"', f'realm="{told["realm"]}"', f'nonce="{nonce}"', f'uri="{told["uri"]}"', f'response="{response}"']
    if told.get("algorithm"):
        parts.append(f"algorithm={told['algorithm']}")
    if told.get("qop"):
        parts += [f"qop={told['qop']}", f"nc={told['nc']}", f'cnonce="{told["cnonce"]}"']
    return f"{told['header']}: Digest {', '.join(parts)}\r\n".encode()


def _response(told: dict[str, Any], nonce: str, method: str, body: bytes) -> str:
    name = NAMES[told.get("hash") or told.get("algorithm") or "MD5"]

    def digest(text: str) -> str:
        return hashlib.new(name, text.encode()).hexdigest()

    first = digest(f"{told['user']}:{told['realm']}:{told['password']}")
    second = f"{method}:{told['uri']}"
    if told.get("qop") == "auth-int":
        second += f":{hashlib.new(name, body).hexdigest()}"
    if not told.get("qop"):
        return digest(f"{first}:{nonce}:{digest(second)}")
    return digest(f"{first}:{nonce}:{told['nc']}:{told['cnonce']}:{told['qop']}:{digest(second)}")


def with_credentials(message: bytes, told: dict[str, Any], nonce: str) -> bytes:
    """A request that brings them in place of those that it has."""
    head, body = OLD.sub(b"", message).split(b"\r\n\r\n", 1)
    first, _, last = head.rpartition(b"\r\n")
    method = head.split(b" ", 1)[0].decode()
    return first + b"\r\n" + line(told, nonce, method, body) + last + b"\r\n\r\n" + body


# ---- an engine that challenges


def challenge(engine: Harness, data: bytes) -> bytes:
    """The reply to a request without credentials."""
    return only_send(engine.receive(data)).data


def nonce_of(reply: bytes) -> str:
    (value,) = header(reply, "WWW-Authenticate") + header(reply, "Proxy-Authenticate")
    return str(NONCE.search(value)[1])


TOLD = {
    "user": "alice",
    "password": "secret",
    "realm": "example.com",
    "uri": "sip:example.com",
    "qop": "auth",
    "nc": "00000001",
    "cnonce": "0a4f113b",
    "header": "Authorization",
}


def register(**more: Any) -> bytes:
    data = request("REGISTER", "sip:example.com", **more)
    return data.replace(b"To: <sip:example.com>", b"To: <sip:alice@example.com>")


def answered(nonce: str, data: bytes | None = None, /, **told: Any) -> bytes:
    return with_credentials(data or register(), {**TOLD, **told}, nonce)
