"""What every test may ask for: the checkout, and the recorded facts that stand beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout (or unpacked source distribution) the tests stand in."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recordings and sheets beside the checkout."""
    path = ROOT.parent / "shared"
    if not (path / "golden").is_dir():
        pytest.skip("the recordings are not beside this checkout (folder ../shared)")
    return path


@pytest.fixture(scope="session")
def golden(shared: Path) -> Path:
    """The recordings of the real Kamailio."""
    return shared / "golden"
