"""KSR.ipops: addresses as text: what they are, whether they are the same, which nets they are in."""

from __future__ import annotations

import pytest

KINDS = ("is_ip", "is_pure_ip", "is_ip4", "is_ip6", "is_ip6_reference", "ip_type")


@pytest.mark.parametrize(
    ("text", "results"),
    [
        ("1.2.3.4", (1, 1, 1, -1, -1, 1)),
        ("::1", (1, 1, -1, 1, -1, 2)),
        ("1:2:3:4:5:6:1.2.3.4", (1, 1, -1, 1, -1, 2)),
        ("::0001", (1, 1, -1, 1, -1, 2)),
        ("[::1]", (1, -1, -1, -1, 1, 3)),
        ("[::ffff:1.2.3.4]", (1, -1, -1, -1, 1, 3)),
    ],
)
def test_address_is_of_one_kind(ask, text, results):
    assert ask(", ".join(f"KSR.ipops.{name}('{text}')" for name in KINDS)) == results


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1.2.3.4",
        "1.2.3",
        "1.2.3.256",
        "01.2.3.4",
        "1.2.3.00",
        "::ffff:01.2.3.4",
        "[1.2.3.4]",
        "[::1",
        "[",
        "::1%e",
        "1::2::3",
        "12345::",
    ],
)
def test_anything_else_is_of_none(ask, text):
    assert ask(", ".join(f"KSR.ipops.{name}('{text}')" for name in KINDS)) == (-1,) * len(KINDS)


@pytest.mark.parametrize(
    ("text", "result"),
    [("10.255.0.1", 1), ("172.16.0.1", 1), ("172.31.9.9", 1), ("172.32.0.1", -1), ("192.168.1.1", 1), ("fc00::1", -1), ("x", -1)],
)
def test_private_address(ask, text, result):
    assert ask(f"KSR.ipops.is_ip_rfc1918('{text}')") == result


@pytest.mark.parametrize(
    ("one", "other", "any_form", "pure"),
    [
        ("::1", "0:0::1", 1, 1),
        ("::ABcd", "::abCD", 1, 1),
        ("[::1]", "::1", 1, -1),
        ("1.2.3.4", "1.2.3.5", -1, -1),
        ("1.2.3.4", "::ffff:1.2.3.4", -1, -1),
        ("x", "x", -1, -1),
    ],
)
def test_same_address_in_other_words(ask, one, other, any_form, pure):
    assert ask(f"KSR.ipops.compare_ips('{one}', '{other}'), KSR.ipops.compare_pure_ips('{one}', '{other}')") == (any_form, pure)


@pytest.mark.parametrize(
    ("ip", "nets", "result"),
    [
        ("10.0.0.1", "10.0.0.0/8", 1),
        ("10.0.0.1", "10.0.0.99/24", 1),
        ("10.0.1.1", "10.0.0.99/24", -1),
        ("10.0.0.1", "10.0.0.0", -1),
        ("10.0.0.1", " 11.0.0.0/8 , x,, 10.0.0.1 ", 1),
        ("10.0.0.1", "10.0.0.0/33,10.0.0.0/-1,10.0.0.0/255.0.0.0,10.0.0.0 /8,\\t10.0.0.1", -1),
        ("10.0.0.1", "10.0.0.0/", 1),
        ("127.255.255.255", "128.0.0.0/1", -1),
        ("2001:db8::1", "2001:db9::/31", 1),
        ("2001:db8::1", "2001:db8:8000::/33", -1),
        ("2001:db8::1", "2001:dead::/32,2001:db8::1", 1),
        ("::1", "0.0.0.0/0,[::1]", -1),
        ("[::1]", "::/0", -1),
        ("x", "0.0.0.0/0", -1),
        ("1.2.3.4", "", -1),
    ],
)
def test_address_is_in_any_of_the_nets(ask, ip, nets, result):
    assert ask(f"KSR.ipops.is_in_subnet('{ip}', '{nets}'), KSR.ipops.ip_is_in_subnet('{ip}', '{nets}')") == (result, result)


TYPES = {
    "BROADCAST": ["255.255.255.255"],
    "TEST-NET": ["203.0.113.1", "198.51.100.255", "192.0.2.0"],
    "6TO4-RELAY": ["192.88.99.1"],
    "RESERVED": ["192.0.0.8", "198.19.1.1", "240.0.0.1", "::1.2.3.4", "1::"],
    "PRIVATE": ["10.1.1.1", "172.31.0.1", "192.168.0.1", "0.0.0.0"],
    "LINK-LOCAL": ["169.254.1.1"],
    "SHARED": ["100.127.0.1"],
    "LOOPBACK": ["127.9.9.9", "::1", "[::1]"],
    "MULTICAST": ["224.0.0.1", "ff02::1"],
    "PUBLIC": ["8.8.8.8", "100.128.0.1", "172.32.0.1"],
    "UNSPECIFIED": ["::"],
    "IPV4MAP": ["::ffff:1.2.3.4"],
    "DISCARD": ["100::1"],
    "BMWG": ["2001:2::1"],
    "TEREDO": ["2001::1"],
    "DOCUMENTATION": ["2001:db8::1"],
    "ORCHID": ["2001:1f::1"],
    "6TO4": ["2002::1"],
    "LINK-LOCAL-UNICAST": ["fe80::1"],
    "UNIQUE-LOCAL-UNICAST": ["fd00::1"],
    "GLOBAL-UNICAST": ["2a00::1"],
}


@pytest.mark.parametrize(("ip", "name"), [(ip, name) for name, ips in TYPES.items() for ip in ips])
def test_type_of_an_address_is_named(ask, ip, name):
    assert ask(f"return KSR.ipops.detailed_ip_type('{ip}', '$var(t)'), KSR.pv.get('$var(t)')") == (1, name)


@pytest.mark.parametrize(
    ("version", "text", "result"),
    [
        (4, "10.0.0.1", (1, "PRIVATE")),
        (4, " 10.0.0.1\\r\\n", (1, "PRIVATE")),
        (4, "::1", (-1, 0)),
        (6, "::1", (1, "LOOPBACK")),
        (6, "[ ::1 ]", (1, "LOOPBACK")),
        (6, "10.0.0.1", (-1, 0)),
        (6, "[", (-1, 0)),
    ],
)
def test_type_within_one_version(ask, version, text, result):
    assert ask(f"return KSR.ipops.detailed_ipv{version}_type('{text}', '$var(t)'), KSR.pv.get('$var(t)')") == result


@pytest.mark.parametrize("name", ["$ci", "$nosuch(x)", "x", "", "$null"])
def test_type_needs_a_place_to_be_written(ask, name):
    assert ask(f"KSR.ipops.detailed_ip_type('1.2.3.4', '{name}')") == -1


def test_what_is_not_there_is_no_address(ask):
    lua = "KSR.ipops.is_ip(nil), KSR.ipops.compare_ips(nil, nil), KSR.ipops.is_in_subnet('1.2.3.4', nil)"
    assert ask(lua) == (-1, -1, -1)
