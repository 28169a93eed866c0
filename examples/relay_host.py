"""A SIP proxy's host: UDP, timers, and next hops by name, which are looked up while other messages go on.

python examples/relay_host.py routing.lua 127.0.0.1:5060 [NAME=ADDRESS ...]

With names and their addresses on the command line it knows those alone; without, it asks the DNS (`pip install 'kemilua[dns]'`).
"""

import asyncio
import functools
import signal
import sys
import time

import kemilua
from kemilua import dns


class Host(asyncio.DatagramProtocol):
    def __init__(self, engine: kemilua.Engine, resolver: dns.ResolverLike) -> None:
        self.engine, self.resolver = engine, resolver
        self.loop = asyncio.get_running_loop()
        self.timer: asyncio.TimerHandle | None = None
        self.tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, source: kemilua.Address) -> None:
        self.do(self.engine.receive_datagram(data, source[:2], now=time.time()))

    def do(self, effects: list[kemilua.Effect]) -> None:
        """What the engine asks for, and the next timer."""
        for effect in effects:
            if isinstance(effect, kemilua.Send):
                self.send(effect)
            elif isinstance(effect, kemilua.Resolve):
                task = self.loop.create_task(self.look_up(effect))
                self.tasks.add(task)  # or nobody holds it
                task.add_done_callback(self.tasks.discard)
        if self.timer is not None:
            self.timer.cancel()
        due = self.engine.next_timer()
        self.timer = None if due is None else self.loop.call_later(max(due - time.time(), 0), self.on_timer)

    def on_timer(self) -> None:
        self.do(self.engine.handle_timer(time.time()))

    def send(self, effect: kemilua.Send) -> None:
        try:
            if effect.transport != "udp":
                raise OSError("this host has UDP alone")
            self.transport.sendto(effect.data, effect.destination)
        except (OSError, ValueError):  # ValueError: a name, which KSR.forward leaves to the host
            self.do(self.engine.send_failed(effect, now=time.time()))

    async def look_up(self, asked: kemilua.Resolve) -> None:
        query = functools.partial(
            dns.next_hops, self.resolver, asked.name, asked.port, asked.transport, sips=asked.sips, transports=["udp"]
        )
        try:
            targets = await self.loop.run_in_executor(None, query)
        except (dns.ResolveError, OSError):
            targets = []
        self.do(self.engine.resolved(asked.ticket, targets, now=time.time()))


class Hosts:
    """Names of the command line; the DNS where there are none."""

    def __init__(self, pairs: list[str]) -> None:
        self.known = dict(pair.split("=", 1) for pair in pairs)
        self.resolver = dns.Resolver() if not self.known else None

    def resolve(self, name: str, kind: dns.RecordType) -> list[dns.Record]:
        if self.resolver is not None:
            return list(self.resolver.resolve(name, kind))
        return [self.known[name]] if name in self.known and kind == "A" else []


async def serve(script: str, listen: str, resolver: dns.ResolverLike) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    host, _, port = listen.rpartition(":")
    with kemilua.Engine(script, listen=[f"udp:{listen}"], now=time.time()) as engine:
        transport, _ = await loop.create_datagram_endpoint(lambda: Host(engine, resolver), local_addr=(host, int(port)))
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        await stop.wait()
        transport.close()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2], Hosts(sys.argv[3:])))
