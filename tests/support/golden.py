"""The recordings of the real Kamailio: read, replayed and compared, once for all tests.

They are in tests/golden/data/recordings.zip, but for those of RFC 4475's messages, which lie in ../shared/golden where that is.
A recording is a message, some Lua, and what that returned (`*.json`) or what was sent (`wire.jsonl`). `replay(recording)` runs
all of it on engines set up as Kamailio was, and returns a `Result` for each case: by type and value, nothing rounded.

As a program it shows what differs:

    python tests/support/golden.py [--id PATTERN] [--listed] [--folder FOLDER] [NAME...]
"""

from __future__ import annotations

import argparse
import base64
import fnmatch
import functools
import json
import os
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import credentials
import kemilua

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pytest brings it where Python has none

LISTEN = "udp:127.0.0.1:5070"
LOCAL = ("127.0.0.1", 5070)
PEERS = {("127.0.0.1", 5099): "caller", ("127.0.0.1", 5098): "callee"}
NOW = 1_700_000_000.0
HERE = Path(__file__).resolve().parent.parent / "golden"
RULES = HERE / "rules.toml"
ARCHIVE = HERE / "data" / "recordings.zip"
TORTURE = HERE.parent.parent.parent / "shared" / "golden"

Value = tuple[str, Any]
"""Lua type and value: text with one character per byte, floats as `%.17g`."""


# ---- what is recorded


@dataclass(frozen=True)
class Case:
    """One case of a file, with the names that its Lua touches."""

    set: str
    message: str
    id: str
    lua: str
    expected: Any
    """Values, the word "error", or for `wire` the datagrams that each peer got."""

    @functools.cached_property
    def names(self) -> dict[str, tuple[str, ...]]:
        """Functions (`hdr.get`; core: `setflag`), variables (`ru`) and transformations (`s.len`) in order of appearance."""
        return {kind: tuple(dict.fromkeys(pattern.findall(self.lua))) for kind, pattern in NAMES.items()}

    @property
    def module(self) -> str:
        """The KSR module of the first function called, which is what a case is about; "core" for KSR itself."""
        functions = self.names["function"]
        return functions[0].rpartition(".")[0] or "core" if functions else "-"

    def __str__(self) -> str:
        return f"{self.set}/{self.message}: {self.id}: {self.lua}"


NAMES = {
    "function": re.compile(r"\bKSR\.([a-z_0-9]+\.\w+|\w+)(?!\.)\b"),
    "variable": re.compile(r"\$\(?([A-Za-z_][\w.]*)"),
    "transformation": re.compile(r"\{([a-z0-9]+\.[\w.]+)"),
}


@dataclass(frozen=True)
class Result:
    """A case, and what came of it here."""

    case: Case
    got: Any

    @property
    def equal(self) -> bool:
        return bool(self.got == self.case.expected)

    def __str__(self) -> str:
        return f"{self.case}\n  Kamailio: {show(self.case.expected)}\n  kemilua:  {show(self.got)}"


def show(outcome: Any) -> str:
    """An outcome on one line, or a datagram a line each where there are several lines in it."""
    if isinstance(outcome, dict):
        return "".join(f"\n    {peer}: {data!r}" for peer, sent in outcome.items() for data in sent) or "nothing sent"
    return outcome if isinstance(outcome, str) else ", ".join(f"{kind} {value!r}" for kind, value in outcome) or "no value"


@dataclass(frozen=True)
class Recording:
    """A file of recordings, in a folder or a ZIP archive."""

    name: str
    place: Path

    def text(self) -> str:
        if self.place.is_dir():
            return (self.place / self.name).read_text(encoding="utf-8")
        with zipfile.ZipFile(self.place) as archive:
            return archive.read(self.name).decode("utf-8")


def files(place: Path) -> list[Recording]:
    """All of a folder or an archive, in order of their names."""
    if place.is_dir():
        return [Recording(path.name, place) for path in sorted([*place.glob("*.json"), *place.glob("*.jsonl")])]
    with zipfile.ZipFile(place) as archive:
        return [Recording(name, place) for name in sorted(archive.namelist())]


@functools.cache
def recordings() -> tuple[Recording, ...]:
    """Those that came with this checkout, and those of RFC 4475's messages where they are."""
    torture = [recording for recording in files(TORTURE) if "torture" in recording.name] if TORTURE.is_dir() else []
    return (*files(ARCHIVE), *torture)


# ---- how it is replayed


SETUP: dict[str, dict[str, Any]] = {
    "pv": {"shvset": "z=i:1"},
    "htable": {"htable": "a=>size=8;"},
    "uac": {"restore_mode": "none"},  # recorded is that From is replaced within a dialog
}
"""Parameters of the recordings that name none of their own."""


def new_engine(script: str = "-- nothing is routed", **more: Any) -> kemilua.Engine:
    """An engine set up as Kamailio was while recording, as far as its modules are here."""
    usual = {"listen": [LISTEN], "modparams": SETUP, "log_level": kemilua.Level.ALERT}
    return kemilua.Engine(
        [kemilua.Source(script, "recorded.lua")],
        aliases=["example.com"],
        random=lambda size: bytes(range(size)),
        **{**usual, **more},
    )


def set_up(setup: dict[str, Any], local: tuple[str, int]) -> kemilua.Engine:
    """An engine for a recording that tells how Kamailio was configured; parameters of modules that are not here are left out."""
    here = {row.partition(".")[0] for row in registered()}
    params: dict[str, dict[str, list[Any]]] = {}
    for module, name, value in setup.get("modparams", ()):
        if module in here:
            params.setdefault(module, {}).setdefault(name, []).append(value)

    defines = dict(re.findall(r"(?m)^#!define (\S+) (.*)$", setup.get("core", "")))
    engine = new_engine(modparams=params, listen=[f"udp:{local[0]}:{local[1]}"], defines=defines, log_level=kemilua.Level.ERR)
    engine.handle_timer(NOW)
    return engine


@functools.cache
def replay(recording: Recording) -> tuple[Result, ...]:
    """Run every case of a file, in order."""
    return tuple(_replay_wire(recording) if recording.name.endswith(".jsonl") else _replay_values(recording))


def _replay_values(file: Recording) -> Iterator[Result]:
    recording = json.loads(file.text())
    data = base64.b64decode(recording["message_base64"])
    setup = recording.get("setup", {})
    environment = mock.patch.dict(os.environ, setup.get("env", {}))
    with environment, set_up(setup, tuple(recording["local"])) if setup else new_engine() as engine:

        def parse(data: bytes) -> kemilua.Message:
            return kemilua.Message.parse(
                data,
                source=tuple(recording["source"]),
                local=tuple(recording["local"]),
                transport=recording["transport"],
                now=NOW,
                engine=engine,
            )

        message, nonce, now = parse(data), "", NOW
        for row in recording["cases"]:
            now += row.get("wait", 0)
            if "digest" in row:
                message = parse(credentials.with_credentials(data, row["digest"], nonce))
            elif recording["fresh_message_per_case"]:
                message = parse(data)
            expected = "error" if row.get("error") else tuple((value["t"], value.get("v")) for value in row["returns"])
            case = Case(recording["set"], recording["message_name"], row["id"], row["lua"], expected)
            engine.handle_timer(now)
            got = outcome(engine, row["lua"], message)
            challenges = [text for kind, text in got if kind == "string"] if got != "error" else []
            nonce = next((found[1] for text in challenges if (found := credentials.NONCE.search(text))), nonce)
            yield Result(case, without_nonces(got) if "<nonce>" in str(expected) else got)
            sent = engine.take_effects()
            if "sent" in row and message.is_request:
                yield Result(_sent(case, row["sent"]), _got(sent, tuple(recording["source"])))


NONCES = re.compile(rb'(?<=nonce=")[^"]*')


def without_nonces(got: Any) -> Any:
    """Values whose nonces are called `<nonce>`, as in the recordings."""
    if got == "error":
        return got
    return tuple((kind, credentials.NONCE.sub('nonce="<nonce>"', one) if kind == "string" else one) for kind, one in got)


def _sent(case: Case, sent: list[dict[str, str]]) -> Case:
    expected: dict[str, list[bytes]] = {}
    for one in sent:
        expected.setdefault(one["at"], []).append(masked(base64.b64decode(one["data"])))
    return Case(case.set, case.message, f"{case.id} (sent)", case.lua, expected)


def _got(effects: list[kemilua.Effect], caller: tuple[str, int]) -> dict[str, list[bytes]]:
    """What was sent to the caller, or to the callee, whose port is one below."""
    found: dict[str, list[bytes]] = {}
    for one in effects:
        if isinstance(one, kemilua.Send):
            found.setdefault("caller" if one.destination == caller else "callee", []).append(NONCES.sub(b"<nonce>", masked(one.data)))
    return found


def outcome(engine: kemilua.Engine, lua: str, message: kemilua.Message) -> Any:
    """What some Lua returns, in the form in which recordings have it."""
    try:
        return tuple(map(value_of, engine.eval(lua.encode("latin-1"), message=message)))
    except kemilua.ScriptError:
        return "error"


def value_of(value: Any) -> Value:
    if value is None:
        return "nil", None
    if isinstance(value, bool):
        return "boolean", value
    if isinstance(value, int):
        return "integer", value
    if isinstance(value, float):
        return "float", format(value, ".17g")
    if isinstance(value, str):
        return "string", value.encode("utf-8", "surrogateescape").decode("latin-1")
    return "table", value


# ---- datagrams

MASKS = [
    # A To-tag of our own making: 32 hexadecimal digits of the server, 8 of the message.
    (re.compile(rb"(;tag=)[0-9a-f]{32}\.[0-9a-f]{8}\b"), rb"\1<tag>"),
    # The branch of our own Via: the hash of a transaction, 32 digits of the message, the number of the branch, which stays.
    (re.compile(rb"(;branch=z9hG4bK)[0-9a-f]{1,4}\.[0-9a-f]{32}\b"), rb"\1<branch>"),
    (re.compile(rb"(?m)^(Server: )[^\r]*(?=\r$)"), rb"\1<server>"),
]


def masked(data: bytes) -> bytes:
    """A datagram without what is random, or names the server."""
    for pattern, replacement in MASKS:
        data = pattern.sub(replacement, data)
    return data


def _replay_wire(recording: Recording) -> Iterator[Result]:
    """All on one engine, as one worker recorded them: what a failure leaves behind (sl_reply_error) shows in later messages."""
    with new_engine("function ksr_request_route() case() end\nfunction ksr_reply_route() case() end") as engine:
        for second, line in enumerate(recording.text().splitlines()):
            row = json.loads(line)
            expected: dict[str, list[bytes]] = {}
            for sent in row["sent"]:
                expected.setdefault(sent["at"], []).append(masked(base64.b64decode(sent["data"])))
            case = Case("wire", row["message"], row["id"], row["lua"], expected)
            engine.eval(f"function case()\n{row['lua']}\nend")
            yield Result(case, _wire(engine, base64.b64decode(row["message_base64"]), row["from"], NOW + second))


def _wire(engine: kemilua.Engine, data: bytes, sender: str, now: float) -> dict[str, list[bytes]]:
    source = next(address for address, name in PEERS.items() if name == sender)
    got: dict[str, list[bytes]] = {}
    for effect in engine.receive_datagram(data, source=source, local=LOCAL, now=now):
        if isinstance(effect, kemilua.Send) and effect.destination in PEERS:
            assert effect.local == LOCAL
            got.setdefault(PEERS[effect.destination], []).append(masked(effect.data))
    return got


# ---- what may differ


@dataclass(frozen=True)
class Rule:
    """A name, or a pattern of names, whose cases may differ, and why."""

    kind: str
    """`function`, `variable`, `transformation`; or `case`: `set/message: id`."""
    pattern: str
    later: bool
    """Not there yet; else a difference that is kept, and documented."""
    reason: str

    def covers(self, case: Case) -> bool:
        names = (f"{case.set}/{case.message}: {case.id}",) if self.kind == "case" else case.names[self.kind]
        return any(fnmatch.fnmatchcase(name, self.pattern) for name in names)

    def __str__(self) -> str:
        return f"{self.kind} {self.pattern}"


def rules(path: Path = RULES) -> list[Rule]:
    """The checked-in reasons, a `Rule` for every pattern."""
    found = []
    for word, tables in tomllib.loads(path.read_text(encoding="utf-8")).items():
        for table in tables:
            kind = next(kind for kind in (*NAMES, "case") if kind in table)
            found += [Rule(kind, pattern, word == "later", table["reason"]) for pattern in table[kind]]
    return found


def unlisted(results: Iterable[Result], listed: Iterable[Rule]) -> list[Result]:
    """The results that differ without a rule for it."""
    listed = list(listed)
    return [result for result in results if not result.equal and not any(rule.covers(result.case) for rule in listed)]


def stale(results: Iterable[Result], listed: Iterable[Rule]) -> list[Rule]:
    """The rules that cover no case that differs."""
    differing = [result.case for result in results if not result.equal]
    return [rule for rule in listed if not any(rule.covers(case) for case in differing)]


def registered() -> list[str]:
    """The KSR functions of an engine, `hdr.get` or for the core `setflag`; those of `x` have no rows, as in Kamailio."""
    with new_engine() as engine:
        rows = engine.rpc("app_lua.api_list")["methods"]
    return [f"{row['func']['module']}.{row['func']['name']}".lstrip(".") for row in rows]


# ---- how many


@dataclass
class Tally:
    """Equal and all cases, by set and by KSR module; and the same without the cases that a rule lists as later."""

    listed: list[Rule]
    counts: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def add(self, results: Iterable[Result]) -> None:
        for result in results:
            later = not result.equal and any(rule.later and rule.covers(result.case) for rule in self.listed)
            for place in self.places(result.case):
                count = self.counts.setdefault(place, [0, 0, 0])
                for index, one in enumerate((result.equal, True, not later)):
                    count[index] += one

    def rows(self) -> list[list[Any]]:
        """Kind, name and the three counts of every place, as one process tells them to another."""
        return [[*place, *counts] for place, counts in self.counts.items()]

    def merge(self, rows: Iterable[list[Any]]) -> None:
        """Add what another tally counted."""
        for kind, name, *counts in rows:
            self.counts[kind, name] = [sum(pair) for pair in zip(self.counts.get((kind, name), [0, 0, 0]), counts, strict=True)]

    @staticmethod
    def places(case: Case) -> Iterator[tuple[str, str]]:
        yield "set", case.set
        yield "module", case.module
        if case.message.startswith("torture/"):
            yield "set", "torture messages"

    def lines(self) -> list[str]:
        """`set calls: 10,263 of 12,979 equal (79.07 %), 10,263 of 10,263 without later ones`, sets first."""
        return [
            f"{kind} {name}: {equal:,} of {every:,} equal ({100 * equal / every:.2f} %), {equal:,} of {now:,} without later ones"
            for (kind, name), (equal, every, now) in sorted(self.counts.items(), key=lambda item: (item[0][0] != "set", item[0][1]))
        ]


def main() -> int:
    parser = argparse.ArgumentParser(description="Replay recordings of Kamailio and show the cases that differ.")
    parser.add_argument("file", nargs="*", help="names or patterns of files; all of them without")
    parser.add_argument("--folder", type=Path, help="recordings that lie elsewhere")
    parser.add_argument("--id", default="*", help="pattern of the ids to show")
    parser.add_argument("--listed", action="store_true", help="show also what a rule lists")
    arguments = parser.parse_args()
    tally, listed = Tally(rules()), [] if arguments.listed else rules()
    for recording in files(arguments.folder) if arguments.folder else recordings():
        if arguments.file and not any(fnmatch.fnmatchcase(recording.name, f"{name}*") for name in arguments.file):
            continue
        results = replay(recording)
        tally.add(results)
        for result in unlisted(results, listed):
            if fnmatch.fnmatchcase(result.case.id, arguments.id):
                print(result)
    print("\n".join(tally.lines()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
