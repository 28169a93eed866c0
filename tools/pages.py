"""What the makers of reference pages share: the command line, and where the page goes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"


def main(page: Callable[[], str], target: Path, arguments: list[str]) -> int:
    """Print the page, or with --write put it where it belongs; return an exit code."""
    if arguments not in ([], ["--write"]):
        print(f"usage: {Path(sys.argv[0]).name} [--write]", file=sys.stderr)
        return 2
    if arguments:
        target.write_text(page(), encoding="utf-8")
    else:
        print(page(), end="")
    return 0
