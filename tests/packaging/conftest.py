"""Archives built from a copy of the checkout: once for all tests of a run."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path

import pytest
from checkout import LUA, Archives, copy, no_network, run


@pytest.fixture(scope="session")
def build_tools(root: Path) -> None:
    """Skip where a build cannot be tried."""
    if shutil.which(os.environ.get("CC", "cc").split()[0]) is None:
        pytest.skip("no C compiler (cc) is installed")
    if not (root / LUA).is_dir():
        pytest.skip(f"{LUA} is not populated; a build from this checkout does that")
    for module in ("build", "scikit_build_core"):
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed; pip install 'kemilua[test]' brings it")


@pytest.fixture(scope="session")
def archives(root: Path, build_tools: None, tmp_path_factory: pytest.TempPathFactory) -> Archives:
    """Build the sdist from a copy as git would clone it, and a wheel from that sdist, which has no other source of Lua."""
    folder = tmp_path_factory.mktemp("archives")
    checkout = copy(root, folder / "checkout", lua=False)
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder]
    run([*build, "--sdist", checkout], env=no_network() | {"KEMILUA_LUA_SOURCE": str(root / LUA)})
    sdist = only(folder, "*.tar.gz")
    shutil.unpack_archive(sdist, folder / "unpacked", filter="data")
    unpacked = only(folder / "unpacked", "*")
    run([*build, "--wheel", unpacked], env=no_network())
    return Archives(checkout, sdist, unpacked, only(folder, "*.whl"))


def only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found
