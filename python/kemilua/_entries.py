"""How messages, words and code get into an engine: `receive_datagram` and `lua_run` in full, and what the like of them share.

On CPython C has methods of both names (csrc/cpython/entries.c), which take what is plain at once, and call these for the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kemilua import _arguments as arguments
from kemilua._ffi import CData, ffi, lib, span
from kemilua._packet import DEFAULT_ADDRESS, Data, make_packet, transport_name
from kemilua._round_trip import Result, RoundTrip
from kemilua.effects import Address, Effect
from kemilua.errors import ArgumentError
from kemilua.message import Message

__all__ = ["Entries"]


class Entries(RoundTrip):
    """The part of an Engine that lets in."""

    _locals: dict[str, Address]
    """The first listening socket of each transport."""
    _two_clocks: bool

    def receive_datagram(
        self,
        data: Data,
        source: Address,
        local: Address | None = None,
        transport: str = "udp",
        now: float | None = None,
        *,
        connection: int | None = None,
        monotonic: float | None = None,
    ) -> list[Effect]:
        """Route one request or reply as Kamailio does; return the effects in the order in which they happened.

        `source` is where it came from, (host, port) with a numeric host; `local` the socket it came in on, None the
        first one of `listen` with this transport; `now` seconds of the host program's clock, from 0 up to the year 9999,
        None the last ones given; `connection` the host program's id of a stream connection, from 0 to 2**31 - 1. A frame
        of a WebSocket is one message (RFC 7118), and comes here too. `monotonic` is the time of an engine with a clock for
        timers (`Engine(monotonic=...)`), None the last one given.

        What is malformed becomes a Log and a Drop. Raises EngineBusyError within a run or from another thread,
        EngineClosedError, ArgumentError that names the argument, AllocationError when effects were lost for want of
        memory, and with errors="raise" what the script or an export raised.
        """
        here = self._local(transport) if local is None else local
        packet, _keep = make_packet(data, source, here, transport, connection, self._now() if now is None else now)
        packet.monotonic = self._monotonic(monotonic)
        return self._take_in(lib.kl_engine_receive, packet)

    def _take_in(self, function: Callable[..., int], *given: Any) -> list[Effect]:
        """Let C run what came in: a message, the time, something posted; return the effects."""

        def run(engine: CData, _: CData, error: CData) -> None:
            status = function(engine, *given, error)
            if status != lib.KL_OK:
                raise self._exception(status, error)
            if error.status != lib.KL_OK and self._raises:
                raise self._exception(error.status, error)

        self._perform(None, run)
        return self.take_effects()

    def take_effects(self) -> list[Effect]:
        """Return what the last lua_run, lua_dofile, lua_dostring, lua_runstring, eval, pv_set or reload produced, once.

        Also what a receive_datagram, receive_stream or handle_timer had done before it raised. Every call forgets what an
        earlier one left.
        """
        self._open()
        effects, self._effects = self._effects, []
        return effects

    def lua_run(self, function: str | bytes, *parameters: str | bytes, message: Message | Data | None = None) -> int:
        """Call a function of the loaded scripts with up to three parameters; pseudo-variables in all words are evaluated.

        `message` is what KSR functions work on: a Message, which keeps its edits, flags and variables from run to run,
        or the bytes of one; without it they refuse, as in Kamailio.

        Returns 1, or -1 when there is no such function, a parameter cannot be evaluated or has more than 1022 bytes, or
        the function failed, which is logged. Raises EngineBusyError, NestingError; with errors="raise" also the failure.
        """
        if len(parameters) > 3:
            raise ArgumentError(f"lua_run takes a function and up to three parameters, not {len(parameters)}")
        words = [arguments.text(f"parameter {index}" if index else "function", word) for index, word in enumerate((function, *parameters))]
        spans = [span(word) for word in words]
        return self._lua(message, lib.kl_engine_lua_run, ffi.new("kl_span[]", spans), len(spans))

    def _lua(self, message: Message | Data | None, function: Callable[..., int], *given: Any) -> int:
        result = ffi.new("int *")

        def run(engine: CData, target: CData, error: CData) -> int:
            self._judge(function(engine, target, *given, result, error), error)
            self._judge(error.status, error)
            return int(result[0])

        return self._perform_with(message, run)

    def _perform_with(self, message: Message | Data | None, action: Callable[[CData, CData, CData], Result]) -> Result:
        """`_perform` on a Message, on the bytes of one, whose time ends with this call, or on none."""
        if message is None or isinstance(message, Message):
            return self._perform(message, action)
        own = Message.parse(message, local=self._local("udp"), now=self._now(), engine=self)  # type: ignore[arg-type]
        try:
            return self._perform(own, action)
        finally:
            own._expire()

    def _now(self) -> float:
        return float(self._ask(lib.kl_engine_now))

    def _monotonic(self, given: float | None) -> float:
        """What stands for a time of the timers' clock; raises ArgumentError where an engine has none of its own."""
        if given is None:
            return float(self._ask(lib.kl_engine_monotonic))
        return self._timers_time(given)

    def _set_time(self, now: float, monotonic: float | None) -> None:
        self._ask(lib.kl_engine_set_time, arguments.seconds("now", now), self._monotonic(monotonic))

    def _timers_time(self, monotonic: float) -> float:
        if not self._two_clocks:
            raise ArgumentError("monotonic: the timers of this engine go by now; one made with Engine(monotonic=...) has a clock for them")
        return arguments.seconds("monotonic", monotonic)

    def _local(self, transport: str) -> Address:
        """The first listening socket of a transport, else the first one, else a default."""
        return self._locals.get(transport_name(transport)) or next(iter(self._locals.values()), DEFAULT_ADDRESS)


for entry in (Entries.receive_datagram, Entries.lua_run):
    entry.__qualname__ = f"Engine.{entry.__name__}"  # whose they are to who calls them wrongly
