"""Copies of the checkout, so that a test can build and change one without touching ours."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LUA = "vendor/lua/src"
REFUSED = "http://127.0.0.1:9"  # the discard port: nobody listens
NOT_OURS = {".git", "build", "dist", ".venv", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis"}


def files(root: Path) -> list[str]:
    """Return the relative names of the files that belong to the project: what git tracks or would add, or all but output."""
    if (root / ".git").exists():
        listed = run(["git", "-c", f"safe.directory={root}", "ls-files", "-co", "--exclude-standard", "-z"], cwd=root).stdout
        return sorted(name for name in listed.split("\0") if name and (root / name).is_file())
    found = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return sorted(str(name) for name in found if not NOT_OURS & set(name.parts) and not str(name).startswith(LUA))


def copy(root: Path, target: Path, *, lua: bool = True) -> Path:
    """Copy the project to `target`, with the Lua sources if they are there and wanted."""
    for name in files(root):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / name, target / name)
    if lua and (root / LUA).is_dir():
        shutil.copytree(root / LUA, target / LUA)
    return target


def run(
    command: Sequence[str | Path], *, cwd: Path | None = None, env: dict[str, str] | None = None, code: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run a command without standard input; fail with everything it printed when it does not exit with `code`."""
    done = subprocess.run([str(word) for word in command], cwd=cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != code:
        words = " ".join(map(str, command))
        raise AssertionError(f"exit code {done.returncode}, not {code}: {words}\n{done.stdout}\n{done.stderr}")
    return done


def environment(**changes: str | None) -> dict[str, str]:
    """Return our environment with changes; None removes a variable."""
    result = dict(os.environ)
    for name, value in changes.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = value
    return result


def no_network() -> dict[str, str]:
    """Return an environment in which neither Lua's site nor a package index can be reached, nor a source is named."""
    refused = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), REFUSED)
    return environment(**refused, PIP_CONFIG_FILE="/dev/null", PIP_NO_INDEX="1", PIP_FIND_LINKS=None, KEMILUA_LUA_SOURCE=None)


def new_environment(path: Path) -> Path:
    """Make an empty virtual environment and return its interpreter."""
    run([sys.executable, "-m", "venv", path])
    return path / "bin" / "python"


@dataclass(frozen=True)
class Archives:
    """What tests/packaging builds once a run."""

    checkout: Path
    sdist: Path
    unpacked: Path  # the sdist, where the wheel was built
    wheel: Path
