"""Contact as scripts read it ($ctu, $cts, $hfl, $expires, KSR.kx.get_cturi): what Kamailio 6.2 takes for one, what makes it unreadable."""

from __future__ import annotations

import pytest
from builders import request

ASK = ["$ctu", "$cts", "$(hfl(Contact)[0])", "$hflc(Contact)"]
MANY = ", ".join("<sip:a@b>" for _ in range(257))

READ = {
    "<sip:a@b>": ("sip:a@b", 0, "<sip:a@b>", 1),
    "sip:a@b;q=1": ("sip:a@b", 0, "sip:a@b;q=1", 1),
    "<abc>": ("abc", 0, "<abc>", 1),
    "a:b": ("a:b", 0, "a:b", 1),
    "*": (None, 1, None, 0),
    "*;expires=0": (None, 1, None, 0),
    "*, <sip:a@b>": (None, 1, None, 0),
    MANY: ("sip:a@b", 0, "<sip:a@b>", 257),
}
UNREADABLE = [
    "a",
    "ab",
    "abc",
    "<a>",
    "<ab>",
    "a:",
    "<sip:a@b>, a",
    "<sip:a@b>, <a>",
    "<sip:a@b>, *",
    "*, *",
    "**",
    "<sip:a@b",
    f"{MANY}, <sip:a@b>",
    "",
]


@pytest.mark.parametrize("text", READ, ids=lambda text: text[:20])
def test_contact_that_can_be_read(script, text):
    engine, message = script(), request(headers={"Contact": text})
    assert tuple(engine.pv_get(name, message=message) for name in ASK) == READ[text]
    assert engine.eval("return KSR.kx.get_cturi()", message=message) == (READ[text][0],)


@pytest.mark.parametrize("text", UNREADABLE, ids=lambda text: text[:20])
def test_contact_that_cannot_be_read_is_null(script, text):
    engine, message = script(), request(headers={"Contact": text})
    assert tuple(engine.pv_get(name, message=message) for name in ASK) == (None, 0, None, 0)
    assert engine.pv_get("$expires(max)", message=message) is None
    assert engine.eval("return KSR.kx.get_cturi()", message=message) == (None,)


def test_star_after_a_contact_in_a_header_of_its_own(script):
    message = request(headers={"Contact": "<sip:a@b>", "m": "*"})
    assert [script().pv_get(name, message=message) for name in ASK] == ["sip:a@b", 0, "<sip:a@b>", 1]


@pytest.mark.parametrize("text", ["a", "<ab>", "<sip:a@b>, *"])
def test_contact_that_cannot_be_read_is_not_changed(script, text):
    engine = script()
    calls = ["nathelper.fix_nated_contact()", "nathelper.set_contact_alias()", "siputils.encode_contact('p', '192.0.2.9')"]
    for call in calls:
        (result,) = engine.eval(f"return KSR.{call}", message=request(headers={"Contact": text}))
        assert result < 0, call
