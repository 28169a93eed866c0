"""cmake/Profile.cmake: a release is optimised by what a first build counted, with GCC; what fails there leaves a build without."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from checkout import Archives, no_network, run

pytestmark = pytest.mark.packaging


def test_a_release_is_optimised_by_what_messages_counted(archives: Archives) -> None:
    (build,) = archives.unpacked.glob("build/*-Release")
    if not any('set(CMAKE_C_COMPILER_ID "GNU")' in path.read_text() for path in build.glob("CMakeFiles/*/CMakeCCompiler.cmake")):
        pytest.skip("the C compiler is not GCC, which alone is asked to count")
    counted = {path.relative_to(build / "profile") for path in (build / "profile").rglob("*.gcda")}
    assert {"lvm.c.gcda", "dispatch.c.gcda", "uri.c.gcda"} <= {path.name for path in counted}
    assert all((build / path).is_file() and (build / path.with_suffix(".o")).is_file() for path in counted)


def test_counting_that_fails_is_told_and_leaves_a_build_without(root: Path, tmp_path: Path) -> None:
    cmake = shutil.which("cmake")
    if cmake is None:
        pytest.skip("cmake is not installed; pip install 'kemilua[test]' brings it")
    places = {"SOURCE": tmp_path / "no source", "BINARY": tmp_path, "COUNTS": tmp_path / "profile", "GENERATOR": "Ninja"}
    (tmp_path / "old.c.gcda").write_bytes(b"of another source")
    done = run([cmake, *(f"-D{name}={value}" for name, value in places.items()), "-P", root / "cmake/train.cmake"], env=no_network())
    assert "built without profile-guided optimisation" in " ".join(done.stderr.split())
    assert (tmp_path / "profile/done").is_file()
    assert not list(tmp_path.rglob("*.gcda"))
