"""Type checker, linter and formatter find nothing in the whole checkout."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from checkout import run

pytestmark = pytest.mark.static


def test_types_are_strict(root: Path) -> None:
    run([sys.executable, "-m", "mypy"], cwd=root)


def test_linter_is_silent(root: Path) -> None:
    run([sys.executable, "-m", "ruff", "check", "."], cwd=root)


def test_python_is_formatted(root: Path) -> None:
    run([sys.executable, "-m", "ruff", "format", "--check", "."], cwd=root)
