"""What an engine asks its host to do, in the order in which it happened."""

from __future__ import annotations

import enum
from typing import Literal, TypeAlias

from kemilua._records import dataclass

__all__ = ["Address", "Alias", "Columns", "Drop", "Effect", "Level", "Log", "Release", "Resolve", "Send", "Store", "StoreValue", "Target"]

Address: TypeAlias = "tuple[str, int]"
"""Host and port. Hosts are numeric text, IPv6 without brackets, or a name where the text says so."""

Target: TypeAlias = "tuple[str, int, str]"
"""Host, port and transport: an address of a next hop. The host is numeric text, IPv6 without brackets."""

StoreValue: TypeAlias = "str | bytes | int | float | None"
"""A value of a column; integers are those of 64 bits."""

Columns: TypeAlias = "tuple[tuple[str, StoreValue], ...]"
"""Names of columns with their values: `dict` makes a dict of them."""


class Level(enum.IntEnum):
    """Kamailio's log levels. A line is written when its level is at most the threshold."""

    ALERT = -5
    BUG = -4
    CRIT2 = -3
    CRIT = -2
    ERR = -1
    WARN = 0
    NOTICE = 1
    INFO = 2
    DBG = 3

    @property
    def logging(self) -> int:
        """The level of Python's `logging` that stands for this one; NOTICE lies between INFO and WARNING."""
        return _LOGGING[self]


_LOGGING = {  # CRITICAL, ERROR, WARNING, INFO and DEBUG are these for good; importing `logging` for them would take long
    Level.ALERT: 50,
    Level.BUG: 50,
    Level.CRIT2: 50,
    Level.CRIT: 50,
    Level.ERR: 40,
    Level.WARN: 30,
    Level.NOTICE: 25,
    Level.INFO: 20,
    Level.DBG: 10,
}


def threshold(level: int) -> Level:
    """Return the least severe of Kamailio's levels that a logger of this effective level lets pass.

    Above CRITICAL nothing passes: that is ALERT here, as one severity below it does not exist.
    """
    passing = [ours for ours, theirs in _LOGGING.items() if theirs >= level]
    return max(passing, default=Level.ALERT)


@dataclass(frozen=True, slots=True)
class Send:
    """Bytes to put on the wire."""

    data: bytes
    """The datagram, or one whole message for a stream."""
    destination: Address
    """Where to. The host is numeric, or a name that the host program resolves (RFC 3263)."""
    transport: str
    """`udp`, `tcp`, `tls`, `sctp`, `ws` or `wss`."""
    local: Address | None = None
    """The listening socket to send from; None leaves the choice to the host program."""
    connection: int | None = None
    """Id of the stream connection to try first, as it was given to `receive_datagram`; None when there is none."""
    close: bool = False
    """Close the connection once this is sent (KSR.set_reply_close, KSR.set_forward_close)."""
    no_connect: bool = False
    """Use an existing connection or none at all (KSR.set_reply_no_connect, KSR.set_forward_no_connect)."""
    after: int = 0
    """The ticket of a `Store`: keep this aside until a `Release` has the same one, and do then what that says. 0: send it at once."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Nothing will be sent for what came in, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Log:
    """One line that a script or the engine logged."""

    level: Level
    text: str
    """As it was logged, with whatever a peer sent in it: `kemilua.printable` makes it fit for a log or a terminal."""
    where: str = ""
    """`script.lua:12`, where the line is known."""


@dataclass(frozen=True, slots=True)
class Alias:
    """A stream connection leads to one more address: send there by it (KSR.add_tcp_alias, RFC 5923)."""

    connection: int
    """Id of the connection, as it was given to `receive_datagram`."""
    address: Address
    """What the connection now stands for, besides where it came from."""
    transport: str
    """`tcp`, `tls`, `ws` or `wss`."""
    local: Address | None = None
    """The socket it came in on."""


@dataclass(frozen=True, slots=True)
class Resolve:
    """A transaction waits for the addresses of a next hop that is a name (RFC 3263): answer with `Engine.resolved`."""

    ticket: int
    """What the answer is known by: a number that this engine has not used before."""
    name: str
    """The host of the URI."""
    port: int | None = None
    """That of the URI, None when it has none."""
    transport: str | None = None
    """That of the URI or of the script's function, None when none is told."""
    sips: bool = False
    """Whether the URI is a sips: one."""
    local: Address | None = None
    """The socket that the script chose, else the one the request came in on."""


@dataclass(frozen=True, slots=True)
class Store:
    """A change of one row that must survive: tell with `Engine.stored` what became of it. What tells of it waits meanwhile."""

    ticket: int
    """What the answer is known by: higher than any before, of all engines with one `SharedState`."""
    table: str
    """Its name in Kamailio's schema."""
    operation: Literal["upsert", "insert", "delete"]
    """`upsert` makes the row of that key or changes it, `insert` adds one, `delete` takes away what has that key."""
    key: Columns
    """The columns that find the row."""
    values: Columns
    """The others."""


@dataclass(frozen=True, slots=True)
class Release:
    """What was kept aside for a ticket (`Send.after`) is sent now, in order; with `drop` it is thrown away."""

    ticket: int
    """That of the `Store`."""
    drop: bool = False
    """It could not be stored: what is sent instead follows in the list."""


Effect: TypeAlias = "Send | Drop | Log | Alias | Resolve | Store | Release"
