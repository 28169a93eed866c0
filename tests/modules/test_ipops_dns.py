"""KSR.ipops: lookups, against a resolver of the test's own, and against a DNS server on this machine.

What $dns and its kin give was compared with Kamailio 5.6.3 and the same records.
"""

from __future__ import annotations

import random
import socket
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec

import kemilua
import pytest
from builders import request
from kemilua.dns import Record, ResolveError, Resolver
from kemilua.modules.ipops_dns import in_order

OPTIONS = request()
RECORDS: dict[tuple[str, str], list[Record]] = {
    ("www.test", "A"): ["10.1.1.1", "10.1.1.2"],
    ("www.test", "AAAA"): ["2001:db8::5"],
    ("six.test", "AAAA"): ["2001:db8::6"],
    ("h1.test", "A"): ["10.7.7.7"],
    ("_sip._udp.test", "SRV"): [(20, 0, 5062, "c.test"), (5, 1, 5070, "first.test"), (10, 0, 5063, "z.test"), (10, 5, 5060, "a.test")],
    ("test", "NAPTR"): [
        (20, 10, "s", "SIP+D2T", "", "_sip._tcp.test"),
        (10, 20, "s", "SIP+D2U", "!a!b!", "_sip._udp.test"),
        (10, 10, "u", "E2U+sip", "!^.*$!sip:x@y!", ""),
    ],
    ("1.1.1.10.in-addr.arpa", "PTR"): ["host1.test"],
    ("6.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", "PTR"): ["host6.test"],
}


class Known:
    """Knows RECORDS; for a name of "slow" no server answers."""

    def __init__(self) -> None:
        self.local_ttl: int | None = None

    def resolve(self, name: str, kind: str) -> list[Record]:
        if name.startswith("slow"):
            raise ResolveError("nobody answered")
        if name.startswith("late"):
            raise TimeoutError
        if name.startswith("broken"):
            raise ZeroDivisionError("a mistake in the resolver")
        return RECORDS.get((name, kind), [])

    def set_local_ttl(self, seconds: int) -> None:
        self.local_ttl = seconds


@pytest.fixture
def dns(script):
    engine = script("", resolver=Known(), hostname="h1.test")
    return lambda code: engine.eval("local function get(name) return KSR.pv.get(name) end " + code, message=OPTIONS)


def test_addresses_of_a_name(dns):
    assert dns('return KSR.ipops.dns_query("www.test", "x")') == (1,)
    assert dns('return get("$dns(x=>count)"), get("$dns(x=>ipv4)"), get("$dns(x=>ipv6)"), get("$dns(x=>hostname)")') == (3, 1, 1, None)
    assert dns('return get("$dns(x=>addr)"), get("$dns(x=>addr[1])"), get("$dns(x=>addr[2])")') == ("10.1.1.1", "10.1.1.2", "2001:db8::5")
    assert dns('return get("$dns(x=>type[0])"), get("$dns(x=>type[2])"), get("$dns(x=>type[-1])")') == (4, 6, 6)
    assert dns('return get("$dns(x=>addr[3])"), get("$dns(x=>addr[-4])"), get("$dns(x=>addr[-3])")') == (None, None, "10.1.1.1")


def test_index_by_a_variable(dns):
    dns('KSR.ipops.dns_query("www.test", "x")')
    code = 'KSR.pv.seti("$var(i)", {}) return get("$dns(x=>addr[$var(i)])"), get("$dns( x =>count[7])")'
    assert dns(code.format(1)) == ("10.1.1.2", 3)
    assert dns(code.format(-1)) == ("2001:db8::5", 3)
    assert dns('KSR.pv.sets("$var(i)", "a") return get("$dns(x=>addr[$var(i)])")') == (None,)


@pytest.mark.parametrize(
    "name", ["$dns(x)", "$dns(x=>bad)", "$dns(x=>addr [0])", "$dns(x=>addr[ 1])", "$dns(x=>addr[a])", "$dns( x => addr)"]
)
def test_key_that_is_none_is_null(dns, name):
    assert dns(f'KSR.ipops.dns_query("www.test", "x") return get("{name}")') == (None,)


def test_addresses_that_are_numbers_need_nobody(script):
    engine = script("")
    code = 'return KSR.ipops.dns_query("{}", "x"), KSR.pv.get("$dns(x=>addr)"), KSR.pv.get("$dns(x=>type)")'
    assert engine.eval(code.format("10.9.9.9"), message=OPTIONS) == (1, "10.9.9.9", 4)
    assert engine.eval(code.format("2001:DB8::9"), message=OPTIONS) == (1, "2001:db8::9", 6)
    assert engine.eval(code.format("[2001:db8::9]"), message=OPTIONS) == (-4, None, None)


def test_without_a_resolver_no_name_is_known(script):
    engine = script("")
    assert engine.eval('return KSR.ipops.dns_query("www.test", "x"), KSR.pv.get("$dns(x=>count)")', message=OPTIONS) == (-4, None)
    assert engine.eval('return KSR.ipops.dns_sys_match_ip("www.test", "10.1.1.1")', message=OPTIONS) == (-4,)


@pytest.mark.parametrize(
    ("name", "result"), [("none.test", -4), ("slow.test", -4), ("late.test", -4), ("", -4), ("a" * 255, -4), ("a" * 256, -2)]
)
def test_name_that_is_not_found(dns, name, result):
    dns('KSR.ipops.dns_query("www.test", "x")')
    code = f'return KSR.ipops.dns_query("{name}", "x"), get("$dns(x=>count)"), get("$dns(x=>addr)"), get("$dns(x=>ipv4)")'
    assert dns(code) == ((result, None, None, None) if result == -4 else (-2, 3, "10.1.1.1", 1))


def test_mistake_in_a_resolver_is_raised(dns):
    with pytest.raises(ZeroDivisionError, match="a mistake in the resolver"):
        dns('KSR.ipops.dns_query("broken.test", "x")')


def test_services_come_by_priority_and_weight(dns):
    assert dns('return KSR.ipops.srv_query("_sip._udp.test", "s"), get("$srvquery(s=>count)")') == (-3, 0)
    assert dns('return KSR.ipops.srv_query("_sip._udp.test", "s"), get("$srvquery(s=>count)")') == (1, 4)
    for key, values in {
        "target": ("first.test", "a.test", "z.test", "c.test"),
        "port": (5070, 5060, 5063, 5062),
        "priority": (5, 10, 10, 20),
        "weight": (1, 5, 0, 0),
    }.items():
        assert dns("return " + ", ".join(f'get("$srvquery(s=>{key}[{i}])")' for i in range(4))) == values
    assert dns('return get("$srvquery(s=>port[4])"), get("$srvquery(s=>port)"), get("$srvquery(s=>count[1])")') == (None, None, None)
    assert dns('return KSR.ipops.srv_query("none.test", "s"), get("$srvquery(s=>count)"), get("$srvquery(s=>port[0])")') == (1, 0, None)
    assert dns('return KSR.ipops.srv_query("", "s"), KSR.ipops.srv_query("", "new"), KSR.ipops.srv_query("x", "new")') == (-2, -2, -3)


def test_weights_are_chances():
    records = [(1, 30, 1, "a"), (1, 10, 2, "b"), (1, 0, 3, "c")]
    first = Counter(in_order(records, random.Random(seed))[0][3] for seed in range(4000))
    assert 2850 < first["a"] < 3150
    assert first["a"] + first["b"] == 4000
    assert {in_order(records, random.Random(seed))[2][3] for seed in range(50)} == {"c"}


def test_order_is_that_of_the_engines_randomness(script):
    code = "return KSR.ipops.srv_query('s', 'x')," + ", ".join(f"KSR.pv.get('$srvquery(x=>port[{i}])')" for i in range(5))

    class Many:
        def resolve(self, name: str, kind: str) -> list[Record]:
            return [(1, 10, port, "a.test") for port in range(5)]

    def ports(fill: int) -> tuple[object, ...]:
        engine = script("", resolver=Many(), random=lambda size: bytes([fill]) * size)
        engine.eval("return KSR.pv.get('$srvquery(x=>count)')", message=OPTIONS)
        return engine.eval(code, message=OPTIONS)

    assert ports(1) == ports(1)
    assert len({ports(fill) for fill in range(6)}) > 1


def test_pointers_come_by_order_and_preference(dns):
    assert dns('return get("$naptrquery(n=>count)"), KSR.ipops.naptr_query("test", "n"), get("$naptrquery(n=>count)")') == (0, 1, 3)
    for place, values in enumerate(
        [
            (10, 10, "u", "E2U+sip", "!^.*$!sip:x@y!", ""),
            (10, 20, "s", "SIP+D2U", "!a!b!", "_sip._udp.test"),
            (20, 10, "s", "SIP+D2T", "", "_sip._tcp.test"),
            (None,) * 6,
        ]
    ):
        keys = ("order", "pref", "flags", "services", "regex", "replace")
        assert dns("return " + ", ".join(f'get("$naptrquery(n=>{key}[{place}])")' for key in keys)) == values
    assert dns('return KSR.ipops.naptr_query("", "n"), KSR.ipops.naptr_query("x", "new"), KSR.ipops.naptr_query("x", "n")') == (-2, -3, 1)


def test_name_of_an_address(dns):
    code = 'return KSR.ipops.ptr_query("{}", "p"), get("$ptrquery(p=>hostname)"), get("$ptrquery(p=>ip)"), get("$ptrquery(p=>type)")'
    assert dns(code.format("10.1.1.1")) == (1, "host1.test", "10.1.1.1", 4)
    assert dns(code.format("2001:db8::6")) == (1, "host6.test", "2001:db8::6", 6)
    assert dns(code.format("10.1.1.9")) == (-6, None, None, None)
    assert [dns(f'return KSR.ipops.ptr_query("{ip}", "p")')[0] for ip in ("x", "", "::x", "1" * 46, "1" * 47)] == [-4, -4, -5, -4, -2]


def test_name_matches_an_address(dns):
    ask = 'return KSR.ipops.dns_{}_match_ip("{}", "{}")'
    cases = {
        ("www.test", "10.1.1.2"): (1, 1),
        ("www.test", "10.1.1.3"): (-1, -1),
        ("www.test", "2001:db8::5"): (1, -1),
        ("www.test", "[2001:db8::5]"): (1, -1),
        ("six.test", "2001:db8::6"): (1, -4),
        ("www.test", "x"): (-3, -3),
        ("none.test", "x"): (-3, -3),
        ("none.test", "10.1.1.3"): (-4, -4),
        ("", "10.1.1.2"): (-4, -4),
        ("10.1.1.2", "10.1.1.2"): (1, 1),
    }
    assert {case: (*dns(ask.format("sys", *case)), *dns(ask.format("int", *case))) for case in cases} == cases


def test_core_asks_for_ipv6_where_it_listens_on_it(script):
    engine = script("", resolver=Known(), listen=["udp:192.0.2.1:5060", "tcp:[2001:db8::1]:5060"])
    assert engine.eval('return KSR.ipops.dns_int_match_ip("six.test", "2001:db8::6")', message=OPTIONS) == (1,)


def test_ttl_reaches_a_resolver_that_wants_it(script):
    resolver = Known()
    assert script("", resolver=resolver).eval("return KSR.ipops.dns_set_local_ttl(10)", message=OPTIONS) == (1,)
    assert resolver.local_ttl == 10
    assert script("").eval("return KSR.ipops.dns_set_local_ttl(10)", message=OPTIONS) == (1,)


@pytest.mark.parametrize(("name", "parts"), [("h1.test", ("h1", "h1.test", "test", "10.7.7.7")), ("vm", ("vm", "vm", None, None))])
def test_name_of_this_machine(script, name, parts):
    engine = script("", resolver=Known(), hostname=name)
    assert engine.eval("return " + ", ".join(f"KSR.pv.get('$HN({key})')" for key in "nfdi"), message=OPTIONS) == parts
    assert engine.eval("return KSR.pv.get('$HN(x)')", message=OPTIONS) == (None,)


def test_ids_made_of_data_do_not_fill_memory(dns):
    assert dns("for i = 1, 500 do get('$srvquery(' .. i .. '=>count)') end return KSR.ipops.srv_query('x', '1')") == (1,)
    with pytest.raises(kemilua.AllocationError):
        dns("KSR.ipops.dns_query('10.1.1.1', 'one more')")


def test_module_that_is_not_loaded_has_no_lookups(script):
    engine = script("", modules=["kx"])
    assert engine.eval("return KSR.ipops == nil, KSR.pv.get('$dns(x=>count)')", message=OPTIONS) == (True, None)


def test_resolver_without_dnspython_says_what_to_install(monkeypatch):
    for name in ["dns", *(name for name in sys.modules if name.startswith("dns."))]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(kemilua.ConfigError, match=r"needs dnspython: pip install 'kemilua\[dns\]'"):
        Resolver()


# ---- a server


@pytest.fixture
def server() -> Iterator[int]:
    """A DNS server on this machine, which knows RECORDS; yields its port."""
    if find_spec("dns") is None:
        pytest.skip("dnspython is not installed")
    import dns.flags
    import dns.message
    import dns.rdatatype
    import dns.rrset

    def texts(kind: str, records: list[Record]) -> list[str]:
        if kind == "NAPTR":
            return ['{} {} "{}" "{}" "{}" {}.'.format(*record) for record in records]
        return [("{} {} {} {}." if kind == "SRV" else "{}." if kind == "PTR" else "{}").format(*_fields(record)) for record in records]

    def answer(data: bytes) -> bytes | None:
        query = dns.message.from_wire(data)
        name, kind = query.question[0].name.to_text()[:-1], dns.rdatatype.to_text(query.question[0].rdtype)
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        if name == "silent.test":
            return None
        if records := RECORDS.get((name, kind)):
            reply.answer.append(dns.rrset.from_text(name + ".", 60, "IN", kind, *texts(kind, records)))
        elif not any(known == name for known, _ in RECORDS):
            reply.set_rcode(3)
        return reply.to_wire()

    def serve() -> None:
        for _ in range(100):
            try:
                data, peer = listener.recvfrom(4096)
            except TimeoutError:
                return
            if data == b"stop":
                return
            reply = answer(data)
            if reply:
                listener.sendto(reply, peer)

    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.settimeout(20)
    listener.bind(("127.0.0.1", 0))
    thread = threading.Thread(target=serve)
    thread.start()
    port = listener.getsockname()[1]
    yield port
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
        last.sendto(b"stop", ("127.0.0.1", port))
    thread.join()
    listener.close()


def _fields(record: Record) -> tuple[object, ...]:
    return record if isinstance(record, tuple) else (record,)


def test_a_real_server_is_asked(script, server):
    resolver = Resolver(["127.0.0.1"], port=server, timeout=0.5, hosts={"local.test": ["10.3.3.3"]})
    engine = script("", resolver=resolver, hostname="h1.test")
    ask = lambda code: engine.eval("return " + code, message=OPTIONS)  # noqa: E731
    assert ask('KSR.ipops.dns_query("www.test", "x"), KSR.pv.get("$dns(x=>addr[2])")') == (1, "2001:db8::5")
    assert ask('KSR.ipops.dns_sys_match_ip("www.test", "10.1.1.2"), KSR.ipops.dns_int_match_ip("www.test", "10.1.1.3")') == (1, -1)
    assert ask('KSR.ipops.dns_query("local.test", "x"), KSR.pv.get("$dns(x=>addr)")') == (1, "10.3.3.3")
    assert (
        ask('KSR.ipops.dns_query("none.test", "x"), KSR.ipops.dns_query("silent.test", "x"), KSR.ipops.dns_query("a..b", "x")') == (-4,) * 3
    )
    assert ask('KSR.pv.get("$srvquery(s=>count)"), KSR.ipops.srv_query("_sip._udp.test", "s")') == (0, 1)
    assert ask('KSR.pv.get("$srvquery(s=>target[0])"), KSR.pv.get("$srvquery(s=>port[1])")') == ("first.test", 5060)
    assert ask('KSR.pv.get("$naptrquery(n=>count)"), KSR.ipops.naptr_query("test", "n")') == (0, 1)
    assert ask('KSR.pv.get("$naptrquery(n=>regex[0])"), KSR.pv.get("$naptrquery(n=>replace[0])")') == ("!^.*$!sip:x@y!", "")
    assert ask('KSR.pv.get("$naptrquery(n=>replace[1])")') == ("_sip._udp.test",)
    assert ask('KSR.ipops.ptr_query("2001:db8::6", "p"), KSR.pv.get("$ptrquery(p=>hostname)")') == (1, "host6.test")
    assert ask('KSR.pv.get("$HN(i)")') == ("10.7.7.7",)


@pytest.mark.skipif(find_spec("dns") is None, reason="dnspython is not installed")
@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"nameservers": "no address"}, "nameservers"),
        ({"nameservers": [5]}, "nameservers"),
        ({"nameservers": 5}, "nameservers"),
        ({"port": 0}, "port"),
        ({"port": "53"}, "port"),
        ({"timeout": float("nan")}, "timeout"),
        ({"timeout": -1}, "timeout"),
        ({"hosts": ["a"]}, "hosts"),
        ({"hosts": {5: ["192.0.2.1"]}}, "name"),
        ({"hosts": {"a": 5}}, "hosts"),
    ],
)
def test_impossible_argument_of_a_resolver_is_refused_with_its_name(arguments, name):
    with pytest.raises(kemilua.ArgumentError, match=name):
        Resolver(**{"nameservers": ["127.0.0.1"], **arguments})


@pytest.mark.skipif(find_spec("dns") is None, reason="dnspython is not installed")
def test_single_server_or_address_stands_for_the_list_of_it():
    resolver = Resolver("127.0.0.1", hosts={"GW.example.": "192.0.2.9"})
    assert resolver.resolve("gw.EXAMPLE", "A") == ["192.0.2.9"]
