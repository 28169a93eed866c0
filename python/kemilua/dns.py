"""Names and addresses: what an engine asks when a script asks the DNS.

An engine does no IO. KSR.ipops.dns_query and its kin ask the resolver that `Engine(resolver=...)` was given, and wait for it; without
one no name is known, but for addresses written as numbers. `Resolver` asks real servers; a host that has names of its own, or a
test, brings another object with a `resolve` method.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeAlias

from kemilua import _arguments as arguments
from kemilua._text import to_text
from kemilua.errors import ArgumentError, ConfigError, KemiluaError

__all__ = ["Naptr", "Record", "RecordType", "ResolveError", "Resolver", "ResolverLike", "Srv"]

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
