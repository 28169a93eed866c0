"""A SIP server in 40 lines: an engine behind an asyncio UDP socket. SIGHUP loads the scripts anew.

python examples/host.py examples/keepalive.lua 127.0.0.1:5060
"""

import asyncio
import logging
import signal
import sys
import time

import kemilua


class Host(asyncio.DatagramProtocol):
    def __init__(self, engine: kemilua.Engine) -> None:
        self.engine = engine

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, source: kemilua.Address) -> None:
        for effect in self.engine.receive_datagram(data, source[:2], now=time.time()):
            if isinstance(effect, kemilua.Send):
                self.transport.sendto(effect.data, effect.destination)


async def serve(script: str, listen: str) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    host, _, port = listen.rpartition(":")
    with kemilua.Engine(script, listen=[f"udp:{listen}"]) as engine:
        transport, _ = await loop.create_datagram_endpoint(lambda: Host(engine), local_addr=(host, int(port)))
        loop.add_signal_handler(signal.SIGHUP, engine.rpc, "app_lua.reload")
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        logging.info("listening on %s", listen)
        await stop.wait()
        transport.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(filename)s:%(lineno)d %(message)s")
    asyncio.run(serve(sys.argv[1], sys.argv[2]))
