"""What must survive: how functions of a host leave a Store, and how the host tells what became of any."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from kemilua import _arguments as arguments
from kemilua._ffi import CData, Span, ffi, lib, span, write_span
from kemilua._next_hops import MAX_TICKET, NextHops
from kemilua._round_trip import OPERATIONS
from kemilua._text import to_text
from kemilua.effects import Effect, StoreValue
from kemilua.errors import ArgumentError, check

__all__ = ["Stores", "error_span", "ticket_number"]

NUMBERS = {name: number for number, name in OPERATIONS.items()}
MAX_ERROR = 1000
"""Characters of an error that C is told."""


class Stores(NextHops):
    """The part of an Engine that makes replies durable."""

    _on_stored: dict[int, Callable[[str | None], object]]
    """What functions of the host want to hear of, by ticket."""

    def store(
        self,
        table: str,
        operation: Literal["upsert", "insert", "delete"],
        key: Mapping[str, StoreValue],
        values: Mapping[str, StoreValue] | None = None,
        *,
        about: str | bytes | None = None,
        wait: bool = True,
        on_stored: Callable[[str | None], object] | None = None,
    ) -> int:
        """Leave a `Store` among the effects, from an export while a script runs; return its ticket.

        What the run sends from then on waits until the host has told that it is stored (`stored`), and so does what is sent within
        the transaction of the message later: a 200 means that the row is there. Where it could not be stored, a 500 goes out in place
        of each 2xx. The same request that comes again meanwhile is dropped. `wait=False`: nothing waits for it.

        - `key`, `values`: columns by name, with str, bytes, integers of 64 bits, float or None. An upsert has a key, a delete a key alone.
        - `about`: a text for what the row is about, such as an address of record: other messages wait as well once they are said to
          be about the same (`store_about`).
        - `on_stored`: called once, in the thread that runs the engine, with None or the text of the error: what was changed in memory
          is taken back there. What it raises is a failure of that run.

        Raises ArgumentError, also when no script runs; AllocationError, and then nothing was left.
        """
        if not isinstance(operation, str):
            arguments.refuse_type("operation", "str", operation)
        if operation not in NUMBERS:
            raise ArgumentError(f"operation must be upsert, insert or delete, not {arguments.shown(operation)}")
        if on_stored is not None and not callable(on_stored):
            arguments.refuse_type("on_stored", "a function or None", on_stored)
        keys, others = arguments.mapping("key", key), arguments.mapping("values", values)
        keep: list[Any] = []
        order, columns = ffi.new("kl_store *"), ffi.new("kl_column[]", len(keys) + len(others))
        _fill_columns(columns, 0, "key", keys, keep)
        _fill_columns(columns, len(keys), "values", others, keep)
        order.operation, order.columns, order.count = NUMBERS[operation], columns, len(columns)
        order.is_loose, order.is_told = not arguments.flag("wait", wait), on_stored is not None
        keep.append(write_span(order.table, arguments.text("table", table)))
        if about is not None:
            keep.append(write_span(order.about, _about(about)))
        ticket = self._left(lib.kl_engine_store, order)
        if on_stored is not None:
            self._on_stored[ticket] = on_stored
        return ticket

    def store_about(self, about: str | bytes) -> int:
        """Say what the message is about, from an export while a script runs; return the ticket of the last Store about it.

        What the run sends from then on waits for that Store, as for one of its own. 0: there is none that is not stored yet, and
        nothing waits. Raises ArgumentError, also when no script runs; AllocationError.
        """
        return self._left(lib.kl_engine_store_about, span(_about(about)))

    def _left(self, function: Callable[..., int], given: Any) -> int:
        ticket, error = ffi.new("int64_t *"), ffi.new("kl_error *")
        check(self._ask(function, given, ticket, error), error)
        return int(ticket[0])

    def _tell_stored(self, ticket: int, error: str | None) -> None:
        tell = self._on_stored.pop(ticket, None)
        if tell is not None:
            tell(error)

    def stored(self, ticket: int, error: str | None = None) -> list[Effect]:
        """Tell what became of a `Store`: it is there (None), or what was wrong; return the effects.

        The first is a `Release`: each `Send` with that ticket in `after`, which the host has kept aside, is sent now, or thrown away and
        replaced by what follows. Tickets may be told in any order; one that was told before, or that there is not, is ignored. With a
        common `SharedState` any engine may be told of any ticket: those that wait for it hear of it by their inboxes, and have a `Release`
        each.

        Raises like `receive_datagram`.
        """
        return self._take_in(lib.kl_engine_stored, ticket_number(ticket), error_span(error))

    def post_stored(self, ticket: int, error: str | None = None) -> None:
        """Hand to the engine what became of a `Store`, from any thread and while it runs: `handle_inputs` gives it to `stored`.

        Raises ArgumentError, EngineClosedError, AllocationError; it is never too much. `SharedState.stored` needs no engine.
        """
        self._post(lib.kl_inbox_post_stored, ticket_number(ticket), error_span(error))


def _about(about: str | bytes) -> bytes:
    found = arguments.text("about", about)
    if not found:
        raise ArgumentError("about is empty")
    return found


def _fill_columns(array: CData, at: int, what: str, columns: Mapping[str, StoreValue], keep: list[Any]) -> None:
    for index, (name, value) in enumerate(columns.items(), at):
        keep.append(write_span(array[index].name, arguments.text(what, name)))
        array[index].is_key = what == "key"
        _fill_value(array[index], f"{what}: {name}", value, keep)


def _fill_value(column: CData, what: str, value: Any, keep: list[Any]) -> None:
    if value is None:
        column.value.type = lib.KL_TYPE_NULL
    elif isinstance(value, float):
        column.value.type, column.value.f = lib.KL_TYPE_FLOAT, value
    elif isinstance(value, (str, bytes)):
        column.is_bytes = isinstance(value, bytes)
        column.value.type = lib.KL_TYPE_STR
        keep.append(write_span(column.value.s, arguments.text(what, value)))
    elif isinstance(value, int):
        column.value.type, column.value.i = lib.KL_TYPE_LONG, arguments.integer(what, value, -(2**63), 2**63 - 1)
    else:
        arguments.refuse_type(what, "str, bytes, an integer, a float or None", value)


def ticket_number(ticket: int) -> int:
    """Check a ticket that a caller gave."""
    return arguments.integer("ticket", ticket, 1, MAX_TICKET)


def error_span(error: str | None) -> Span:
    """What C is told of an error."""
    return span(None) if error is None else span(to_text(arguments.text("error", error))[:MAX_ERROR])
