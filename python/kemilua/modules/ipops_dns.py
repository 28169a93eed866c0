"""KSR.ipops: what asks the DNS. The functions mirror those of Kamailio's module ipops; results are read from $dns, $ptrquery,
$srvquery and $naptrquery."""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Iterable, Sequence
from typing import TypeAlias, cast

from kemilua.dns import Naptr, RecordType, ResolveError, Srv
from kemilua.exports import Int32, export
from kemilua.modules import Field, Services

__all__ = ["IpopsDns", "in_order"]

Ip: TypeAlias = "ipaddress.IPv4Address | ipaddress.IPv6Address"

FOUND, DIFFERENT = 1, -1
BAD_NAME, NO_PLACE, BAD_IP, UNKNOWN = -2, -3, -3, -4
NO_IP4, NO_IP6, NO_NAME = -4, -5, -6
MAX_NAME = 255
MAX_IP = 46
MAX_RECORDS = 256
"""Of one answer; a server that sends more is not believed."""


class IpopsDns:
    """The functions, for one engine."""

    def __init__(self, services: Services) -> None:
        self._services = services
        services.answer("HN", "", self._host())

    def _host(self) -> dict[str, Field]:
        """$HN: the name of the machine, and its address where somebody can be asked for it."""
        full = self._services.hostname
        name, dot, domain = full.partition(".")
        addresses = self._addresses(full) if self._services.resolver else []
        return {"n": name, "f": full, "d": domain if dot else None, "i": str(addresses[0]) if addresses else None}

    def _ask(self, name: str, kind: RecordType) -> Sequence[object]:
        """Records; none where nobody knows."""
        if self._services.resolver is None or not name:
            return []
        try:
            return list(self._services.resolver.resolve(name, kind))[:MAX_RECORDS]
        except (ResolveError, OSError):
            return []

    def _addresses(self, name: str, kinds: Iterable[RecordType] = ("A", "AAAA")) -> list[Ip]:
        """Of a name, or of an address written as one."""
        own = _address(name)
        if own:
            return [own]
        found = (_address(cast(str, record)) for kind in kinds for record in self._ask(name, kind))
        return [address for address in found if address]

    def _match(self, addresses: Sequence[Ip], wanted: Ip) -> int:
        return UNKNOWN if not addresses else FOUND if wanted in addresses else DIFFERENT

    @export("ipops.dns_sys_match_ip")
    def dns_sys_match_ip(self, host: str, ip: str) -> int:
        """1: the host has this address; -1: it has others; -3: no address; -4: not resolvable."""
        wanted = _reference(ip)
        return self._match(self._addresses(host), wanted) if wanted else BAD_IP

    @export("ipops.dns_int_match_ip")
    def dns_int_match_ip(self, host: str, ip: str) -> int:
        """The same as the core resolves names: IPv6 only where the engine listens on it, and where there is no IPv4."""
        wanted = _reference(ip)
        if not wanted:
            return BAD_IP
        addresses = self._addresses(host, ("A",))
        if not addresses and self._services.listens_on_ipv6:
            addresses = self._addresses(host, ("AAAA",))
        return self._match(addresses, wanted)

    @export("ipops.dns_query")
    def dns_query(self, name: str, id: str) -> int:
        """Fill $dns(id=>...). 1; -2: the name is too long; -4: not resolvable, then all of it is null."""
        if _size(name) > MAX_NAME:
            return BAD_NAME
        addresses = self._addresses(name)
        self._services.answer("dns", id.strip(), _found(addresses, None))
        return FOUND if addresses else UNKNOWN

    @export("ipops.ptr_query")
    def ptr_query(self, ip: str, id: str) -> int:
        """Fill $ptrquery(id=>...). 1; -2: the text is too long; -4, -5: no address; -6: it has no name."""
        if _size(ip) > MAX_IP:
            return BAD_NAME
        address = _address(ip)
        if not address:
            return NO_IP6 if ":" in ip else NO_IP4
        names = self._ask(address.reverse_pointer, "PTR")
        self._services.answer("ptrquery", id.strip(), {**_found([address], str(names[0])), "ip": str(address)} if names else {})
        return FOUND if names else NO_NAME

    @export("ipops.srv_query")
    def srv_query(self, name: str, id: str) -> int:
        """Fill $srvquery(id=>...), in the order of RFC 2782. 1, with a count of 0 too; -2: no name; -3: nobody has read it yet."""
        if not name:
            return BAD_NAME
        if not self._services.asked("srvquery", id.strip()):
            return NO_PLACE
        records = in_order(cast("list[Srv]", self._ask(name, "SRV")), self._services.random())
        keys = ("priority", "weight", "port", "target")
        self._services.answer("srvquery", id.strip(), _columns(keys, records))
        return FOUND

    @export("ipops.naptr_query")
    def naptr_query(self, name: str, id: str) -> int:
        """Fill $naptrquery(id=>...), by order and preference (RFC 3403). Results as srv_query's."""
        if not name:
            return BAD_NAME
        if not self._services.asked("naptrquery", id.strip()):
            return NO_PLACE
        records = sorted(cast("list[Naptr]", self._ask(name, "NAPTR")), key=lambda record: record[:2])
        keys = ("order", "pref", "flags", "services", "regex", "replace")
        self._services.answer("naptrquery", id.strip(), _columns(keys, records))
        return FOUND

    @export("ipops.dns_set_local_ttl")
    def dns_set_local_ttl(self, seconds: Int32) -> int:
        """Tell the resolver, if it keeps local names for a time. 1."""
        hear = getattr(self._services.resolver, "set_local_ttl", None)
        if hear:
            hear(seconds)
        return FOUND


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))


def _address(text: str) -> Ip | None:
    try:
        return None if "%" in text else ipaddress.ip_address(text)
    except ValueError:
        return None


def _reference(text: str) -> Ip | None:
    """An address, an IPv6 one in brackets too."""
    inner = _address(text[1:-1]) if text.startswith("[") and text.endswith("]") else None
    return inner if isinstance(inner, ipaddress.IPv6Address) else _address(text)


def _found(addresses: Sequence[Ip], hostname: str | None) -> dict[str, Field]:
    """The keys of $dns; none when there is no address."""
    if not addresses:
        return {}
    types: list[int] = [address.version for address in addresses]
    flags: dict[str, Field] = {"ipv4": int(4 in types), "ipv6": int(6 in types), "count": len(types), "hostname": hostname}
    return {**flags, "addr": [str(address) for address in addresses], "type": types}


def _columns(keys: Sequence[str], records: Sequence[Sequence[object]]) -> dict[str, Field]:
    fields: dict[str, Field] = {"count": len(records)}
    for place, key in enumerate(keys):
        fields[key] = cast("list[str]", [record[place] for record in records])
    return fields


def in_order(records: Iterable[Srv], random: random.Random) -> list[Srv]:
    """SRV records by priority, within one by chance in proportion to weight; those of weight 0 come last (RFC 2782)."""
    ordered: list[Srv] = []
    groups: dict[int, list[Srv]] = {}
    for record in records:
        groups.setdefault(record[0], []).append(record)
    for _, group in sorted(groups.items()):
        heavy = [record for record in group if record[1] > 0]
        while heavy:
            left = random.randint(1, sum(record[1] for record in heavy))
            for place, record in enumerate(heavy):
                left -= record[1]
                if left <= 0:
                    ordered.append(heavy.pop(place))
                    break
        light = [record for record in group if record[1] <= 0]
        random.shuffle(light)
        ordered += light
    return ordered
