"""The page of the command line tells every option of every command, and none besides."""

from __future__ import annotations

import argparse
import re

import pytest
from kemilua.cli import COMMANDS, make_parser
from kemilua.cli.options import add_engine_arguments, add_message_arguments

SHARED = {"messages": add_message_arguments, "engine": add_engine_arguments}


@pytest.fixture
def page(root):
    return (root / "docs" / "reference" / "command-line.md").read_text()


def section(page: str, heading: str) -> str:
    """What stands under a heading."""
    text = re.split(r"^## ", page, flags=re.MULTILINE)
    (found,) = [part for part in text if re.match(rf"{heading}(?![a-z])", part)]
    return found


def told(text: str) -> set[str]:
    return set(re.findall(r"`(--[a-z-]+)", text)) - {"--help"}


def options(parser: argparse.ArgumentParser) -> set[str]:
    return {name for action in parser._actions for name in action.option_strings if name.startswith("--")} - {"--help"}


def own(command) -> set[str]:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return options(parser)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.NAME)
def test_every_option_of_a_command_is_on_the_page(page, command):
    text = section(page, f"kemilua {command.NAME}")
    linked = set().union(*(told(section(page, name.title())) for name in SHARED if f"[{name}](#{name})" in text))
    assert told(text) | linked == own(command)


@pytest.mark.parametrize("name", SHARED)
def test_the_shared_options_are_on_the_page(page, name):
    parser = argparse.ArgumentParser()
    SHARED[name](parser)
    assert told(section(page, name.title())) == options(parser)


def test_every_command_has_its_section(page):
    commands = next(action for action in make_parser()._actions if isinstance(action, argparse._SubParsersAction))
    assert set(re.findall(r"^## kemilua ([a-z]+)", page, flags=re.MULTILINE)) == set(commands.choices)


def test_positional_arguments_stand_in_the_heading(page):
    for command in COMMANDS:
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        heading = section(page, f"kemilua {command.NAME}").splitlines()[0]
        for action in parser._actions:
            if not action.option_strings:
                assert str(action.metavar) in heading
