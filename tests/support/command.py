"""The command line as a user has it: another process, its output and exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import kemilua


def environment(**more: str) -> dict[str, str]:
    """An environment that finds the same package, writes no colour and no bytecode."""
    path = os.pathsep.join(part for part in (str(Path(kemilua.__file__).parent.parent), os.environ.get("PYTHONPATH", "")) if part)
    base = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    return {**base, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", **more}


def run(*words: str | Path, code: int = 0, stdin: bytes | None = None, cwd: Path | None = None, **env: str) -> tuple[str, str]:
    """Run `kemilua` with these words; return what it wrote to standard output and error."""
    done = subprocess.run(
        [sys.executable, "-m", "kemilua", *map(str, words)],
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        timeout=60,
        cwd=cwd,
        env=environment(**env),
        check=False,
    )
    out, err = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == code, f"exit code {done.returncode}, not {code}\n{out}\n{err}"
    return out, err
