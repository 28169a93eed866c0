"""Which value of one run stands for which of another: the same branch, tag or Call-ID wherever it comes again."""

from __future__ import annotations

import collections

from stateful.masks import NUMBERED, Line, Masked, Token, near, skeleton, tokens

__all__ = ["Names"]


class Names:
    """Pairs of values, recorded and ours, as they were met in what belongs together; each has one partner, the first one."""

    def __init__(self) -> None:
        self._ours: dict[Token, Token] = {}
        self._recorded: dict[Token, Token] = {}
        self._shown: dict[tuple[str, Token], str] = {}
        self._counts: collections.Counter[str] = collections.Counter()

    def meet(self, recorded: Masked, ours: Masked) -> None:
        """Take two texts of one skeleton as the same; what has a partner already keeps it."""
        for one, other in zip(tokens(recorded), tokens(ours), strict=True):
            if one.kind in NUMBERED and one not in self._ours and other not in self._recorded:
                self._ours[one], self._recorded[other] = other, one

    def same(self, recorded: Line, ours: Line) -> bool:
        """Whether two lines agree, by the pairs known so far."""
        if skeleton((recorded,)) != skeleton((ours,)):
            return False
        return all(self._same(one, other) for one, other in zip(tokens((recorded,)), tokens((ours,)), strict=True))

    def _same(self, recorded: Token, ours: Token) -> bool:
        if recorded.kind == "expires":
            return near(recorded.value, ours.value)
        return recorded.kind not in NUMBERED or self._ours.get(recorded) == ours

    def shown(self, line: Line, *, ours: bool) -> str:
        """A line with names for values: partners have one name, and ours without a partner has an exclamation mark in it."""
        return "".join(part if isinstance(part, str) else self._name(part, ours) for part in line)

    def _name(self, token: Token, ours: bool) -> str:
        if token.kind == "expires":
            return token.value
        if token.kind not in NUMBERED:
            return f"<{token.kind}>"
        partner = self._recorded.get(token) if ours else token
        key = ("recorded", partner) if partner is not None else ("ours", token)
        if key not in self._shown:
            side = token.kind if partner is not None else f"{token.kind}!"
            self._counts[side] += 1
            self._shown[key] = f"<{side}{self._counts[side]}>"
        return self._shown[key]
