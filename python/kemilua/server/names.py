"""What a loop leaves to its host: names of next hops, and transports that are not here."""

from __future__ import annotations

import contextlib
import logging
import queue
import socket
import threading
import time
from collections.abc import Sequence
from typing import TypeAlias

from kemilua.dns import Record, RecordType, ResolveError, Resolver, ResolverLike, next_hops
from kemilua.effects import Effect, Resolve, Send, Target
from kemilua.engine import Engine
from kemilua.errors import ConfigError, EngineBusyError, EngineClosedError
from kemilua.udp import UdpLoop

__all__ = ["Names", "System"]

THREADS = 4
MOST = 1000
"""Effects that wait for an address."""

Waiting: TypeAlias = "tuple[UdpLoop, Engine, Send | Resolve]"


class System:
    """Addresses as the system knows them, /etc/hosts included; SRV and NAPTR from the DNS where dnspython is here."""

    def __init__(self) -> None:
        self._dns: Resolver | None = None
        with contextlib.suppress(ConfigError):
            self._dns = Resolver()

    def resolve(self, name: str, kind: RecordType) -> Sequence[Record]:
        """As `kemilua.dns.ResolverLike` says."""
        if kind not in ("A", "AAAA"):
            return [] if self._dns is None else self._dns.resolve(name, kind)
        family = socket.AF_INET if kind == "A" else socket.AF_INET6
        try:
            found = socket.getaddrinfo(name, None, family, socket.SOCK_DGRAM)
        except (socket.gaierror, UnicodeError) as error:
            if getattr(error, "errno", None) in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)):
                return []
            raise ResolveError(f"{kind} of {name!r}: {error}") from error
        return [str(entry[4][0]) for entry in found]


class Names:
    """Finds the addresses of names, in threads of its own: next hops of transactions, and messages that go to a name."""

    def __init__(self, log: logging.Logger, resolver: ResolverLike | None = None) -> None:
        """`resolver`: None is `System()`."""
        self._log = log
        self._resolver = System() if resolver is None else resolver
        self._waiting: queue.Queue[Waiting] = queue.Queue(MOST)
        for _ in range(THREADS):  # nobody waits for them at the end: the system may take long to give up a name
            threading.Thread(target=self._work, name="kemilua names", daemon=True).start()

    def take(self, loop: UdpLoop, engine: Engine, effect: Effect) -> None:
        """`UdpLoop(on_effect=...)`: do for an engine what its loop could not do itself, or say that it is lost."""
        if not isinstance(effect, (Send, Resolve)):
            return
        if isinstance(effect, Send) and effect.transport != "udp":
            self._lose(engine, effect, f"there is no {effect.transport} here")
            return
        try:
            self._waiting.put_nowait((loop, engine, effect))
        except queue.Full:
            self._lose(engine, effect, f"{MOST} wait for addresses already")

    def _work(self) -> None:
        while True:
            loop, engine, effect = self._waiting.get()
            try:
                if isinstance(effect, Send):
                    self._send(loop, effect)
                else:
                    self._answer(engine, effect, self._find(effect.name, effect.port, effect.transport, effect.sips))
            except Exception as error:
                with contextlib.suppress(Exception):
                    self._lose(engine, effect, str(error))

    def _find(self, name: str, port: int | None, transport: str | None, sips: bool) -> list[Target]:
        return next_hops(self._resolver, name, port, transport, sips=sips, transports=["udp"])

    def _answer(self, engine: Engine, asked: Resolve, targets: list[Target]) -> None:
        if not targets:
            self._log.error("%s has no address that is reached by udp", asked.name)
        now, monotonic = _clocks(engine)
        with contextlib.suppress(EngineBusyError, EngineClosedError):
            engine.post_resolved(asked.ticket, targets, now=now, monotonic=monotonic)

    def _send(self, loop: UdpLoop, effect: Send) -> None:
        host, port = effect.destination
        families = {sock.family for sock in loop.sockets}
        found = [target for target in self._find(host, port or None, "udp", False) if _family(target[0]) in families]
        if not found:
            raise LookupError("it has no address of a family that is listened on")
        loop.send(effect.data, found[0][:2], effect.local)

    def _lose(self, engine: Engine, effect: Send | Resolve, why: str) -> None:
        now, monotonic = _clocks(engine)
        if isinstance(effect, Resolve):
            self._log.error("the addresses of %s are not known: %s", effect.name, why)
        else:
            self._log.error("a message to %s port %d is lost: %s", *effect.destination, why)
        with contextlib.suppress(EngineBusyError, EngineClosedError):
            if isinstance(effect, Resolve):
                engine.post_resolved(effect.ticket, [], now=now, monotonic=monotonic)
            else:
                engine.post_send_failed(effect, now=now, monotonic=monotonic)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _clocks(engine: Engine) -> tuple[float, float | None]:
    return time.time(), time.monotonic() if engine._two_clocks else None
