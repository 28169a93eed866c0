"""cmake/Profile.cmake: counting that fails leaves a build without it; test_archives.py looks at one that went well."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from checkout import no_network, run

pytestmark = pytest.mark.packaging


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
