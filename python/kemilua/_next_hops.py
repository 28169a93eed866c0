"""Next hops that are names, and what could not be sent: how a host tells an engine what came of its effects."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kemilua import _arguments as arguments
from kemilua._ffi import CData, ffi, lib, write_span
from kemilua._inputs import Inputs
from kemilua._packet import DEFAULT_ADDRESS, TRANSPORTS, check_address, make_packet, transport_name
from kemilua._round_trip import read_resolve
from kemilua.effects import Effect, Resolve, Send, Target
from kemilua.errors import ArgumentTypeError, check

__all__ = ["NextHops"]

MAX_TICKET = 2**63 - 1


def _make_targets(targets: Iterable[Target]) -> tuple[CData, int, list[CData]]:
    """Return an array of `kl_target`, its length, and what must stay alive as long as it is used; raises ArgumentError."""
    given = arguments.items("targets", targets)
    array = ffi.new("kl_target[]", len(given))
    keep = [array]
    for index, one in enumerate(given):
        what = f"targets[{index}]"
        if not isinstance(one, (tuple, list)) or len(one) != 3:
            raise ArgumentTypeError(f"{what} must be (host, port, transport), not {arguments.shown(one)}")
        host, array[index].port = check_address(what, (one[0], one[1]))
        keep.append(write_span(array[index].host, host))
        array[index].transport = TRANSPORTS[transport_name(one[2], f"the transport of {what}")]
    error = ffi.new("kl_error *")
    check(lib.kl_targets_check(array, len(given), error), error)
    return array, len(given), keep


class NextHops(Inputs):
    """The part of an Engine that is told where a name leads to, and what did not go out."""

    _next_hops: Callable[[Resolve], Iterable[Target] | None] | None
    _found: list[CData]
    """What C was given last."""

    def _set_next_hops(self, next_hops: Callable[[Resolve], Iterable[Target] | None] | None) -> None:
        if next_hops is not None and not callable(next_hops):
            arguments.refuse_type("next_hops", "a function or None", next_hops)
        self._next_hops = next_hops
        self._found = []

    def _find_next_hops(self, question: CData, targets: CData, most: int) -> int:
        """Write the first of the addresses that `next_hops` knows; return how many, -1 for what it does not know at once."""
        from kemilua.dns import ResolveError

        assert self._next_hops is not None  # or C would not ask
        try:
            found = self._next_hops(read_resolve(question))
        except (ResolveError, OSError):
            return 0
        if found is None:
            return -1
        array, count, self._found = _make_targets(found)
        count = min(count, most)
        for index in range(count):
            targets[index] = array[index]
        return count

    def resolved(self, ticket: int, targets: Iterable[Target], *, now: float, monotonic: float | None = None) -> list[Effect]:
        """Answer a `Resolve`: the transaction that waits goes on to the first address; return the effects.

        `targets` are (host, port, transport) in order of preference, with numeric hosts, such as `kemilua.dns.next_hops` finds them.
        Further ones are tried when that one does not answer in time, answers 503, or cannot be sent to (`send_failed`); those for
        which the engine has no socket are left out. Without any the branch ends with 478, and its failure route runs. A ticket that
        nobody waits for any more, as after a CANCEL or fr_timer, is ignored.

        `now` and `monotonic` are those of `handle_timer`. Raises like `receive_datagram`.
        """
        number = _ticket(ticket)
        array, count, _keep = _make_targets(targets)
        return self._take_in(lib.kl_engine_resolved, number, array, count, arguments.seconds("now", now), self._monotonic(monotonic))

    def post_resolved(self, ticket: int, targets: Iterable[Target], *, now: float, monotonic: float | None = None) -> None:
        """Hand the answer to a `Resolve` to the engine, from any thread and while it runs: `handle_inputs` gives it to `resolved`.

        Raises like `post_datagram`.
        """
        number = _ticket(ticket)
        array, count, _keep = _make_targets(targets)
        self._post(lib.kl_inbox_post_resolved, number, array, count, arguments.seconds("now", now), self._posted(now, monotonic))

    def send_failed(self, send: Send, *, now: float, monotonic: float | None = None) -> list[Effect]:
        """Tell that a `Send` did not go out: no connection, a refused datagram, a name without address; return the effects.

        A request of a transaction that nobody has answered goes to the next address of its next hop, if there is one. Else its
        branch ends with 477, or 503 when it had gone out before, and its failure route runs. Anything else is ignored: it is
        sent again in time, or is no transaction's.

        `now` and `monotonic` are those of `handle_timer`. Raises like `receive_datagram`.
        """
        packet, _keep = _unsent(send, now)
        packet.monotonic = self._monotonic(monotonic)
        return self._take_in(lib.kl_engine_send_failed, packet)

    def post_send_failed(self, send: Send, *, now: float, monotonic: float | None = None) -> None:
        """Hand a `Send` that did not go out to the engine, from any thread and while it runs: `handle_inputs` gives it to `send_failed`.

        Raises like `post_datagram`.
        """
        packet, _keep = _unsent(send, now)
        packet.monotonic = self._posted(now, monotonic)
        self._post(lib.kl_inbox_post_send_failed, packet)


def _ticket(ticket: int) -> int:
    return arguments.integer("ticket", ticket, 1, MAX_TICKET)


def _unsent(send: Send, now: float) -> tuple[CData, list[CData]]:
    if not isinstance(send, Send):
        arguments.refuse_type("send", "a kemilua.Send", send)
    local = DEFAULT_ADDRESS if send.local is None else send.local
    return make_packet(send.data, send.destination, local, send.transport, send.connection, arguments.seconds("now", now))
