"""Write Lua's sources as kemilua.patch changes them.

    python patch.py FOLDER PATCH TARGET

FOLDER holds the sources as released, which stay as they are; every one that the patch names is written, changed, to TARGET.
A hunk must fit where it says, byte for byte: there is no searching around. A failure is one message on stderr and exit code 1.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@")


class Misfit(Exception):
    """The patch is not for this source; the text says where."""


def main(arguments: list[str]) -> int:
    if len(arguments) != 3:
        print("usage: patch.py FOLDER PATCH TARGET", file=sys.stderr)
        return 2
    folder, patch, target = (Path(argument) for argument in arguments)
    try:
        changed = {name: apply(name, (folder / name).read_text(encoding="latin-1"), hunks) for name, hunks in files(patch)}
    except (Misfit, OSError) as error:
        print(f"{patch.name}: {error}", file=sys.stderr)
        return 1
    target.mkdir(parents=True, exist_ok=True)
    for path in target.iterdir():
        if path.name not in changed:
            path.unlink()
    for name, text in changed.items():
        write(target / name, text.encode("latin-1"))
    return 0


def files(patch: Path) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield each file's name and its hunks, as lists of lines that begin with the hunk's own."""
    name, hunks = "", list[list[str]]()
    for line in patch.read_text(encoding="latin-1").splitlines(keepends=True):
        if line.startswith("--- "):
            if name:
                yield name, hunks
            name, hunks = line.split()[1].split("/")[-1], []
        elif line.startswith("@@"):
            hunks.append([line])
        elif hunks and line[0] in " +-" and not line.startswith("+++ "):
            hunks[-1].append(line)
    if name:
        yield name, hunks


def apply(name: str, source: str, hunks: list[list[str]]) -> str:
    before, after, at = source.splitlines(keepends=True), list[str](), 0
    for head, *lines in hunks:
        match = HUNK.match(head)
        if match is None:
            raise Misfit(f"{name}: {head.strip()} is no hunk")
        start = int(match[1]) - 1
        old = [line[1:] for line in lines if line[0] in " -"]
        if start < at or before[start : start + len(old)] != old:
            raise Misfit(f"{name}: the lines from {start + 1} on are not those of the patch")
        after += before[at:start] + [line[1:] for line in lines if line[0] in " +"]
        at = start + len(old)
    return "".join(after + before[at:])


def write(path: Path, content: bytes) -> None:
    """Leave a file alone that is as it should be, so that nothing is compiled anew."""
    if not path.exists() or path.read_bytes() != content:
        path.write_bytes(content)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
