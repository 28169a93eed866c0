"""Growth with the size, counted in branches of code by the program of tests/c/steps."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from checkout import run
from native import built, compiles

pytestmark = pytest.mark.sanitizer


def test_work_grows_no_faster_than_the_size(root: Path, tmp_path: Path) -> None:
    compiler = os.environ.get("CC") or shutil.which("cc")
    text = "void __sanitizer_cov_trace_pc(void) {}\nint main(void) { return 0; }\n"
    if compiler is None or not compiles(compiler, text, "-fsyntax-only -fsanitize-coverage=trace-pc", tmp_path):
        pytest.skip("no C compiler that counts branches (-fsanitize-coverage=trace-pc) is installed")
    program = built(root, "steps") / "tests" / "c" / "steps" / "growth"
    done = run([program], cwd=tmp_path)
    assert done.stdout.count(" steps, ") == 2 * 33
