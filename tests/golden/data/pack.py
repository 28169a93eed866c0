"""Make the archives of recordings anew from what was delivered: `python tests/golden/data/pack.py ../shared`.

They are recordings.zip beside this file and scenarios.zip of tests/stateful/data. Left out are the recordings of RFC 4475's messages,
whose texts are not ours to copy. The same recordings give the same archives.
"""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODULES = ("left_", "auth__", "auth_alg_", "auth_expire__", "auth_nc__", "auth_otn__", "auth_params__", "auth_ephemeral")
"""What the names of recordings of modules that are here begin with."""
STATEFUL = HERE.parents[1] / "stateful" / "data"


def pack(archive: Path, paths: Iterable[Path]) -> None:
    """Write an archive of these files by their names alone."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        for path in sorted(paths, key=lambda path: path.name):
            target.writestr(zipfile.ZipInfo(path.name), path.read_bytes(), zipfile.ZIP_DEFLATED, 9)


def main() -> None:
    shared = Path(sys.argv[1])
    paths = [path for path in (shared / "golden").glob("*.json*") if "torture" not in path.name]
    paths += [path for name in MODULES for path in (shared / "golden_modules").glob(f"{name}*.json")]
    pack(HERE / "recordings.zip", paths)
    pack(STATEFUL / "scenarios.zip", (shared / "stateful").glob("*.json"))


if __name__ == "__main__":
    main()
