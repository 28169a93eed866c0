"""What scripts log: effects, Python's logging, and nothing at all when filtered."""

from __future__ import annotations

import logging
import subprocess
import sys

import kemilua
import pytest
from builders import request
from harness import logged

TALKATIVE = """
function ksr_request_route()
    KSR.dbg("d") KSR.info("i") KSR.notice("n") KSR.warn("w") KSR.err("e") KSR.crit("c")
end
"""
LOGGER = logging.getLogger("kemilua.script")


@pytest.fixture
def level():
    """Set the logger's level for one test."""
    before = LOGGER.level
    yield LOGGER.setLevel
    LOGGER.setLevel(before)


def test_lines_reach_the_logger_with_the_script_s_file_and_line(script, caplog):
    caplog.set_level(logging.DEBUG, logger="kemilua.script")
    script("function ksr_request_route()\n\n KSR.err('no route')\nend").receive(request())
    (record,) = caplog.records
    assert (record.name, record.levelno, record.getMessage()) == ("kemilua.script", logging.ERROR, "no route")
    assert (record.filename, record.lineno) == ("test.lua", 3)


def test_levels_map_to_those_of_logging(script, caplog):
    caplog.set_level(logging.DEBUG, logger="kemilua.script")
    script(TALKATIVE, log_level="dbg").receive(request())
    assert [record.levelno for record in caplog.records] == [10, 20, 25, 30, 40, 50]
    assert [record.levelname for record in caplog.records][2] == "NOTICE"


def test_percent_signs_are_text(script, caplog):
    caplog.set_level(logging.DEBUG, logger="kemilua.script")
    script("function ksr_request_route() KSR.err('100% %s %d') end").receive(request())
    assert caplog.messages == ["100% %s %d"]


FORGED = "x\n2026-01-01 00:00:00,000 INFO admin logged in\x1b[2J"


def test_what_a_peer_sends_is_one_line_to_handlers_and_whole_in_the_effect(script, caplog):
    caplog.set_level(logging.DEBUG, logger="kemilua.script")
    (effect,) = script("function ksr_request_route() KSR.info(KSR.pv.get('$rb')) end").receive(request(body=FORGED))
    assert effect.text == FORGED
    assert caplog.messages == [r"x\n2026-01-01 00:00:00,000 INFO admin logged in\x1b[2J"]


def test_malformed_message_cannot_forge_a_line(script, caplog):
    caplog.set_level(logging.DEBUG, logger="kemilua.script")
    script("").receive(b"GARBAGE \n2026-01-01 INFO admin logged in\x1b[2J\r\n\r\n")
    assert len(caplog.messages) == 1
    assert caplog.messages[0].isprintable()


def test_bytes_that_are_not_utf8_can_be_written_by_a_handler(script, caplog):
    caplog.set_level(logging.DEBUG, logger="kemilua.script")
    (effect,) = script("function ksr_request_route() KSR.info('\\255') end").receive(request())
    assert effect.text == "\udcff"
    assert caplog.messages == [r"\xff"]


def test_name_of_a_chunk_is_one_line_too(script, caplog):
    caplog.set_level(logging.DEBUG, logger="kemilua.script")
    code = r"load('KSR.info([[x]])', '=evil\nname\27[2J')()"
    script(f"function ksr_request_route() {code} end").receive(request())
    (record,) = caplog.records
    assert record.pathname == r"evil\nname\x1b[2J"
    assert record.lineno == 1


def test_traceback_of_a_failure_is_on_the_line_of_its_record(script, caplog):
    caplog.set_level(logging.DEBUG, logger="kemilua.script")
    (effect,) = script("function ksr_request_route() error('boom') end").receive(request())
    assert "\nstack traceback:\n\t" in effect.text
    assert r"boom\nstack traceback:\n\t" in caplog.messages[0]


def test_lines_above_the_engine_s_level_are_no_effects(script):
    assert logged(script(TALKATIVE, log_level="warn").receive(request())) == ["w", "e", "c"]


def test_without_a_level_the_logger_decides(script, level):
    engine = script(TALKATIVE, log_level=None)
    level(logging.ERROR)
    assert logged(engine.receive(request())) == ["e", "c"]
    level(logging.INFO)
    assert logged(engine.receive(request())) == ["i", "n", "w", "e", "c"]
    assert engine.eval("KSR.dbg('d') KSR.info('i')", message=request()) == ()
    assert logged(engine.take_effects()) == ["i"]


def test_changed_level_is_seen_though_somebody_asked_the_logger_since(script, level):
    engine = script(TALKATIVE, log_level=None)
    level(logging.ERROR)
    engine.receive(request())
    level(logging.WARNING)
    LOGGER.isEnabledFor(logging.DEBUG)
    assert logged(engine.receive(request())) == ["w", "e", "c"]


def test_logging_disabled_altogether_silences_scripts(script, level):
    level(logging.DEBUG)
    engine = script(TALKATIVE, log_level=None)
    logging.disable(logging.ERROR)
    try:
        assert logged(engine.receive(request())) == ["c"]
    finally:
        logging.disable(logging.NOTSET)


def test_filtered_lines_do_not_reach_python(script, monkeypatch):
    seen = []
    monkeypatch.setattr(LOGGER, "handle", seen.append)
    engine = script(TALKATIVE, log_level="alert")
    assert engine.receive(request()) == []
    assert seen == []


@pytest.mark.parametrize("level", ["loud", 4, -6, None.__class__])
def test_impossible_level_is_refused_with_the_good_ones(level):
    with pytest.raises(kemilua.ArgumentError, match="alert, bug, crit2, crit, err, warn, notice, info, dbg"):
        kemilua.Engine(log_level=level)


def test_handler_may_use_the_engine(script, caplog):
    engine = script("function ksr_request_route() KSR.err('x') end function f() end")
    results = []

    class Handler(logging.Handler):
        def emit(self, record):
            results.append(engine.lua_run("f"))

    handler = Handler()
    LOGGER.addHandler(handler)
    try:
        engine.receive(request())
    finally:
        LOGGER.removeHandler(handler)
    assert results == [1]


def test_print_is_a_line_of_the_log_and_not_the_host_s_output(script, capfd):
    engine = script("function ksr_request_route() print('a', 1, nil) end")
    assert logged(engine.receive(request())) == ["a\t1\tnil"]
    assert capfd.readouterr().out == ""


def test_logger_of_a_class_of_the_host_s_own_is_followed_by_what_it_says():
    """In a process of its own: a logger is made once. This one has nothing that `logging` keeps for itself."""
    code = """
import logging
import subprocess
import sys
class Own(logging.Logger):
    limit, _cache = logging.ERROR, None
    def isEnabledFor(self, level):
        return level >= self.limit
    def getEffectiveLevel(self):
        return self.limit
logging.setLoggerClass(Own)
import kemilua
engine = kemilua.Engine(kemilua.Source("function f() KSR.x.probe = 1 print('i') end", "t.lua"))
logger = logging.getLogger("kemilua.script")
for limit in (logging.ERROR, logging.INFO, logging.CRITICAL, logging.CRITICAL + 1, logging.DEBUG):
    logger.limit = limit
    engine.lua_run("f")
    print(len(engine.take_effects()), end=" ")
    engine.eval("f()")
    print(len(engine.take_effects()), end=" ")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("0 0 1 1 0 0 0 0 1 1 ", 0), done.stderr
