"""UDP sockets around an engine: the loop that a host program would otherwise write itself."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import threading
import types
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from kemilua import _arguments as arguments
from kemilua import _logs
from kemilua._ffi import ffi, lib
from kemilua._packet import Data, check_address
from kemilua._udp_config import LoopConfig
from kemilua._udp_native import NativeLoop
from kemilua._udp_portable import PortableLoop, family_of
from kemilua.effects import Address, Alias, Drop, Effect, Log, Resolve, Send, Store
from kemilua.engine import Engine
from kemilua.errors import ArgumentError, ConfigError, EngineBusyError, EngineClosedError, NotFoundError, check

__all__ = ["UdpLoop"]

SOCKET = re.compile(r"(?:udp:)?(?P<host>\[[0-9A-Fa-f:.]+\]|[0-9.]+):(?P<port>\d{1,5})")
MAX_SOCKETS = 64
KINDS = (Send, Drop, Log, Alias, Resolve, Store)
LOOK = 0.5
"""Seconds after which the threshold of the logger is looked at again."""


class UdpLoop:
    """Takes datagrams from sockets, lets an engine route them, sends what is to be sent, and calls its timers.

    `run` does so in the thread that calls it, in C and without the interpreter's lock as long as no Python export is called.
    Several engines with one `SharedState` run in a thread each, a loop each, with the same sockets: whichever loop reads a message
    hands it to the engine that owns it (`SharedState.owner`).

    Use it as a context manager, or call `close`.
    """

    def __init__(
        self,
        engine: Engine,
        sockets: str | socket.socket | Iterable[str | socket.socket] | None = None,
        *,
        on_effect: Callable[[Effect], object] | None = None,
        kinds: Iterable[type[Effect]] = (Send, Drop, Log, Alias, Resolve, Store),
        store: Callable[[Store], object] | None = None,
        batch: int = 64,
        max_datagram: int = 65535,
        queue: int = 10_000,
        backlog: int = 10_000,
        held: int = 10_000,
        held_bytes: int = 16 * 2**20,
        log_fd: int | None = None,
        native: bool | None = None,
    ) -> None:
        """Bind the sockets that are given as text; what comes in from now on waits for `run`.

        - `sockets`: texts such as `udp:127.0.0.1:5060` or `udp:[::1]:5060`, which the loop binds and closes, or UDP sockets that
          are bound already and stay the caller's; None: the UDP sockets of the engine's `listen`. Port 0 takes a free one, which
          `addresses` tells: an engine that forwards wants to know it beforehand, so bind a socket and give its port to both.
        - `on_effect`: called with what the loop cannot do itself: each `Send` by another transport, to a name, or from a socket that
          is not the loop's; `Drop`, `Log` (which the logger has already) and `Alias`; `Resolve`, which `Engine.post_resolved` answers.
          In a thread of its own, one effect at a time; what it raises is logged. None: log lines reach the logger, the rest is
          nobody's. `kinds`: which effects it is called with; `Store` goes to `store`, where that is given. The engine hears of datagrams
          that a socket refused (`Engine.send_failed`).
        - `batch`: datagrams that are read at once, 1 to 1024. `max_datagram`: bytes that one may have; longer ones are dropped.
        - `queue`: effects that wait for `on_effect` and the logger; more are lost, and counted as `overflow`.
        - `backlog`: inputs that may wait for an engine that is busy, when another loop has a message for it; further messages are
          lost, and counted as `inbox_full`. A retransmission of a message that waits is not put there again (`repeated`).
        - `store`: called with each `Store` in that thread, such as `StoreWriter.put`; what becomes of it is told by `SharedState.stored` or
          `Engine.post_stored`. A Store that nobody takes, that finds the queue full, or for which this raises is told as failed.
        - `held`, `held_bytes`: messages, and bytes of them, that are kept aside until something is stored; further ones are lost, and
          counted as `held_full`: whoever sent the request repeats it, and is answered once it is stored.
        - `log_fd`: a descriptor that gets log lines from C: time, level, file and line, text. That costs a tenth of what the logger does,
          which still gets those that are not of ASCII alone, and all where `on_effect` is called with `Log`, or the loop is Python's.
        - `native`: False takes the loop in Python that systems without recvmmsg have; None the best.

        Raises ConfigError for a socket that cannot be had, ArgumentError for the rest; NotFoundError for native=True where there is none.
        """
        if not isinstance(engine, Engine):
            arguments.refuse_type("engine", "a kemilua.Engine", engine)
        if on_effect is not None and not callable(on_effect):
            arguments.refuse_type("on_effect", "a function or None", on_effect)
        if store is not None and not callable(store):
            arguments.refuse_type("store", "a function or None", store)
        self._engine, self._on_effect, self._store = engine, on_effect, store
        self._kinds = _kinds(kinds) if on_effect is not None else ()
        self._used = self._running = False
        self._own: list[socket.socket] = []
        config = LoopConfig(
            batch=arguments.integer("batch", batch, 1, 1024),
            max_datagram=arguments.integer("max_datagram", max_datagram, 1, 65535),
            queue=arguments.integer("queue", queue, 1, 2**31 - 1),
            backlog=arguments.integer("backlog", backlog, 1, 2**31 - 1),
            held=arguments.integer("held", held, 1, 2**31 - 1),
            held_bytes=arguments.integer("held_bytes", held_bytes, 1, 2**63 - 1),
            log_fd=None if log_fd is None else arguments.integer("log_fd", log_fd, 0, 2**31 - 1),
            kinds=self._kinds if store is None else (*self._kinds, Store),
        )
        self._loop = _make(engine, native, config)
        try:
            self._sockets = [self._socket(one) for one in _given(engine, sockets)]
            if len(self._sockets) > MAX_SOCKETS:
                raise ArgumentError(f"sockets: a loop has at most {MAX_SOCKETS}")
            for sock in self._sockets:
                self._loop.add(sock)
        except BaseException:
            self._close_sockets()
            raise

    def _socket(self, given: str | socket.socket) -> socket.socket:
        if not isinstance(given, socket.socket):
            sock = bind(given)
            self._own.append(sock)
            return sock
        if given.type != socket.SOCK_DGRAM or given.family not in (socket.AF_INET, socket.AF_INET6):
            raise ArgumentError("sockets: a UDP socket is expected")
        if given.fileno() < 0 or given.getsockname()[1] == 0:
            raise ArgumentError("sockets: a socket that is not bound, or closed")
        return given

    @property
    def sockets(self) -> list[socket.socket]:
        """The sockets, to give to the loops of other engines."""
        return list(self._sockets)

    @property
    def addresses(self) -> list[Address]:
        """Host and port of each socket."""
        return [sock.getsockname()[:2] for sock in self._sockets]

    def counters(self) -> dict[str, int]:
        """What the loop has done so far, from any thread.

        Datagrams `received`, in `receive_batches`, `receive_errors`, `truncated`; messages `handed_over` to other loops' engines,
        `repeated` and `inbox_full` there; datagrams `sent`, in `send_batches`, and those given up by the reason: `send_blocked`
        (EAGAIN), `send_no_buffers` (ENOBUFS), `send_refused` (ECONNREFUSED), `send_unreachable` (ENETUNREACH, EHOSTUNREACH),
        `send_too_large` (EMSGSIZE), `send_failed` (others); messages `held` until something was stored, those lost there `held_full`;
        Drop effects `dropped`, runs that `failed`; effects `queued` for Python, and lost there by `overflow`.
        """
        return self._loop.counters()

    def send(self, data: Data, destination: Address, local: Address | None = None) -> None:
        """Send a datagram from one of the sockets: `local`, else the first of its family. For `on_effect`, from any thread.

        Raises ArgumentError when there is no such socket or an address is a name, OSError when it cannot be sent.
        """
        place, family = _numeric("destination", destination)
        here = None if local is None else _numeric("local", local)[0]
        view = arguments.buffer("data", data)
        for sock in self._sockets:
            if sock.family == family and here in (None, sock.getsockname()[:2]):
                sock.sendto(ffi.buffer(view), place)
                return
        raise ArgumentError(f"the loop has no socket {'of that family' if local is None else arguments.shown(local)}")

    # ---- the run

    def run(self) -> None:
        """Serve until `stop`, once. What had come in by then is done before it returns, `on_effect` included.

        In the main thread Python's handlers of signals run as they do elsewhere, and what they raise ends the loop. Meanwhile the
        engine is this thread's: what other threads have for it they post (`Engine.post_rpc`).

        Raises what must not be lost (KeyboardInterrupt, SystemExit ...), and with `Engine(errors="raise")` the first failure;
        EngineBusyError, EngineClosedError; ArgumentError for a loop that has run or is closed.
        """
        if self._used:
            raise ArgumentError("a loop runs once: make another one")
        self._used = self._running = True
        drain = threading.Thread(target=self._drain, name="kemilua effects", daemon=True)
        drain.start()
        try:
            with _Wakeup(self._engine) as handles_signals:
                self._loop.run(self._engine, handles_signals)
        finally:
            self._loop.end()
            drain.join()
            self._running = False

    def stop(self) -> None:
        """Let `run` return: from any thread, from a handler of a signal, before it began too."""
        self._loop.stop()

    def _drain(self) -> None:
        """Give effects to Python, one after the other, and look after the threshold of the logger."""
        threshold = self._engine._threshold
        holds = None if self._engine._holds is None else _logs.watch(threshold)
        while (effect := self._loop.take(LOOK)) is not False:
            if holds is not None and not holds():
                threshold = _logs.logger_threshold()
                holds = _logs.watch(threshold)
                self._loop.set_log_level(threshold)
            if effect is not True:
                self._give(effect)

    def _give(self, effect: Effect) -> None:
        try:
            if isinstance(effect, Log) and not self._loop.logs:
                _logs.write_one(effect)
            if isinstance(effect, Store) and self._store is not None:
                self._give_store(effect, self._store)
            elif self._on_effect is not None and type(effect) in self._kinds:
                self._on_effect(effect)
        except Exception:
            _logs.logger().exception("on_effect failed")

    def _give_store(self, effect: Store, store: Callable[[Store], object]) -> None:
        try:
            store(effect)
        except Exception as error:
            _logs.logger().exception("store failed")
            with contextlib.suppress(EngineClosedError):
                self._engine.post_stored(effect.ticket, f"{type(error).__name__}: {error}")

    # ---- the end

    def close(self) -> None:
        """Close the sockets that the loop has bound itself. Raises EngineBusyError while it runs."""
        if self._running:
            raise EngineBusyError("the loop runs: stop it, and wait until run has returned")
        self._used = True
        self._close_sockets()

    def _close_sockets(self) -> None:
        for sock in self._own:
            sock.close()
        self._own.clear()

    def __enter__(self) -> UdpLoop:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        arguments.refuse_copy(self, "make another one")

    def __repr__(self) -> str:
        places = ", ".join(f"{host}:{port}" for host, port in self.addresses) if self._own or not self._used else "closed"
        return f"<kemilua.UdpLoop {places}>"


class _Wakeup:
    """In the main thread: a signal wakes the loop, which lets Python run its handlers. Elsewhere nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._before: int | None = None

    def __enter__(self) -> bool:
        if threading.current_thread() is not threading.main_thread():
            return False
        ends, error = ffi.new("int[2]"), ffi.new("kl_error *")
        check(lib.kl_inbox_open(self._engine._box, ends, ends + 1, error), error)
        self._before = signal.set_wakeup_fd(ends[1], warn_on_full_buffer=False)
        return True

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.set_wakeup_fd(self._before)


def _numeric(what: str, address: Address) -> tuple[Address, socket.AddressFamily]:
    host, port = check_address(what, address)
    family = family_of(host)
    if family is None:
        raise ArgumentError(f"the host of {what} must be a numeric address, not {arguments.shown(host)}")
    return (host, port), family


def bind(text: str) -> socket.socket:
    """A UDP socket bound to what a text says; raises ConfigError, which names it."""
    match = SOCKET.fullmatch(text)
    if not match or int(match["port"]) > 65535:
        raise ConfigError(f"{arguments.shown(text)} is no UDP socket: udp:ADDRESS:PORT is expected, with a numeric address")
    host = match["host"].strip("[]")
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((host, int(match["port"])))
    except (OSError, UnicodeError) as error:
        sock.close()
        raise ConfigError(f"{text} cannot be bound: {getattr(error, 'strerror', None) or error}") from None
    return sock


def _kinds(kinds: Any) -> tuple[type[Effect], ...]:
    found = tuple(arguments.items("kinds", kinds, type))
    for one in found:
        if one not in KINDS:
            raise ArgumentError(f"kinds: Send, Drop, Log, Alias, Resolve and Store are the classes of effects, not {arguments.shown(one)}")
    return found


def _given(engine: Engine, sockets: Any) -> list[Any]:
    """Texts and sockets; those of `listen` when there are none."""
    if sockets is not None:
        found = arguments.items("sockets", sockets, str, socket.socket)
        for one in found:
            if not isinstance(one, (str, socket.socket)):
                arguments.refuse_type("one of sockets", "str or a socket", one)
        if not found:
            raise ArgumentError("sockets: there is none")
        return found
    listen = [text.split()[0] for text in engine._listen]
    udp = [text for text in listen if not re.match(r"(tcp|tls|sctp|ws|wss):", text, re.IGNORECASE)]
    if not udp:
        raise ArgumentError("sockets: none is given, and the engine's listen has none for UDP")
    return udp


def _make(engine: Engine, native: bool | None, config: LoopConfig) -> NativeLoop | PortableLoop:
    if native is not None and not arguments.flag("native", native):
        return PortableLoop(engine, config)
    try:
        return NativeLoop(engine, config)
    except NotFoundError:
        if native is not None:
            raise
        return PortableLoop(engine, config)
