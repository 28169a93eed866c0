"""The loop where the system has no recvmmsg: what csrc/net does, by Python's sockets."""

from __future__ import annotations

import collections
import contextlib
import errno
import os
import select
import socket
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from kemilua import _logs
from kemilua._ffi import ffi, lib
from kemilua._packet import make_packet
from kemilua.effects import Address, Drop, Effect, Level, Log, Release, Send, Store
from kemilua.errors import AllocationError, EngineBusyError, check

if TYPE_CHECKING:
    from kemilua._udp_config import LoopConfig
    from kemilua.engine import Engine

__all__ = ["COUNTERS", "PortableLoop", "family_of"]

COUNTERS = (
    "received",
    "receive_batches",
    "receive_errors",
    "truncated",
    "handed_over",
    "repeated",
    "inbox_full",
    "sent",
    "send_batches",
    "send_blocked",
    "send_no_buffers",
    "send_refused",
    "send_unreachable",
    "send_too_large",
    "send_failed",
    "held",
    "held_full",
    "dropped",
    "failed",
    "queued",
    "overflow",
)
"""Those of csrc/net/counters.def."""

SEND_ERRORS = {
    errno.EAGAIN: "send_blocked",
    errno.ENOBUFS: "send_no_buffers",
    errno.ECONNREFUSED: "send_refused",
    errno.ENETUNREACH: "send_unreachable",
    errno.EHOSTUNREACH: "send_unreachable",
    errno.EMSGSIZE: "send_too_large",
}
OVER = {lib.KL_OVER_GIVEN: "handed_over", lib.KL_OVER_REPEATED: "repeated", lib.KL_OVER_FULL: "inbox_full"}

MAX_WAIT, MAX_JUMP = 60.0, 0.5
"""Seconds to wait at most; the second where timers go by a clock that may be set."""
PATIENCE, PAUSE = 5, 0.01
"""How often a full buffer is waited for, and seconds each time."""
LAST_TURNS = 1000
"""Batches that are taken after `stop`."""


class PortableLoop:
    """Drains a socket per wake-up, a batch at a time."""

    logs = True
    """Whether the log lines that `take` returns have been handed to the logger."""

    def __init__(self, engine: Engine, config: LoopConfig) -> None:
        self._batch, self._max_datagram, self._kinds = config.batch, config.max_datagram, config.kinds
        self._most, self._backlog = config.queue, config.backlog
        self._box = engine._box
        self._held: dict[int, list[tuple[Send, Address | None]]] = {}
        self._held_left, self._held_bytes_left = config.held, config.held_bytes
        ends, error = ffi.new("int[2]"), ffi.new("kl_error *")
        check(lib.kl_inbox_open(self._box, ends, ends + 1, error), error)
        self._ring: int = ends[0]
        self._sockets: dict[Address, socket.socket] = {}
        self._queue: collections.deque[Effect] = collections.deque()
        self._came = threading.Condition()
        self._open, self._stopping = True, False
        self._counters = dict.fromkeys(COUNTERS, 0)

    def add(self, sock: socket.socket) -> None:
        self._sockets[sock.getsockname()[:2]] = sock

    def stop(self) -> None:
        self._stopping = True
        lib.kl_inbox_ring(self._box)

    def end(self) -> None:
        """No more effects come: `take` is to return False once those that wait are taken."""
        with self._came:
            self._open = False
            self._came.notify_all()

    def counters(self) -> dict[str, int]:
        return dict(self._counters)

    def set_log_level(self, level: Level) -> None:
        """The engine looks after it by itself, at each entry."""

    # ---- effects for others

    def take(self, seconds: float) -> Effect | bool:
        """An effect; True when none came in that time, False when none will come any more."""
        with self._came:
            if not self._queue and self._open:
                self._came.wait(seconds)
            return self._queue.popleft() if self._queue else self._open

    def _put(self, effect: Effect) -> None:
        if type(effect) not in self._kinds:
            if isinstance(effect, Store):
                self._engine.post_stored(effect.ticket, "nobody takes what is to be stored")
            return
        with self._came:
            fits = len(self._queue) < self._most
            if fits:
                self._queue.append(effect)
                self._came.notify()
        self._counters["queued" if fits else "overflow"] += 1
        if not fits and isinstance(effect, Store):
            self._engine.post_stored(effect.ticket, "too many effects wait for the host")

    # ---- the run

    def run(self, engine: Engine, handles_signals: bool) -> None:
        """Run until `stop`. Python's handlers of signals run by themselves."""
        self._engine = engine
        poll = select.poll()
        for descriptor in (self._ring, *(sock.fileno() for sock in self._sockets.values())):
            poll.register(descriptor, select.POLLIN)
        while not self._stopping:
            if not self._turn():
                poll.poll(self._until_timer())
                with contextlib.suppress(BlockingIOError):
                    os.read(self._ring, 64)
        for _ in range(LAST_TURNS):
            if not self._turn():
                break

    def _turn(self) -> bool:
        """Everything once; True when there is more to do at once."""
        more = [self._take_batch(local, sock) for local, sock in self._sockets.items()]
        self._do(self._handle_inputs, None)
        due = self._engine.next_timer()
        now, monotonic = self._now()
        if due is not None and due <= (now if monotonic is None else monotonic):
            self._do(lambda: self._engine.handle_timer(now, monotonic), None)
        return any(more)

    def _now(self) -> tuple[float, float | None]:
        return time.time(), time.monotonic() if self._engine._two_clocks else None

    def _handle_inputs(self) -> list[Effect]:
        return self._engine.handle_inputs(*self._now())

    def _until_timer(self) -> float:
        """Milliseconds."""
        due = self._engine.next_timer()
        now, monotonic = self._now()
        most = MAX_JUMP if monotonic is None else MAX_WAIT
        wait = most if due is None else due - (now if monotonic is None else monotonic)
        return max(0.0, min(wait, most)) * 1000 + 1

    def _take_batch(self, local: Address, sock: socket.socket) -> bool:
        """Read what is there, hand over what is another engine's, route the rest; True when there may be more."""
        batch = self._read(sock)
        self._counters["receive_batches"] += bool(batch)
        mine = [(data, source) for data, source in batch if not self._hand_over(data, source, local)]
        if mine and len(mine) < len(batch):
            self._do(self._handle_inputs, None)
        for data, source in mine:
            self._receive(data, source, local)
        return len(batch) == self._batch

    def _read(self, sock: socket.socket) -> list[tuple[bytes, Address]]:
        found: list[tuple[bytes, Address]] = []
        for _ in range(self._batch):
            try:
                data, _, flags, source = sock.recvmsg(self._max_datagram, 0, socket.MSG_DONTWAIT)
            except (BlockingIOError, InterruptedError):
                break
            except ConnectionRefusedError:  # of a datagram sent earlier
                self._counters["receive_errors"] += 1
                continue
            except OSError as error:
                self._counters["receive_errors"] += 1
                self._say(f"a socket cannot be read: {error.strerror}")
                break
            self._counters["received"] += 1
            if flags & socket.MSG_TRUNC:
                self._counters["truncated"] += 1
            else:
                found.append((data, source[:2]))
        return found

    def _hand_over(self, data: bytes, source: Address, local: Address) -> bool:
        now, monotonic = self._now()
        packet, _keep = make_packet(data, source, local, "udp", None, now)
        packet.monotonic = now if monotonic is None else monotonic
        over = ffi.new("kl_over *")
        lib.kl_engine_hand_over(self._engine._open(), packet, 1, self._backlog, over)
        if over[0] == lib.KL_OVER_MINE:
            return False
        self._counters[OVER[over[0]]] += 1
        return True

    def _receive(self, data: bytes, source: Address, local: Address) -> None:
        now, monotonic = self._now()
        self._do(lambda: self._engine.receive_datagram(data, source, local, now=now, monotonic=monotonic), local)

    def _do(self, action: Callable[[], list[Effect]], local: Address | None) -> None:
        """Let the engine do something, and do what comes of it."""
        engine = self._engine
        before = engine.failures
        try:
            effects = action()
        except AllocationError:
            effects = engine.take_effects()
        except Exception:
            self._counters["failed"] += 1
            for effect in engine.take_effects():
                self._apply(effect, local)
            raise
        self._counters["failed"] += engine.failures - before
        for effect in effects:
            self._apply(effect, local)

    # ---- out

    def _apply(self, effect: Effect, local: Address | None) -> None:
        if isinstance(effect, Send):
            if effect.after:
                self._hold(effect, local)
            elif not self._send(effect, local):
                self._put(effect)
            return
        if isinstance(effect, Release):
            self._release(effect)
        elif isinstance(effect, Drop):
            self._counters["dropped"] += 1
        self._put(effect)

    def _hold(self, effect: Send, local: Address | None) -> None:
        """Keep it aside until it is released."""
        size = len(effect.data)
        fits = self._held_left > 0 and self._held_bytes_left >= size
        self._counters["held" if fits else "held_full"] += 1
        if fits:
            self._held_left -= 1
            self._held_bytes_left -= size
            self._held.setdefault(effect.after, []).append((effect, local))

    def _release(self, effect: Release) -> None:
        for send, local in self._held.pop(effect.ticket, ()):
            self._held_left += 1
            self._held_bytes_left += len(send.data)
            if not effect.drop and not self._send(send, local):
                from dataclasses import replace

                self._put(replace(send, after=0))

    def _send(self, effect: Send, local: Address | None) -> bool:
        """Whether it leaves from one of the sockets, to an address that is a number."""
        family = family_of(effect.destination[0])
        if effect.transport != "udp" or family is None:
            return False
        choice = [local, *self._sockets] if effect.local is None else [effect.local]
        sock = next((self._sockets[one] for one in choice if one in self._sockets and family_of(one[0]) == family), None)
        if sock is None:
            return False
        self._put_on_wire(sock, effect)
        return True

    def _put_on_wire(self, sock: socket.socket, effect: Send) -> None:
        tries = 0
        while True:
            try:
                sock.sendto(effect.data, socket.MSG_DONTWAIT, effect.destination)
            except (OSError, OverflowError) as error:
                reason = getattr(error, "errno", None)
                tries += 1
                if reason == errno.ECONNREFUSED and tries == 1:
                    continue
                if reason in (errno.EAGAIN, errno.ENOBUFS) and tries <= PATIENCE:
                    time.sleep(PAUSE)
                    continue
                self._counters[SEND_ERRORS.get(reason, "send_failed")] += 1  # type: ignore[arg-type]
                host, port = effect.destination
                self._say(f"{len(effect.data)} bytes could not be sent to {host} port {port}: {getattr(error, 'strerror', error)}")
                if reason not in (errno.EAGAIN, errno.ENOBUFS):  # these pass
                    now, monotonic = self._now()
                    with contextlib.suppress(EngineBusyError):
                        self._engine.post_send_failed(effect, now=now, monotonic=monotonic)
                return
            self._counters["sent"] += 1
            self._counters["send_batches"] += 1
            return

    def _say(self, text: str) -> None:
        """A line of the loop's own."""
        if self._engine._threshold >= Level.ERR:
            line = Log(Level.ERR, text)
            _logs.write_one(line)
            self._put(line)


def family_of(host: str) -> socket.AddressFamily | None:
    """That of a numeric address; None for a name."""
    for family in (socket.AF_INET, socket.AF_INET6):
        with contextlib.suppress(OSError, ValueError):
            socket.inet_pton(family, host)
            return family
    return None
