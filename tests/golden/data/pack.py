"""Make recordings.zip beside this file anew from the recordings as they were delivered: `python pack.py ../../../../shared`.

Left out are those of RFC 4475's messages, whose texts are not ours to copy. The same recordings give the same archive.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> None:
    shared = Path(sys.argv[1])
    paths = [path for path in (shared / "golden").glob("*.json*") if "torture" not in path.name]
    paths += (shared / "golden_modules").glob("left_*.json")
    with zipfile.ZipFile(HERE / "recordings.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(paths, key=lambda path: path.name):
            archive.writestr(zipfile.ZipInfo(path.name), path.read_bytes(), zipfile.ZIP_DEFLATED, 9)


if __name__ == "__main__":
    main()
