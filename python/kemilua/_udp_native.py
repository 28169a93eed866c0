"""The loop of csrc/net, as UdpLoop uses it."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from kemilua._ffi import NULL, ffi, lib, text_of
from kemilua._round_trip import read_effect
from kemilua.effects import Alias, Drop, Effect, Level, Log, Resolve, Send, Store
from kemilua.errors import ConfigError, check, from_error

if TYPE_CHECKING:
    from kemilua._udp_config import LoopConfig
    from kemilua.engine import Engine

__all__ = ["NativeLoop"]

NUMBERS = {
    Send: lib.KL_EFFECT_SEND,
    Drop: lib.KL_EFFECT_DROP,
    Log: lib.KL_EFFECT_LOG,
    Alias: lib.KL_EFFECT_ALIAS,
    Resolve: lib.KL_EFFECT_RESOLVE,
    Store: lib.KL_EFFECT_STORE,
}


class NativeLoop:
    """Reads and sends in C; Python is entered by exports alone."""

    logs = False
    """Whether the log lines that `take` returns have been handed to the logger."""

    def __init__(self, engine: Engine, config: LoopConfig) -> None:
        """Raises NotFoundError where there is no such loop."""
        given = ffi.new("kl_loop_config *")
        given.batch, given.datagram, given.queue, given.backlog = config.batch, config.max_datagram, config.queue, config.backlog
        given.held, given.held_bytes = config.held, config.held_bytes
        given.wanted = sum(1 << NUMBERS[kind] for kind in {Log, *config.kinds})
        given.raises = engine._raises
        given.log_fd = -1 if config.log_fd is None or Log in config.kinds else config.log_fd
        error = ffi.new("kl_error *")
        pointer = lib.kl_loop_new(given, engine._box, error)
        if pointer == NULL:
            raise from_error(error)
        self._pointer = ffi.gc(pointer, lib.kl_loop_free)
        self._effect = ffi.new("kl_effect *")

    def add(self, sock: socket.socket) -> None:
        error = ffi.new("kl_error *")
        if lib.kl_loop_add(self._pointer, sock.fileno(), error) != lib.KL_OK:
            raise ConfigError(f"sockets: {text_of(error.text)}")

    def run(self, engine: Engine, handles_signals: bool) -> None:
        """Run until `stop`. The engine is this thread's all the while."""
        error = ffi.new("kl_error *")
        engine._enter_gate()
        try:
            pointer = engine._open()
            status = lib.kl_loop_run(self._pointer, pointer, handles_signals, error)
            lib.kl_engine_set_log_level(pointer, engine._threshold)
            if status != lib.KL_EPYTHON:  # then _settle has what there is to raise
                check(status, error)
                engine._judge(error.status, error)
        finally:
            try:
                engine._settle(None)
            finally:
                engine._leave()

    def stop(self) -> None:
        lib.kl_loop_stop(self._pointer)

    def end(self) -> None:
        """No more effects come: `take` is to return False once those that wait are taken."""
        lib.kl_loop_end(self._pointer)

    def take(self, seconds: float) -> Effect | bool:
        """An effect; True when none came in that time, False when none will come any more."""
        found = lib.kl_loop_take(self._pointer, seconds, self._effect)
        return read_effect(self._effect) if found > 0 else found == 0

    def counters(self) -> dict[str, int]:
        name, value, found = ffi.new("const char **"), ffi.new("uint64_t *"), dict[str, int]()
        while lib.kl_loop_counter(self._pointer, len(found), name, value) == lib.KL_OK:
            found[text_of(name[0])] = int(value[0])
        return found

    def set_log_level(self, level: Level) -> None:
        lib.kl_loop_set_log_level(self._pointer, level)
