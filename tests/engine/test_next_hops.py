"""Where a name leads to: RFC 3263 over a resolver."""

from __future__ import annotations

import random
from collections import Counter

import kemilua
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kemilua.dns import ResolveError, next_hops, srv_order


class Zone:
    """A resolver that knows some names, and what it was asked."""

    def __init__(self, records, failing=()):
        self.known = records
        self.failing = failing
        self.asked = []

    def resolve(self, name, kind):
        self.asked.append((name, kind))
        if (name, kind) in self.failing:
            raise ResolveError(f"{kind} of {name}")
        return self.known.get((name, kind), [])


def found(records, *told, failing=(), **more):
    return next_hops(Zone(records, failing), *told, rng=random.Random(1), **more)


ADDRESS = {("b.example", "A"): ["192.0.2.1"]}
BOTH = {("b.example", "A"): ["192.0.2.1", "192.0.2.2"], ("b.example", "AAAA"): ["2001:db8::1"]}


@pytest.mark.parametrize(
    ("told", "targets"),
    [
        (("192.0.2.9",), [("192.0.2.9", 5060, "udp")]),
        (("192.0.2.9", 5070), [("192.0.2.9", 5070, "udp")]),
        (("192.0.2.9", None, "tcp"), [("192.0.2.9", 5060, "tcp")]),
        (("192.0.2.9", None, "TLS"), [("192.0.2.9", 5061, "tls")]),
        (("[2001:DB8::1]", 5070, "tcp"), [("2001:db8::1", 5070, "tcp")]),
        (("2001:db8::1",), [("2001:db8::1", 5060, "udp")]),
        (("192.0.2.9", None, "sctp"), []),
    ],
)
def test_numbers_are_not_looked_up(told, targets):
    zone = Zone({})
    assert next_hops(zone, *told) == targets
    assert zone.asked == []


def test_sips_of_a_number_is_tls():
    assert found({}, "192.0.2.9", sips=True) == [("192.0.2.9", 5061, "tls")]
    assert found({}, "192.0.2.9", None, "tcp", sips=True) == [("192.0.2.9", 5061, "tls")]
    assert found({}, "192.0.2.9", None, "ws", sips=True, transports=["wss"]) == [("192.0.2.9", 5061, "wss")]
    assert found({}, "192.0.2.9", None, "udp", sips=True) == []


def test_name_with_a_port_asks_for_addresses_alone():
    zone = Zone(BOTH)
    hosts = ["192.0.2.1", "192.0.2.2", "2001:db8::1"]
    assert next_hops(zone, "b.example", 5070) == [(host, 5070, "udp") for host in hosts]
    assert zone.asked == [("b.example", "A"), ("b.example", "AAAA")]


def test_name_without_naptr_and_srv_is_its_addresses():
    zone = Zone(ADDRESS)
    assert next_hops(zone, "b.example") == [("192.0.2.1", 5060, "udp")]
    assert zone.asked == [
        ("b.example", "NAPTR"),
        ("_sip._udp.b.example", "SRV"),
        ("_sip._tcp.b.example", "SRV"),
        ("_sips._tcp.b.example", "SRV"),
        ("b.example", "A"),
        ("b.example", "AAAA"),
    ]


def test_name_with_a_transport_asks_for_no_naptr():
    zone = Zone(ADDRESS)
    assert next_hops(zone, "b.example", None, "tls") == [("192.0.2.1", 5061, "tls")]
    assert zone.asked[0] == ("_sips._tcp.b.example", "SRV")


def test_unknown_name_has_no_address():
    assert found({}, "b.example") == []
    assert found({}, "") == []


def test_srv_in_order_of_priority():
    records = {
        ("_sip._udp.b.example", "SRV"): [(20, 0, 5080, "two.example"), (10, 0, 5070, "one.example")],
        ("one.example", "A"): ["192.0.2.1"],
        ("two.example", "AAAA"): ["2001:db8::2"],
        **ADDRESS,
    }
    assert found(records, "b.example") == [("192.0.2.1", 5070, "udp"), ("2001:db8::2", 5080, "udp")]


def test_srv_of_several_transports_in_the_hosts_order():
    records = {
        ("_sip._udp.b.example", "SRV"): [(0, 0, 1, "x")],
        ("_sip._tcp.b.example", "SRV"): [(0, 0, 2, "x")],
        ("x", "A"): ["192.0.2.3"],
    }
    assert found(records, "b.example") == [("192.0.2.3", 1, "udp"), ("192.0.2.3", 2, "tcp")]
    assert found(records, "b.example", transports=["tcp", "udp"]) == [("192.0.2.3", 2, "tcp"), ("192.0.2.3", 1, "udp")]
    assert found(records, "b.example", transports=["tcp"]) == [("192.0.2.3", 2, "tcp")]


def test_service_that_is_declared_absent():
    assert found({("_sip._udp.b.example", "SRV"): [(0, 0, 0, "")], **ADDRESS}, "b.example") == []


NAPTR = {
    ("b.example", "NAPTR"): [
        (20, 10, "s", "SIP+D2U", "", "_sip._udp.x"),
        (10, 20, "S", "sip+d2t", "", "_sip._tcp.x"),
        (10, 10, "s", "SIPS+D2T", "", "_sips._tcp.x"),
        (1, 1, "u", "E2U+sip", "!.*!sip:x@y!", ""),
        (1, 1, "s", "SIP+D2S", "", "_sip._sctp.x"),
    ],
    ("_sip._udp.x", "SRV"): [(0, 0, 1, "h")],
    ("_sip._tcp.x", "SRV"): [(0, 0, 2, "h")],
    ("_sips._tcp.x", "SRV"): [(0, 0, 3, "h")],
    ("_sip._sctp.x", "SRV"): [(0, 0, 4, "h")],
    ("h", "A"): ["192.0.2.4"],
}


def test_naptr_in_order_of_order_and_preference():
    assert found(NAPTR, "b.example") == [("192.0.2.4", 3, "tls"), ("192.0.2.4", 2, "tcp"), ("192.0.2.4", 1, "udp")]


def test_naptr_of_what_the_host_can_send_by():
    assert found(NAPTR, "b.example", transports=["sctp", "udp"]) == [("192.0.2.4", 4, "sctp"), ("192.0.2.4", 1, "udp")]


def test_sips_goes_by_tls_alone():
    assert found(NAPTR, "b.example", sips=True) == [("192.0.2.4", 3, "tls")]
    assert found(ADDRESS, "b.example", sips=True) == [("192.0.2.1", 5061, "tls")]
    assert found(ADDRESS, "b.example", sips=True, transports=["udp", "tcp"]) == []


def test_the_same_address_comes_once():
    records = {("_sip._udp.b.example", "SRV"): [(1, 0, 5060, "x"), (2, 0, 5060, "y")], ("x", "A"): ["192.0.2.1"], ("y", "A"): ["192.0.2.1"]}
    assert found(records, "b.example") == [("192.0.2.1", 5060, "udp")]


def test_query_that_failed_matters_where_nothing_was_found():
    failing = [("b.example", "NAPTR"), ("b.example", "AAAA")]
    assert found(ADDRESS, "b.example", failing=failing) == [("192.0.2.1", 5060, "udp")]
    with pytest.raises(ResolveError, match=r"NAPTR of b\.example"):
        found({}, "b.example", failing=failing)


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"port": 0}, "port must be"),
        ({"port": "5060"}, "port must be"),
        ({"transport": "x"}, "transport must be one of"),
        ({"transports": ["x"]}, "one of transports must be one of"),
        ({"transports": None}, "transports must be a list"),
        ({"name": None}, "name must be"),
    ],
)
def test_bad_arguments_are_named(more, text):
    with pytest.raises(kemilua.ArgumentError, match=text):
        next_hops(Zone({}), **{"name": "b.example", **more})


# ---- weights

RECORDS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 65535), st.integers(1, 9), st.sampled_from("abc")), max_size=12)


@given(RECORDS, st.integers(0, 2**32))
def test_order_has_all_records_by_priority(records, seed):
    ordered = srv_order(records, random.Random(seed))
    assert Counter(ordered) == Counter(records)
    assert [record[0] for record in ordered] == sorted(record[0] for record in records)


@given(RECORDS, st.integers(0, 2**32))
def test_the_same_numbers_give_the_same_order(records, seed):
    assert srv_order(records, random.Random(seed)) == srv_order(records, random.Random(seed))


@given(st.lists(st.integers(1, 100), min_size=2, max_size=4), st.integers(0, 2**16))
def test_first_one_is_chosen_by_its_weight(weights, seed):
    rng = random.Random(seed)
    records = [(0, weight, place + 1, "x") for place, weight in enumerate(weights)]
    times = Counter(srv_order(records, rng)[0][2] for _ in range(2000))
    for place, weight in enumerate(weights):
        share = weight / sum(weights)
        assert abs(times[place + 1] / 2000 - share) < 0.06 + 1 / sum(weights)


def test_weightless_ones_come_seldom_but_come():
    rng = random.Random(1)
    records = [(0, 9, 1, "x"), (0, 0, 2, "x")]
    times = Counter(srv_order(records, rng)[0][2] for _ in range(5000))
    assert 0 < times[2] < 1000
