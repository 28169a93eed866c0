"""What C has no classes for has Python twins: tests of engines and messages once more as on an interpreter without the direct lane."""

from __future__ import annotations

import subprocess
import sys

import pytest
from kemilua import _lane

pytestmark = pytest.mark.skipif(not _lane.DIRECT, reason="this interpreter has nothing else")

WITHOUT = """
import sys
sys.implementation.name = "none of ours"
from kemilua import _lane
assert not _lane.DIRECT
import pytest
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", *sys.argv[1:]]))
"""
FILES = ["engine/test_threads.py", "engine/test_copies.py", "kemi/test_tables.py"]


@pytest.mark.parametrize("file", FILES)
def test_twins_pass(root, file):
    done = subprocess.run([sys.executable, "-c", WITHOUT, f"tests/{file}"], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def test_engine_that_was_never_made_says_so_there_too():
    class Bare(_lane.PortableEngine):
        pass

    with pytest.raises(_lane.EngineClosedError, match="has not been made"):
        Bare()._enter()


def test_closed_engine_is_freed_once():
    freed = []
    engine = _lane.PortableEngine()
    engine._owner = _lane.ffi.gc(_lane.ffi.new("kl_error *"), freed.append)
    engine._pointer = engine._owner
    assert engine._enter() == 1
    assert engine._close() == 2
    assert engine._leave() == 0
    assert freed == []
    assert engine._close() == 1
    assert len(freed) == 1
    with pytest.raises(_lane.EngineClosedError, match="is closed"):
        engine._close()
