"""Python functions as KSR functions: a script asks for a tariff that Python knows.

python examples/exports.py
"""

from pathlib import Path

import kemilua

HERE = Path(__file__).parent


class Tariffs:
    """Cents per minute by prefix; a script sees it as KSR.tariff.*."""

    def __init__(self, cents: dict[str, int]) -> None:
        self.cents = cents

    @kemilua.export("tariff.rate")
    def rate(self, msg: kemilua.Message, number: str) -> int:
        """The rate for a number, -1 when there is none; the longest prefix wins."""
        found = max((prefix for prefix in self.cents if number.startswith(prefix)), key=len, default=None)
        if found is None:
            return -1
        msg.append("X-Tariff", f"{found};cents={self.cents[found]}")
        return self.cents[found]


def main() -> None:
    script = kemilua.Source(
        """
        function ksr_request_route()
            if KSR.tariff.rate(KSR.pv.gete("$rU")) < 0 then
                KSR.sl.send_reply(403, "No Tariff")
                return
            end
            KSR.forward()
        end
        """,
        name="tariff",
    )
    message = (HERE / "messages" / "invite.sip").read_bytes().replace(b"\n", b"\r\n")
    tariffs = Tariffs({"0049": 2, "004930": 1})
    with kemilua.Engine(script, exports=[tariffs], listen=["udp:127.0.0.1:5070"]) as engine:
        for effect in engine.receive_datagram(message, source=("127.0.0.1", 5080)):
            if isinstance(effect, kemilua.Send):
                print(effect.destination, *effect.data.decode().split("\r\n"), sep="\n")


if __name__ == "__main__":
    main()
