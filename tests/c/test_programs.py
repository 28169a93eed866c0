"""The C programs of this folder, built by the sanitizer preset and run one by one."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from native import built, require_sanitizers

pytestmark = pytest.mark.sanitizer

HERE = Path(__file__).resolve().parent
LISTED = re.findall(r"^ *kemilua_c_test\((\S+)\.c\)", (HERE / "CMakeLists.txt").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.fixture(scope="session")
def programs(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build all programs once; return the folder they are in."""
    require_sanitizers(tmp_path_factory.mktemp("sanitizers"))
    return built(root, "sanitizer") / "tests" / "c"


@pytest.mark.parametrize("name", LISTED)
def test_c_program(programs: Path, name: str) -> None:
    program = programs / name.replace("/", "_")
    done = subprocess.run([program], capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-20_000:]


def test_every_c_program_is_listed() -> None:
    found = sorted(str(path.relative_to(HERE).with_suffix("")) for path in HERE.glob("*/test_*.c"))
    assert found == sorted(LISTED)
