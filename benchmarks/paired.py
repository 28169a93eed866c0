"""This build of kemilua beside another one, in turns, so that a busy machine hits both alike.

    python benchmarks/paired.py 28857bd            # a revision: it is built first, as `pip install .` builds it
    python benchmarks/paired.py path/to/folder     # a folder with an installed kemilua in it

Each build runs in a process of its own and measures a row right after the other one. All rows make a round, since a machine
may be slow for longer than a row takes, and the best of all rounds counts; of calls that a message bears once, which last as
long as the clock's step, the median does. What differs from process to process, as where
memory lies or the seed of Lua's hashes, is drawn again for several pairs of processes, whose median is told. Measured are the
KSR calls of `calls.py`, and OPTIONS and INVITE from memory through `scripts/edge.lua`. A ratio below 1 means that this build is
faster; what is above the bar is marked.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from calls import CALLS, MODPARAMS, Call, loops_script

HERE = Path(__file__).resolve().parent
SOURCE, LOCAL = ("198.51.100.7", 5060), ("192.0.2.1", 5060)
LOOPS, EDITED_MESSAGES, SINGLE_MESSAGES, REQUESTS = 20_000, 100, 400, 2_000
WHOLE = ("options", "invite")
NOTHING = Call("type(nil)", per_message=1)
"""Beside a call that a message bears once: reading the clock takes as long as the call, and not the same in each process."""


# ---- in the process of one build


class Build:
    """The kemilua of a folder, or the installed one."""

    def __init__(self, folder: str) -> None:
        if folder:
            sys.path.insert(0, folder)
        import kemilua

        self.kemilua = kemilua
        self.messages = {path.stem: path.read_bytes() for path in sorted((HERE / "messages").glob("*.sip"))}
        self.calls = self.engine(kemilua.Source(loops_script([*CALLS, NOTHING]), "calls.lua"), modparams=MODPARAMS)
        self.edge = self.engine(str(HERE / "scripts" / "edge.lua"))

    def engine(self, script: Any, **options: Any) -> Any:
        return self.kemilua.Engine([script], listen=["udp:192.0.2.1:5060"], aliases=["example.com"], log_level="ALERT", **options)

    def ask(self, which: int, count: int) -> float:
        call = [*CALLS, NOTHING][which]
        head, end, body = self.messages[call.message].partition(b"\r\n\r\n")
        data = head + b"\r\nX-Loop: %d %d" % (which + 1, count) + end + body
        (reply,) = (effect.data for effect in self.calls.receive_datagram(data, SOURCE, LOCAL, "udp", 1.0) if hasattr(effect, "data"))
        fields = dict(line.split(b": ", 1) for line in reply.split(b"\r\n") if b": " in line)
        return float(fields.get(b"X-Elapsed", b"nan"))

    def call(self, which: int) -> float:
        loops = CALLS[which].per_message or LOOPS
        if loops == 1:
            return sum(self.ask(which, 1) - self.ask(len(CALLS), 1) for _ in range(SINGLE_MESSAGES)) / SINGLE_MESSAGES
        messages = 1 if loops == LOOPS else EDITED_MESSAGES
        return sum(self.ask(which, loops) for _ in range(messages)) / (loops * messages)

    def whole(self, name: str) -> float:
        receive, data = self.edge.receive_datagram, self.messages[name]
        start = time.process_time()
        for _ in range(REQUESTS):
            receive(data, SOURCE, LOCAL, "udp", 1.0)
        return (time.process_time() - start) / REQUESTS

    def measure(self, what: int | str) -> float:
        return self.call(what) if isinstance(what, int) else self.whole(what)


def work(folder: str) -> None:
    """Answer each line, the number of a call or the name of a message, with seconds per operation."""
    build = Build(folder)
    for line in sys.stdin:
        print(json.dumps(build.measure(json.loads(line))), flush=True)


# ---- in the one that compares them


class Worker:
    def __init__(self, python: str, folder: str) -> None:
        command = [python, str(Path(__file__).resolve()), "--work", folder]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=tempfile.gettempdir())

    def measure(self, what: int | str) -> float:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps(what), file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit("a build under measurement has ended")
        return float(json.loads(answer))

    def close(self) -> None:
        self.process.communicate()


def built(revision: str, folder: Path) -> str:
    """Build a revision of this checkout, as `pip install .` builds, into a folder."""
    source, target = folder / "source", folder / "installed"
    root = HERE.parent
    source.mkdir()
    archive = subprocess.run(["git", "-C", str(root), "archive", revision], check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", str(source)], input=archive, check=True)
    print(f"building {revision} ...", file=sys.stderr, flush=True)
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(source)], check=True)
    return str(target)


def best(ours: str, other: str, whats: list[int | str], rounds: int) -> list[tuple[float, float]]:
    """Of one pair of processes, the seconds of each build for each row. The first round only warms up."""
    workers = Worker(sys.executable, ours), Worker(sys.executable, other)
    try:
        times = [[[worker.measure(what) for worker in workers] for what in whats] for _ in range(rounds + 1)][1:]
    finally:
        for worker in workers:
            worker.close()
    return [
        (typical(what, [one for one, _ in row]), typical(what, [one for _, one in row]))
        for what, row in zip(whats, zip(*times, strict=True), strict=True)
    ]


def typical(what: int | str, times: list[float]) -> float:
    return median(times) if isinstance(what, int) and CALLS[what].per_message == 1 else min(times)


def median_pair(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    return median(one for one, _ in pairs), median(one for _, one in pairs)


def name_of(what: int | str) -> str:
    return CALLS[what].text if isinstance(what, int) else f"{what.upper()}, scripts/edge.lua"


def report(rows: list[tuple[str, float, float]], bar: float) -> str:
    lines = ["| what | this build | other | ratio |", "| --- | ---: | ---: | ---: |"]
    for name, ours, other in sorted(rows, key=lambda row: -row[1] / row[2]):
        mark = " above" if ours > other * bar else ""
        lines.append(f"| `{name}` | {ours * 1e9:,.1f} ns | {other * 1e9:,.1f} ns | {ours / other:.3f}{mark} |")
    ratios = [ours / other for _, ours, other in rows]
    above = sum(ratio > bar for ratio in ratios)
    lines.append(f"\nmedian {median(ratios):.3f}, worst {max(ratios):.3f}, {above} of {len(ratios)} above {bar}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare this build of kemilua with another one, in one run.")
    parser.add_argument("other", help="a revision of this checkout, or a folder that holds an installed kemilua")
    parser.add_argument("--ours", default="", metavar="FOLDER", help="a folder that holds ours; the installed one unless told")
    parser.add_argument("--rounds", type=int, default=20, help="of each build, for each row, in each process")
    parser.add_argument("--processes", type=int, default=5, help="pairs of processes, one after the other")
    parser.add_argument("--bar", type=float, default=1.0, help="ratios above it are marked")
    parser.add_argument("--only", default="", metavar="TEXT", help="rows whose name holds this text")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.other if Path(arguments.other).is_dir() else built(arguments.other, Path(temporary))
        ours, other = str(Path(arguments.ours).resolve()) if arguments.ours else "", str(Path(folder).resolve())
        whats: list[int | str] = [*WHOLE, *range(len(CALLS))]
        chosen = [what for what in whats if arguments.only in name_of(what)]
        runs = [best(ours, other, chosen, arguments.rounds) for _ in range(arguments.processes)]
    rows = [(name_of(what), *median_pair([run[i] for run in runs])) for i, what in enumerate(chosen)]
    print(report(rows, arguments.bar))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(sys.argv[2])
    else:
        main()
