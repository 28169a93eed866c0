"""Whole calls beside Debian's Kamailio: what they cost, how many go, how much memory they take. Prints a table.

    python benchmarks/calls_beside.py [--brief] [--only NAME] [--table FILE]

Server on core 0, generator on core 1, one script for both (scripts/proxy.lua), one log line a call; rounds of ours and of the peer's in
turns, of which the best counts. CPU time is that of all processes and threads of a server, with what it takes without calls taken off.
A run in which a call failed, something was sent twice, or the generator took above 70 % of its core, is void: it is made anew, and a
figure that has no good run says why. `--brief` is what CI runs: short runs, fewer calls that ring.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import kamailio
import sides
from generator import compiled, compiled_feeder
from sides import Measured, Side, fed_from_memory, logging_each, measured, measuring, ours, peer
from table import Row, markdown

PART = "h"
FOREVER = "ring-3600000"


@dataclass(frozen=True)
class Form:
    """How long it takes."""

    rounds: int
    rate: int
    """Calls a second."""
    seconds: float
    settle: float
    """Seconds after a run in which its transactions go."""
    burst: int
    """Calls as fast as they go."""
    ringing: int
    """Calls that ring at once and end by themselves."""
    ring_time: int
    """Milliseconds they do, longer than it takes to begin them."""
    live: tuple[int, ...]
    """Transactions beside which calls are made."""
    fed: int
    """Calls that are fed from memory."""
    attempts: int
    """For each good run."""
    shared_memory: int
    """MiB for Kamailio: some 12 KiB for each that rings."""


SHORT = Form(1, 1_000, 0.8, 0.2, 1_500, 1_000, 3_000, (100, 10_000), 10_000, 1, 512)
LONG = Form(3, 1_000, 20.0, 6.0, 30_000, 100_000, 180_000, (100, 10_000, 100_000), 200_000, 3, 3072)
ANSWERED = 15_000
"""OPTIONS a second: many for Kamailio, and few enough for the generator."""
RINGING = 3_000
"""Calls a second that begin to ring, and so end: what all end at once is sent again before anybody has answered it."""
WINDOW = 48
"""Calls under way where they go as fast as they go: enough to keep a server busy, few enough for the default buffers."""


class Void:
    """Why no run was good."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def good(self, one: Measured) -> bool:
        fault = one.run.fault()
        if fault:
            self.faults.append(fault)
        return not fault

    def text(self) -> str:
        return f" (void: {self.faults[-1]})" if self.faults else ""


def best(form: Form, attempt: Sequence[Callable[[], Measured]], figure: Callable[[Measured], float]) -> tuple[list[float], str]:
    """The best figure of each, measured in turns; not a number, and the reason, for one without a good run."""
    found: list[list[float]] = [[] for _ in attempt]
    voids = [Void() for _ in attempt]
    for _ in range(form.rounds * form.attempts):
        for measure, good, void in zip(attempt, found, voids, strict=True):
            if len(good) < form.rounds:
                one = measure()
                if void.good(one):
                    good.append(figure(one))
    why = "".join(void.text() for void, good in zip(voids, found, strict=True) if not good)
    return [min(good, default=float("nan")) for good in found], why


def at_rate(side: Side, kind: str, form: Form) -> Callable[[], Measured]:
    return lambda: measured(side, kind, int(form.rate * form.seconds), rate=form.rate, settle=form.settle)


# ---- the rows


@dataclass
class Bench:
    """Where it is done."""

    folder: Path
    program: Path
    form: Form

    def place(self) -> Path:
        """A folder of its own for each server."""
        return Path(tempfile.mkdtemp(dir=self.folder))

    def ours(self, *, script: Path = sides.SCRIPT, workers: int = 1, busy: bool = False) -> AbstractContextManager[Side]:
        return ours(self.place(), self.program, script=script, workers=workers, busy=busy)

    def peer(self) -> AbstractContextManager[Side]:
        return peer(self.place(), self.program, shared_memory=self.form.shared_memory)


def costs(bench: Bench) -> list[Row]:
    """CPU time per call of two kinds and per OPTIONS, and the highest rate, of both in turns."""
    form, rows = bench.form, []
    whats = [
        ("refused", "INVITE, 404 by t_reply, ACK: CPU", 0.20),
        ("relayed", "INVITE relayed, 180, 200, ACK, BYE, 200: CPU", 0.20),
    ]
    with bench.ours() as one, bench.peer() as other:
        for kind, what, bar in whats:
            figures, why = best(form, [at_rate(side, kind, form) for side in (one, other)], lambda run: run.per_call)
            rows.append(Row(PART, what + why, *figures, "Kamailio", bar, "us"))
        runs = [lambda side=side: measured(side, "answered", int(ANSWERED * form.seconds), rate=ANSWERED) for side in (one, other)]
        figures, why = best(form, runs, lambda run: run.per_call)
        rows.append(Row(PART, f"OPTIONS answered 200, {ANSWERED:,} a second: CPU{why}", *figures, "Kamailio", 0.18, "us"))
        runs = [lambda side=side: measured(side, "relayed", form.burst, window=WINDOW) for side in (one, other)]
        figures, why = best(form, runs, lambda run: run.run["seconds"] / run.run["completed"])
        rows.append(Row(PART, f"that call at the highest rate without a retransmission{why}", *figures, "Kamailio", 0.25, "us", rate=True))
    return rows


def ring(side: Side, count: int, user: str) -> str:
    """Let so many ring; why that did not go, or nothing."""
    run = side.calls.run("ringing", count, rate=RINGING, user=user)
    return run.fault() or (f"{run['expired']:.0f} ended too soon" if run["expired"] else "")


def ringing(bench: Bench) -> list[Row]:
    """Memory of transactions that wait for a final reply, and CPU time of their end."""
    form = bench.form
    sizes, ends, whys = [], [], []
    for start in bench.ours, bench.peer:
        with start() as side:
            before = side.memory()
            fault = ring(side, form.ringing, f"ring-{form.ring_time}")
            sizes.append((side.memory() - before) / form.ringing / 1024)
            with measuring(side, form.settle) as seconds:
                run = side.calls.expire(form.ring_time / 1000 + 60)
            fault = fault or (f"{run['ringing']:.0f} do not end" if run["ringing"] else "")
            ends.append(float("nan") if fault else seconds[0] / form.ringing)
            again = f" ({run['repeated']:,.0f} sent again)" if run["repeated"] else ""  # by the server, whose work that is
            whys.append(f" (void: {fault})" if fault else again)
    count = f"{form.ringing:,} ringing transactions"
    return [
        Row(PART, f"memory of each of {count}" + "".join(whys), *sizes, "Kamailio", 0.5, "KiB"),
        Row(PART, f"{count}, fr_inv_timer ends, CANCEL and 408 out: CPU of each" + "".join(whys), *ends, "Kamailio", 0.5, "us"),
    ]


def growth(bench: Bench) -> list[Row]:
    """CPU time of a relayed call beside transactions that ring."""
    form, rows = bench.form, []
    first, so_far = float("nan"), 0
    with bench.ours() as side:
        for count in form.live:
            fault = ring(side, count - so_far, FOREVER)
            so_far = count
            side.watch_idle()
            (figure,), why = best(form, [at_rate(side, "relayed", form)], lambda run: run.per_call)
            why += f" ({fault})" if fault else ""
            if count == form.live[0]:
                first = figure
            else:
                what = f"relayed call beside {count:,} live transactions, over {form.live[0]:,}: CPU"
                rows.append(Row(PART, what + why, figure, first, "ours", 1.3, "us"))
    return rows


def busy(bench: Bench) -> list[Row]:
    """CPU time of a relayed call with a log line a message and a Python thread that never rests, over the call without."""
    form = bench.form
    with bench.ours() as quiet, bench.ours(script=logging_each(bench.folder), busy=True) as loaded:
        figures, why = best(form, [at_rate(side, "relayed", form) for side in (loaded, quiet)], lambda run: run.per_call)
    what = "relayed call, a log line a message and a busy Python thread, over without: CPU"
    return [Row(PART, what + why, *figures, "ours", 1.15, "us")]


def workers(bench: Bench) -> list[Row]:
    """CPU time of a relayed call with two workers over one, and how many two threads do without sockets."""
    form = bench.form
    with bench.ours(workers=2) as two, bench.ours() as one:
        figures, why = best(form, [at_rate(side, "relayed", form) for side in (two, one)], lambda run: run.per_call)
    library, seconds = compiled_feeder(bench.folder), []
    for count in 2, 1:
        seconds.append(min(fed_from_memory(bench.place(), library, form.fed, count) for _ in range(form.rounds)))
    return [
        Row(PART, f"relayed call with two workers, over one: CPU{why}", *figures, "ours", 1.1, "us"),
        Row(PART, "relayed calls fed from memory, two threads over one: time", *seconds, "ours", 1 / 1.8, "us", rate=True),
    ]


MEASURES = {measure.__name__: measure for measure in (costs, ringing, growth, busy, workers)}


def missing() -> str:
    """Why it cannot be measured here, or nothing."""
    return kamailio.missing() or sides.missing()


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare whole calls with Debian's Kamailio, in one run.")
    parser.add_argument("--brief", action="store_true", help="short runs: it works, but the figures mean less")
    parser.add_argument("--only", choices=MEASURES, action="append", help="a part of it, repeatable")
    parser.add_argument("--table", metavar="FILE", type=Path, help="write the table there too")
    options = parser.parse_args()
    if reason := missing():
        print(reason, file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # who ends this ends the servers it started
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), compiled(Path(folder)), SHORT if options.brief else LONG)
        for name in options.only or MEASURES:
            began = time.monotonic()
            rows += MEASURES[name](bench)
            print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    print(markdown(rows))
    if options.table:
        options.table.write_text(markdown(rows) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
