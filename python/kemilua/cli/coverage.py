"""Print which KSR functions are registered, of how many that Kamailio exports, by module, as Markdown."""

from __future__ import annotations

import argparse

from kemilua.coverage import coverage, markdown

NAME = "coverage"
HELP = "tell how much of KEMI is there"
HEAD = """\
# How much of KEMI is there

Made by `kemilua coverage > docs/coverage.md`: the functions that an engine registers, beside the list of all that Kamailio 6.2
exports. A function that is registered works; one that is missing is nil, as in a Kamailio without it. `KSR.x` is in no such list.

"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `kemilua coverage` takes: nothing."""


def main(options: argparse.Namespace) -> int:
    """Print the page."""
    print(HEAD + markdown(coverage()), end="")
    return 0
