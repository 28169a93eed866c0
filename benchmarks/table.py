"""The table the benchmarks print: each row a figure of ours beside a peer's from the same run, and the bar it should pass."""

from __future__ import annotations

from dataclasses import dataclass

UNITS = {"ns": 1e9, "us": 1e6, "ms": 1e3}


@dataclass(frozen=True, slots=True)
class Row:
    """One line. Times are seconds per operation; `peer` None stands for a figure without a peer."""

    part: str
    what: str
    ours: float
    peer: float | None = None
    peer_name: str = ""
    bar: float | None = None
    unit: str = "ns"
    rate: bool = False
    brief: bool = True
    """Stands in the short table too."""

    @property
    def ratio(self) -> float | None:
        """Ours by the peer's: below 1 we are faster."""
        return None if self.peer is None else self.ours / self.peer

    def cells(self) -> list[str]:
        """The row as text, a column each."""
        ratio, bar = self.ratio, self.bar
        passed = "" if ratio is None or bar is None else ("yes" if ratio <= bar else "no")
        return [
            self.part,
            self.what + (f" ({1 / self.ours:,.0f}/s per core)" if self.rate else ""),
            self._figure(self.ours),
            "" if self.peer is None else f"{self._figure(self.peer)} {self.peer_name}",
            "" if ratio is None else f"{ratio:.2f}",
            "" if bar is None else f"{bar:.2f}",
            passed,
        ]

    def _figure(self, value: float) -> str:
        if self.unit == "KiB":
            return f"{value:,.0f} KiB" if value >= 100 else f"{value:.1f} KiB"
        if not self.unit:
            return f"{value:.2f}"
        return f"{value * UNITS[self.unit]:,.1f} {self.unit}"


HEADINGS = ["", "what", "kemilua", "peer", "ratio", "bar", "passed"]


def markdown(rows: list[Row]) -> str:
    """The rows as a Markdown table, its columns aligned for reading in a terminal."""
    lines = [HEADINGS, *(row.cells() for row in sorted(rows, key=lambda row: row.part))]
    widths = [max(3, *(len(line[column]) for line in lines)) for column in range(len(HEADINGS))]
    text = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines]
    text.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(text)
