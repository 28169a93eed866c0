"""Fetch one source distribution through the package index that pip is configured with.

    python pip_sdist.py NAME VERSION FILE

`pip download` would build the metadata of the package first, which takes a minute; this asks pip's own finder for the
archive's address and pip's own session for its bytes. So pip.conf, the PIP_* variables, mirrors, file indexes, find-links,
certificates, proxies and credentials mean what they mean to pip, and no index is named here. These are internals of pip, used
the same way since 20.3; what they raise is reported in one line, and the caller has other ways.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any


def fetch(name: str, version: str) -> bytes:
    from pip._internal.commands import create_command

    command: Any = create_command("download")
    options, _ = command.parse_args([f"{name}=={version}", "--no-deps", "--no-binary", name, "--ignore-requires-python", "--quiet"])
    with command.main_context():
        session = command.get_default_session(options)
        finder = command._build_package_finder(options, session, ignore_requires_python=True)
        links = [candidate.link for candidate in finder.find_all_candidates(name) if str(candidate.version) == version]
        links = [link for link in links if not link.is_wheel]
        if not links:
            raise LookupError(f"the index pip is configured with has no source distribution of {name} {version}")
        return download(session, links[0])


def download(session: Any, link: Any) -> bytes:
    if link.is_file:
        return Path(link.file_path).read_bytes()
    response = session.get(link.url_without_fragment, headers={"Accept-Encoding": "identity"})  # no gunzip on the way
    response.raise_for_status()
    content: bytes = response.content
    return content


def main(arguments: list[str]) -> int:
    name, version, target = arguments
    try:
        Path(target).write_bytes(fetch(name, version))
    except ModuleNotFoundError as error:
        print(f"no pip beside {sys.executable}: {error}", file=sys.stderr)
        return 1
    except Exception as error:  # pip's own classes: whatever it is, the build must end with one line
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
