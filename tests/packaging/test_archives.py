"""What users download: the source distribution holds the project and Lua, the wheel the package and one extension module."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest
from checkout import LUA, Archives, copy, files, new_environment, no_network, run

pytestmark = pytest.mark.packaging

OURS = ("lua", "kl_", "sip_", "pv_", "vm_", "kemi_", "engine_")
NOT_IN_SDIST = (".ci/", ".github/", ".gitignore")
SMOKE = """
import kemilua, kemilua._kemilua
from kemilua._kemilua import lib, ffi
assert ffi.string(lib.kl_status_name(lib.KL_OK)) == b"KL_OK"
print(kemilua.__version__)
"""


def version(root: Path) -> str:
    return (root / "python/kemilua/_version.py").read_text(encoding="utf-8").split('__version__ = "')[1].split('"')[0]


def sdist_names(archive: Path) -> set[str]:
    with tarfile.open(archive) as opened:
        return {str(PurePosixPath(*PurePosixPath(member.name).parts[1:])) for member in opened if member.isfile()}


def wheel_names(archive: Path) -> set[str]:
    with zipfile.ZipFile(archive) as opened:
        return {name for name in opened.namelist() if not name.endswith("/")}


def test_sdist_is_the_checkout_and_lua(archives: Archives) -> None:
    tracked = {name for name in files(archives.checkout) if not name.startswith(NOT_IN_SDIST)}
    lua = {f"{LUA}/{path.name}" for path in (archives.checkout / LUA).iterdir()}
    assert sdist_names(archives.sdist) == tracked | lua | {"PKG-INFO"}


def test_sdist_carries_exactly_the_pinned_lua_files(archives: Archives) -> None:
    assert sum(name.startswith(f"{LUA}/") for name in sdist_names(archives.sdist)) == 59


def test_wheel_is_the_package_one_extension_module_and_lua_s_headers(archives: Archives) -> None:
    names = wheel_names(archives.wheel)
    package = {name.removeprefix("python/") for name in files(archives.checkout) if name.startswith("python/kemilua/")}
    metadata = {name for name in names if name.startswith(f"kemilua-{version(archives.checkout)}.dist-info/")}
    headers = {f"kemilua/include/{name}.h" for name in ("lua", "luaconf", "lauxlib", "lualib")}
    extensions = names - package - metadata - headers
    assert package | headers <= names
    assert len(extensions) == 1
    assert extensions.pop().startswith("kemilua/_kemilua.")


def test_wheel_carries_both_licences(archives: Archives, root: Path) -> None:
    folder = f"kemilua-{version(root)}.dist-info/licenses"
    assert {f"{folder}/LICENSE", f"{folder}/THIRD-PARTY.md"} <= wheel_names(archives.wheel)


def test_wheel_is_typed(archives: Archives) -> None:
    assert "kemilua/py.typed" in wheel_names(archives.wheel)


def test_wheel_imports_in_an_empty_environment(archives: Archives, root: Path, tmp_path: Path) -> None:
    python = new_environment(tmp_path / "environment")
    run([python, "-m", "pip", "install", "--quiet", archives.wheel])
    assert run([python, "-c", SMOKE], cwd=tmp_path).stdout.strip() == version(root)
    listed = run([python, "-m", "pip", "list", "--format=freeze"]).stdout.lower().split()
    assert {line.split("==")[0] for line in listed} - {"pip", "setuptools", "wheel"} == {"kemilua", "cffi", "pycparser"}


@pytest.fixture(scope="module")
def extension(archives: Archives, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extension module out of the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.unpack_archive(archives.wheel, folder, format="zip")
    (found,) = (folder / "kemilua").glob("_kemilua.*.so")
    return found


def symbols(*arguments: str | Path) -> str:
    if sys.platform != "linux" or shutil.which("nm") is None:
        pytest.skip("nm (package binutils) is not installed" if sys.platform == "linux" else "symbol tables are read on Linux only")
    return run(["nm", *arguments]).stdout


def test_entry_point_and_lua_s_api_are_exported(extension: Path) -> None:
    names = {line.split()[-1] for line in symbols("-D", "--defined-only", extension).splitlines()}
    assert {name for name in names if not name.startswith(("lua_", "luaL_"))} == {"PyInit__kemilua", "PyInit__cpython"}
    assert {"lua_newstate", "lua_pushfstring", "luaL_checkversion_", "luaL_setfuncs"} <= names


def test_nothing_takes_the_place_of_lua_s_functions_for_ours(extension: Path) -> None:
    """A relocation that names one would be resolved by whatever is loaded first."""
    if shutil.which("readelf") is None:
        pytest.skip("readelf (package binutils) is not installed")
    lines = run(["readelf", "--relocs", "--wide", extension]).stdout.splitlines()
    assert [line for line in lines if " lua" in line] == []


def test_no_name_of_lua_or_ours_is_left_to_be_resolved(extension: Path) -> None:
    undefined = [line.split()[-1] for line in symbols("-D", "--undefined-only", extension).splitlines()]
    assert [name for name in undefined if name.startswith(OURS)] == []


def test_module_is_stripped(extension: Path) -> None:
    assert symbols("--defined-only", extension).strip() == ""


def test_a_build_without_any_source_of_lua_says_what_to_do(root: Path, build_tools: None, tmp_path: Path) -> None:
    checkout = copy(root, tmp_path / "checkout", lua=False)
    command = [sys.executable, "-m", "pip", "install", "--no-build-isolation", "--no-deps", "--target", tmp_path / "out", checkout]
    done = subprocess.run(command, env=no_network(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert done.stdout.count("neither here nor to be had") + done.stderr.count("neither here nor to be had") == 1
    assert "KEMILUA_LUA_SOURCE" in done.stdout + done.stderr


def test_a_release_is_optimised_by_what_messages_counted(archives: Archives) -> None:
    (build,) = archives.unpacked.glob("build/*-Release")
    if not any('set(CMAKE_C_COMPILER_ID "GNU")' in path.read_text() for path in build.glob("CMakeFiles/*/CMakeCCompiler.cmake")):
        pytest.skip("the C compiler is not GCC, which alone is asked to count")
    counted = {path.relative_to(build / "profile") for path in (build / "profile").rglob("*.gcda")}
    assert {"lvm.c.gcda", "dispatch.c.gcda", "uri.c.gcda"} <= {path.name for path in counted}
    assert all((build / path).is_file() and (build / path.with_suffix(".o")).is_file() for path in counted)
