"""Play stateful scenarios and show what differs from the recordings of Kamailio.

    python tests/support/play.py tm.fork.late_487_rm0           one: its differences, and what the engine complained of
    python tests/support/play.py 'tm.fork.*' 'tm.cancel.*'      several: a line each, and how many are equal
    python tests/support/play.py tm_fork                        a group

`--story` tells in order of time what happened here, `--messages` whole messages within it, `--recorded` the same of the recording;
`--lua` shows the script, `--all` also what is equal, `--level dbg` more log lines. `--engines 3` plays on several, `--force` plays
what this build lacks something for. The exit code is 1 when something differs.
"""

from __future__ import annotations

import argparse
import fnmatch
import logging
import sys
from collections.abc import Iterator

import kemilua
from stateful.compare import Comparison, compare
from stateful.lacks import lacks, named, playable
from stateful.player import play
from stateful.scenario import Scenario, scenarios
from stateful.show import recorded, shown, story


def chosen(patterns: list[str]) -> list[Scenario]:
    """The scenarios whose id or group fits a pattern."""
    return [one for one in scenarios() if any(fnmatch.fnmatchcase(name, pattern) for name in (one.id, one.group) for pattern in patterns)]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("patterns", nargs="+", metavar="ID", help="ids or groups, with * and ?")
    parser.add_argument("--all", action="store_true", help="show also what is equal")
    parser.add_argument("--story", action="store_true", help="tell what happened here, in order of time")
    parser.add_argument("--messages", action="store_true", help="whole messages in the story")
    parser.add_argument("--recorded", action="store_true", help="tell what was recorded, in order of time")
    parser.add_argument("--lua", action="store_true", help="show the script")
    parser.add_argument("--level", default="info", help="Kamailio's log level")
    parser.add_argument("--engines", type=int, default=1, help="play on several, each message on its owner")
    parser.add_argument("--force", action="store_true", help="play also what this build lacks something for")
    parser.add_argument("--details", action="store_true", help="show every scenario as if it were the only one")
    return parser.parse_args()


def header(one: Scenario) -> Iterator[str]:
    yield f"==== {one.id}: {one.shows}"
    params = ", ".join(f"{module}.{name}={value}" for module, name, value in one.modparams)
    yield f"     {params or 'no parameters'}; peers " + ", ".join(f"{name} {place}" for name, place in one.peers.items())


def details(one: Scenario, comparison: Comparison, options: argparse.Namespace) -> Iterator[str]:
    yield from header(one)
    if options.lua:
        yield one.script
    if options.recorded:
        yield "---- recorded"
        yield from recorded(one, messages=options.messages)
    if options.story or options.messages:
        yield "---- played"
        yield from story(comparison.played, messages=options.messages)
    yield from shown(comparison, everything=options.all)
    problems = len(comparison.problems)
    yield "equal" if problems == 0 else "1 difference" if problems == 1 else f"{problems} differences"


def main() -> int:
    logging.getLogger("kemilua").addHandler(logging.NullHandler())  # what it logs is shown with the rest
    options = arguments()
    found = chosen(options.patterns)
    if not found:
        print(f"no scenario of {', '.join(options.patterns)}", file=sys.stderr)
        return 2
    outcomes = [_run(one, options, whole=len(found) == 1 or options.details) for one in found]
    if len(found) > 1:
        for outcome in sorted(set(outcomes)):
            print(f"{outcome}: {outcomes.count(outcome)} of {len(outcomes)}")
    return int("differs" in outcomes)


def _run(one: Scenario, options: argparse.Namespace, *, whole: bool) -> str:
    """Play one and print what is to be known; the outcome in a word."""
    missing = lacks(one)
    if missing and not options.force:
        print(f"{one.id}: not in this build: {named(missing)}")
        return "not in this build"
    try:
        comparison = compare(play(one, playable(one), log_level=options.level, engines=options.engines))
    except kemilua.KemiluaError as error:
        print(f"{one.id}: {type(error).__name__}: {error}")
        return "differs"
    if whole:
        print("\n".join(details(one, comparison, options)))
    else:
        print(f"{one.id}: {comparison.problems[0] if comparison.problems else 'equal'}")
    return "equal" if comparison.equal else "differs"


if __name__ == "__main__":
    sys.exit(main())
