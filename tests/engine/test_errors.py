"""Statuses of C and exceptions of Python: one class for each, and what it tells."""

from __future__ import annotations

import pickle

import kemilua
import pytest
from kemilua._ffi import ffi, lib
from kemilua.errors import CLASSES, from_error, from_status

STATUSES = ffi.typeof("kl_status").relements  # name -> number


def test_there_is_a_status_for_everything_in_the_table():
    assert set(CLASSES) == set(STATUSES.values()) - {lib.KL_OK}


@pytest.mark.parametrize("name", sorted(STATUSES.keys() - {"KL_OK"}))
def test_every_failing_status_has_a_class_and_a_text(name):
    error = from_status(STATUSES[name])
    assert isinstance(error, kemilua.KemiluaError)
    assert type(error) is not kemilua.KemiluaError
    assert str(error)
    assert type(error).__name__ in kemilua.__all__


def test_no_two_statuses_share_a_class():
    assert len(set(CLASSES.values())) == len(CLASSES)


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (kemilua.ScriptMemoryError, MemoryError),
        (kemilua.AllocationError, MemoryError),
        (kemilua.NotFoundError, LookupError),
        (kemilua.ConfigError, ValueError),
        (kemilua.MessageError, ValueError),
        (kemilua.ReadError, OSError),
        (kemilua.NestingError, RecursionError),
        (kemilua.EngineBusyError, RuntimeError),
    ],
)
def test_errors_are_also_what_python_calls_them(kind, builtin):
    assert issubclass(kind, builtin)
    assert issubclass(kind, kemilua.KemiluaError)


@pytest.mark.parametrize("kind", [kemilua.ScriptSyntaxError, kemilua.BudgetError, kemilua.ScriptMemoryError, kemilua.ExportError])
def test_what_a_script_does_wrong_is_a_script_error(kind):
    assert issubclass(kind, kemilua.ScriptError)


def make_error(**fields):
    error = ffi.new("kl_error *")
    error.offset = -1
    for name, value in fields.items():
        setattr(error, name, value)
    return error


def test_parse_error_names_offset_and_hint():
    error = from_error(make_error(status=lib.KL_EPARSE, text=b"a colon is expected", offset=17, hint=400))
    assert (error.offset, error.hint, str(error)) == (17, 400, "a colon is expected (at byte 17)")


def test_place_leads_unless_the_text_has_it():
    apart = from_error(make_error(status=lib.KL_ECONFIG, where=b"listen", text=b"no port"))
    within = from_error(make_error(status=lib.KL_ERUN, where=b"a.lua", line=3, text=b"a.lua:3: boom"))
    assert str(apart) == "listen: no port"
    assert (str(within), within.where, within.line) == ("a.lua:3: boom", "a.lua", 3)


@pytest.mark.parametrize("error", [kemilua.RpcError(500, "Reload Failed"), from_status(lib.KL_EPARSE), from_status(lib.KL_EIO, "gone")])
def test_errors_can_be_pickled(error):
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again)) == (type(error), str(error))


def test_rpc_error_reads_like_kamailio():
    error = kemilua.RpcError(500, "Reload Failed")
    assert (error.code, error.text, str(error)) == (500, "Reload Failed", "500 Reload Failed")
