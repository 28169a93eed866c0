/* direct.c: the CPython entry lane: kemilua.Engine's receive_datagram and lua_run without cffi in between.
 *
 * ---- Agreement with python/kemilua (both sides follow this block)
 *
 * kl_direct_install(object) sets two attributes on `object` and returns 1; on PyPy and without Python it returns 0 and sets nothing. The portable lane
 * brings Python twins of both.
 *
 * class MessageBase                  base of kemilua.Message, whose __slots__ may add "__weakref__"; made with MessageBase.__new__(cls)
 *     _pointer: object               the cffi pointer kl_msg *, None until set. C never reads it
 *     _engine: object                the Engine it is bound to, or None. lua_run(message=...) sets it
 *     _address: int                  writable, 0 at first: address of the kl_msg. Writing notes kl_msg_generation too; reading gives 0 once stale
 *     _acquire() -> bool             this thread may use the message now (counted); False: another thread does
 *     _release() -> None
 *     _call(function, *arguments)    acquire, function(self._pointer, *arguments), release. When another thread holds the message, or its time is
 *                                    over, it returns self._refuse(busy) instead, which must raise (EngineBusyError, StaleMessageError)
 *
 * bind(address, owner, engine, *, send_type, drop_type, log_type, levels, transports, locals, log_cache) -> Binding
 *     address: int                   of the kl_engine
 *     owner: object                  the cffi object that owns it; the Binding keeps it alive
 *     engine: Engine                 the Python object, its methods below are called
 *     send_type, drop_type, log_type the effect classes. Instances are made without __init__: __slots__ are set one by one, all of them
 *     levels: tuple of 9             Level members, index level + 5
 *     transports: tuple of 7         names, index kl_transport ("" or None at 0)
 *     locals: tuple of 7             (host, port) that local=None stands for, by transport
 *     log_cache: dict | None         logger._cache of "kemilua.script": logging empties it whenever any level changes; None where there is none, or
 *                                    the engine has a threshold of its own and need not ask ({0: 0} then)
 * Binding                            Engine stores the first two as instance attributes (they keep Binding, engine and owner alive; garbage collected)
 *     receive_datagram(data, source, local=None, transport="udp", now=None, *, connection=None) -> list of effects. now None: the last one
 *                                    given, to whichever entry (kl_engine_set_now)
 *     lua_run(function, *params, message=None) -> 1 or -1
 *     enter() -> int, leave() -> int who is inside, and how deep: native entries count here, so Python entries (eval, lua_dostring, register ...) must too,
 *                                    in place of a lock and a depth of their own. enter: depth after entering, 1 is outermost; 0: another thread
 *                                    is inside, nothing was entered. leave: depth after leaving
 *     message(address: int) -> Message | None   the Message that a native lua_run in progress was given, or one lent before in this run
 *     close()                        before kl_engine_free by hand; both callables raise RuntimeError from then on
 *
 * Methods of Engine that C calls, always with the GIL, never while Lua could jump over them:
 *     _refresh_log_level()           at the start of an entry, when log_cache is empty or None: asks the logger (isEnabledFor, which fills the cache)
 *                                    and calls kl_engine_set_log_level
 *     _portable_receive(data, source, local, transport, now, connection) -> list
 *     _portable_lua_run(function, *params, message=None) -> int
 *                                    the same functions in Python: called instead whenever an argument is not of the plain kind that C takes at once (then they
 *                                    raise the clear error, or do the work)
 *     _lend(address: int) -> Message an export wants the Message of the run and C does not know one: the Message that a Python entry (eval, lua_dostring...)
 *                                    was given if it has this address, else a new one, acquired for this thread and lent until _settle
 *     _keep(exception) -> int        an export raised (any BaseException): keep it, return a token >= 1, which kl_error.token brings back
 *     _fail(address: int) -> object  a run failed; address is that of the kl_error, valid during this call: raise, or return what lua_run shall return
 *                                    (-1). From lua_run it is called instead of _absorb, so it reads the effects too when the depth is 0. From
 *                                    receive_datagram also for a callback that failed (kl_engine_receive is KL_OK, err.status is not); effects are not
 *                                    read yet, and are if it returns
 *     _absorb()                      lua_run ended well at depth 0 and left effects: read them (logging included), then kl_engine_clear_effects
 *     _log(effect)                   receive_datagram made a Log effect: emit it
 *     _settle(effects)               an entry at depth 0 is over in which _keep or _lend was called: forget what was kept, end the time of what was lent;
 *                                    raise what must not be lost (KeyboardInterrupt ...). effects: the list of receive_datagram, None from lua_run. After
 *                                    _absorb or _fail (also when that raised: its exception is then set aside and raised afterwards)
 *   All but the first two run inside the entry: enter() gives 2 or more there.
 *
 * Exports: kl_engine_export(..., callable=id(function)) for the direct lane, 0 for the portable one; Engine keeps the function alive. Called as
 * function([message,] *arguments). Results by declared type, as in _portable._fill_result: BOOL the truth of anything, INT an int, NONE ignored, XVAL
 * None, bool, int, str, bytes, list, tuple, dict; else TypeError (OverflowError beyond 64 bits, ValueError beyond 32 levels) naming the export.
 */
