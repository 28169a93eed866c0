"""Type checker, linter and formatter find nothing in the whole checkout."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from checkout import run

pytestmark = pytest.mark.static
FOLDERS_OF_C = ("csrc", "tests", "benchmarks", "examples")


def test_types_are_strict(root: Path) -> None:
    run([sys.executable, "-m", "mypy"], cwd=root)


def test_linter_is_silent(root: Path) -> None:
    run([sys.executable, "-m", "ruff", "check", "."], cwd=root)


def test_python_is_formatted(root: Path) -> None:
    run([sys.executable, "-m", "ruff", "format", "--check", "."], cwd=root)


def test_c_is_formatted(root: Path) -> None:
    files = sorted(str(path.relative_to(root)) for folder in FOLDERS_OF_C for path in (root / folder).rglob("*.[ch]"))
    assert len(files) > 300
    beside = shutil.which("clang-format", path=str(Path(sys.executable).parent))
    run([beside or "clang-format", "--dry-run", "-Werror", *files], cwd=root)
