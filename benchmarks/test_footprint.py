"""(e) What importing kemilua takes, and what one more engine holds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import SHORT
from table import Row

IMPORT = "import time; start = time.perf_counter(); import {module}; print(time.perf_counter() - start)"
ENGINES = """
import resource, sys
import kemilua
def resident():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * resource.getpagesize()
def engine():
    return kemilua.Engine([sys.argv[1]], listen=["udp:192.0.2.1:5060"])
kept = [engine() for _ in range(20)]
before = resident()
kept += [engine() for _ in range(100)]
print((resident() - before) / 100 / 1024)
"""


def best(code: str, *arguments: str) -> float:
    """The least of what a few fresh interpreters print."""
    command = [sys.executable, "-c", code, *arguments]
    return min(float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(3 if SHORT else 10))


def test_import_time(benchmark, add_row):
    peer = "lupa.lua54"
    code = IMPORT.format(module="kemilua")
    ours = benchmark.pedantic(best, args=(code,), rounds=1)
    add_row(Row("e", "import kemilua", ours, best(IMPORT.format(module=peer)), f"import {peer}", unit="ms"))


def test_memory_of_one_more_engine(benchmark, script, add_row):
    if not Path("/proc/self/statm").exists():
        pytest.skip("resident memory is read from /proc, which this system has not")
    kib = benchmark.pedantic(best, args=(ENGINES, script("edge")), rounds=1)
    add_row(Row("e", "resident memory of one more engine", kib, unit="KiB"))
