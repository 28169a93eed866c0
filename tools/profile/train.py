"""Runs routing as it is in service through an extension module that counts what it does.

cmake/Profile.cmake builds that one, and optimises the next by its counts:

    python train.py _kemilua.so
"""

from __future__ import annotations

import sys
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROUNDS = 500
HTABLES = ["users=>size=8;autoexpire=300;", "counts=>size=8;", "rate=>size=8;autoexpire=10;", "banned=>size=8;autoexpire=600;"]
SERVER, CLIENT = ("192.0.2.1", 5060), ("198.51.100.7", 5062)


def load(extension: str) -> None:
    """Make that file the extension module of this checkout's package."""
    name = "kemilua._kemilua"
    spec = spec_from_file_location(name, extension, loader=ExtensionFileLoader(name, extension))
    if spec is None or spec.loader is None:
        raise ImportError(f"{extension} is no extension module")
    sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
    sys.path.insert(0, str(HERE.parent.parent / "python"))


def main(extension: str) -> None:
    """Send every message through the script, again and again, as a datagram and from a stream."""
    load(extension)
    import kemilua

    engine = kemilua.Engine(
        [HERE / "route.lua"],
        listen=["udp:192.0.2.1:5060", "tcp:192.0.2.1:5060"],
        aliases=["example.com"],
        modparams={"htable": {"htable": HTABLES}},
        log_level="ALERT",
        strict=True,
    )
    messages = [path.read_bytes() for path in sorted((HERE / "messages").glob("*.sip"))]
    stream, effects = kemilua.Stream(), 0
    for now in range(ROUNDS):
        for data in messages:
            effects += len(engine.receive_datagram(data, CLIENT, SERVER, "udp", now / 10))
        effects += len(engine.receive_stream(stream, b"".join(messages), CLIENT, SERVER, "tcp", now / 10))
    if engine.failures:
        raise engine.last_failure or RuntimeError("a message failed")
    if effects < ROUNDS * len(messages):
        raise RuntimeError(f"{ROUNDS * len(messages)} messages had only {effects} effects: the script does not do its work")


if __name__ == "__main__":
    main(sys.argv[1])
