"""The command line: `kemilua run`, `rpc`, `bench` and `coverage`; also `python -m kemilua`.

Exit codes: 0 good, 1 the script or a message failed, 2 wrong usage. Whatever goes wrong is one line on standard error.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from kemilua._logs import LOGGER
from kemilua._version import __version__
from kemilua.cli import bench, coverage, rpc, run
from kemilua.cli.options import UsageError
from kemilua.errors import KemiluaError

__all__ = ["main"]

COMMANDS = (run, rpc, bench, coverage)
"""Each has `NAME`, `HELP`, `add_arguments(parser)` and `main(options) -> exit code`."""

QUIET = logging.NullHandler()
"""Commands show what is logged themselves; without a handler, `logging` would print warnings besides."""

FAILED, USAGE, INTERRUPTED = 1, 2, 130


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"{self.prog}: {message} (try {self.prog} --help)\n")


def make_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = Parser(prog="kemilua", description="Runs Kamailio KEMI Lua routing scripts.")
    parser.add_argument("--version", action="version", version=f"kemilua {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in COMMANDS:
        sub = commands.add_parser(module.NAME, help=module.HELP, description=module.__doc__)
        sub.formatter_class = argparse.RawDescriptionHelpFormatter
        module.add_arguments(sub)
        sub.set_defaults(main=module.main)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    options = make_parser().parse_args(arguments)
    LOGGER.addHandler(QUIET)
    try:
        code: int = options.main(options)
        sys.stdout.flush()
        return code
    except UsageError as error:
        return complain(options.command, str(error), USAGE)
    except KemiluaError as error:
        return complain(options.command, str(error), FAILED)
    except BrokenPipeError:  # the reader has seen enough; Python would complain once more at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def complain(command: str, text: str, code: int) -> int:
    """Write one line to standard error; return the code."""
    first = text.splitlines()[0] if text else "failed"
    print(f"kemilua {command}: {first}", file=sys.stderr)
    return code
