"""Setting and stopping a timer in random order among many (csrc/base/timer.h), in C alone.

    python benchmarks/timers.py [COUNT]

compiles timers.c as a release build compiles, runs it five times, and prints the best of each figure.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CSRC = HERE.parent / "csrc"
RUNS = 5


def compiled(folder: Path) -> Path:
    program = folder / "timers"
    sources = [HERE / "timers.c", CSRC / "base" / "timer.c", CSRC / "base" / "mem.c"]
    compiler = os.environ.get("CC", "cc").split()
    subprocess.run([*compiler, "-std=gnu11", "-O3", "-flto", f"-I{CSRC}", "-o", program, *sources], check=True)
    return program


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        program = compiled(Path(folder))
        runs = [subprocess.run([program, str(count)], check=True, capture_output=True, text=True).stdout.split() for _ in range(RUNS)]
    setting, pair, going_off = (min(map(float, figures)) for figures in list(zip(*runs, strict=True))[1:])
    print(f"{count:,} timers: set {setting:.0f} ns, stopped and set anew in random order {pair:.0f} ns, going off {going_off:.0f} ns each")


if __name__ == "__main__":
    main()
