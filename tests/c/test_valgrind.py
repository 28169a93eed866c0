"""Some of the C programs under Valgrind, which sees what the sanitizers do not: decisions that hang on bytes nobody wrote."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from checkout import run
from native import built

pytestmark = pytest.mark.sanitizer

SHORT = [
    # program and the tests of it that are quick where every instruction takes fifty
    ("engine_test_failing", ["undisturbed"]),
    ("modules_test_sl", []),
    ("modules_test_textopsx", []),
    ("pv_test_read", []),
    ("sip_test_edit", []),
    ("sip_test_forward", []),
    ("sip_test_robust", ["every_prefix"]),
    ("vm_test_call", []),
    ("vm_test_rewind", ["what_runs_after", "open_files"]),
]


@pytest.fixture(scope="module")
def valgrind() -> list[str]:
    """The command, to which a program is added."""
    found = shutil.which("valgrind")
    if found is None:
        pytest.skip("Valgrind is not installed (Debian's package valgrind)")
    return [found, "--quiet", "--error-exitcode=99", "--leak-check=full", "--show-leak-kinds=all", "--errors-for-leak-kinds=all"]


@pytest.fixture(scope="module")
def programs(root: Path, valgrind: list[str]) -> Path:
    """Build those programs once, without sanitizers; return the folder they are in."""
    return built(root, "valgrind", [name for name, _ in SHORT]) / "tests" / "c"


@pytest.mark.parametrize(("name", "tests"), SHORT, ids=[name for name, _ in SHORT])
def test_short_run_is_clean(valgrind: list[str], programs: Path, name: str, tests: list[str]) -> None:
    command = [*valgrind, programs / name, *tests]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-20_000:]
    assert "passed, 0 failed" in done.stdout


def test_error_would_be_seen(valgrind: list[str], tmp_path: Path) -> None:
    (tmp_path / "bad.c").write_text("#include <stdlib.h>\nint main(void) { char *p = malloc(1); return *p == 7; }\n", encoding="utf-8")
    run([shutil.which("cc") or "cc", "-O0", "bad.c", "-o", "bad"], cwd=tmp_path)
    assert subprocess.run([*valgrind, tmp_path / "bad"], capture_output=True, stdin=subprocess.DEVNULL, check=False).returncode == 99
