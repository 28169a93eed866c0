"""`pip install -e .` again after a change: what changed is compiled, the rest is not, and the change is seen."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest
from checkout import LUA, copy, new_environment, no_network, run

pytestmark = pytest.mark.packaging


class Editable:
    """A copy of the checkout, installed in editable mode into an environment of its own."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.checkout = copy(root, folder / "checkout")
        self.python = new_environment(folder / "environment")
        purelib = run([self.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).stdout.strip()
        # The build requirements and cffi are those of the environment the tests run in: nothing is downloaded.
        Path(purelib, "tests.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
        self.install()

    def install(self) -> None:
        options = ["--quiet", "--no-build-isolation", "--no-deps", "--config-settings=cmake.build-type=Debug"]
        run([self.python, "-m", "pip", "install", *options, "-e", self.checkout], env=no_network())

    def objects(self) -> dict[str, int]:
        """Return the compiled objects, "sip/uri.c" or "src/lvm.c", with their times."""
        found = {}
        for path in (self.checkout / "build").rglob("*.dir/**/*.c.o"):
            area = path.parent.name.removeprefix("kemilua_").removesuffix(".dir")  # kemilua_sip.dir, _kemilua.dir, kemilua_lua.dir/src
            found[f"{area}/{path.stem}"] = path.stat().st_mtime_ns
        return found

    def rebuilt(self, change: Callable[[Path], None]) -> set[str]:
        """Change the copy, install again, and return the objects that were compiled."""
        before = self.objects()
        change(self.checkout)
        self.install()
        return {name for name, time in self.objects().items() if before.get(name) != time}

    def evaluate(self, code: str) -> str:
        return run([self.python, "-c", f"from kemilua._kemilua import ffi, lib; print({code})"]).stdout.strip()


@pytest.fixture(scope="module")
def editable(root: Path, build_tools: None, tmp_path_factory: pytest.TempPathFactory) -> Editable:
    return Editable(root, tmp_path_factory.mktemp("editable"))


def replace(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(checkout: Path) -> None:
        text = (checkout / name).read_text(encoding="utf-8")
        assert old in text
        (checkout / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def test_nothing_changed_compiles_nothing(editable: Editable) -> None:
    assert editable.rebuilt(lambda checkout: None) == set()


def test_a_changed_python_file_is_seen_without_a_build(editable: Editable) -> None:
    replace("python/kemilua/_version.py", '"0.', '"90.')(editable.checkout)
    assert run([editable.python, "-c", "from kemilua._version import __version__; print(__version__)"]).stdout.startswith("90.")


def test_a_changed_source_is_compiled_alone(editable: Editable) -> None:
    assert editable.rebuilt(replace("csrc/base/status.c", '"out of memory"', '"out of paper"')) == {"base/status.c"}
    assert editable.evaluate("ffi.string(lib.kl_status_text(lib.KL_ENOMEM)).decode()") == "out of paper"


def test_a_changed_header_compiles_its_includers_alone(editable: Editable) -> None:
    compiled = editable.rebuilt(replace("csrc/vm/vm.h", "#ifndef", "\n#ifndef"))
    assert compiled
    patched = {"patched/lvm.c", "patched/ltable.c"}  # of Lua's own files, those that ask vm/paths.h
    assert all(name.startswith(("vm/", "kemi/", "engine/", "net/", "cpython/")) for name in compiled - patched)


def test_a_changed_declaration_reaches_python(editable: Editable) -> None:
    compiled = editable.rebuilt(replace("csrc/kemilua.h", "/* cffi: to here */", "#define KL_PROBE 4711\n/* cffi: to here */"))
    assert "_kemilua/_kemilua.c" in compiled
    assert "src/lvm.c" not in compiled
    assert editable.evaluate("lib.KL_PROBE") == "4711"


def test_lua_is_not_fetched_and_not_compiled_again(editable: Editable) -> None:
    before = (editable.checkout / LUA).stat().st_mtime_ns
    assert editable.rebuilt(replace("CMakeLists.txt", "# kemilua:", "# kemilua,")) == set()
    assert (editable.checkout / LUA).stat().st_mtime_ns == before


def test_interpreter_is_the_one_of_the_tests(editable: Editable) -> None:
    """The borrowed build requirements fit only their own version."""
    assert run([editable.python, "-c", "import sys; print(sys.version)"]).stdout.strip() == sys.version
