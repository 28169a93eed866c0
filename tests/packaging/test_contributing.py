"""CONTRIBUTING.md is followed in a copy of the checkout: its module is added, built, and called as its test calls it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from builders import request
from checkout import copy, environment, no_network, run

pytestmark = pytest.mark.packaging


def block(page: str, language: str, beginning: str) -> str:
    """The one block of code of a language that begins like that."""
    (text,) = re.findall(rf"^```{language}\n({re.escape(beginning)}.*?)^```$", page, re.MULTILINE | re.DOTALL)
    return str(text)


@pytest.fixture(scope="module")
def built(root: Path, build_tools: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with kemilua as it is with the page's module."""
    page = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    folder = tmp_path_factory.mktemp("contributing")
    checkout, target = copy(root, folder / "checkout"), folder / "installed"
    (checkout / "csrc" / "modules" / "hello.c").write_text(block(page, "c", "/* hello.c"), encoding="utf-8")
    with (checkout / "csrc" / "modules" / "list.def").open("a", encoding="utf-8") as modules:
        modules.write(block(page, "c", "MODULE("))
    options = ["--quiet", "--no-build-isolation", "--no-deps", "--config-settings=cmake.build-type=Debug"]
    env = no_network() | {"SKBUILD_CMAKE_DEFINE": "KEMILUA_WERROR=ON"}
    run([sys.executable, "-m", "pip", "install", *options, "--target", target, checkout], env=env)
    return target


def evaluate(built: Path, code: str) -> str:
    program = f"""
import sys
sys.path.insert(0, {str(built)!r})
import kemilua
print(kemilua.Engine(modules=["hello"], log_level="alert").eval({code!r}, message={request()!r}))
"""
    return run([sys.executable, "-c", program], cwd=built, env=environment(PYTHONPATH=None)).stdout.strip()


def test_module_of_the_page_works_as_its_test_says(root: Path, built: Path) -> None:
    page = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    ((call, result),) = re.findall(r'assert ask\("(KSR\.hello\..*)"\) == "(.*)"', block(page, "python", "def test_"))
    assert evaluate(built, f"return {call}") == f"('{result}',)"


def test_row_of_the_page_is_checked_like_any(built: Path) -> None:
    assert evaluate(built, "return KSR.hello.greet()") == "(False,)"
