"""`kemilua serve` with a Python thread beside it that never rests: what a host program with work of its own does to the loop.

    python benchmarks/busy_serve.py FILE SERVE-ARGUMENT...

writes the number of the thread to FILE, whose processor time is not the server's.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from kemilua.cli import main


def spin(told: Path) -> None:
    told.write_text(str(threading.get_native_id()))
    count = 0
    while True:
        count = (count + 1) % 1_000_003


if __name__ == "__main__":
    threading.Thread(target=spin, args=(Path(sys.argv[1]),), daemon=True).start()
    sys.exit(main(["serve", *sys.argv[2:]]))
