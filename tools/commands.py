"""Write docs/reference/commands.md: every RPC command there is, out of the registry that runs them.

    python tools/commands.py [--write]

Without --write it prints the page. tests/docs/test_pages.py fails when the page is not current.
"""

from __future__ import annotations

import sys
from pathlib import Path

import kemilua
from pages import REFERENCE, main

PAGE = REFERENCE / "commands.md"

HEAD = """\
# RPC commands

Made by `python tools/commands.py --write` out of the registry: {count} commands of an engine with all its modules.
`engine.rpc(name, *parameters)` and `kemilua rpc NAME [PARAMETER...]` run them, `engine.commands` has this table, and
`system.listMethods` and `system.methodHelp` tell of it by RPC. Names, results and faults are Kamailio's; a result that says
nothing is empty or a word such as `Ok. Key deleted.`

A fault is an `RpcError` with `code` and `text` as in Kamailio. Its `reason` says what Kamailio does not: why a script did not
load, which names are near one that there is not.

| command | parameters | what it does, and its result |
| --- | --- | --- |
"""


def pages() -> dict[Path, str]:
    """The page, by its file."""
    with kemilua.Engine() as engine:
        commands = engine.commands.values()
    rows = [f"| `{one.name}` | {f'`{one.parameters}`' if one.parameters else ''} | {one.help} |\n" for one in commands]
    return {PAGE: HEAD.format(count=len(rows)) + "".join(rows)}


if __name__ == "__main__":
    sys.exit(main(pages, sys.argv[1:]))
