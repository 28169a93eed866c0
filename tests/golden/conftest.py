"""What the recordings may differ in."""

from __future__ import annotations

import golden
import pytest


@pytest.fixture(scope="session")
def rules() -> list[golden.Rule]:
    """What may differ, and why."""
    return golden.rules()
