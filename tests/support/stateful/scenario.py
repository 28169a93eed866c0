"""A scenario as it was recorded, and the archive that holds all of them."""

from __future__ import annotations

import functools
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

__all__ = [
    "ARCHIVE",
    "Address",
    "Expect",
    "Logged",
    "Observed",
    "Rpc",
    "Scenario",
    "Send",
    "Step",
    "address",
    "find",
    "groups",
    "scenario_of",
    "scenarios",
]

ARCHIVE = Path(__file__).resolve().parents[2] / "stateful" / "data" / "scenarios.zip"
PROXY = "127.0.0.1:23000"
"""The socket that peers send to, and that datagrams leave from unless it is told."""

Address: TypeAlias = "tuple[str, int]"


@dataclass(frozen=True)
class Send:
    """A datagram of a peer."""

    t_ms: float
    at: str
    """The peer's name."""
    bytes: str
    """As it was sent; like all texts of a scenario, a character per byte."""
    template: str | None = None
    """The same with places for what was received before, as in `fields.fill`."""
    note: str = ""


@dataclass(frozen=True)
class Expect:
    """A datagram that a peer waited for."""

    t_ms: float
    at: str
    match: dict[str, Any]
    bind: str | None
    """The name that templates know it by."""
    observed: int
    """Index of what came, in `Scenario.observed`."""


@dataclass(frozen=True)
class Rpc:
    """A command, and the JSON-RPC response to it."""

    t_ms: float
    method: str
    params: list[Any]
    answer: Any


Step: TypeAlias = "Send | Expect | Rpc"


@dataclass(frozen=True)
class Observed:
    """A datagram that came to a peer."""

    t_ms: float
    at: str
    bytes: str
    source: str = PROXY
    after_step: int | None = None
    """The step that it answers, at once."""
    window_ms: tuple[float, float] | None = None
    """When it may come, where a timer sent it."""


@dataclass(frozen=True)
class Logged:
    """What the script recorded by `rec(name, ...)`, or a line of accounting."""

    t_ms: float
    name: str
    values: list[Any]


@dataclass(frozen=True)
class Scenario:
    """All of one recording."""

    id: str
    group: str
    """The file it stands in, such as `tm_fork`."""
    shows: str
    modules: list[str]
    modparams: list[tuple[str, str, str | int]]
    core: dict[str, str]
    aliases: list[str]
    listen: list[str]
    files: dict[str, str]
    peers: dict[str, str]
    """Name and address of each that was watched."""
    lua: str
    steps: list[Step]
    observed: list[Observed]
    logs: list[Logged]
    logs_in_order: bool
    end_ms: float
    raw: dict[str, Any] = field(repr=False)
    """The JSON object."""

    @property
    def script(self) -> str:
        """The Lua without `rec` and what it needs, which all scripts begin with."""
        _, pvs, rest = self.lua.partition("function pvs(")
        return rest.partition("\nend\n")[2] if pvs else self.lua


def address(text: str) -> Address:
    """`127.0.0.1:23000` as a pair of host and port."""
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def _step(row: dict[str, Any]) -> Step:
    if row["op"] == "send":
        return Send(row["t_ms"], row["from"], row["bytes"], row.get("template"), row.get("note", ""))
    if row["op"] == "expect":
        return Expect(row["t_ms"], row["at"], row["match"], row.get("bind"), row["observed"])
    if row["op"] == "rpc":
        return Rpc(row["t_ms"], row["method"], row["params"] or [], row["answer"])
    raise ValueError(f"a step {row['op']!r}, which the player does not know")


def _observed(row: dict[str, Any], after_step: int | None) -> Observed:
    window = row.get("window_ms")
    return Observed(row["t_ms"], row["at"], row["bytes"], row.get("from", PROXY), after_step, None if window is None else tuple(window))


def _all_observed(rows: list[dict[str, Any]], steps: list[Step]) -> list[Observed]:
    """What came, and after which step: what a step waited for came before that, though a later step may have its very time."""
    waited = {step.observed: number for number, step in enumerate(steps) if isinstance(step, Expect)}
    found = []
    for index, row in enumerate(rows):
        after = row.get("after_step")
        if after is not None and after > waited.get(index, after):
            after = max(number for number in range(waited[index]) if not isinstance(steps[number], Expect))
        found.append(_observed(row, after))
    return found


def scenario_of(group: str, row: dict[str, Any]) -> Scenario:
    """One JSON object of the recordings."""
    steps = [_step(step) for step in row["steps"]]
    return Scenario(
        id=row["id"],
        group=group,
        shows=row["shows"],
        modules=row["modules"],
        modparams=[(module, name, value) for module, name, value in row["modparams"]],
        core=dict(line.split("=", 1) for line in row["globals"]),
        aliases=row["alias"],
        listen=row["listen"],
        files=row.get("files", {}),
        peers=row["endpoints"],
        lua=row["lua"],
        steps=steps,
        observed=_all_observed(row["observed"], steps),
        logs=[Logged(log["t_ms"], log["n"], log["v"]) for log in row["logs"]],
        logs_in_order=row.get("log_order") != "any",
        end_ms=row["end_ms"],
        raw=row,
    )


@functools.cache
def groups() -> dict[str, tuple[Scenario, ...]]:
    """The scenarios of each group, in order of their names."""
    with zipfile.ZipFile(ARCHIVE) as archive:
        texts = {name.removesuffix(".json"): archive.read(name) for name in sorted(archive.namelist())}
    return {group: tuple(scenario_of(group, row) for row in json.loads(text)) for group, text in texts.items()}


def scenarios() -> list[Scenario]:
    """All of them."""
    return [one for group in groups().values() for one in group]


def find(id: str) -> Scenario:
    """The one of that id; raises KeyError."""
    return {one.id: one for one in scenarios()}[id]
