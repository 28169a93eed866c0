"""The engine: Lua scripts, and one SIP message at a time on its way through them.

It does no IO: it opens no socket, reads no clock, starts no thread, and draws randomness once, from what it is given.
What it wants done is returned as a list of effects.

One engine belongs to one thread at a time; another one gets EngineBusyError. Engines are independent and run in
parallel, since the interpreter's lock is let go while Lua runs.
"""

from __future__ import annotations

import functools
import math
import os
import types
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeAlias

from kemilua import _arguments as arguments
from kemilua import _logs, _values, rpc
from kemilua import _setup as setup
from kemilua._entries import Entries
from kemilua._ffi import NULL, CData, ffi, lib, span
from kemilua._kamailio import native_modules
from kemilua._lane import NoBase, engine_base
from kemilua._packet import TRANSPORT_NAMES, Data, check_address, transport_name
from kemilua._stores import Stores
from kemilua._text import to_text
from kemilua.effects import Address, Effect, Level, Resolve, Send, Target
from kemilua.errors import ArgumentError, EngineBusyError, EngineClosedError, KemiluaError, NotFoundError, check, from_error
from kemilua.exports import Export
from kemilua.limits import Limits
from kemilua.message import Message
from kemilua.modules import Field, Services, python_modules
from kemilua.rpc import Command
from kemilua.sources import Script, path_bytes, script_spans
from kemilua.stream import KEEPALIVES, PING, PONG, Stream
from kemilua.variables import VariableExport

if TYPE_CHECKING:
    from random import Random

    from kemilua.dns import ResolverLike
    from kemilua.shared import SharedState
    from kemilua.trace import Call

__all__ = ["Engine"]

ParamValue: TypeAlias = "str | bytes | int | bool"
"""A parameter as kamailio.cfg has it: text or number; True and False are 1 and 0."""
Params: TypeAlias = "Mapping[str, ParamValue | Iterable[ParamValue]]"
"""Values by name; a list sets a repeatable parameter once for each."""

if TYPE_CHECKING:
    EngineBase = NoBase
else:
    EngineBase = engine_base(Entries)

BASE_MODULES = frozenset(("", "pv", "hdr", "pvx"))
"""What every engine has, whatever `modules` says."""


def stateless_modules() -> list[str]:
    """The KSR modules written in C that an engine may be without, in order of registration."""
    return [name for name in native_modules() if name not in BASE_MODULES]


class Engine(EngineBase, Stores):
    """RoundTrip Kamailio KEMI Lua scripts on SIP messages, and returns what to do.

    Use it as a context manager, or call `close`; a forgotten one is freed with its last reference.
    """

    def __init__(
        self,
        scripts: Script | Iterable[Script] = (),
        *,
        modules: Iterable[str] | None = None,
        modparams: Mapping[str, Params] | None = None,
        core: Params | None = None,
        listen: Iterable[str] = (),
        aliases: Iterable[str] = (),
        defines: Mapping[str, str | bytes | int] | None = None,
        reload: bool = True,
        log_mode: int = 0,
        limits: Limits | None = None,
        libraries: Literal["full", "safe"] = "full",
        exports: Iterable[object] = (),
        openlibs: Iterable[tuple[str, int | str | os.PathLike[str]]] = (),
        shared: SharedState | None = None,
        random: Callable[[int], bytes] = os.urandom,
        log_level: Level | int | str | None = None,
        errors: Literal["log", "raise"] = "log",
        strict: bool | None = None,
        lane: Literal["direct", "portable"] | None = None,
        resolver: ResolverLike | None = None,
        next_hops: Callable[[Resolve], Iterable[Target] | None] | None = None,
        hostname: str | None = None,
        now: float | None = None,
        monotonic: float | None = None,
        on_input: Callable[[], object] | None = None,
    ) -> None:
        """Load the scripts and run them at top level, the last one first, as Kamailio does with its `load` lines.

        Where a list is taken, a single item may stand for the list of it: `"a.lua"`, `"example.com"`.

        - `scripts`: app_lua's `load`: paths, or `Source` objects.
        - `modules`: names of the KSR modules to load, which bring those that they require; None loads every stateless one.
        - `modparams`: parameters by module and name; app_lua's own are taken here too.
        - `core`: core parameters as in kamailio.cfg, such as `server_header` or `kemi.reply_route_callback`.
        - `listen`: `udp:192.0.2.1:5060`, optionally with ` name NAME` and ` advertise [PROTO:]HOST[:PORT]` behind it.
        - `aliases`: names that are this server, `example.com` or `udp:example.com:5060`.
        - `defines`: what kamailio.cfg would `#!define`: texts (or numbers) by name, "" for a name alone; scripts ask with
          `KSR.kx.ifdef` and `$def(NAME)`.
        - `reload`, `log_mode`: app_lua's other two parameters.
        - `limits`: instructions and memory. `libraries`: Lua's `full` set, or `safe` (no files, programs, debug).
        - `exports`: what `register` takes: functions marked with `export`, or objects that hold some.
        - `openlibs`: further Lua libraries in C: a name, and the path of a library built for Lua 5.4 (`kemilua.get_include()`) whose
          `luaopen_NAME` is called, or the address of such a function.
        - `shared`: state to share with other engines of this process.
        - `random`: called once, for 32 bytes; tags and branches come from them. A fixed one makes runs repeatable.
        - `log_level`: Kamailio's level, name or number; None follows the logger `kemilua.script`. Lines above it cost
          nothing, and are no effects.
        - `errors`: "log" ends a failed run as Kamailio does, with a log line; "raise" raises besides: ScriptError, or
          the very exception of a Python export.
        - `strict`: whether misuse is a failure too, where Kamailio has no more than a log line for it, if that: a missing
          argument, a name that there is not, a variable that cannot be written, no `ksr_request_route` ... (MisuseError
          lists it). The run goes on as in Kamailio; the log line is one at level err that begins with "misuse: ", and with
          errors="raise" MisuseError is raised once the run is over. None: with errors="raise" only.
        - `lane`: how Python exports are called: "direct" on CPython, "portable" everywhere; None takes the best.
        - `resolver`: whom KSR.ipops.dns_query and the like ask, such as `kemilua.dns.Resolver()`; None: no name is known.
        - `next_hops`: asked for the addresses of a next hop that is a name, within the call that needs them, and waited for: returns
          them in order of preference, none for a name without any (t_relay returns -478 then, as in Kamailio), or None for what it
          does not know at once, such as what is not in a cache: then a `Resolve` asks. ResolveError and OSError mean that there is no
          address; anything else that it raises is a failure of the run besides, which `errors` is about.
        - `hostname`: what $HN calls this machine; None: as it calls itself.
        - `now`: seconds on the clock that later calls are given `now` of: timers that are set at the start count from it. None: 0, so
          that they are due with the first message of a host on Unix time.
        - `monotonic`: seconds of a clock that does not jump, by which timers go then: `receive_datagram`, `handle_timer` and the
          like are given both times. None: timers go by `now`.
        - `on_input`: called when something was posted to an engine that had nothing to do, in the thread that posted it, which
          may run another engine: let the own thread call `handle_inputs`, as with `loop.call_soon_threadsafe`.

        Raises ScriptSyntaxError and the other ScriptErrors, ReadError and NotFoundError for the scripts; ConfigError,
        NotFoundError and ArgumentError, with the name of the argument, for the rest; KemiError for an export.
        """
        if hasattr(self, "_raises"):
            raise ArgumentError("an engine is made once: make another one")
        super().__init__(log_level=None if log_level is None else _logs.level_of(log_level), raises=setup.does_raise(errors))
        self._two_clocks = monotonic is not None
        self._exports: list[Export] = []
        self._result: list[Any] = []
        self._on_call: Callable[[Call], None] | None = None
        self._set_next_hops(next_hops)
        self._on_stored = {}
        parameters = dict(arguments.mapping("modparams", modparams))
        app_lua = dict(arguments.mapping("modparams: app_lua", parameters.pop("app_lua", None)))
        sources = [*setup.script_list("scripts", scripts), *setup.script_list("modparams: app_lua: load", app_lua.pop("load", ()))]
        seed = setup.seed(random)
        config = setup.make_config(
            Limits() if limits is None else limits,
            libraries,
            reload=bool(setup.number("reload", app_lua.pop("reload", reload))),
            log_mode=setup.number("log_mode", app_lua.pop("log_mode", log_mode)),
            log_level=self._threshold,
            host=self._handle,
            strict=self._raises if strict is None else arguments.flag("strict", strict),
            seed=seed,
            two_clocks=self._two_clocks,
            next_hops=next_hops is not None,
        )
        if app_lua:
            raise NotFoundError(f"app_lua has no parameter {next(iter(app_lua))}")
        self.lane = setup.choose_lane(lane)
        sockets = setup.texts("listen", listen)
        names = stateless_modules() if modules is None else setup.texts("modules", modules)
        self._locals = setup.first_addresses(sockets)
        self._listen = sockets
        services = self._services(resolver, hostname, seed)
        error = ffi.new("kl_error *")
        pointer = lib.kl_engine_new(config, setup.shared_pointer(shared), error)
        if pointer == NULL:
            raise from_error(error)
        self._attach(pointer, self._error, self._addresses(), self.lane == "direct")
        self._pointer = pointer
        self._open_answers(shared)
        self._open_inbox(on_input)
        self._choose_entries()
        self._load_modules(names, parameters)
        self._load_python(names, services)
        self._set_params("core", "", core)
        for socket in sockets:
            self._set_up(lib.kl_engine_listen, span(socket))
        for alias in setup.texts("aliases", aliases):
            self._set_up(lib.kl_engine_alias, span(alias))
        if libraries != "safe":
            self._set_up(lib.kl_engine_environment, span(setup.environment()))
        for name, text in setup.defines(defines):
            self._set_up(lib.kl_engine_define, span(name), span(text))
        for library, place in setup.openlibs(openlibs):
            self._set_up(lib.kl_engine_openlib, span(library), ffi.cast("void *", place))
        for item in setup.export_list(exports):
            self.register(item)
        for script in sources:
            self._set_up(lib.kl_engine_script, *script_spans(script))
        if now is not None or monotonic is not None:
            self._set_time(0 if now is None else now, monotonic)
        self._perform(None, self._start)

    # ---- set-up

    def _addresses(self) -> tuple[Address, ...]:
        """What local=None stands for, by number of the transport."""
        return tuple(self._local(TRANSPORT_NAMES.get(number, "udp")) for number in range(7))

    def _choose_entries(self) -> None:
        """Those of C do not raise what a script did, and do not ask what a tracer raised."""
        self._native = self.lane == "direct" and not self._raises and self._on_call is None

    def _start(self, engine: CData, _: CData, error: CData) -> None:
        check(lib.kl_engine_start(engine, error), error)
        self._judge(error.status, error)

    def _set_up(self, function: Callable[..., int], *given: Any) -> None:
        error = ffi.new("kl_error *")
        check(self._ask(function, *given, error), error)

    def _load_modules(self, names: Iterable[str], modparams: Mapping[str, Params]) -> None:
        for name in names:
            self._set_up(lib.kl_engine_module, span(name))
        for name, values in modparams.items():  # those of app_lua are the engine's own
            self._set_params(f"modparams: {name}", name, values)

    def _services(self, resolver: ResolverLike | None, hostname: str | None, seed: bytes) -> Services:
        """What modules written in Python get; a weak reference, so that they do not keep the engine alive."""
        from weakref import ref

        engine = ref(self)
        own_name = os.uname().nodename if hostname is None else to_text(arguments.text("hostname", hostname))
        if resolver is not None and not callable(getattr(resolver, "resolve", None)):
            arguments.refuse_type("resolver", "an object with a method resolve(name, kind)", resolver)

        def answer(name: str, id: str, fields: Mapping[str, Field]) -> None:
            here = engine()
            if here is not None:
                target = ffi.new("kl_value *")
                keep: list[Any] = []
                _values.fill(target, fields, keep)
                here._set_up(lib.kl_engine_answer, span(name), span(id), target)

        def asked(name: str, id: str) -> bool:
            here = engine()
            if here is None:
                return False
            status: int = here._ask(lib.kl_engine_answer, span(name), span(id), NULL, ffi.new("kl_error *"))
            return status == lib.KL_OK

        six = any(":" in host for host, _ in self._locals.values())

        @functools.cache
        def numbers() -> Random:
            from random import Random  # and OpenSSL with it

            return Random(seed)

        return Services(answer, asked, resolver, own_name, six, numbers)

    def _load_python(self, names: Iterable[str], services: Services) -> None:
        made = python_modules()
        for name in names:
            if name in made:
                self._register(made[name](services), forbid=lib.KL_EXPORT_ANYWHERE)  # as functions of Kamailio's own

    def _set_params(self, what: str, module: str, values: Params | None) -> None:
        room = arguments.text("modparams", module)
        for name, value in arguments.mapping(what, values).items():
            own_name = arguments.text(what, name)
            for one in arguments.items(f"{what}: {name}", value, str, bytes, int):
                target = ffi.new("kl_value *")
                keep: list[Any] = []
                arguments.fill(f"{what}: {name}", target, int(one) if isinstance(one, bool) else one, keep)
                self._set_up(lib.kl_engine_param, span(room), span(own_name), target)

    def register(self, item: object, *, override: bool = False) -> None:
        """Make Python functions KSR functions: one that is marked with `export`, or an object, class or module of such.

        Scripts see them at once, in both Lua contexts. With `override` they take the place of functions of the same
        name, Kamailio's own or earlier exports; what a script has kept in a variable of its own stays what it was.

        Raises KemiError when a signature does not fit, a name is taken, or nothing is marked.
        """
        self._register(item, add=lib.KL_EXPORT_OVERRIDE if arguments.flag("override", override) else 0)

    def _register(self, item: object, *, add: int = 0, forbid: int = 0) -> None:
        from kemilua._signatures import exports_of

        for one in exports_of(item):
            if isinstance(one, VariableExport):
                self._define(one, override=bool(add & lib.KL_EXPORT_OVERRIDE))
                continue
            slot = len(self._exports)
            phases = arguments.integer(f"the phases of {one.full_name}", one.phases, 0, int(lib.KL_PHASE_ANY))
            self._exports.append(one)  # for good, also when C refuses it: what C has seen must stay alive
            self._functions.append(one.function)
            params, marks = ffi.new("kl_type[]", [*one.params, 0]), ffi.new("unsigned char[]", [*one.marks, 0])
            signature = (one.returns, params, marks, one.count, phases, one.flags & ~forbid | add)
            self._set_up(lib.kl_engine_export, span(one.module), span(one.name), *signature, slot)

    def _define(self, one: VariableExport, *, override: bool) -> None:
        """Make functions a pseudo-variable; they are in `_exports` as those of KSR are."""
        slots, flags = ffi.new("int[2]", [-1, -1]), ffi.new("int[2]")
        index = (lib.KL_TYPE_STR,) * bool(one.flags & lib.KL_VARIABLE_INNER) + (lib.KL_TYPE_XVAL,) * bool(one.flags & lib.KL_VARIABLE_INDEX)
        for place, pair in enumerate((one.get, one.set)):
            if pair is None:
                continue
            function, own_flags = pair
            params = index + (lib.KL_TYPE_XVAL,) * place
            slots[place], flags[place] = len(self._exports), own_flags
            self._functions.append(function)
            self._exports.append(Export("", f"${one.name}", function, lib.KL_TYPE_XVAL, params, (0,) * len(params), own_flags, 0))
        more = lib.KL_VARIABLE_OVERRIDE if override else 0
        self._set_up(lib.kl_engine_variable, span(one.name), one.flags | more, slots, flags)

    # ---- messages in, effects out

    def receive_stream(
        self,
        stream: Stream,
        data: Data,
        source: Address,
        local: Address | None = None,
        transport: str = "tcp",
        now: float | None = None,
        *,
        connection: int | None = None,
        monotonic: float | None = None,
    ) -> list[Effect]:
        """`receive_datagram` for each message that becomes whole with these bytes; a ping is answered (RFC 5626).

        Look at `stream.error` afterwards: once it is set, the connection is of no more use. Not for WebSockets: each
        frame is a message there, for `receive_datagram`.

        Raises like `receive_datagram`, and like `Stream.feed`.
        """
        if not isinstance(stream, Stream):
            arguments.refuse_type("stream", "a kemilua.Stream", stream)
        transport = transport_name(transport)
        here = self._local(transport) if local is None else local
        peer, mine = check_address("source", source), check_address("local", here)
        effects: list[Effect] = []
        for message in stream.feed(data):
            if message == PING:
                effects.append(Send(PONG, peer, transport, mine, connection, no_connect=True))
            elif message not in KEEPALIVES:
                effects += self.receive_datagram(message, source, here, transport, now, connection=connection, monotonic=monotonic)
        return effects

    def next_timer(self) -> float | None:
        """When `handle_timer` wants to be called, on the clock that timers go by; None as long as nothing waits."""
        due = self._ask(lib.kl_engine_next_timer)
        return None if math.isinf(due) else float(due)

    def handle_timer(self, now: float, monotonic: float | None = None) -> list[Effect]:
        """Run what is due at this time, in seconds; return the effects. A message that comes later than a timer runs it first.

        Raises like `receive_datagram`.
        """

        seconds, later = arguments.seconds("now", now), self._monotonic(monotonic)
        return self._take_in(lib.kl_engine_timer, seconds, later)

    # ---- app_lua's functions of the configuration file

    def lua_dofile(self, path: str | os.PathLike[str], *, message: Message | Data | None = None) -> int:
        """Run a file in the context of lua_dofile and lua_dostring, which is apart from that of the loaded scripts.

        Pseudo-variables in `path` are evaluated. Returns 1, or -1 for a failure, which is logged. Raises like `lua_run`.
        """
        return self._lua(message, lib.kl_engine_lua_dofile, span(path_bytes("path", path)))

    def lua_dostring(self, code: str | bytes, *, message: Message | Data | None = None) -> int:
        """Run some Lua in the context of lua_dofile and lua_dostring. Pseudo-variables in it are evaluated first.

        Returns 1, or -1 for a failure, which is logged, and for code of more than 1022 bytes. Raises like `lua_run`.
        """
        return self._lua(message, lib.kl_engine_lua_dostring, span(arguments.text("code", code)))

    def lua_runstring(self, code: str | bytes, *, message: Message | Data | None = None) -> int:
        """`lua_dostring` in the context of the loaded scripts; -1 when there are none."""
        return self._lua(message, lib.kl_engine_lua_runstring, span(arguments.text("code", code)))

    # ---- for tests, consoles and hosts

    def eval(self, code: str | bytes, *, message: Message | Data | None = None) -> tuple[Any, ...]:
        """Run some Lua in the context of the loaded scripts; return what it returned.

        Values are None, bool, int, float, str, list and dict; a function or the like is None. `message` is that of
        `lua_run`. KSR.x.exit() ends the code, with no values.

        Raises ScriptError with the Lua traceback (ScriptSyntaxError, BudgetError, ScriptMemoryError; with `strict` also
        MisuseError), or the very exception of a Python export, with the Lua traceback as a note.
        """
        values, count, text = ffi.new("const kl_value **"), ffi.new("size_t *"), span(arguments.text("code", code))

        def run(engine: CData, target: CData, error: CData) -> tuple[Any, ...]:
            status = lib.kl_engine_eval(engine, target, text, values, count, error)
            if status != lib.KL_OK or error.status == lib.KL_EMISUSE:
                raise self._exception(error.status, error)
            self._judge(error.status, error)
            return tuple(_values.read_all(values[0], count[0]))

        return self._perform_with(message, run)

    def pv_get(self, name: str, *, message: Message | Data) -> str | int | None:
        """Return the value of a pseudo-variable, such as `$ru` or `$(hdr(Via)[-1])`; None for `$null`.

        Raises NotFoundError for a name that there is not.
        """
        value, own_name = ffi.new("kl_value *"), span(arguments.text("name", name))
        if message is None:
            arguments.refuse_type("message", "a kemilua.Message or the bytes of one", message)

        def get(engine: CData, target: CData, error: CData) -> str | int | None:
            self._check_pv(lib.kl_engine_pv_get(engine, target, own_name, value, error), error)
            found: str | int | None = _values.read(value)
            return found

        return self._perform_with(message, get)

    def pv_set(self, name: str, value: str | bytes | int | None, *, message: Message) -> None:
        """Assign to a pseudo-variable; None unsets it. A read-only one stays as it is, as in Kamailio.

        Raises NotFoundError for a name that there is not, ArgumentError when it takes no such value.
        """
        target_value, own_name = ffi.new("kl_value *"), span(arguments.text("name", name))
        keep: list[Any] = []
        if not isinstance(message, Message):
            arguments.refuse_type("message", "a kemilua.Message, which can keep what is set", message)
        if value is not None and not isinstance(value, (str, bytes, int)):
            arguments.refuse_type("value", "str, bytes, an integer or None", value)
        arguments.fill("value", target_value, value, keep)

        def put(engine: CData, target: CData, error: CData) -> None:
            self._check_pv(lib.kl_engine_pv_set(engine, target, own_name, target_value, error), error)

        self._perform(message, put)

    def _check_pv(self, status: int, error: CData) -> None:
        """What a variable of Python's raised reaches the caller unchanged."""
        if status == lib.KL_EPYTHON:
            raise self._exception(status, error)
        check(status, error)

    def rpc(self, command: str, *parameters: Any) -> Any:
        """Run an RPC command, such as `app_lua.reload`; return its result in the shape Kamailio gives it.

        Parameters are text, numbers, or lists and dicts of such. `commands` has those that there are. A command whose answer
        is to be waited for gives a `concurrent.futures.Future` of it: `tm.t_uac_wait` and its kin, whose answer a reply is,
        and what another engine of the same shared state alone can tell. Of several engines this one's part of `tm.list` and
        `tm.stats` is the result; `post_rpc` has the whole.

        Raises RpcError with Kamailio's code and text, and a `reason` where there is more to tell.
        """
        return rpc.call(self, command, *parameters)

    @property
    def commands(self) -> dict[str, Command]:
        """Every RPC command of the core and of the loaded modules, by its name."""
        return rpc.commands(self)

    def reload(self, index: int = -1) -> None:
        """Load one script anew, counted as `app_lua.list` does, or all with a negative index.

        All or nothing: when it raises, the old scripts keep serving. Other engines with the same shared state follow at
        their next run; within a run, so does this one.

        Raises NotFoundError for a bad index, without scripts, or when reload is off; else what `Engine` raises.
        """
        number = arguments.integer("index", index, -(2**31), 2**31 - 1)
        self._perform(None, lambda engine, _, error: check(lib.kl_engine_reload(engine, number, error), error))

    @property
    def now(self) -> float:
        """Seconds of the host program's clock: the last `now` given, 0 at first. Set it for lua_run, eval and the like.

        It may go back, as clocks are set back: what waits for a time waits until then. Raises ArgumentError when set to
        what lies before 0 or behind the year 9999.
        """
        return self._now()

    @now.setter
    def now(self, now: float) -> None:
        self._set_time(now, None)

    @property
    def monotonic(self) -> float:
        """Seconds of the clock that timers go by: the last ones given, those of `now` where there is no second clock.

        Raises ArgumentError when set in an engine that was made without `monotonic`.
        """
        return self._monotonic(None)

    @monotonic.setter
    def monotonic(self, monotonic: float) -> None:
        self._set_time(self._now(), monotonic)

    @property
    def number(self) -> int:
        """The engine's number among those that share its state, as `SharedState.owner` tells it: the lowest that was free."""
        return int(self._ask(lib.kl_engine_number))

    @property
    def scripts(self) -> list[str]:
        """The loaded scripts as `app_lua.list` counts them: the last one given is first."""
        return self._ask(rpc.script_paths)

    @property
    def failures(self) -> int:
        """How many messages, timers and outermost runs failed so far: malformed, a script error, with `strict` also misuse."""
        return int(self._ask(lib.kl_engine_failures, NULL))

    @property
    def last_failure(self) -> KemiluaError | None:
        """How the last of `failures` failed, without its traceback; None when there were none."""
        error = ffi.new("kl_error *")
        return from_error(error) if self._ask(lib.kl_engine_failures, error) else None

    @property
    def memory(self) -> int:
        """Bytes that the Lua states hold."""
        return int(self._ask(lib.kl_engine_memory))

    @property
    def on_call(self) -> Callable[[Call], None] | None:
        """What is told of every KSR call, None for nothing. What it raises reaches the caller once the run is over."""
        return self._on_call

    @on_call.setter
    def on_call(self, tracer: Callable[[Call], None] | None) -> None:
        if tracer is not None and not callable(tracer):
            arguments.refuse_type("on_call", "a function or None", tracer)
        self._ask(lib.kl_engine_set_trace, tracer is not None)
        self._on_call = tracer
        self._choose_entries()

    # ---- the end

    def close(self) -> None:
        """Free the engine; everything raises EngineClosedError from then on. Raises EngineBusyError within a run."""
        if self._pointer is None:
            return
        try:
            depth = self._close()
        except EngineClosedError:  # another thread was faster
            return
        if depth != 1:
            raise EngineBusyError(f"the engine cannot be closed {'within a run' if depth else 'while another thread uses it'}")
        self._pointer = None
        self._close_inbox()

    def __reduce__(self) -> NoReturn:
        arguments.refuse_copy(self, "make another one from the same scripts and arguments; those (Source, Limits, paths) can be copied")

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<kemilua.Engine {'closed' if self._pointer is None else ', '.join(self.scripts) or 'without scripts'}>"
