"""What differs from run to run, and says nothing: found in texts, and told apart from what must be equal.

A text becomes lines, and a line a tuple of texts and of `Token`s, which stand for what a run made up. Two runs agree when all texts
are equal and each value of one goes with one value of the other (`names.Names`).
"""

from __future__ import annotations

import functools
import itertools
import json
import re
from dataclasses import dataclass
from typing import Any, TypeAlias

__all__ = ["NUMBERED", "Line", "Masked", "Token", "mask", "mask_json", "mask_values", "near", "skeleton"]

HEX = "[0-9a-f]"

NUMBERED: dict[str, list[str]] = {
    # Our branch: hash of the transaction, MD5, number of the branch, which is not masked. tm's and that of stateless forwarding.
    "branch": [rf"z9hG4bK{HEX}{{1,8}}\.{HEX}{{32}}(?=\.{HEX}+)"],
    "slbranch": [rf"z9hG4bK{HEX}{{1,8}}\.{HEX}{{8,40}}(?=\.[0-9]+)"],
    "tmtag": [rf"(?<=tag=){HEX}{{32}}-{HEX}{{8}}", rf"\b{HEX}{{32}}-{HEX}{{8}}\b"],
    "sltag": [rf"(?<=tag=){HEX}{{32}}\.{HEX}{{8}}", rf"\b{HEX}{{32}}\.{HEX}{{8}}\b"],
    "callid": [rf"{HEX}{{16}}-[0-9]+@(?:127\.0\.0\.1|\[?::1\]?)"],
    "pingtag": [rf"(?<=tag=)uloc(?:-{HEX}+){{5}}"],
    "pingid": [rf"\b{HEX}{{1,8}}-{HEX}{{1,8}}-{HEX}{{1,8}}@127\.0\.0\.1"],
    "pingbranch": [r"z9hG4bK[0-9]{1,8}(?=\r)"],
    "ruid": [rf"ul(?:oc|cx)-{HEX}+-{HEX}+-{HEX}+"],
    "tempgruu": [r'sip:[^"@]*uloc[^"@]*'],
    "did": [rf"(?<=did=){HEX}+\.{HEX}+"],
    "probetag": [r"(?<=tag=)dspt-[0-9a-z-]+"],
    "puid": [rf"dlgp-{HEX}+-{HEX}+(?=-)"],
    "etag": [r"\ba\.[0-9]{10}\.[0-9]+\.[0-9]+\.[0-9]+"],
    "iuid": [rf"dspt-{HEX}+-{HEX}+(?=-)"],
}
"""What a run makes up, and repeats: the same value stands for the same thing."""

ANY: dict[str, list[str]] = {
    "rdir": [rf"rdir-{HEX}+-{HEX}+-{HEX}+"],
    "nonce": [r'(?:(?<=nonce=")|(?<=nextnonce="))[A-Za-z0-9+/=]{32,}'],
    "server": [
        r"(?<=\r\nServer: )[^\r]*",
        r"(?<=\r\nUser-Agent: )(?:[Kk]amailio|kemilua)[^\r]*",
        r"(?<=^User-Agent: )(?:kamailio|kemilua)[^\r]*",
    ],
    "version": [r"^kamailio \([0-9][^\r]*"],
    "time_attr": [r"(?<=src=)(?:[0-9]{10}\.[0-9]+|[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:.]{8,15})"],
    "offline": [r"(?<=Offline message - )[^\]]*"],
    "rspauth": [rf'(?<=rspauth="){HEX}{{32,64}}'],
    "time_exten": [r"(?<=time_exten=)[0-9]+"],
    "timestamp": [r"(?<=timestamp=)[0-9]+"],
    "date": [r"(?<=\r\nDate: )[^\r]*"],
}
"""What may be anything: times, names of the server, what is hashed with a secret."""

NEAR: dict[str, list[str]] = {"expires": [r"(?<=expires=)[0-9]+"]}
"""Seconds that are left: whole ones, counted from the moment that a run began to count."""

RULES = [(kind, re.compile(one)) for kinds in (NUMBERED, ANY, NEAR) for kind, patterns in kinds.items() for one in patterns]


@dataclass(frozen=True)
class Token:
    """A value of a run's own making."""

    kind: str
    value: str


Line: TypeAlias = "tuple[str | Token, ...]"
Masked: TypeAlias = "tuple[Line, ...]"

FIRST = 0xE000
"""Characters from here on, which are in no text of bytes, stand for tokens while one is made."""
LAST = 0xF8FF
LINE = re.compile(r"[^\n]*\n|[^\n]+")
STANDING = re.compile(f"([{chr(FIRST)}-{chr(LAST)}])")


class _Masker:
    """Puts characters in place of tokens, and makes lines of the result."""

    def __init__(self) -> None:
        self.tokens: list[Token] = []

    def hide(self, text: str) -> str:
        for kind, pattern in RULES:
            text = pattern.sub(lambda found, kind=kind: self._stand(Token(kind, self._plain(found.group()))), text)  # type: ignore[misc]
        return text

    def any(self) -> str:
        """For a value whose place tells that it may be anything."""
        return self._stand(Token("var", ""))

    def _stand(self, token: Token) -> str:
        if FIRST + len(self.tokens) > LAST:
            raise ValueError("more of a run's own values in a text than can be told apart")
        self.tokens.append(token)
        return chr(FIRST + len(self.tokens) - 1)

    def _plain(self, text: str) -> str:
        """The value with those that an earlier rule found within it."""
        return STANDING.sub(lambda found: self.tokens[ord(found.group()) - FIRST].value, text)

    def lines(self, text: str) -> Masked:
        return tuple(tuple(map(self._part, filter(None, STANDING.split(line)))) for line in LINE.findall(text))

    def _part(self, text: str) -> str | Token:
        return self.tokens[ord(text) - FIRST] if STANDING.fullmatch(text) else text


@functools.lru_cache(maxsize=8192)
def mask(text: str) -> Masked:
    """A datagram, a character per byte."""
    masker = _Masker()
    return masker.lines(masker.hide(text))


# ---- values of scripts and answers of RPC commands

VOLATILE = {
    *("Expires", "Last-Modified", "Last-Keepalive", "KA-Roundtrip", "LATENCY", "Server-Id", "cell", "tindex", "tlabel", "label"),
    *("lifetime", "ref_count", "h_id", "init_ts", "start_ts", "end_ts", "timeout", "created", "uptime"),
    *("diff_expires", "timer_expires", "reg_init"),
}
"""Keys of answers with numbers that depend on the time or on memory; words there (`permanent`, `deleted`) must be equal."""
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]+")


def mask_values(name: str, values: list[Any]) -> Masked:
    """What a script recorded, in one line."""
    masker = _Masker()
    return masker.lines(json.dumps(_hidden([name, *values], masker), ensure_ascii=False))


def mask_json(answer: Any) -> Masked:
    """An answer of an RPC command, as many lines as it takes."""
    masker = _Masker()
    return masker.lines(json.dumps(_hidden(answer, masker), ensure_ascii=False, indent=1, sort_keys=True))


def _hidden(value: Any, masker: _Masker, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _hidden(one, masker, name) for name, one in value.items()}
    if isinstance(value, list):
        return [_hidden(one, masker, key) for one in value]
    if key in VOLATILE and (not isinstance(value, str) or NUMBER.fullmatch(value)):
        return masker.any()
    return masker.hide(value) if isinstance(value, str) else value


# ---- what is to be equal


def skeleton(lines: Masked) -> tuple[str, ...]:
    """The text with kinds instead of values: runs that agree have the same one."""
    return tuple("".join(part if isinstance(part, str) else f"<{part.kind}>" for part in line) for line in lines)


HUGE = 10**12
"""Kamailio's seconds left of what has expired, now and then: 64 bits that went below 0."""
TOLERANCE = 3


def near(one: str, other: str) -> bool:
    """Whether two numbers of seconds left may be of one thing: up to 3 apart, and none of them 0 alone."""
    a, b = int(one), int(other)
    return (a == 0) == (b == 0) and (min(a, b) > HUGE or abs(a - b) <= TOLERANCE)


def tokens(lines: Masked) -> list[Token]:
    """The values, in order."""
    return [part for part in itertools.chain.from_iterable(lines) if isinstance(part, Token)]
