"""KSR.maxfwd: Max-Forwards counted down where it stands."""

from __future__ import annotations

import pytest
from builders import header, request
from harness import only_send


def with_value(value):
    data = request()
    return data.replace(b"Max-Forwards: 70\r\n", b"" if value is None else f"Max-Forwards: {value}\r\n".encode())


@pytest.mark.parametrize(
    ("value", "result", "after"),
    [("70", 1, "69"), ("10", 1, " 9"), ("1", 1, "0"), ("0", -1, "0"), ("200", 1, " 70"), ("x", -2, "x"), (None, 2, None)],
)
def test_value_is_counted_down_in_place(ask, value, result, after):
    done, body = ask("KSR.maxfwd.process_maxfwd(10), KSR.hdr.get('Max-Forwards')", with_value(value))
    assert (done, body and body.strip()) == (result, after and after.strip())


def test_value_with_fewer_digits_is_filled_with_a_blank(ask):
    assert ask("KSR.maxfwd.process_maxfwd(10) return KSR.pv.get('$mb')", with_value("10")).split("\r\n")[2] == "Max-Forwards:  9"


def test_twice_counts_twice(ask):
    assert ask("KSR.maxfwd.process_maxfwd(10), KSR.maxfwd.process_maxfwd(10), KSR.hdr.get('Max-Forwards')") == (1, 1, "68")


@pytest.mark.parametrize("limit", [-1, 256])
def test_impossible_limit_is_refused(ask, limit):
    assert ask(f"KSR.maxfwd.process_maxfwd({limit}), KSR.maxfwd.is_maxfwd_lt({limit}), KSR.hdr.get('Max-Forwards')") == (-1, -1, "70")


def test_missing_header_is_put_on_top_when_forwarded(script):
    engine = script("function ksr_request_route() KSR.maxfwd.process_maxfwd(10) KSR.forward_uri('sip:203.0.113.1') end")
    assert header(only_send(engine.receive(with_value(None))).data, "Max-Forwards") == ["10"]


def test_largest_value_is_a_parameter(ask, script):
    engine = script(None, modparams={"maxfwd": {"max_limit": 16}})
    assert ask("KSR.maxfwd.process_maxfwd(10), KSR.hdr.get('Max-Forwards')", engine=engine) == (1, "16")


@pytest.mark.parametrize(("value", "result"), [("5", 1), ("10", -1), ("11", -1), (None, -2), ("x", -3)])
def test_value_is_compared_with_a_limit(ask, value, result):
    assert ask("KSR.maxfwd.is_maxfwd_lt(10)", with_value(value)) == result
