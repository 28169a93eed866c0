"""What the makers of reference pages share: the command line, and where the pages go."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"


def main(pages: Callable[[], dict[Path, str]], arguments: list[str]) -> int:
    """Print the first page, or with --write put all where they belong; return an exit code."""
    if arguments not in ([], ["--write"]):
        print(f"usage: {Path(sys.argv[0]).name} [--write]", file=sys.stderr)
        return 2
    made = pages()
    if not arguments:
        print(next(iter(made.values())), end="")
        return 0
    for path, text in made.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0
