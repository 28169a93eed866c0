"""The message that the tests of KSR.textops search and change, and Lua they share."""

from __future__ import annotations

HEAD = b"".join(
    [
        b"INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bKopt\r\nv: SIP/2.0/UDP 10.0.0.1\r\n",
        b'To: <sip:bob@example.com>\r\nFrom: "Al" <sip:al@h>;tag=a\r\nCall-ID: opt@1\r\nCSeq: 1 INVITE\r\nMax-Forwards: 10\r\n',
        b"X-Foo: one, two \r\nX-Bar: x\r\nX-Foo: three\r\n folded\r\nContent-Type: text/plain\r\n",
    ]
)
MESSAGE = HEAD + b"Content-Length: 27\r\n\r\nab a\r\nbb b\r\nbob bob\r\nlast a"
EMPTY = HEAD + b"Content-Length: 0\r\n\r\n"
BAD = MESSAGE.replace(b"X-Bar: x", b"X-Bar x")


def into_variable(call: str) -> str:
    """The result of a call that may write `$var(r)`, and what is there then."""
    return f"KSR.pv.sets('$var(r)', 'unset') local rc = KSR.textops.{call} return rc, KSR.pv.get('$var(r)')"
