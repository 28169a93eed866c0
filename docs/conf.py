"""How Sphinx makes the documentation site: CONTRIBUTING.md has the command.

The pages are Markdown, as they are read in the checkout. The reference of Python is made from the docstrings of the package
as it is imported, so that what is written in C is in it. Links to files of the checkout that are no pages lead to the repository.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import kemilua
from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parent.parent
REPOSITORY = "https://github.com/kemilua/kemilua"

project = "kemilua"
author = "kemilua developers"
version = release = kemilua.__version__
html_title = f"kemilua {release}"
html_theme = "furo"
html_theme_options = {"source_repository": REPOSITORY, "source_branch": "main", "source_directory": "docs/"}
html_copy_source = False

extensions = ["myst_parser", "sphinx.ext.autodoc"]
root_doc = "index"
exclude_patterns = ["reference/examples"]
myst_heading_anchors = 4

default_role = "code"  # docstrings write `name` as Markdown does
autodoc_default_options = {"members": True, "undoc-members": True}
autoclass_content = "both"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
# What is no public name of ours: the inventory of the standard library would have to be fetched.
nitpick_ignore_regex = [("py:.*", r"(?!kemilua\.[A-Z]).*")]

LINK = re.compile(r"\]\((\.\./[^)#\s]+)")


def lead_to_the_repository(app: Sphinx, name: str, text: list[str]) -> None:
    """Turn relative links out of this folder into links to the repository."""

    def target(match: re.Match[str]) -> str:
        path = (Path(app.env.doc2path(name)).parent / match[1]).resolve()
        if path.is_relative_to(app.srcdir):
            return match[0]
        return f"]({REPOSITORY}/{'tree' if path.is_dir() else 'blob'}/main/{path.relative_to(ROOT).as_posix()}"

    text[0] = LINK.sub(target, text[0])


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("source-read", lead_to_the_repository)
    return {"parallel_read_safe": True}
