"""The command that plays scenarios and shows what differs, and its pages."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import play
import pytest
from command import environment
from stateful.compare import compare
from stateful.player import Datagram, Played, Player
from stateful.scenario import Scenario, scenario_of
from stateful.show import recorded, shown, story
from stateful.tape import Tape


@pytest.fixture
def played(scenario: Scenario) -> Played:
    return Player(scenario, Tape(scenario)).run()


def page(played: Played, *, everything: bool = False) -> list[str]:
    return list(shown(compare(played), everything=everything))


def test_page_of_what_is_equal_is_empty(played: Played) -> None:
    assert page(played) == []


def test_page_of_everything_has_a_line_for_each_datagram_value_and_answer(played: Played) -> None:
    assert page(played, everything=True) == [
        "---- alice 127.0.0.1:23010: 2 of 2 equal",
        "     600.3 ms[600..645] |    600.0 ms equal  SIP/2.0 180 Ringing",
        "     700.6 ms[700..745] |    700.0 ms equal  SIP/2.0 487 Request Terminated",
        "---- bob 127.0.0.1:23020: 3 of 3 equal",
        "       4.5 ms[4..49] |      4.0 ms equal  INVITE sip:bob@127.0.0.1:23020 SIP/2.0",
        "     470.0 ms[437..592] |    470.0 ms equal  INVITE sip:bob@127.0.0.1:23020 SIP/2.0",
        "     700.5 ms[700..745] |    700.0 ms equal  CANCEL sip:bob@127.0.0.1:23020 SIP/2.0",
        "---- logs: 2 of 2 equal",
        '       4.3 ms |      4.3 ms equal  ["relay", 1, null]',
        '     600.2 ms |    600.2 ms equal  ["reply", 180, "aä\\r\\n"]',
        "---- rpc, step 5: 1 of 1 equal",
        "     800.0 ms |    800.0 ms equal  {",
    ]


def test_page_shows_what_is_missing_too_many_and_different(played: Played) -> None:
    lost, late = played.datagrams[3], played.datagrams[1]
    events = [event for event in played.events if event is not lost]
    changed = [dataclasses.replace(event, bytes=event.bytes.replace("alice", "\x01")) if event is late else event for event in events]
    extra = Datagram(800.0, "alice", True, "BYE sip:a SIP/2.0\r\n\r\n", "127.0.0.1:23000")
    lines = page(dataclasses.replace(played, events=[*changed, extra]))
    assert [line for line in lines if line.startswith("----")] == [
        "---- alice 127.0.0.1:23010: 2 of 3 equal",
        "---- bob 127.0.0.1:23020: 1 of 3 equal",
    ]
    assert "     800.0 ms TOO MANY" in lines
    assert "    + BYE sip:a SIP/2.0" in lines
    assert "     700.5 ms[700..745] MISSING" in lines
    assert "    - Via: SIP/2.0/UDP 127.0.0.1:23000;branch=<branch1>.0" in lines
    assert "     470.0 ms[437..592] |    470.0 ms DIFFERS" in lines
    assert "    - From: <sip:alice@example.com>;tag=f1" in lines
    assert "    + 'From: <sip:\\x01@example.com>;tag=f1\\r\\n'" in lines
    assert "      Call-ID: call-1" in lines


def test_stories_tell_all_in_order_of_time(played: Played) -> None:
    told = list(story(played))
    assert told[:5] == [
        "      4.0 ms [0] alice sends INVITE",
        "      4.0 ms     -> bob: INVITE sip:bob@127.0.0.1:23020 SIP/2.0",
        "      4.3 ms     relay: 1, None",
        "      5.0 ms [1] bob waits for INVITE as i",
        "    470.0 ms     -> bob: INVITE sip:bob@127.0.0.1:23020 SIP/2.0",
    ]
    assert len(told) == len(played.events)
    assert len(list(recorded(played.scenario))) == len(told)
    assert "    470.0 ms     -> bob: INVITE sip:bob@127.0.0.1:23020 SIP/2.0  (timer, 437..592)" in list(recorded(played.scenario))
    assert "\n                 Call-ID: call-1\n" in list(story(played, messages=True))[1]


# ---- the command

RIGHT = 'function ksr_request_route() KSR.sl.send_reply(404, "No") end'
WRONG = 'function ksr_request_route() KSR.sl.send_reply(500, "No") KSR.err("oh\\n") end'
REQUEST = "OPTIONS sip:b@c SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:23010;branch=z9hG4bK-1\r\nFrom: <sip:a@c>;tag=1\r\nTo: <sip:b@c>;tag=2\r\n"
REPLY = REQUEST.replace("OPTIONS sip:b@c SIP/2.0", "SIP/2.0 404 No")
END = "Call-ID: 1\r\nCSeq: 1 OPTIONS\r\n"


def made(row: dict[str, Any], id: str, lua: str, *modules: str) -> Scenario:
    """Alice sends OPTIONS and gets a 404."""
    steps = [{"op": "send", "from": "alice", "bytes": f"{REQUEST}{END}\r\n", "t_ms": 1.0}]
    reply = f"{REPLY}{END}Server: x\r\nContent-Length: 0\r\n\r\n"
    observed = [{"t_ms": 2.0, "at": "alice", "by": "step", "after_step": 0, "bytes": reply}]
    own = {"id": id, "lua": lua, "modules": ["sl", *modules], "steps": steps, "observed": observed, "logs": []}
    return scenario_of("own", row | own)


Command = Callable[..., "tuple[int, list[str]]"]


@pytest.fixture
def command(row: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """`command(*words)`: exit code and output, where there are three scenarios."""
    parameter = {**row, "modparams": [["sl", "nosuch", 1]]}
    own = [made(row, "own.right", RIGHT), made(row, "own.wrong", WRONG), made(parameter, "own.lacking", RIGHT)]
    monkeypatch.setattr(play, "scenarios", lambda: own)

    def run(*words: str) -> tuple[int, list[str]]:
        monkeypatch.setattr(sys, "argv", ["play.py", *words])
        code = play.main()
        captured = capsys.readouterr()
        return code, (captured.out + captured.err).splitlines()

    return run


def test_one_scenario_is_shown_whole(command: Command) -> None:
    code, lines = command("own.wrong")
    assert code == 1
    assert lines[0].startswith("==== own.wrong: an INVITE, its retransmission")
    assert {"    - SIP/2.0 404 No", "    + SIP/2.0 500 No", "---- logged here at level err or worse"} <= set(lines)
    assert lines[-2:] == ["       1.0 ms ERR (own.wrong.lua:1): oh", "1 difference"]


def test_script_stories_and_what_is_equal_are_shown_on_request(command: Command) -> None:
    code, lines = command("own.right", "--lua", "--story", "--recorded", "--all", "--messages")
    assert code == 0
    assert lines[-1] == "equal"
    assert {RIGHT, "---- recorded", "---- played", "---- alice 127.0.0.1:23010: 1 of 1 equal"} <= set(lines)
    assert lines.count("                 SIP/2.0 404 No") == 2


def test_several_scenarios_have_a_line_each_and_are_counted(command: Command) -> None:
    assert command("own.*") == (
        1,
        [
            "own.right: equal",
            "own.wrong: alice: SIP/2.0 404 No: differs",
            "own.lacking: not in this build: sl's parameter nosuch",
            "differs: 1 of 3",
            "equal: 1 of 3",
            "not in this build: 1 of 3",
        ],
    )


def test_what_lacks_something_is_played_by_force(command: Command) -> None:
    assert command("own.lacking", "--force") == (1, ["own.lacking: NotFoundError: module sl has no parameter nosuch"])


def test_unknown_scenario_is_an_error(command: Command) -> None:
    assert command("nosuch") == (2, ["no scenario of nosuch"])


def test_command_runs_from_the_checkout(root: Path) -> None:
    words = [sys.executable, str(root / "tests" / "support" / "play.py"), "path_add"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, env=environment(), check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "equal: 4 of 4"
