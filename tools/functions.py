"""Write docs/reference/functions.md: every KSR function there is, out of the table that dispatches them.

    python tools/functions.py [--write]

Without --write it prints the page. tests/docs/test_pages.py fails when the page is not current.
"""

from __future__ import annotations

import sys

import kemilua
from pages import REFERENCE, main

PAGE = REFERENCE / "functions.md"

HEAD = """\
# KSR functions

Made by `python tools/functions.py --write` out of the table that dispatches them: {count} functions in {modules} modules, with
the types that Kamailio declares. `xval` is any value; `none` gives 0, or false without parameters. Beside these there are
`KSR.x.exit`, `KSR.x.drop`, `KSR.x.probe` and `KSR.x.modf`.
"""


def page() -> str:
    """The text of the page."""
    with kemilua.Engine() as engine:
        functions = [method["func"] for method in engine.rpc("app_lua.api_list")["methods"]]
    modules = sorted({function["module"] for function in functions})
    parts = [HEAD.format(count=len(functions), modules=len(modules))]
    for module in modules:
        parts.append(f"\n## {'KSR.' + module if module else 'KSR'}\n\n| function | parameters | result |\n| --- | --- | --- |\n")
        for function in sorted((one for one in functions if one["module"] == module), key=lambda one: one["name"]):
            params = "" if function["params"] == "none" else function["params"]
            parts.append(f"| `{function['name']}` | {params} | {function['ret']} |\n")
    return "".join(parts)


if __name__ == "__main__":
    sys.exit(main(page, PAGE, sys.argv[1:]))
