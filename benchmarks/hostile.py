"""Time over size, for what a hostile peer or a careless script can make large. Prints a table; --write puts it into docs/.

    python benchmarks/hostile.py [--write] [--quick] [name...]

Each row is measured at growing sizes, the best of a few times each, and a power law is fitted to the larger half: an exponent of 1 is
linear. What ends at a limit is marked, with the size at which it does; the time it takes until then bounds it.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import kemilua

DOCS = Path(__file__).resolve().parent.parent / "docs"
LISTEN = "udp:192.0.2.1:5060"
SOURCE = ("198.51.100.7", 5060)
LIMITS = kemilua.Limits(instructions=10_000_000, memory=64 * 2**20)
BUDGET = 0.5
"""Seconds that one size is measured for at most, after its first time."""

READ = """
for _, name in ipairs({"$ru", "$fu", "$tu", "$ct", "$(hdr(Via)[-1])", "$(ct{nameaddr.uri}{uri.host})", "$hdrc(X)", "$(hdr(X)[-1])",
    "$cs", "$ci", "$ua", "$rb", "$mb", "$ml", "$hfl(Contact)", "$(hfl(Contact)[-1])", "$(hfl(Route)[-1])", "$rr_count",
    "$sdp(sess_version)"}) do
    KSR.pv.get(name)
end
KSR.siputils.has_totag() KSR.maxfwd.process_maxfwd(10) KSR.sanity.sanity_check(17895, 7) KSR.is_myself_ruri()
KSR.hdr.append("X-Ours: 1\\r\\n") KSR.hdr.remove("Subject")
"""
ROUTE = f"function ksr_request_route() {READ} KSR.setdsturi('sip:192.0.2.9') KSR.forward() end"


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that grows."""

    name: str
    unit: str
    sizes: Sequence[int]
    message: Callable[[int], bytes]
    code: Callable[[int], str] | None = None
    """Lua, run on the message; None routes it as a datagram that is read, edited and forwarded."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one case."""

    case: Case
    points: tuple[tuple[int, float], ...]
    """Size and seconds."""
    limited: int | None
    """The first size at which it ended at a limit."""

    @property
    def exponent(self) -> float:
        """Of the larger half of the sizes."""
        points = self.points[-max(3, (len(self.points) + 1) // 2) :]
        xs, ys = [math.log(size) for size, _ in points], [math.log(seconds) for _, seconds in points]
        x, y = sum(xs) / len(xs), sum(ys) / len(ys)
        spread = sum((one - x) ** 2 for one in xs)
        return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / spread if spread else 0.0


def message(*lines: str, body: str = "", kind: str = "", method: str = "INVITE") -> bytes:
    """A request with these header lines behind the mandatory ones."""
    head = [
        f"{method} sip:bob@example.com SIP/2.0",
        "Via: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK-1",
        "Max-Forwards: 70",
        "From: <sip:alice@example.com>;tag=a1",
        "To: <sip:bob@example.com>",
        "Call-ID: call-1",
        f"CSeq: 1 {method}",
        *lines,
        *([f"Content-Type: {kind}"] if kind else []),
        f"Content-Length: {len(body)}",
        "",
        body,
    ]
    return "\r\n".join(head).encode()


def plain(_: int) -> bytes:
    return message("Contact: <sip:a@192.0.2.4>")


def parts(count: int) -> str:
    return "".join(f"--b\r\nContent-Type: text/plain\r\n\r\n{i}\r\n" for i in range(count)) + "--b--\r\n"


def session(lines: int) -> str:
    media = "m=audio 4000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
    return "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n" + media * (lines // 2)


BYTES = [1024, 2048, 4096, 8192, 16384, 32768, 60000]
HEADERS = [10, 30, 100, 300, 600, 1200, 2000]
COMMAS = [10, 30, 100, 300, 1000, 3000, 8000]
CALLS = [20, 60, 200, 600, 2000, 4000, 8000, 16000]
DEEP = [5, 10, 20, 50, 100, 200, 500]
SEARCHED = [1024, 2048, 4096, 8192, 16384, 32768]


def subject(pattern: str) -> Callable[[int], str]:
    return lambda _: f"KSR.textops.search_body([[{pattern}]])"


def letters(size: int) -> bytes:
    return message(body="a" * size, kind="text/plain")


CASES = [
    Case("one long header", "bytes", BYTES, lambda n: message("X: " + "a" * n)),
    Case("a long header of blanks", "bytes", BYTES, lambda n: message("X: a" + " " * n + "b")),
    Case("a long folded header", "bytes", BYTES, lambda n: message("X: a" + "\r\n b" * (n // 4))),
    Case("a long Request-URI", "bytes", BYTES, lambda n: message().replace(b"sip:bob@", b"sip:" + b"b" * n + b"@", 1)),
    Case("a long body", "bytes", BYTES, lambda n: message(body="x" * n, kind="text/plain")),
    Case("quotes without end in From", "bytes", BYTES, lambda n: message().replace(b"From: ", b'From: "' + b'\\"' * (n // 2), 1)),
    Case("many headers", "headers", HEADERS, lambda n: message(*(f"X: {i}" for i in range(n)))),
    Case("many names of headers", "headers", HEADERS, lambda n: message(*(f"X-{i}: {i}" for i in range(n)))),
    Case("many Via headers", "headers", HEADERS, lambda n: message(*(f"Via: SIP/2.0/UDP h{i}" for i in range(n)))),
    Case("commas in Contact", "commas", COMMAS, lambda n: message("Contact: " + ",".join(["<sip:a>"] * n))),
    Case("commas in Via", "commas", COMMAS[:-1], lambda n: message("Via: " + ",".join(["SIP/2.0/UDP a"] * n))),
    Case("commas in Route", "commas", COMMAS, lambda n: message("Route: " + ",".join(["<sip:a>"] * n))),
    Case(
        "parameters of a URI",
        "parameters",
        COMMAS,
        lambda n: message().replace(b"SIP/2.0\r", b";a=1" * n + b" SIP/2.0\r", 1).replace(b" ;", b";", 1),
    ),
    Case("parameters of From", "parameters", COMMAS, lambda n: message().replace(b";tag=a1", b";a=1" * n + b";tag=a1", 1)),
    Case(
        "parts of a multipart body",
        "parts",
        [10, 30, 100, 300, 600, 1200],
        lambda n: message(body=parts(n), kind="multipart/mixed;boundary=b"),
    ),
    Case(
        "a part asked for by its type",
        "parts",
        [10, 30, 100, 300, 600, 1200],
        lambda n: message(body=parts(n), kind="multipart/mixed;boundary=b"),
        lambda _: "KSR.textops.has_body_type('application/sdp') KSR.textops.filter_body('application/sdp')",
    ),
    Case("lines of SDP", "lines", [10, 30, 100, 300, 1000, 2000], lambda n: message(body=session(n), kind="application/sdp")),
    Case(
        "lines of SDP, codecs removed",
        "lines",
        [10, 30, 100, 300, 1000, 2000],
        lambda n: message(body=session(n), kind="application/sdp"),
        lambda _: (
            "KSR.sdpops.remove_codecs_by_id('8', '') KSR.sdpops.remove_line_by_prefix('a=rtpmap', '') KSR.textopsx.msg_apply_changes()"
        ),
    ),
    Case(
        "headers appended",
        "calls",
        CALLS,
        plain,
        lambda n: f"for i = 1, {n} do KSR.hdr.append('X: ' .. i .. '\\r\\n') end KSR.textopsx.msg_apply_changes() return KSR.pv.get('$ml')",
    ),
    Case(
        "headers inserted before Contact",
        "calls",
        CALLS,
        plain,
        lambda n: f"for i = 1, {n} do KSR.hdr.insert_before('X: ' .. i .. '\\r\\n', 'Contact') end KSR.textopsx.msg_apply_changes()",
    ),
    Case(
        "headers removed by one call",
        "headers",
        HEADERS,
        lambda n: message(*(f"X: {i}" for i in range(n))),
        lambda _: "KSR.hdr.remove('X') KSR.textopsx.msg_apply_changes() return KSR.pv.get('$ml')",
    ),
    Case(
        "xavp entries",
        "entries",
        CALLS,
        plain,
        lambda n: f"for i = 1, {n} do KSR.pv.seti('$xavp(x=>a)', i) end return KSR.pv.get('$xavp(x=>a)')",
    ),
    Case(
        "avps, then all of them read at once",
        "entries",
        CALLS,
        plain,
        lambda n: f"for i = 1, {n} do KSR.pv.seti('$avp(a)', i) end return KSR.pv.get('$(avp(a)[*])')",
    ),
    Case(
        "variables of different names",
        "names",
        CALLS,
        plain,
        lambda n: f"for i = 1, {n} do KSR.pv.seti('$var(a' .. i .. ')', i) end",
    ),
    Case(
        "keys of a hash table",
        "keys",
        CALLS,
        plain,
        lambda n: f"for i = 1, {n} do KSR.htable.sht_seti('a', 'k' .. i, i) end for i = 1, {n} do KSR.htable.sht_get('a', 'k' .. i) end",
    ),
    Case("nested variables", "levels", DEEP, plain, lambda n: f"return KSR.pv.get([[{'$(avp(' * n}$ru{'))' * n}]])"),
    Case("a chain of transformations", "steps", DEEP, plain, lambda n: f"return KSR.pv.get([[$(ru{'{s.rev}' * n})]])"),
    Case(
        "a chain that doubles",
        "steps",
        [4, 6, 8, 10, 12, 16, 24, 48],
        plain,
        lambda n: f"return KSR.pv.get([[$(ru{'{s.encode.hexa}' * n}{{s.len}})]])",
    ),
    Case("format of many variables", "variables", DEEP, plain, lambda n: f"return KSR.pvx.evalx('$var(x)', [[{'$ru ' * n}]])"),
    Case("expression (a*)*b", "bytes", SEARCHED, letters, subject("(a*)*b")),
    Case("expression (a or aa)+", "bytes", SEARCHED, letters, subject("^(a|aa)+b$")),
    Case("expression (.*)(.*)(.*)(.*)x", "bytes", SEARCHED, letters, subject("(.*)(.*)(.*)(.*)x")),
    Case("expression a{1,100}b", "bytes", SEARCHED, letters, subject("a{1,100}b")),
    Case(
        "substitution s/a/bb/g in a body",
        "bytes",
        SEARCHED,
        letters,
        lambda _: "KSR.textops.replace_body_all('a', 'bb') KSR.textopsx.msg_apply_changes()",
    ),
    Case("pattern ^%s*(.-)%s*$", "bytes", SEARCHED, plain, lambda n: f"return (' '):rep({n}):find('^%s*(.-)%s*$x')"),
    Case("pattern .-.-.-b", "bytes", [64, 128, 256, 512, 1024, 2048, 4096], plain, lambda n: f"return ('a'):rep({n}):find('.-.-.-b')"),
]


def engine() -> kemilua.Engine:
    source = kemilua.Source(ROUTE, "hostile.lua")
    return kemilua.Engine([source], listen=[LISTEN], limits=LIMITS, log_level="alert", modparams={"htable": {"htable": "a=>size=14;"}})


def once(target: kemilua.Engine, case: Case, size: int) -> tuple[float, bool]:
    """Seconds, and whether it ended at a limit."""
    data = case.message(size)
    if case.code is None:
        start = time.thread_time()
        target.receive_datagram(data, SOURCE, now=1.0)
        return time.thread_time() - start, False
    text = case.code(size)
    parsed = kemilua.Message.parse(data, source=SOURCE, local=("192.0.2.1", 5060), engine=target)
    start, limited = time.thread_time(), False
    try:
        target.eval(text, message=parsed)
    except (kemilua.BudgetError, kemilua.ScriptMemoryError):
        limited = True
    return time.thread_time() - start, limited


def measure(case: Case, times: int) -> Result:
    """The best of some times at each size, until a limit ends it."""
    points: list[tuple[int, float]] = []
    limited = None
    for size in case.sizes:
        best, spent = math.inf, 0.0
        with engine() as target:
            for number in range(times + 1):
                seconds, ended = once(target, case, size)
                spent += seconds
                if number or seconds > BUDGET:  # the first one finds cold memory
                    best = min(best, seconds)
                if ended:
                    limited = limited or size
                if spent > BUDGET and best < math.inf:
                    break
        points.append((size, best))
    return Result(case, tuple(points), limited)


# ---- the page


def timed(seconds: float) -> str:
    return f"{seconds * 1e3:,.2f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:,.0f} us"


def table(results: Sequence[Result]) -> str:
    lines = ["| what grows | from | to | exponent | limit |", "| --- | ---: | ---: | ---: | --- |"]
    for one in results:
        (first, early), (last, late) = one.points[0], one.points[-1]
        limit = f"ends at one from {one.limited:,} on" if one.limited else ""
        lines.append(
            f"| {one.case.name} | {first:,} {one.case.unit}: {timed(early)} | {last:,}: {timed(late)} | {one.exponent:.2f} | {limit} |"
        )
    return "\n".join(lines) + "\n"


def text_at(x: float, y: float, text: str, anchor: str = "middle", more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{text}</text>'


WIDTH, HEIGHT, LEFT, BOTTOM = 760, 460, 70, 50
COLOURS = ["#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#888888"]


def figure(results: Sequence[Result]) -> str:
    """Size against time, both as multiples of the smallest, on logarithmic axes; thin lines of slope 1 and 2 to compare with."""
    span_x = max(one.points[-1][0] / one.points[0][0] for one in results)
    top = max(10.0, max(seconds / one.points[0][1] for one in results for _, seconds in one.points))
    bottom = min(0.5, min(seconds / one.points[0][1] for one in results for _, seconds in one.points))

    def x(factor: float) -> float:
        return LEFT + (WIDTH - LEFT - 20) * math.log(factor) / math.log(span_x)

    def y(factor: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - 20) * math.log(factor / bottom) / math.log(top / bottom)

    def line(points: Sequence[tuple[float, float]], style: str, title: str = "") -> str:
        text = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in points)
        return f'<polyline points="{text}" {style}>{f"<title>{title}</title>" if title else ""}</polyline>'

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12" role="img">',
        "<title>Time over size, both as multiples of the smallest</title>",
        "<style>text { fill: #444 } .axis { stroke: #888; fill: none } .guide { stroke: #888; stroke-dasharray: 4 4; fill: none }"
        " @media (prefers-color-scheme: dark) { text { fill: #ccc } }</style>",
        f'<path class="axis" d="M{LEFT} 20V{HEIGHT - BOTTOM}H{WIDTH - 20}"/>',
    ]
    for power in range(math.floor(math.log10(span_x)) + 1):
        at = x(10**power)
        parts += [f'<path class="axis" d="M{at:.1f} {HEIGHT - BOTTOM}v5"/>', text_at(at, HEIGHT - 28, f"{10**power:,}")]
    for power in range(math.ceil(math.log10(bottom)), math.floor(math.log10(top)) + 1):
        at = y(10.0**power)
        parts += [f'<path class="axis" d="M{LEFT} {at:.1f}h-5"/>', text_at(LEFT - 8, at + 4, f"{10.0**power:,g}", "end")]
    for slope in (1, 2):
        end = min(span_x, top ** (1 / slope))
        parts.append(line([(1, 1), (end, end**slope)], 'class="guide"'))
        parts.append(text_at(x(end) - 6, y(end**slope) + (14 if slope == 1 else 4), f"slope {slope}", "end"))
    for number, one in enumerate(results):
        first, early = one.points[0]
        style = f'fill="none" stroke="{COLOURS[number % len(COLOURS)]}" stroke-width="1.5" stroke-opacity="0.8"'
        parts.append(line([(size / first, seconds / early) for size, seconds in one.points], style, f"{one.case.name}: {one.exponent:.2f}"))
    parts.append(text_at((LEFT + WIDTH) / 2, HEIGHT - 8, "size, times the smallest"))
    parts.append(text_at(16, HEIGHT / 2, "time, times the smallest", more=f' transform="rotate(-90 16 {HEIGHT / 2})"'))
    return "\n".join([*parts, "</svg>", ""])


PAGE = """\
# Hostile sizes

Whatever a peer sends or a script does, work grows with the size, or ends at a limit ([what counts as a bug](concepts/promises.md)).
This page measures it: CPU time over size, for what a peer or a script can make large. Messages are parsed, read in some twenty ways,
edited and forwarded; the rest is Lua on one message. Made by

```sh
python benchmarks/hostile.py --write
```

![Time over size](hostile.svg)

Every line is a row of the table; the dashed ones are growth in proportion to size, and to its square. The exponent is that of a power
law through the larger half of the sizes: 1 is linear, less where part of the work does not depend on the size, a little more where
memory outgrows the caches. A row that ends at a limit is cut off by the budget of instructions ({instructions:,}) or the limit of memory
({memory} MB). The same is held to a bound without a clock: [tests/c/steps](../tests/c/steps/growth.c) counts branches of code.

{table}"""


def main(arguments: list[str]) -> int:
    flags = {word for word in arguments if word.startswith("--")}
    if flags - {"--write", "--quick"}:
        print("usage: hostile.py [--write] [--quick] [name...]", file=sys.stderr)
        return 2
    words = [word for word in arguments if word not in flags]
    chosen = [case for case in CASES if not words or any(word in case.name for word in words)]
    results = []
    for case in chosen:
        results.append(measure(case, 2 if "--quick" in flags else 7))
        print(table(results[-1:]).splitlines()[-1], flush=True)
    if "--write" in flags:
        text = PAGE.format(instructions=LIMITS.instructions, memory=LIMITS.memory // 2**20, table=table(results))
        (DOCS / "hostile.md").write_text(text, encoding="utf-8")
        (DOCS / "hostile.svg").write_text(figure(results), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
