"""The generator of calls (generator/*.c): compiled, started on a core of its own, and told what to do."""

from __future__ import annotations

import os
import selectors
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
MOST_SHARE = 0.7
"""Of its core; a run in which the generator took more measures the generator."""
WAIT = 600.0  # seconds for an answer


@dataclass(frozen=True, slots=True)
class Run:
    """What came of one command."""

    figures: dict[str, float]

    def __getitem__(self, name: str) -> float:
        return self.figures[name]

    @property
    def share(self) -> float:
        """Of the generator's core."""
        return self["cpu"] / self["seconds"] if self["seconds"] else 0.0

    def fault(self) -> str:
        """Why the run is void, or nothing: calls failed, something was sent twice, or the generator had too much to do."""
        found = [name for name in ("failed", "retransmitted", "repeated", "unexpected", "errors") if self[name]]
        if found:
            return ", ".join(f"{self[name]:.0f} {name}" for name in found)
        return f"the generator took {self.share:.0%} of its core" if self.share > MOST_SHARE else ""


def _compile(output: Path, *arguments: str) -> Path:
    """Compile files of generator/ as a release build compiles."""
    folder = HERE / "generator"
    sources = [str(folder / name) if name.endswith(".c") else name for name in arguments]
    subprocess.run([*os.environ.get("CC", "cc").split(), "-std=gnu11", "-O2", "-o", output, *sources], check=True)
    return output


def compiled(folder: Path) -> Path:
    """The program with both sides of calls."""
    return _compile(folder / "generator", "main.c", "calls.c", "text.c")


def compiled_feeder(folder: Path) -> Path:
    """The library that feeds a server from memory."""
    return _compile(folder / "memory.so", "-shared", "-fPIC", "memory.c", "calls.c", "text.c", "-ldl", "-lpthread")


class Generator:
    """A generator that runs: both sides of calls through one server."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.caller, self.callee = map(int, self._answer())

    def run(self, kind: str, count: int, *, rate: float = 0.0, window: int = 100_000, user: str = "-") -> Run:
        """Make calls, `rate` a second or as fast as `window` calls under way allow.

        kind: refused (INVITE, 404, ACK), relayed (a whole call), answered (OPTIONS), ringing (INVITE, 180) to `user`.
        """
        return self._command(f"{kind} {count} {rate} {window} {user}")

    def expire(self, seconds: float) -> Run:
        """Wait until no call rings any more; `ringing` tells how many do after that time."""
        return self._command(f"expire {seconds}")

    def _command(self, line: str) -> Run:
        assert self._process.stdin is not None
        print(line, file=self._process.stdin, flush=True)
        words = self._answer()
        return Run({name: float(value) for name, value in zip(words[::2], words[1::2], strict=True)})

    def _answer(self) -> list[str]:
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            if not selector.select(WAIT):
                raise TimeoutError("the generator does not answer")
        words = self._process.stdout.readline().split()
        if not words:
            raise ChildProcessError("the generator has ended")
        return words


@contextmanager
def generator(program: Path, server: int, core: int) -> Iterator[Generator]:
    """Run the compiled generator against a port of loopback."""
    process = subprocess.Popen([program, str(server), str(core)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Generator(process)
    finally:
        process.kill()
        process.communicate()
