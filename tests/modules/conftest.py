"""Asking a KSR function: a message, an expression of Lua, its values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import kemilua
import pytest
from builders import request
from harness import SOURCE, Harness


@pytest.fixture
def ask(script: Callable[..., Harness]) -> Callable[..., Any]:
    """`ask("KSR.hdr.get('To')", message, **what Message.parse takes)`: the value, or a tuple where the Lua has several."""
    engine = script(None, aliases=["example.com"])

    def ask(lua: str, message: bytes | kemilua.Message | None = None, *, engine: Harness = engine, **place: Any) -> Any:
        if not isinstance(message, kemilua.Message):
            message = parse(engine, request() if message is None else message, **place)
        engine.now = engine.clock.now
        code = lua if "return" in lua else f"return {lua}"
        values = engine.eval(code, message=message)
        return values[0] if len(values) == 1 else values

    return ask


def parse(engine: Harness, data: bytes, **place: Any) -> kemilua.Message:
    """A message as it comes from SOURCE to the engine's first socket."""
    place = {"source": SOURCE, "local": ("192.0.2.1", 5060), "now": engine.clock.now, **place}
    return kemilua.Message.parse(data, engine=engine, **place)


@pytest.fixture
def edited(script: Callable[..., Harness]) -> Callable[..., str]:
    """`edited("KSR.hdr.append('X: 1\\r\\n')")`: the head of the message after the Lua and msg_apply_changes, without its end."""
    engine = script(None)

    def edited(lua: str, message: bytes | None = None) -> str:
        target = parse(engine, request() if message is None else message)
        done, text = engine.eval(f"{lua}; return KSR.textopsx.msg_apply_changes(), KSR.pv.get('$mb')", message=target)
        assert done == 1
        return str(text)

    return edited
