"""What a loop leaves to its host: names of next hops, and transports that are not here."""

from __future__ import annotations

import contextlib
import logging
import queue
import socket
import threading

from kemilua.effects import Effect, Send
from kemilua.udp import UdpLoop

__all__ = ["Names"]

THREADS = 4
MOST = 1000
"""Messages that wait for an address."""
DEFAULT_PORT = 5060


class Names:
    """Asks the system for the addresses of names, in threads of its own, and sends what waited for them."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._waiting: queue.Queue[tuple[UdpLoop, Send]] = queue.Queue(MOST)
        for _ in range(THREADS):  # nobody waits for them at the end: the system may take long to give up a name
            threading.Thread(target=self._work, name="kemilua names", daemon=True).start()

    def take(self, loop: UdpLoop, effect: Effect) -> None:
        """`UdpLoop(on_effect=...)`: send by `loop` what it could not send itself, or say that it is lost."""
        if not isinstance(effect, Send):
            return
        if effect.transport != "udp":
            self._lose(effect, f"there is no {effect.transport} here")
            return
        try:
            self._waiting.put_nowait((loop, effect))
        except queue.Full:
            self._lose(effect, f"{MOST} wait for addresses already")

    def _work(self) -> None:
        while True:
            loop, effect = self._waiting.get()
            try:
                self._send(loop, effect)
            except Exception as error:
                with contextlib.suppress(Exception):
                    self._lose(effect, str(error))

    def _send(self, loop: UdpLoop, effect: Send) -> None:
        host, port = effect.destination
        families = {sock.family for sock in loop.sockets}
        found = socket.getaddrinfo(host, port or DEFAULT_PORT, type=socket.SOCK_DGRAM)
        address = next((entry[4] for entry in found if entry[0] in families), None)
        if address is None:
            self._lose(effect, "it has no address of a family that is listened on")
        else:
            loop.send(effect.data, (str(address[0]), int(address[1])), effect.local)

    def _lose(self, effect: Send, why: str) -> None:
        self._log.error("a message to %s port %d is lost: %s", *effect.destination, why)
