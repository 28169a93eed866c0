"""The examples as a reader runs them."""

from __future__ import annotations

import subprocess
import sys

import pytest
from command import environment, run

SCRIPTS = ["keepalive.lua", "prefix_router.lua", "stateless_proxy.lua"]
MESSAGES = ["options.sip", "scanner.sip", "invite.sip", "reply.sip"]


@pytest.fixture
def show(root):
    def show(script, *messages, **more):
        paths = [f"examples/messages/{message}" for message in messages]
        return run("run", f"examples/{script}", *paths, "--seed", "example", cwd=root, **more)[0]

    return show


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("message", MESSAGES)
def test_every_script_takes_every_message(show, script, message):
    assert show(script, message).startswith(f"examples/messages/{message}\n")


def test_all_examples_are_tested(root):
    examples = root / "examples"
    assert sorted(path.name for path in examples.glob("*.lua")) == SCRIPTS
    assert sorted(path.name for path in (examples / "messages").iterdir()) == sorted(MESSAGES)
    assert sorted(path.name for path in examples.glob("*.py")) == ["exports.py", "host.py", "relay_host.py"]


def test_keep_alive_is_answered_and_a_scanner_is_not(show):
    out = show("keepalive.lua", "options.sip", "scanner.sip")
    alive, _, scanner = out.partition("examples/messages/scanner.sip")
    assert "SIP/2.0 200 Alive" in alive
    assert "scanner friendly-scanner" in scanner
    assert "send" not in scanner


def test_number_is_routed_by_its_prefix(show):
    out = show("prefix_router.lua", "invite.sip")
    assert "udp 127.0.0.1:5060 -> 192.0.2.49:5060" in out
    assert "INVITE sip:301234567@127.0.0.1:5060 SIP/2.0" in out
    assert "X-Gateway: berlin" in out
    assert "Max-Forwards: 69" in out


def test_number_that_is_none_is_refused(show):
    assert "SIP/2.0 484 Address Incomplete" in show("prefix_router.lua", "options.sip")


def test_proxy_sends_requests_on_and_replies_back(show):
    out = show("stateless_proxy.lua", "invite.sip", "reply.sip")
    request, _, reply = out.partition("examples/messages/reply.sip")
    assert "udp 127.0.0.1:5060 -> 192.0.2.80:5060" in request
    assert "warn" in reply
    assert "udp 127.0.0.1:5060 -> 127.0.0.1:5080" in reply
    assert "z9hG4bK-proxy-1" not in reply


def test_python_functions_are_ksr_functions(root):
    done = subprocess.run(
        [sys.executable, "examples/exports.py"], cwd=root, env=environment(), capture_output=True, text=True, timeout=60, check=True
    )
    assert "X-Tariff: 004930;cents=1" in done.stdout
