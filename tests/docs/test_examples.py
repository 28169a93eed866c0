"""Every KSR function has an example in docs/reference/examples, and each shows what really comes of it."""

from __future__ import annotations

import function_examples
import functions
import pytest

EXAMPLES = function_examples.examples()


def test_every_function_has_one_example_and_nothing_else_has():
    assert sorted(example.name for example in EXAMPLES) == sorted(row.full_name for row in functions.rows())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_example_shows_what_comes_of_it(example):
    assert any(f"{example.name}(" in call for call in example.calls)
    assert function_examples.run(example).text() == example.text(), "run: python tools/function_examples.py --write"


def test_a_result_that_differs_is_seen():
    example = next(example for example in EXAMPLES if example.name == "KSR.is_INVITE")
    wrong = function_examples.Example(example.module, example.function, "options_min", example.lines)
    assert function_examples.run(wrong).lines == ("KSR.is_INVITE()  --> false",)


def test_examples_that_were_recorded_are_found():
    recorded = {example.name for example in EXAMPLES if function_examples.was_recorded(example)}
    assert {"KSR.is_INVITE", "KSR.siputils.is_uri", "KSR.kx.get_ruri", "KSR.sdpops.remove_media"} <= recorded
    assert len(recorded) > 160
