"""`kemilua run`: what it shows, what it says when something is wrong, and how it ends."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys

import kemilua
import pytest
from builders import invite, request
from command import environment, run
from kemilua.cli.show import as_json, effect_lines

SCRIPT = """function ksr_request_route()
  KSR.info("asked for " .. KSR.pv.get("$rU"))
  if KSR.is_INVITE() then KSR.forward() return end
  KSR.dbg("fine detail")
  KSR.sl.send_reply(404, "Not Here")
end
"""

NESTED = """function inner()
  return KSR.pv.get("$rU")
end
function ksr_request_route()
  KSR.is_INVITE()
  inner()
  inner(KSR.setflag(1))
end
"""


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "s.lua"
    path.write_text(SCRIPT)
    return path


@pytest.fixture
def message(tmp_path):
    path = tmp_path / "m.sip"
    path.write_bytes(request())
    return path


def test_effects_are_shown_for_people(script, message):
    out, err = run("run", script.name, message.name, "--seed", "x", cwd=script.parent)
    lines = out.splitlines()
    assert lines[:5] == [
        "m.sip",
        "  info   s.lua:2: asked for bob",
        "  send   udp 127.0.0.1:5060 -> 127.0.0.1:5060",
        "         SIP/2.0 404 Not Here",
        "         Via: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK-1;received=127.0.0.1",
    ]
    assert err == ""


def test_same_seed_gives_the_same_output(script, message):
    assert run("run", script, message, "--seed", "x") == run("run", script, message, "--seed", "x")
    assert run("run", script, message, "--seed", "x") != run("run", script, message, "--seed", "y")


def test_several_messages_go_through_one_engine(tmp_path, message):
    counting = tmp_path / "count.lua"
    counting.write_text("n = 0 function ksr_request_route() n = n + 1 KSR.info('message ' .. n) end")
    out, _ = run("run", counting, message, message)
    assert [line.split(": ")[1] for line in out.splitlines() if "info" in line] == ["message 1", "message 2"]


def test_nothing_is_shown_as_nothing(tmp_path, message):
    quiet = tmp_path / "quiet.lua"
    quiet.write_text("function ksr_request_route() end")
    assert run("run", quiet, message)[0].splitlines()[1:] == ["  nothing"]


def test_json_is_one_object_a_line(script, message):
    out, _ = run("run", script, message, message, "--json", "--trace")
    first, second = map(json.loads, out.splitlines())
    assert first["message"] == str(message)
    assert [effect["effect"] for effect in first["effects"]] == ["log", "send"]
    assert first["effects"][1]["data"].startswith("SIP/2.0 404 Not Here\r\n")
    assert first["effects"][1]["destination"] == ["127.0.0.1", 5060]
    assert [call["call"] for call in second["calls"]] == ["KSR.pv.get", "KSR.info", "KSR.is_INVITE", "KSR.dbg", "KSR.sl.send_reply"]
    assert second["calls"][0]["arguments"] == ["$rU"]
    assert second["error"] is None


def test_name_that_is_to_be_looked_up_is_shown(tmp_path):
    script, message = tmp_path / "s.lua", tmp_path / "m.sip"
    script.write_text("function ksr_request_route() KSR.tm.t_relay() end")
    message.write_bytes(request(uri="sips:bob@b.example:5070;transport=tls"))
    out, _ = run("run", script, message, "--seed", "x")
    assert re.search(r"^  resolve b\.example:5070 by tls for sips \(ticket \d+\)$", out, re.MULTILINE)
    out, _ = run("run", script, message, "--seed", "x", "--json")
    (effect,) = json.loads(out)["effects"]
    assert effect.pop("ticket") > 0
    assert effect == {
        "effect": "resolve",
        "name": "b.example",
        "port": 5070,
        "transport": "tls",
        "sips": True,
        "local": ["127.0.0.1", 5060],
    }


def test_json_holds_every_byte(tmp_path, script):
    path = tmp_path / "raw.sip"
    path.write_bytes(invite(uri="sip:bob@192.0.2.9", headers={"X-Raw": "\udcff"}))
    (line,) = run("run", script, path, "--json")[0].splitlines()
    send = json.loads(line)["effects"][1]
    assert send["data"] is None
    assert b"X-Raw: \xff\r\n" in base64.b64decode(send["data_base64"])


def test_trace_shows_every_call_indented_by_depth(tmp_path, message):
    path = tmp_path / "t.lua"
    path.write_text(NESTED)
    lines = run("run", path.name, message.name, "--trace", cwd=tmp_path)[0].splitlines()[1:6]
    assert [line.split(" us  ")[1] for line in lines[:2]] == ["t.lua:5  KSR.is_INVITE() -> false", 't.lua:2    KSR.pv.get("$rU") -> "bob"']
    assert float(lines[0].split(" us ")[0]) >= 0
    assert "KSR.setflag(1) -> true" in lines[2]


def test_pipe_gets_no_colour_and_can_ask_for_it(script, message):
    assert "\x1b" not in run("run", script, message)[0]
    assert "\x1b[32m" in run("run", script, message, "--color", "always")[0]


@pytest.mark.parametrize(
    ("variables", "coloured"), [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_terminal_gets_colour_unless_it_says_no(script, message, variables, coloured):
    ours, theirs = os.openpty()
    done = subprocess.Popen(
        [sys.executable, "-m", "kemilua", "run", str(script), str(message)],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        env=environment(**variables),
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux says so when the other side is closed
            break
        if not piece:
            break
        seen += piece
    os.close(ours)
    assert done.wait(60) == 0
    assert (b"\x1b[" in seen) is coloured


def test_log_level_bounds_what_is_shown(script, message):
    assert "fine detail" not in run("run", script, message)[0]
    assert "fine detail" in run("run", script, message, "--log-level", "dbg")[0]
    assert "asked for" not in run("run", script, message, "--log-level", "err")[0]


def test_addresses_sockets_and_parameters_are_taken(script, message):
    out, _ = run(
        *("run", script, message, "--listen", "udp:192.0.2.7:5070", "--alias", "example.com", "--source", "[2001:db8::1]:5099"),
        *("--core", "server_header", "Server: mine", "--modparam", "maxfwd", "max_limit", "50"),
    )
    assert "udp 192.0.2.7:5070 -> [2001:db8::1]:5060" in out
    assert "Server: mine" in out


def test_several_scripts_load_the_last_first(tmp_path, message):
    (tmp_path / "a.lua").write_text("base = lib() function ksr_request_route() KSR.info(base) end")
    (tmp_path / "b.lua").write_text("function lib() return 'from b' end")
    assert "from b" in run("run", tmp_path / "a.lua", message, "--load", tmp_path / "b.lua")[0]


def test_message_comes_from_standard_input(script):
    assert run("run", script, "-", stdin=request())[0].startswith("-\n")


def test_lf_file_is_text_and_becomes_a_message(tmp_path, script):
    path = tmp_path / "lf.sip"
    path.write_bytes(invite(uri="sip:bob@192.0.2.9").replace(b"\r\n", b"\n"))
    out, _ = run("run", script, path, "--json")
    assert json.loads(out)["effects"][1]["data"].endswith("m=audio 4000 RTP/AVP 8\r\n")


# ---- what goes wrong


def complaint(*words, code, **more):
    out, err = run("run", *words, code=code, **more)
    assert len(err.splitlines()) == 1
    assert "Traceback" not in err
    return out, err


def test_script_error_is_one_line_and_exit_code_1(tmp_path, message):
    path = tmp_path / "bad.lua"
    path.write_text("function ksr_request_route()\n  KSR.info('before')\n  nothing()\nend")
    out, err = complaint(path, message, code=1)
    assert "bad.lua:3:" in err
    assert "before" in out


def test_later_messages_run_although_one_fails(tmp_path, message, script):
    broken = tmp_path / "broken.sip"
    broken.write_bytes(b"OPTIONS sip:bob@example.com\r\nVia: x\r\n\r\n")
    out, err = complaint(script, broken, message, code=1)
    assert "broken.sip" in err
    assert "at byte" in err
    assert "404 Not Here" in out


@pytest.mark.parametrize(("text", "said"), [("function (", "bad.lua:1:"), ("error('at top')", "at top"), ("while true do end", "budget")])
def test_script_that_does_not_load_is_one_line_and_exit_code_1(tmp_path, message, text, said):
    path = tmp_path / "bad.lua"
    path.write_text(text)
    assert said in complaint(path, message, code=1)[1]


USAGE = {
    "no script": (["gone.lua", "m.sip"], "no such script: gone.lua"),
    "no message": (["s.lua", "gone.sip"], "no such message file: gone.sip"),
    "no arguments": ([], "SCRIPT, MESSAGE"),
    "bad address": (["s.lua", "m.sip", "--source", "nowhere"], "HOST:PORT"),
    "bad port": (["s.lua", "m.sip", "--source", "h:99999"], "HOST:PORT"),
    "bad level": (["s.lua", "m.sip", "--log-level", "loud"], "alert, bug"),
    "bad option": (["s.lua", "m.sip", "--colour"], "--colour"),
    "bad limit": (["s.lua", "m.sip", "--memory", "-1"], "memory"),
    "bad listen": (["s.lua", "m.sip", "--listen", "pigeon:1:2"], "pigeon"),
    "bad core": (["s.lua", "m.sip", "--core", "nosuch", "1"], "nosuch"),
    "bad modparam": (["s.lua", "m.sip", "--modparam", "nosuch", "x", "1"], "nosuch"),
}


@pytest.mark.parametrize(("words", "said"), USAGE.values(), ids=USAGE.keys())
def test_wrong_usage_is_one_line_and_exit_code_2(script, message, words, said):
    _, err = complaint(*words, code=2, cwd=script.parent)
    assert said in err


def test_directory_is_no_script(tmp_path, message):
    assert f"{tmp_path} is a directory, not a script" in complaint(tmp_path, message, code=2)[1]


def test_reader_may_leave_early(script, message):
    command = [sys.executable, "-m", "kemilua", "run", str(script), *[str(message)] * 2000]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) == 1


def test_version_is_told():
    assert run("--version")[0] == f"kemilua {kemilua.__version__}\n"


@pytest.mark.parametrize("command", ["run", "rpc", "bench"])
def test_every_command_has_help(command):
    assert "usage: kemilua" in run(command, "--help")[0]


def test_no_command_is_wrong_usage():
    assert "COMMAND" in run(code=2)[1]


def test_stores_and_what_waits_for_them_are_shown():
    def shown(effect: kemilua.Effect) -> list[str]:
        return [line.strip() for line in effect_lines(effect, lambda colour, text: text)]

    store = kemilua.Store(7, "location", "upsert", (("username", "a\udcff"),), (("q", 0.5), ("path", None), ("raw", b"\xff")))
    send = kemilua.Send(b"SIP/2.0 200 OK\r\n\r\n", ("192.0.2.1", 5060), "udp", after=7)
    (line,) = shown(store)
    assert line.startswith("store  upsert location: username = ")
    assert line.endswith(', q = 0.5, path = nil, raw = "\\xff" (ticket 7)')
    assert shown(send)[0].endswith("after ticket 7")
    assert [shown(kemilua.Release(7, drop)) for drop in (False, True)] == [["release now (ticket 7)"], ["release never (ticket 7)"]]
    told = json.loads(json.dumps([as_json(effect) for effect in (store, send, kemilua.Release(7))]))
    assert told[0]["key"] == {"username": "a\\xff"}
    assert told[0]["values"] == {"q": 0.5, "path": None, "raw": {"base64": "/w=="}}
    assert (told[1]["after"], told[2]) == (7, {"effect": "release", "ticket": 7, "drop": False})
