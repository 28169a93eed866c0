"""KSR.siputils: Contact URIs packed into others: contact_param_*, encode_contact and decode_contact."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable

import pytest
from builders import assemble, header, request


def hidden(uri: str) -> str:
    return urlsafe_b64encode(uri.encode()).decode().rstrip("=")


ALICE = hidden("sip:alice@192.0.2.7")
TWO = hidden("sip:two@192.0.2.8")


def with_contacts(*contacts: str) -> bytes:
    lines = request().decode().split("\r\n")[:-3]
    return assemble([*lines, *(f"Contact: {contact}" for contact in contacts)], None, b"")


@pytest.fixture
def contacts(ask: Callable[..., object], edited: Callable[..., str]) -> Callable[..., tuple[object, list[str]]]:
    """What the call gives, and the Contact headers after it."""

    def contacts(call: str, *bodies: str) -> tuple[object, list[str]]:
        message = with_contacts(*bodies)
        return ask(f"KSR.siputils.{call}", message), header(edited(f"KSR.siputils.{call}", message).encode(), "Contact")

    return contacts


# ---- encode_contact


ENCODE = "encode_contact('enc', '192.0.2.1')"


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        ("<sip:alice@h>", "<sip:enc*alice**h**@192.0.2.1>"),
        ("sip:alice@h;q=0.3", "sip:enc*alice**h**@192.0.2.1;q=0.3"),
        ('"N" <sip:al:pw@h:5080;transport=tcp;x>;expires=3', '"N" <sip:enc*al*pw*h*5080*tcp@192.0.2.1>;expires=3'),
        ("<sip:a@[2001:db8::1]:5061?H=1>", "<sip:enc*a**[2001:db8::1]*5061*@192.0.2.1>"),
        ("<sip:a@b>, sip:c@d", "<sip:enc*a**b**@192.0.2.1>, sip:enc*c**d**@192.0.2.1"),
        ("<tel:+123>", "<tel:enc*+123****@192.0.2.1>"),
        ("*", "*"),
    ],
)
def test_contact_becomes_one_of_ours(contacts, contact, expected):
    assert contacts(ENCODE, contact) == (1, [expected])


@pytest.mark.parametrize(
    ("contact", "code"), [("<sips:a@b>", -509), ("<sip:>", -509), ("<abc>", -25), ("<a>", -4), ("bad", -4), ("<sip:a@b>, bad", -4)]
)
def test_contact_that_cannot_be_encoded_stays(contacts, contact, code):
    assert contacts(ENCODE, contact) == (code, [contact])


def test_only_the_first_contact_header_is_encoded(contacts):
    assert contacts(ENCODE, "<sip:a@b>", "<sip:c@d>") == (1, ["<sip:enc*a**b**@192.0.2.1>", "<sip:c@d>"])


def test_encoding_without_contact_or_without_address_fails(contacts):
    assert contacts(ENCODE) == (-1, [])
    assert contacts("encode_contact('enc', '')", "<sip:a@b>") == (-1, ["<sip:a@b>"])


def test_contacts_before_one_that_fails_stay_and_those_behind_it_change(contacts):
    result = contacts(ENCODE, "<sip:a@h>, <sips:b@h>, <sip:c@h>")
    assert result == (-509, ["<sip:a@h>, <sips:b@h>, <sip:enc*c**h**@192.0.2.1>"])


def test_separator_of_fields_is_a_modparam(script):
    engine = script(None, modparams={"siputils": {"contact_flds_separator": "-x"}})
    lua = "KSR.siputils.encode_contact('enc', '192.0.2.1') KSR.textopsx.msg_apply_changes() return KSR.pv.get('$ct')"
    message = with_contacts("<sip:al:pw@h:5080>")
    assert engine.eval(lua, message=message) == ("<sip:enc-al-pw-h-5080-@192.0.2.1>",)


# ---- decode_contact


@pytest.mark.parametrize(
    ("encoded", "uri"),
    [
        ("sip:enc*alice**192.0.2.7**@h", "sip:alice@192.0.2.7"),
        ("sip:enc*alice*pw*h*5080*tcp@192.0.2.1", "sip:alice:pw@h:5080;transport=tcp"),
        ("sip:enc***h*5080*tcp@192.0.2.1", "sip:h:5080;transport=tcp"),
        ("sips:enc*a**b**@x:5060;lr;y=z?H=1", "sips:a@b;lr;y=z?H=1"),
        ("sip:enc*a**b**@x?H=1", "sip:a@b"),
    ],
)
def test_request_uri_and_contact_are_decoded(ask, contacts, encoded, uri):
    assert ask("local code = KSR.siputils.decode_contact() return code, KSR.pv.get('$ru')", request(uri=encoded)) == (1, uri)
    assert contacts("decode_contact_header()", f"<{encoded}>;q=1") == (1, [f"<{uri}>;q=1"])


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("sip:bob@h", -26),
        ("sip:h", -23),
        ("sip:enc*a*b*c*d@h", -26),
        ("sip:enc*a*b*c*d*e*f@h", -24),
        ("sip:enc*a*b**d*e@h", -2),
        ("sip:enc**b*c*d*e@h", -3),
    ],
)
def test_uri_that_was_not_encoded_stays(ask, contacts, uri, code):
    assert ask("local code = KSR.siputils.decode_contact() return code, KSR.pv.get('$ru')", request(uri=uri)) == (code, uri)
    assert contacts("decode_contact_header()", f"<{uri}>") == (code, [f"<{uri}>"])


def test_decoding_without_a_contact_or_with_a_malformed_one_fails(contacts):
    assert contacts("decode_contact_header()") == (-1, [])
    assert contacts("decode_contact_header()", "bad") == (-4, ["bad"])


# ---- contact_param_encode


PARAM_ENCODE = "contact_param_encode('e', 'sip:192.0.2.1:5070')"


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        ("<sip:alice@192.0.2.7>;q=1", f"<sip:192.0.2.1:5070;e={ALICE}>;q=1"),
        ("sip:alice@192.0.2.7;q=1", f"<sip:192.0.2.1:5070;e={ALICE}>;q=1"),
        ("<sip:alice@192.0.2.7>, sip:two@192.0.2.8", f"<sip:192.0.2.1:5070;e={ALICE}>, <sip:192.0.2.1:5070;e={TWO}>"),
        ("<sip:>", "<sip:>"),
        ("*", "*"),
    ],
)
def test_contact_goes_into_a_parameter(contacts, contact, expected):
    assert contacts(PARAM_ENCODE, contact) == (1, [expected])


def test_no_contact_is_fine_and_a_malformed_one_is_not(contacts):
    assert contacts(PARAM_ENCODE) == (1, [])
    assert contacts(PARAM_ENCODE, "bad") == (-4, ["bad"])


def test_source_of_the_message_goes_along_as_alias(ask):
    lua = "KSR.siputils.contact_param_encode_alias('e', 'sip:192.0.2.1') KSR.textopsx.msg_apply_changes() return KSR.pv.get('$ct')"
    message = with_contacts("<sip:alice@10.0.0.7>")
    assert ask(lua, message, source=("198.51.100.7", 5062)) == f"<sip:192.0.2.1;e={hidden('sip:alice@10.0.0.7;alias=198.51.100.7~5062~1')}>"
    lua6 = ask(lua, message, source=("2001:db8::7", 5062), transport="tcp")
    assert lua6 == f"<sip:192.0.2.1;e={hidden('sip:alice@10.0.0.7;alias=[2001:db8::7]~5062~2')}>"


# ---- contact_param_decode, _rm, _check


DECODE = "contact_param_decode('e')"


@pytest.mark.parametrize(
    ("contact", "decoded", "without"),
    [
        (f"<sip:x;lr;e={ALICE};z>;q=1", "<sip:alice@192.0.2.7>;q=1", "<sip:x;lr;z>;q=1"),
        (f"<tel:+1;E={ALICE}>", "<sip:alice@192.0.2.7>", "<tel:+1>"),
        (f"<sip:x;e={ALICE};e={TWO}>", "<sip:two@192.0.2.8>", f"<sip:x;e={ALICE}>"),
        (f"sip:x;e={ALICE}", f"sip:x;e={ALICE}", f"sip:x;e={ALICE}"),
        (f"<sip:x;f={ALICE}>", f"<sip:x;f={ALICE}>", f"<sip:x;f={ALICE}>"),
        ("<sip:x;e>", "<sip:x;e>", "<sip:x>"),
        ("*", "*", "*"),
    ],
)
def test_contact_comes_out_of_its_parameter_or_loses_it(contacts, contact, decoded, without):
    assert contacts(DECODE, contact) == (1, [decoded])
    assert contacts("contact_param_rm('e')", contact) == (1, [without])


def test_every_contact_header_is_decoded_up_to_the_one_that_fails(contacts):
    good, other, bad = f"<sip:x;e={ALICE}>", f"<sip:y;e={TWO}>", "<sip:z;e=!!>"
    assert contacts(DECODE, good, other) == (1, ["<sip:alice@192.0.2.7>", "<sip:two@192.0.2.8>"])
    assert contacts(DECODE, good, bad, other) == (-1, ["<sip:alice@192.0.2.7>", bad, other])
    assert contacts(DECODE, f"{good}, {bad}, {other}") == (-1, [f"{good}, {bad}, <sip:two@192.0.2.8>"])


def test_one_malformed_contact_header_and_nothing_is_decoded(contacts):
    good = f"<sip:x;e={ALICE}>"
    assert contacts(DECODE, good, "bad") == (1, [good, "bad"])


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        (f"sip:x;e={ALICE}", (1, "sip:alice@192.0.2.7")),
        ("sip:x;f=1", (1, "sip:x;f=1")),
        ("sip:x", (1, "sip:x")),
        ("sip:x;e=!!", (-1, "sip:x;e=!!")),
        ("sip:x;e=A", (-1, "sip:x;e=A")),
        (f"sip:x;e={ALICE};", (-1, f"sip:x;e={ALICE};")),
    ],
)
def test_request_uri_comes_out_of_its_parameter(ask, uri, expected):
    assert ask("local code = KSR.siputils.contact_param_decode_ruri('e') return code, KSR.pv.get('$ru')", request(uri=uri)) == expected


@pytest.mark.parametrize(
    ("bodies", "result"),
    [
        ([f"<sip:x;e={ALICE}>"], 1),
        (["<sip:x>", "<sip:x>, <sip:y;E>"], 1),
        (["<sip:x>;e=1"], -1),
        (["*"], -1),
        ([], 1),
    ],
)
def test_check_finds_the_parameter_of_a_contact_uri(contacts, bodies, result):
    assert contacts("contact_param_check('e')", *bodies) == (result, bodies)


def test_encoding_and_decoding_again_gives_the_contact_back(ask):
    lua = f"""
        KSR.siputils.{PARAM_ENCODE} KSR.textopsx.msg_apply_changes()
        KSR.siputils.{DECODE} KSR.textopsx.msg_apply_changes()
        return KSR.pv.get('$ct')"""
    contact = '"A" <sip:alice@192.0.2.7;transport=tcp?X=1>;expires=60'
    assert ask(lua, with_contacts(contact)) == contact


def test_unpacked_uri_with_a_transport_gets_brackets(edited):
    """RFC 3261 20: without them the transport would be a parameter of the Contact."""
    message = request("REGISTER", headers={"Contact": "sip:p*al**192.0.2.4*5062*tcp@192.0.2.1"})
    assert "Contact: <sip:al@192.0.2.4:5062;transport=tcp>" in edited("KSR.siputils.decode_contact_header()", message).split("\r\n")
