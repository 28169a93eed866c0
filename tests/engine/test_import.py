"""What importing kemilua costs: by what it must not bring, which is the same on every machine."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = [
    "asyncio",
    "contextvars",
    "csv",
    "ctypes",
    "dataclasses",
    "difflib",
    "hashlib",
    "importlib.metadata",
    "importlib.resources",
    "inspect",
    "ipaddress",
    "json",
    "logging",
    "pathlib",
    "random",
    "socket",
    "ssl",
    "string",
    "subprocess",
    "tempfile",
    "textwrap",
    "threading",
    "traceback",
]
"""Modules of the standard library that only some use needs, or none."""
LATER = ["kemilua._signatures", "kemilua.cli", "kemilua.dns", "kemilua.modules.ipops_dns", "kemilua.coverage", "kemilua.udp"]


def modules_after(code: str) -> set[str]:
    """The modules in a new process once it has run some code; the site's own hooks are left out."""
    code = (
        f"import sys\nbefore = set(sys.modules)\n{code}\nafter = set(sys.modules)\nimport json\nprint(json.dumps(sorted(after - before)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


@pytest.fixture(scope="module")
def imported() -> set[str]:
    return modules_after("import kemilua")


@pytest.mark.parametrize("name", HEAVY)
def test_heavy_module_waits_until_somebody_needs_it(imported, name):
    assert name not in imported - modules_after("import typing, re, enum")


@pytest.mark.parametrize("name", LATER)
def test_part_of_ours_waits_too(imported, name):
    assert "kemilua.engine" in imported
    assert name not in imported


def test_every_public_name_is_there_for_a_star():
    code = """
from kemilua import *
import kemilua
assert set(kemilua.__all__) <= globals().keys()
assert set(kemilua.__all__) <= set(dir(kemilua))
"""
    assert "kemilua" in modules_after(code)


def test_engine_with_a_level_of_its_own_needs_no_logging_to_be_silent():
    code = """
import kemilua
engine = kemilua.Engine(kemilua.Source("function f() end", "t.lua"), modules=[], log_level="err")
assert engine.lua_run("f") == 1
"""
    assert "logging" not in modules_after(code)
