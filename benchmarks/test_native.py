"""(a) A KSR function in C against a bare Lua C closure: what dispatch and conversion cost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import kemilua
import pytest
from conftest import make_engine
from table import Row

COUNT = 100_000
CALLS = {
    "is_invite": "KSR.is_INVITE()",
    "pv_get": 'KSR.pv.get("$ru")',
    "kx_get_ruri": "KSR.kx.get_ruri()",
}


@pytest.fixture(scope="module")
def yardstick(tmp_path_factory):
    """The library of bare closures, compiled as a release build compiles."""
    library = tmp_path_factory.mktemp("yardstick") / "yardstick.so"
    shared = ["-bundle", "-undefined", "dynamic_lookup"] if sys.platform == "darwin" else ["-shared"]
    compiler = os.environ.get("CC", "cc").split()
    source = Path(__file__).with_name("yardstick.c")
    subprocess.run([*compiler, "-O3", "-fPIC", *shared, f"-I{kemilua.get_include()}", source, "-o", library], check=True)
    return library


@pytest.fixture(scope="module")
def message_and_engine(script, messages, yardstick):
    engine = make_engine(script("native"), openlibs=[("yardstick", yardstick)])
    message = kemilua.Message.parse(messages["invite"])
    engine.eval("prepare()", message=message)
    return message, engine


@pytest.mark.parametrize("name", CALLS)
def test_native_call(name, message_and_engine, compare, add_row):
    message, engine = message_and_engine

    def timed(function):
        return lambda: float(engine.eval(f"return {function}({COUNT})", message=message)[0])

    ours, peer = compare(timed(f"ksr_{name}"), timed(f"bare_{name}"), COUNT, own_clock=True)
    add_row(Row("a", CALLS[name], ours, peer, "bare closure", 1.5))
