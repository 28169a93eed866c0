"""What other threads hand to an engine: posted at any time, handled by the thread that runs it, in the order they came in."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kemilua import _arguments as arguments
from kemilua import rpc
from kemilua._answers import Answers, merged, pass_on
from kemilua._ffi import CData, ffi, lib, span
from kemilua._packet import Data, make_packet
from kemilua.effects import Address, Effect
from kemilua.errors import ArgumentError, EngineClosedError, check

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["Inputs"]

_waiting: dict[int, Any] = {}
"""Weak references to the engines that want to be told, by the number that C knows them by: it may tell one that has just gone."""
_numbers = itertools.count(1)


def _number_of(engine: Inputs) -> int:
    from weakref import ref

    number = next(_numbers)
    _waiting[number] = ref(engine, lambda _: _waiting.pop(number, None))
    return number


@ffi.def_extern()  # type: ignore[untyped-decorator, unused-ignore]
def kl_py_wake(number: int) -> None:
    """An input came to an empty inbox, in the thread that posted it."""
    reference = _waiting.get(number)
    engine = reference() if reference is not None else None
    if engine is not None:
        engine._on_input()


class Inputs(Answers):
    """The part of an Engine that other threads may use while it runs."""

    _box: CData
    """The inbox, which outlives the engine: whoever posts holds it."""
    _on_input: Callable[[], object] | None
    """What is called when there is something to handle."""

    def _open_inbox(self, on_input: Callable[[], object] | None) -> None:
        if on_input is not None and not callable(on_input):
            arguments.refuse_type("on_input", "a function or None", on_input)
        pointer = self._open()
        self._on_input = on_input
        self._tickets = itertools.count(1)
        self._calls: dict[int, tuple[Future[Any], str, tuple[Any, ...]]] = {}
        self._box = ffi.gc(lib.kl_engine_inbox(pointer), lib.kl_inbox_free)
        if on_input is not None:
            lib.kl_engine_tell_inputs(pointer, _number_of(self))

    def _post(self, function: Callable[..., int], *given: Any) -> None:
        if self._pointer is None:
            raise EngineClosedError("the engine is closed")
        error = ffi.new("kl_error *")
        status = function(self._box, *given, error)
        if status == lib.KL_ENOENT:
            raise EngineClosedError("the engine is closed")
        check(status, error)

    def post_datagram(
        self,
        data: Data,
        source: Address,
        local: Address,
        transport: str = "udp",
        *,
        now: float,
        monotonic: float | None = None,
        connection: int | None = None,
    ) -> None:
        """Hand a message to the engine, from any thread and while it runs: `handle_inputs` gives it to `receive_datagram`.

        Which engine of several a message belongs to tells `SharedState.owner`. The arguments are those of `receive_datagram`;
        `local` and `now` must be given, as only the thread that runs the engine knows its own.

        Raises ArgumentError, EngineClosedError, and EngineBusyError when more bytes than `Limits.memory` would wait.
        """
        packet, _keep = make_packet(data, source, local, transport, connection, arguments.seconds("now", now))
        packet.monotonic = self._posted(now, monotonic)
        self._post(lib.kl_inbox_post_packet, packet)

    def post_timer(self, now: float, monotonic: float | None = None) -> None:
        """Hand the time to the engine, from any thread and while it runs: `handle_inputs` gives it to `handle_timer`.

        Raises like `post_datagram`.
        """
        self._post(lib.kl_inbox_post_timer, arguments.seconds("now", now), self._posted(now, monotonic))

    def _posted(self, now: float, monotonic: float | None) -> float:
        if monotonic is not None:
            return self._timers_time(monotonic)
        if self._two_clocks:
            raise ArgumentError("monotonic must be given: only the thread that runs the engine knows the last one")
        return now

    def post_rpc(self, command: str, *parameters: Any) -> Future[Any]:
        """Hand an RPC command to the engine, from any thread and while it runs; its result is the future's.

        The future has what `rpc` returns or raises once the thread that runs the engine has called `handle_inputs` (and
        what is to be waited for has come), and EngineClosedError when the engine is closed before. Of several engines with
        one shared state all are asked where each has a part of the answer: `tm.list` lists the transactions of all, and
        `tm.stats` adds their numbers. Raises like `post_datagram`.
        """
        name = rpc.name_of(command)
        merge = lib.kl_command_merge(span(name))
        engines = self._engines() if merge != lib.KL_MERGE_NONE else []
        if len(engines) < 2:
            return self._post_command(name, parameters)
        return merged(merge, [engine._post_command(name, parameters) for engine in engines])

    def _post_command(self, command: str, parameters: tuple[Any, ...]) -> Future[Any]:
        """To this engine alone."""
        from concurrent.futures import Future

        future: Future[Any] = Future()
        ticket = next(self._tickets)
        self._calls[ticket] = future, command, parameters
        try:
            self._post(lib.kl_inbox_post_rpc, ticket)
        except BaseException:
            del self._calls[ticket]
            raise
        return future

    def handle_inputs(self, now: float | None = None, monotonic: float | None = None) -> list[Effect]:
        """Handle all that was posted, in the order it came in; return the effects. Ask `next_timer` afterwards.

        `now` and `monotonic` are the time of what was posted without one, such as commands, None the last ones given: what a
        command sends is waited for from then on. Timers that are due by then are `handle_timer`'s.

        Raises like `receive_datagram`: what had been done before is kept for `take_effects`, what comes behind stays posted.
        """
        kind, ticket = ffi.new("kl_input_kind *"), ffi.new("int64_t *")
        effects: list[Effect] = []
        try:
            while True:
                if now is not None:
                    self._set_time(now, monotonic)
                effects += self._take_in(lib.kl_engine_handle_input, kind, ticket)
                if kind[0] == lib.KL_INPUT_NONE:
                    return effects
                if kind[0] == lib.KL_INPUT_RPC:
                    self._answer_ticket(ticket[0])
                    effects += self.take_effects()
        except BaseException:
            self._effects = effects + self._effects
            raise

    def _answer_ticket(self, ticket: int) -> None:
        """Run a command that was posted."""
        future, command, parameters = self._calls.pop(ticket)
        if not future.set_running_or_notify_cancel():
            return
        try:
            result = rpc.call(self, command, *parameters)  # type: ignore[arg-type]
        except Exception as error:
            future.set_exception(error)
            return
        if rpc.is_awaited(result):
            result.add_done_callback(lambda done: pass_on(done, future))
        else:
            future.set_result(result)

    def _close_inbox(self) -> None:
        """No command is waited for in vain."""
        while self._calls:
            future, _, _ = self._calls.popitem()[1]
            if future.set_running_or_notify_cancel():
                future.set_exception(EngineClosedError("the engine was closed before it came to this command"))
        self._close_answers()
