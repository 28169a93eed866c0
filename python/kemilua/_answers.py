"""Answers to RPC commands that do not come at once: of a peer, of another engine, of all engines together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kemilua._entries import Entries
from kemilua._ffi import lib
from kemilua.errors import EngineClosedError, RpcError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from kemilua.engine import Engine
    from kemilua.shared import SharedState

__all__ = ["Answers", "merged", "pass_on"]


class Answers(Entries):
    """The part of an Engine that waits for them."""

    _shared: SharedState | None
    _awaited: dict[int, Future[Any]]
    """By the number that C gave for an answer."""
    _early: dict[int, tuple[int, Any]]
    """Code and value of those that came before anybody waited."""

    def _open_answers(self, shared: SharedState | None) -> None:
        self._shared = shared
        self._awaited, self._early = {}, {}
        if shared is not None:
            shared._join(self)  # type: ignore[arg-type]

    def _engines(self) -> list[Engine]:
        """All that are open, where several may share a state."""
        return [] if self._shared is None else list(self._shared._open_engines().values())

    def _await(self, number: int) -> Future[Any]:
        future = self._awaited[number] = _begun()
        if number in self._early:
            self._answered(number, *self._early.pop(number))
        return future

    def _answered(self, number: int, code: int, value: Any) -> None:
        future = self._awaited.pop(number, None)
        if future is None:
            self._early[number] = code, value
        elif code != 0:
            future.set_exception(RpcError(code, str(value)))
        else:
            future.set_result(value)

    def _ask_other(self, number: int, command: str, parameters: tuple[Any, ...]) -> Future[Any]:
        """Hand a command to the engine of that number, which alone knows what it is about."""
        engine = None if self._shared is None else self._shared._open_engines().get(number)
        if engine is None:
            raise EngineClosedError(f"engine {number}, which this command is for, is closed")
        return engine._post_command(command, parameters)

    def _close_answers(self) -> None:
        """No answer is waited for in vain."""
        while self._awaited:
            self._awaited.popitem()[1].set_exception(EngineClosedError("the engine was closed before the answer came"))


def _begun() -> Future[Any]:
    """Nobody cancels what is under way already."""
    from concurrent.futures import Future

    future: Future[Any] = Future()
    future.set_running_or_notify_cancel()
    return future


def pass_on(done: Future[Any], to: Future[Any]) -> None:
    """What became of one becomes of the other."""
    error = done.exception()
    if error is None:
        to.set_result(done.result())
    else:
        to.set_exception(error)


def merged(merge: int, parts: list[Future[Any]]) -> Future[Any]:
    """One answer of those of several engines; an engine that closes meanwhile has none. The first other failure is that of all."""
    import threading

    whole = _begun()
    left, lock = len(parts), threading.Lock()

    def count(_: Future[Any]) -> None:
        nonlocal left
        with lock:
            left -= 1
            if left > 0:
                return
        try:
            whole.set_result(_whole(merge, parts))
        except Exception as error:
            whole.set_exception(error)

    for part in parts:
        part.add_done_callback(count)
    return whole


def _whole(merge: int, parts: list[Future[Any]]) -> Any:
    answers = [part.result() for part in parts if not isinstance(part.exception(), EngineClosedError)]
    if not answers:
        raise EngineClosedError("all engines were closed before the answer came")
    if merge == lib.KL_MERGE_LIST:
        return [one for answer in answers for one in answer]
    return {name: sum(answer[name] for answer in answers) for name in answers[0]}
