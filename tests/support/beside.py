"""`kemilua serve` and Debian's Kamailio beside each other on 127.0.0.1, with the same script."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from builders import request
from command import environment
from kamailio import HOST, Server, free_port, kamailio, server

MODULES = ["kex", "kemix", "corex", "tm", "tmx", "sl", "rr", "pv", "maxfwd", "siputils", "uac_redirect"]
MODPARAMS = {"uac_redirect": {"acc_function": ""}}
"""Without it Kamailio's uac_redirect asks for the module acc."""
OWN_MODPARAMS = {"tm": {"reply_matching": "0"}}
"""A reply that comes after the end of its transaction is acknowledged, as Kamailio 5.6 does, which has no such parameter. By the default of
later ones, 1, it goes to the caller: tm.fork.late_487_rm1 of tests/stateful."""


def greeting(client: int, port: int) -> bytes:
    """An OPTIONS, which a script has to answer."""
    return request(uri=f"sip:{HOST}:{port}").replace(b"198.51.100.7:5060", f"{HOST}:{client}".encode())


@contextmanager
def ours(folder: Path, script: Path) -> Iterator[Server]:
    """Run `kemilua serve` on a script, with two workers."""
    port = free_port()
    command = [sys.executable, "-m", "kemilua", "serve", str(script), "--listen", f"udp:{HOST}:{port}", "--workers", "2"]
    for module, pairs in [*MODPARAMS.items(), *OWN_MODPARAMS.items()]:
        for name, value in pairs.items():
            command += ["--modparam", module, name, value]
    variables = [f"{name}={value}" for name, value in environment().items() if name.startswith("PYTHON")]
    with server(["env", *variables, *command], port, folder / "kemilua.log", greeting) as running:
        yield running


@contextmanager
def theirs(folder: Path, script: Path) -> Iterator[Server]:
    """Run Kamailio on a script, with one worker."""
    with kamailio(folder, script, greeting, modules=MODULES, modparams=MODPARAMS, aliases=()) as running:
        yield running


SIDES: dict[str, Callable[[Path, Path], AbstractContextManager[Server]]] = {"ours": ours, "kamailio": theirs}
