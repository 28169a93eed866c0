"""Load scripts and run one RPC command, such as app_lua.list or app_lua.api_list; its result is printed as JSON."""

from __future__ import annotations

import argparse
import json

from kemilua.cli.options import UsageError, add_engine_arguments, check_scripts, make_engine, value_of
from kemilua.rpc import COMMANDS

NAME = "rpc"
HELP = "run an RPC command on an engine with the given scripts"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `kemilua rpc` takes."""
    parser.add_argument("method", metavar="METHOD", help=", ".join(sorted(COMMANDS)))
    parser.add_argument("parameters", metavar="PARAMETER", nargs="*", help="its parameters")
    add_engine_arguments(parser)


def main(options: argparse.Namespace) -> int:
    """Print the result; an RpcError is the caller's to report."""
    if options.method not in COMMANDS:
        raise UsageError(f"no such command: {options.method}; there are {', '.join(sorted(COMMANDS))}")
    check_scripts(options.load)
    with make_engine(options, options.load) as engine:
        print(json.dumps(engine.rpc(options.method, *map(value_of, options.parameters)), indent=2))
    return 0
