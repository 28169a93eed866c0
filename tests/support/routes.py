"""Scripts that say what they see, route by route, and the callee that their requests go to."""

from __future__ import annotations

from builders import answer, first_line, invite
from harness import logged, sent

BOB = "sip:bob@203.0.113.1"
CALLEE = ("203.0.113.1", 5060)
SAY = """
local function say(name, ...)
    local all = {...}
    for i = 1, select("#", ...) do all[i] = tostring(all[i]) end
    KSR.info(name .. ": " .. table.concat(all, " "))
end
"""
RELAY = """
    KSR.tm.t_on_branch("branch") KSR.tm.t_on_reply("replied") KSR.tm.t_on_failure("failed") KSR.tm.t_on_branch_failure("branch_failed")
    KSR.tm.t_relay()
"""


def filled(script, places, given):
    """A script with a piece of Lua in each of its places, `{name}`, or with nothing there."""
    for name in places:
        script = script.replace("{" + name + "}", given.get(name, ""))
    return script


def said(effects, name="r"):
    """What the script said by that name."""
    return [text.removeprefix(f"{name}: ") for text in logged(effects) if text.startswith(f"{name}: ")]


def lines(effects):
    return [first_line(data) for data in sent(effects)]


def answered(engine, asked, code, **more):
    """What comes of the callee's answer."""
    return engine.receive(answer(asked, code, "Said"), source=CALLEE, **more)


def started(engine):
    """The INVITE that went out."""
    return sent(engine.receive(invite(BOB)))[-1]
