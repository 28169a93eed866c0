"""Load scripts and run one RPC command, such as app_lua.list or app_lua.api_list; its result is printed as JSON."""

from __future__ import annotations

import argparse
import json

from kemilua.cli.files import script_of
from kemilua.cli.options import UsageError, add_engine_arguments, make_engine, one_reader, value_of
from kemilua.rpc import is_awaited, unknown

NAME = "rpc"
HELP = "run an RPC command on an engine with the given scripts"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `kemilua rpc` takes."""
    parser.add_argument("method", metavar="METHOD", help="such as system.listMethods, which tells the others, and system.methodHelp")
    parser.add_argument("parameters", metavar="PARAMETER", nargs="*", help="its parameters")
    add_engine_arguments(parser)


def main(options: argparse.Namespace) -> int:
    """Print the result; an RpcError is the caller's to report."""
    one_reader(options.load)
    with make_engine(options, [script_of(name) for name in options.load]) as engine:
        if options.method not in engine.commands:
            raise UsageError(str(unknown(engine, options.method).reason))
        result = engine.rpc(options.method, *map(value_of, options.parameters))
        if is_awaited(result):
            raise UsageError(f"{options.method}: its answer comes from a peer, and this engine has no network")
        print(json.dumps(result, indent=2))
    return 0
