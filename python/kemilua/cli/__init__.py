"""The command line: `kemilua run`, `serve`, `rpc`, `bench` and `coverage`; also `python -m kemilua`.

Exit codes: 0 good, 1 the script or a message failed, 2 wrong usage. Whatever goes wrong is one line on standard error.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from kemilua._logs import logger
from kemilua._version import __version__
from kemilua.cli import bench, coverage, rpc, run, serve
from kemilua.cli.options import UsageError
from kemilua.cli.show import complain
from kemilua.errors import KemiluaError

__all__ = ["main"]

COMMANDS = (run, serve, rpc, bench, coverage)
"""Each has `NAME`, `HELP`, `add_arguments(parser)` and `main(options) -> exit code`."""

QUIET = logging.NullHandler()
"""Commands show what is logged themselves; without a handler, `logging` would print warnings besides."""

FAILED, USAGE, INTERRUPTED = 1, 2, 130


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        complain(self.prog, f"{message} (try {self.prog} --help)")
        sys.exit(USAGE)

    def _print_message(self, message: str, file: Any = None) -> None:  # argparse's own swallows what a full disk says
        if message:
            print(message, end="", file=file or sys.stdout)


def make_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = Parser(prog="kemilua", description="RoundTrip Kamailio KEMI Lua routing scripts.")
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
    logger().addHandler(QUIET)
    name = "kemilua"
    try:
        _open_output()
        options = make_parser().parse_args(arguments)
        name = f"kemilua {options.command}"
        code: int = options.main(options)
    except SystemExit as end:  # argparse, after --help or a complaint
        code = end.code if isinstance(end.code, int) else FAILED
    except UsageError as error:
        code = complain(name, str(error), USAGE)
    except KemiluaError as error:
        code = complain(name, str(error), FAILED)
    except MemoryError:
        code = complain(name, "out of memory", FAILED)
    except RecursionError:
        code = complain(name, "nested too deeply", FAILED)
    except KeyboardInterrupt:
        code = complain(name, "interrupted", INTERRUPTED)
    except OSError as error:
        return _give_up(name, error)
    try:
        sys.stdout.flush()
    except OSError as error:
        return _give_up(name, error)
    return code


def _open_output() -> None:
    """Texts that the terminal cannot write are escaped, whatever its encoding; a closed standard output is an error like a full one."""
    if sys.stdout is None:
        raise OSError(0, "standard output is closed")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _give_up(name: str, error: OSError) -> int:
    """Say why output cannot be written, but for a reader that has seen enough; Python would complain once more at exit."""
    if not isinstance(error, BrokenPipeError):
        complain(name, f"cannot write: {error.strerror or error}", FAILED)
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILED
