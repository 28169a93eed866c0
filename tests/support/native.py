"""Builds by CMake's presets, and what must be installed for them."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from checkout import run


def tool(name: str) -> str:
    """Return the path of a build tool: beside this interpreter, where the [test] extra puts it, or on PATH."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed; pip install 'kemilua[test]' brings it")
    return found


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other processes of the same run out, which may want the same build."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def configured(root: Path, preset: str) -> Path:
    """Configure a preset; return its folder, in which compile_commands.json is."""
    build = root / "build" / preset
    command = [tool("cmake"), "--preset", preset, f"-DCMAKE_MAKE_PROGRAM={tool('ninja')}", f"-DPython_EXECUTABLE={sys.executable}"]
    with alone(build):
        run(command, cwd=root)
    return build


def built(root: Path, preset: str, targets: Sequence[str] = ()) -> Path:
    """Configure and build a preset, or some targets of it; return its folder. A build that is there already takes a moment."""
    build = configured(root, preset)
    with alone(build):
        run([tool("cmake"), "--build", build, *(["--target", *targets] if targets else [])], cwd=root)
    return build


def compiles(compiler: str, text: str, flags: str, folder: Path) -> bool:
    """Tell whether a compiler makes a program of this text with these flags."""
    (folder / "probe.c").write_text(text, encoding="utf-8")
    command = [*compiler.split(), *flags.split(), "probe.c", "-o", "probe"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


def require_sanitizers(folder: Path) -> None:
    """Skip where the C compiler has no sanitizers."""
    compiler = os.environ.get("CC") or shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler (cc) is installed")
    if not compiles(compiler, "int main(void) { return 0; }\n", "-fsanitize=address,undefined", folder):
        pytest.skip("the C compiler has no address and undefined-behaviour sanitizer (its package is libasan or compiler-rt)")


def require_fuzzer(folder: Path) -> None:
    """Skip where clang or libFuzzer is absent."""
    if shutil.which("clang") is None:
        pytest.skip("clang is not installed (Debian's package is clang)")
    text = "int LLVMFuzzerTestOneInput(const char *s, unsigned long n) { return !s && n; }\n"
    if not compiles("clang", text, "-fsanitize=fuzzer,address,undefined", folder):
        pytest.skip("clang has no libFuzzer (Debian's package is libclang-rt-dev of its version)")
