"""Names and addresses: what an engine asks when a script asks the DNS.

An engine does no IO. KSR.ipops.dns_query and its kin ask the resolver that `Engine(resolver=...)` was given, and wait for it; without
one no name is known, but for addresses written as numbers. `Resolver` asks real servers; a host that has names of its own, or a
test, brings another object with a `resolve` method.

`next_hops` finds the addresses of a next hop with it, which a `kemilua.Resolve` asks for: a host answers with `Engine.resolved`, in time
of its own.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_address
from typing import Any, Literal, Protocol, TypeAlias

from kemilua import _arguments as arguments
from kemilua._packet import transport_name
from kemilua._text import to_text
from kemilua.effects import Target
from kemilua.errors import ArgumentError, ConfigError, KemiluaError

__all__ = ["Naptr", "Record", "RecordType", "ResolveError", "Resolver", "ResolverLike", "Srv", "next_hops", "srv_order"]

RecordType: TypeAlias = Literal["A", "AAAA", "PTR", "SRV", "NAPTR"]
Srv: TypeAlias = "tuple[int, int, int, str]"
"""Priority, weight, port, target."""
Naptr: TypeAlias = "tuple[int, int, str, str, str, str]"
"""Order, preference, flags, services, regular expression, replacement."""
Record: TypeAlias = "str | Srv | Naptr"
"""Of A and AAAA the address as text, of PTR the name; names have no dot at the end, the root is empty."""

TIMEOUT = 2.0


class ResolveError(KemiluaError):
    """A resolver could not find out: no server answered in time, or one failed. Scripts see a name that is not there."""


class ResolverLike(Protocol):
    """What `Engine(resolver=...)` takes. A method `set_local_ttl(seconds)` hears KSR.ipops.dns_set_local_ttl, if there is one."""

    def resolve(self, name: str, kind: RecordType) -> Sequence[Record]:
        """Return the records of a name, in any order; none when there is no such name or it has none of this type.

        Raises ResolveError or OSError (TimeoutError) when it cannot be known; anything else is raised in the script.
        """


class Resolver:
    """Asks DNS servers, with dnspython (`pip install 'kemilua[dns]'`). A query blocks the engine that asks, for at most `timeout`."""

    def __init__(
        self,
        nameservers: Iterable[str] | None = None,
        *,
        port: int = 53,
        timeout: float = TIMEOUT,
        hosts: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Make one.

        - `nameservers`: addresses, or a single one; None takes those of the machine.
        - `timeout`: seconds for one query, however many servers and tries that are.
        - `hosts`: names known without asking, and their addresses.

        Raises ConfigError without dnspython, and when the machine has no configuration; ArgumentError for what cannot be.
        """
        try:
            import dns.exception
            import dns.resolver
        except ImportError:
            raise ConfigError("kemilua.dns.Resolver needs dnspython: pip install 'kemilua[dns]'") from None
        self._none = (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer)
        self._failure = dns.exception.DNSException
        self._hosts = {_key(name): tuple(_texts("hosts", addresses)) for name, addresses in arguments.mapping("hosts", hosts).items()}
        try:
            self._resolver = dns.resolver.Resolver(configure=nameservers is None)
        except dns.exception.DNSException as error:
            raise ConfigError(f"this machine has no DNS servers configured: {error}") from None
        if nameservers is not None:
            servers = _texts("nameservers", nameservers)
            try:
                self._resolver.nameservers = servers
            except ValueError as error:
                raise ArgumentError(f"nameservers: {error}") from None
        self._resolver.port = arguments.integer("port", port, 1, 65535)
        self._timeout = arguments.seconds("timeout", timeout)

    def resolve(self, name: str, kind: RecordType) -> Sequence[Record]:
        """As `ResolverLike` says. Names are taken as they are, without the search list of the machine."""
        known = self._hosts.get(_key(name))
        if known is not None and kind in ("A", "AAAA"):
            return [address for address in known if (":" in address) == (kind == "AAAA")]
        try:
            answer = self._resolver.resolve(name, kind, search=False, lifetime=self._timeout)
        except self._none:
            return []
        except (self._failure, ValueError) as error:  # ValueError: no name at all, such as one of an empty label
            raise ResolveError(f"{kind} of {name!r}: {error}") from error
        return [_READERS[kind](record) for record in answer]


def _texts(what: str, value: Any) -> list[str]:
    return [to_text(arguments.text(f"one of {what}", one)) for one in arguments.items(what, value, str)]


def _key(name: str) -> str:
    """A name as `hosts` has it."""
    return _bare(to_text(arguments.text("name", name))).lower()


def _bare(name: str) -> str:
    return name[:-1] if name.endswith(".") else name


def _name(name: Any) -> str:
    return _bare(name.to_text())


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _srv(record: Any) -> Srv:
    return record.priority, record.weight, record.port, _name(record.target)


def _naptr(record: Any) -> Naptr:
    texts = (_text(record.flags), _text(record.service), _text(record.regexp), _name(record.replacement))
    return record.order, record.preference, *texts


_READERS: dict[str, Callable[[Any], Record]] = {
    "A": lambda record: str(record.address),
    "AAAA": lambda record: str(record.address),
    "PTR": lambda record: _name(record.target),
    "SRV": _srv,
    "NAPTR": _naptr,
}


# ---- next hops (RFC 3263)

SECURE = ("tls", "wss")
_SECURED = {"tcp": "tls", "ws": "wss"}
"""What a transport of a sips: URI stands for."""
_SERVICES = {"SIP+D2U": "udp", "SIP+D2T": "tcp", "SIPS+D2T": "tls", "SIP+D2S": "sctp", "SIP+D2W": "ws", "SIPS+D2W": "wss"}
"""Of NAPTR records: RFC 3263 4.1, RFC 7118 7."""
_SRV_PREFIXES = {"udp": "_sip._udp", "tcp": "_sip._tcp", "tls": "_sips._tcp", "sctp": "_sip._sctp", "ws": "_sip._ws", "wss": "_sips._ws"}
_PORTS = {"tls": 5061, "wss": 5061}
"""As Kamailio has them; 5060 for the others."""


def next_hops(
    resolver: ResolverLike,
    name: str,
    port: int | None = None,
    transport: str | None = None,
    *,
    sips: bool = False,
    transports: Sequence[str] = ("udp", "tcp", "tls"),
    rng: random.Random | None = None,
) -> list[Target]:
    """Return the addresses of a next hop in the order in which to try them (RFC 3263 4): what `Engine.resolved` takes.

    `name`, `port`, `transport` and `sips` are those of a `kemilua.Resolve`. A number needs no look-up, a name with a port no SRV, one
    with a transport no NAPTR. `transports` are those that the host can send by, the preferred first, where no NAPTR says another order;
    `rng` chooses among SRV records of one priority by their weights (RFC 2782). IPv4 comes before IPv6 of the same name, as in
    Kamailio. None are found where the name has no address, and where none of the transports will do: a sips: URI goes by `tls` or
    `wss` alone.

    Raises ResolveError or OSError when nothing was found and a query had failed; ArgumentError.
    """
    host = to_text(arguments.text("name", name))
    number = None if port is None else arguments.integer("port", port, 1, 65535)
    able = [transport_name(one, "one of transports") for one in arguments.items("transports", transports)]
    search = _Search(resolver, random.Random() if rng is None else rng)
    told = None if transport is None else transport_name(transport)
    if sips:
        told = _SECURED.get(told, told) if told else None
        able = [one for one in able if one in SECURE]
    if told is not None:
        able = [one for one in able if one == told]
    found = _unique(search.hops(host, number, told, able, "tls" if sips else "udp"))
    if not found and search.failure is not None:
        raise search.failure
    return found


def srv_order(records: Iterable[Srv], rng: random.Random) -> list[Srv]:
    """Return SRV records in the order in which to try them: by priority, and within one at random by weight (RFC 2782)."""
    ordered: list[Srv] = []
    groups: dict[int, list[Srv]] = {}
    for record in records:
        groups.setdefault(record[0], []).append(record)
    for priority in sorted(groups):
        left = sorted(groups[priority], key=lambda record: record[1] > 0)  # those without a weight first
        while left:
            ordered.append(left.pop(_draw([record[1] for record in left], rng)))
    return ordered


def _draw(weights: list[int], rng: random.Random) -> int:
    """The place of the first weight at which the sum of those so far reaches a number drawn from 0 to the sum of all."""
    mark, total = rng.randint(0, sum(weights)), 0
    for place, weight in enumerate(weights):
        total += weight
        if total >= mark:
            return place
    raise AssertionError("the sum of all is no less than what was drawn")


class _Search:
    """Queries for one next hop; one that fails finds nothing, and the first failure is kept."""

    def __init__(self, resolver: ResolverLike, rng: random.Random) -> None:
        self.resolver = resolver
        self.rng = rng
        self.failure: Exception | None = None

    def records(self, name: str, kind: RecordType) -> list[Any]:
        try:
            return list(self.resolver.resolve(name, kind))
        except (ResolveError, OSError) as error:
            self.failure = self.failure or error
            return []

    def hops(self, name: str, port: int | None, told: str | None, able: list[str], plain: str) -> Iterator[Target]:
        """`told`: the only transport; `able`: those that will do; `plain`: that of a host which says nothing."""
        own = told or plain
        literal = _literal(name)
        if literal is not None or port is not None:
            if own in able:
                hosts = self.addresses(name) if literal is None else [literal]
                yield from ((host, port or _port_of(own), own) for host in hosts)
            return
        found = False
        for service, transport in self.services(name, told, able):
            for _, _, srv_port, target in srv_order(self.records(service, "SRV"), self.rng):
                found = True
                if target:  # the root says that the service is not there
                    yield from ((host, srv_port, transport) for host in self.addresses(target))
        if not found and own in able:
            yield from ((host, _port_of(own), own) for host in self.addresses(name))

    def services(self, name: str, told: str | None, able: list[str]) -> list[tuple[str, str]]:
        """Names of SRV records and their transports: those that NAPTR records tell, else those of this name."""
        if told is None:
            told_by_dns = [
                (replacement, _SERVICES[service.upper()])
                for _, _, flags, service, _, replacement in sorted(self.records(name, "NAPTR"), key=lambda record: record[:2])
                if flags.lower() == "s" and _SERVICES.get(service.upper()) in able
            ]
            if told_by_dns:
                return told_by_dns
        return [(f"{_SRV_PREFIXES[one]}.{name}", one) for one in able]

    def addresses(self, name: str) -> list[str]:
        return [*self.records(name, "A"), *self.records(name, "AAAA")]


def _literal(name: str) -> str | None:
    """The address that a host is already."""
    try:
        return str(ip_address(name[1:-1] if name[:1] == "[" and name[-1:] == "]" else name))
    except ValueError:
        return None


def _port_of(transport: str) -> int:
    return _PORTS.get(transport, 5060)


def _unique(targets: Iterable[Target]) -> list[Target]:
    return list(dict.fromkeys(targets))
