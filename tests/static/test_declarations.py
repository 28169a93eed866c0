"""The cffi step: what it makes of a header, and how it refuses what cffi cannot read."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

HEADER = """\
#include <stdint.h>
#define KL_PYTHON
/* cffi: from here */
{body}
/* cffi: to here */
#endif
"""


@pytest.fixture(scope="module")
def step(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_cffi", root / "tools" / "build_cffi.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_only_the_marked_part_is_taken(step: ModuleType) -> None:
    assert step.declarations(HEADER.format(body="int kl_one(void);")).split("\n")[3:] == ["int kl_one(void);", ""]


def test_lines_keep_their_numbers(step: ModuleType) -> None:
    text = HEADER.format(body="int kl_one(void);\nint kl_two(void);")
    assert step.declarations(text).split("\n").index("int kl_two(void);") == text.split("\n").index("int kl_two(void);")


def test_python_implementations_become_extern_python(step: ModuleType) -> None:
    assert 'extern "Python+C" int kl_py_one(int a);' in step.declarations(HEADER.format(body="KL_PYTHON int kl_py_one(int a);"))


@pytest.mark.parametrize("line", ["#define KL_ONE 1", "#define KL_MINUS -1", "#define KL_MASK 0xffu /* why */"])
def test_integer_constants_are_kept(step: ModuleType, line: str) -> None:
    assert line in step.declarations(HEADER.format(body=line))


UNREADABLE = [
    "#include <stddef.h>",
    "#ifdef X",
    "#define KL_MAX(a, b) a",
    '#define KL_NAME "x"',
    "int kl_a(void); KL_PYTHON int kl_b(void);",
]


@pytest.mark.parametrize("line", UNREADABLE)
def test_what_cffi_cannot_read_is_refused_with_its_line(step: ModuleType, line: str) -> None:
    with pytest.raises(step.HeaderError, match=r"^line 5: .*"):
        step.declarations(HEADER.format(body="int kl_one(void);\n" + line))


@pytest.mark.parametrize("text", ["int kl_one(void);", "/* cffi: from here */\n", "/* cffi: to here */\n/* cffi: from here */\n"])
def test_missing_or_swapped_markers_are_refused(step: ModuleType, text: str) -> None:
    with pytest.raises(step.HeaderError, match="cffi: "):
        step.declarations(text)


def test_names_that_cross_begin_with_kl(step: ModuleType, root: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", step.declarations((root / "csrc" / "kemilua.h").read_text(encoding="utf-8")), flags=re.DOTALL)
    functions = re.findall(r"\b(\w+)\s*\(", text)
    assert functions
    assert [name for name in functions if not name.startswith("kl_")] == []
