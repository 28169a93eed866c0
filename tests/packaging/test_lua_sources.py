"""vendor/lua/populate.py: which source is taken, that every file is checked, and what a failure says.

Each test runs copies of the scripts in a folder of its own, with a network that refuses everything but loopback."""

from __future__ import annotations

import hashlib
import http.server
import io
import json
import shutil
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from checkout import REFUSED, environment

PACKAGE = "lupa-2.8/third-party/lua54"
RELEASE = "lua-5.4.8/src"

pytestmark = pytest.mark.packaging

Populate = Callable[..., "subprocess.CompletedProcess[str]"]
Sources = dict[str, bytes]


@pytest.fixture(scope="module")
def sources(root: Path) -> Sources:
    """The real files, as an earlier build or an sdist left them."""
    folder = root / "vendor" / "lua" / "src"
    if not folder.is_dir():
        pytest.skip("vendor/lua/src is not populated; a build from this checkout does that")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def populate(root: Path, tmp_path: Path) -> Populate:
    """Return a function that runs the script; no index, no upstream, no source is named unless a test does so."""
    for name in ("populate.py", "pip_sdist.py", "pin.json"):
        shutil.copy(root / "vendor" / "lua" / name, tmp_path)
    closed = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), REFUSED)
    closed |= {"PIP_CONFIG_FILE": "/dev/null", "PIP_NO_INDEX": "1", "no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"}
    cleared = dict.fromkeys(("KEMILUA_LUA_SOURCE", "PIP_FIND_LINKS", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"))

    def run(*arguments: str, **variables: str | None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, tmp_path / "populate.py", *arguments, tmp_path / "src"]
        env = environment(**{**closed, **cleared, **variables})
        return subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    return run


def tar(target: Path, folder: str, files: Sources) -> Path:
    with tarfile.open(target, "w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return target


def directory(target: Path, files: Sources) -> Path:
    target.mkdir(parents=True)
    for name, content in files.items():
        (target / name).write_bytes(content)
    return target


def tampered(files: Sources) -> Sources:
    return {**files, "lvm.c": files["lvm.c"] + b"\n"}


def without(files: Sources, name: str) -> Sources:
    return {key: content for key, content in files.items() if key != name}


def filled(folder: Path) -> Sources:
    return {path.name: path.read_bytes() for path in (folder / "src").iterdir()}


# ------------------------------------------------------------------------------------------------------- named sources
def test_directory_named_by_the_option_is_taken(populate: Populate, sources: Sources, tmp_path: Path) -> None:
    named = directory(tmp_path / "given", sources)
    assert populate("--source", str(named)).returncode == 0
    assert filled(tmp_path) == sources


def test_directory_named_by_the_variable_may_hold_src(populate: Populate, sources: Sources, tmp_path: Path) -> None:
    directory(tmp_path / "given" / "src", sources)
    assert populate(KEMILUA_LUA_SOURCE=str(tmp_path / "given")).returncode == 0
    assert filled(tmp_path) == sources


def test_release_archive_is_taken_without_its_other_files(populate: Populate, sources: Sources, tmp_path: Path) -> None:
    archive = tar(tmp_path / "lua.tar.gz", RELEASE, {**sources, "luac.c": b"int main;"})
    assert populate("--source", str(archive)).returncode == 0
    assert filled(tmp_path) == sources


def test_zip_archive_is_taken(populate: Populate, sources: Sources, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "lua.zip", "w") as archive:
        for name, content in sources.items():
            archive.writestr(f"{RELEASE}/{name}", content)
    assert populate("--source", str(tmp_path / "lua.zip")).returncode == 0
    assert filled(tmp_path) == sources


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"not an archive", "no archive that can be read"), (None, "neither a directory nor an archive")],
    ids=["garbage", "absent"],
)
def test_unusable_named_source_stops_the_build(populate: Populate, tmp_path: Path, content: bytes | None, reason: str) -> None:
    if content is not None:
        (tmp_path / "given").write_bytes(content)
    done = populate("--source", str(tmp_path / "given"))
    assert done.returncode == 1
    assert reason in done.stderr
    assert str(tmp_path / "given") in done.stderr
    assert not (tmp_path / "src").exists()


# ------------------------------------------------------------------------------------------------------------ checking
def test_wrong_checksum_names_the_file_and_leaves_nothing(populate: Populate, sources: Sources, tmp_path: Path) -> None:
    done = populate("--source", str(directory(tmp_path / "given", tampered(sources))))
    assert done.returncode == 1
    assert "wrong checksum of lvm.c" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "src").exists()


def test_missing_file_is_named(populate: Populate, sources: Sources, tmp_path: Path) -> None:
    done = populate("--source", str(directory(tmp_path / "given", without(sources, "lzio.h"))))
    assert done.returncode == 1
    assert "lzio.h is missing" in done.stderr


def test_populated_folder_is_checked_too(populate: Populate, sources: Sources, tmp_path: Path) -> None:
    directory(tmp_path / "src", tampered(sources))
    done = populate()
    assert done.returncode == 1
    assert "wrong checksum of lvm.c" in done.stderr
    assert "delete this folder" in done.stderr


def test_second_run_fetches_nothing(populate: Populate, sources: Sources, tmp_path: Path) -> None:
    assert populate("--source", str(directory(tmp_path / "given", sources))).returncode == 0
    shutil.rmtree(tmp_path / "given")
    assert populate("--source", str(tmp_path / "given")).returncode == 0


# -------------------------------------------------------------------------------------------------------- package index
def test_no_reachable_source_names_the_ways_out(populate: Populate, tmp_path: Path) -> None:
    done = populate()
    assert done.returncode == 1
    for word in ("lua.org", "lupa 2.8", "KEMILUA_LUA_SOURCE", "index", "sdist"):
        assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "src").exists()


def test_archive_is_found_through_find_links(populate: Populate, sources: Sources, tmp_path: Path) -> None:
    links = tmp_path / "links"
    links.mkdir()
    tar(links / "lupa-2.8.tar.gz", PACKAGE, sources)
    done = populate(PIP_FIND_LINKS=str(links))
    assert done.returncode == 0, done.stderr
    assert filled(tmp_path) == sources


def test_archive_is_found_through_a_file_index_in_pip_conf(populate: Populate, sources: Sources, tmp_path: Path) -> None:
    folder = tmp_path / "index" / "lupa"
    folder.mkdir(parents=True)
    tar(folder / "lupa-2.8.tar.gz", PACKAGE, sources)
    (folder / "index.html").write_text('<!DOCTYPE html><a href="lupa-2.8.tar.gz">lupa-2.8.tar.gz</a>', encoding="utf-8")
    (tmp_path / "pip.conf").write_text(f"[global]\nindex-url = {folder.parent.as_uri()}\n", encoding="utf-8")
    done = populate(PIP_CONFIG_FILE=str(tmp_path / "pip.conf"), PIP_NO_INDEX=None)
    assert done.returncode == 0, done.stderr
    assert filled(tmp_path) == sources


def test_archive_of_the_index_is_checked_file_by_file(populate: Populate, sources: Sources, tmp_path: Path) -> None:
    links = tmp_path / "links"
    links.mkdir()
    tar(links / "lupa-2.8.tar.gz", PACKAGE, tampered(sources))
    done = populate(PIP_FIND_LINKS=str(links))
    assert done.returncode == 1
    assert "wrong checksum of lvm.c in the source distribution of lupa 2.8" in done.stderr


def test_index_without_the_version_is_a_refusal_among_the_ways_out(populate: Populate, sources: Sources, tmp_path: Path) -> None:
    links = tmp_path / "links"
    links.mkdir()
    tar(links / "lupa-2.7.tar.gz", PACKAGE, sources)
    done = populate(PIP_FIND_LINKS=str(links))
    assert done.returncode == 1
    assert "has no source distribution of lupa 2.8" in done.stderr


Pages = dict[str, tuple[str, bytes]]  # path -> content type and content


@pytest.fixture
def site() -> Iterator[tuple[str, Pages]]:
    """A web server on loopback; yields its address and the pages it serves, to be filled."""
    pages: Pages = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, content = pages.get(self.path, ("text/plain", b""))
            self.send_response(200 if content else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", pages
        server.shutdown()
        thread.join()


INDEX_PAGES = {
    "html": ("text/html", '<!DOCTYPE html><a href="/lupa-2.8.tar.gz">lupa-2.8.tar.gz</a>'),
    "json": (
        "application/vnd.pypi.simple.v1+json",
        json.dumps(
            {
                "meta": {"api-version": "1.0"},
                "name": "lupa",
                "files": [{"filename": "lupa-2.8.tar.gz", "url": "/lupa-2.8.tar.gz", "hashes": {}}],
            }
        ),
    ),
}


@pytest.mark.parametrize("kind", INDEX_PAGES)
def test_archive_is_found_through_an_http_index(
    populate: Populate, sources: Sources, tmp_path: Path, site: tuple[str, Pages], kind: str
) -> None:
    address, pages = site
    content_type, page = INDEX_PAGES[kind]
    pages["/simple/lupa/"] = (content_type, page.encode())
    pages["/lupa-2.8.tar.gz"] = ("application/gzip", tar(tmp_path / "lupa.tar.gz", PACKAGE, sources).read_bytes())
    done = populate(PIP_INDEX_URL=f"{address}/simple", PIP_NO_INDEX=None)
    assert done.returncode == 0, done.stderr
    assert filled(tmp_path) == sources


# ------------------------------------------------------------------------------------------------------------- upstream
def move_upstream(folder: Path, url: str, content: bytes) -> None:
    """Make the pin of the copied scripts name another archive."""
    pin = json.loads((folder / "pin.json").read_text(encoding="utf-8"))
    pin["archive"] |= {"url": url, "sha256": hashlib.sha256(content).hexdigest()}
    (folder / "pin.json").write_text(json.dumps(pin), encoding="utf-8")


def test_upstream_archive_is_taken(populate: Populate, sources: Sources, tmp_path: Path, site: tuple[str, Pages]) -> None:
    address, pages = site
    archive = tar(tmp_path / "lua.tar.gz", RELEASE, sources).read_bytes()
    move_upstream(tmp_path, f"{address}/lua.tar.gz", archive)
    pages["/lua.tar.gz"] = ("application/gzip", archive)
    done = populate()
    assert done.returncode == 0, done.stderr
    assert filled(tmp_path) == sources


def test_upstream_archive_with_another_checksum_stops_the_build(
    populate: Populate, sources: Sources, tmp_path: Path, site: tuple[str, Pages]
) -> None:
    address, pages = site
    move_upstream(tmp_path, f"{address}/lua.tar.gz", b"what was released")
    pages["/lua.tar.gz"] = ("application/gzip", tar(tmp_path / "lua.tar.gz", RELEASE, sources).read_bytes())
    done = populate()
    assert done.returncode == 1
    assert f"wrong checksum of {address}/lua.tar.gz" in done.stderr


def test_page_of_a_closed_proxy_is_passed_over(populate: Populate, sources: Sources, tmp_path: Path, site: tuple[str, Pages]) -> None:
    address, pages = site
    move_upstream(tmp_path, f"{address}/lua.tar.gz", b"what was released")
    pages["/lua.tar.gz"] = ("text/html", b"<html>not from here</html>")
    links = tmp_path / "links"
    links.mkdir()
    tar(links / "lupa-2.8.tar.gz", PACKAGE, sources)
    done = populate(PIP_FIND_LINKS=str(links))
    assert done.returncode == 0, done.stderr
    assert "lupa 2.8" in done.stdout
