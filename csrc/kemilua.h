/* kemilua.h: all that crosses between C and Python, and the types every layer shares.
 *
 * cffi's API mode reads this very file (tools/ makes its cdef from it), so below the first marker it holds plain
 * declarations only: no conditionals, no function-like macros; constants are enums or `#define NAME integer`.
 *
 * Ownership in three words. "new/free": the caller owns. "span": borrowed, valid until what it was taken from changes
 * or is freed. "copy": yours. SIP is bytes everywhere; nothing here decodes text. */
#ifndef KEMILUA_H
#define KEMILUA_H

#include <stddef.h>
#include <stdint.h>

#define KL_PYTHON /* marks what Python implements: extern "Python+C" for cffi, a plain prototype for C */

/* cffi: from here */

typedef struct kl_engine kl_engine;
typedef struct kl_shared kl_shared;
typedef struct kl_msg kl_msg;
typedef struct kl_ctx kl_ctx;
typedef struct kl_stream kl_stream;
typedef struct kl_inbox kl_inbox;
typedef struct kl_loop kl_loop;

typedef struct kl_span {
    const char *s;
    size_t n;
} kl_span;

/* One table of statuses: text in base/status.c, Python classes in errors.py; tests walk the enum. 0 is good, the rest
 * negative. */
typedef enum kl_status {
    KL_OK = 0,
    KL_ENOMEM = -1,   /* an allocation failed, or an arena reached its limit */
    KL_EARG = -2,     /* a caller of ours passed something impossible */
    KL_EPARSE = -3,   /* malformed SIP: offset and what was expected are in kl_error */
    KL_EMORE = -4,    /* a stream needs more bytes */
    KL_ETOOBIG = -5,  /* over a fixed limit of this library */
    KL_ESTALE = -6,   /* a message used after its time */
    KL_EBUSY = -7,    /* the engine is in use by another thread */
    KL_EDEPTH = -8,   /* runs nested too deeply */
    KL_ENOENT = -9,   /* no such name, file, script or module */
    KL_ECONFIG = -10, /* a bad listen, alias, modparam or limit */
    KL_EROW = -11,    /* a bad or doubled export row */
    KL_ESYNTAX = -12, /* Lua: does not compile */
    KL_ERUN = -13,    /* Lua: an uncaught error */
    KL_EBUDGET = -14, /* Lua: the instruction budget is used up */
    KL_EMEMORY = -15, /* Lua: the memory limit is reached */
    KL_EPYTHON = -16, /* a Python export raised; the exception is kept for the host */
    KL_EIO = -17,     /* a file could not be read */
    /* a strict engine: the script calls what there is not, or calls it wrongly; the run went on as in Kamailio */
    KL_EMISUSE = -18,
    KL_ECPU = -19 /* Lua: the limit of CPU time is used up */
} kl_status;

/* What went wrong, in full. Texts are NUL-terminated copies inside the struct; traceback is a span owned by the engine.
 */
typedef struct kl_error {
    kl_status status;
    int64_t offset;  /* byte offset into a message, or -1 */
    int line;        /* line of a script, or 0 */
    int hint;        /* a SIP status a server could answer with, or 0 */
    char where[256]; /* script, parameter or header concerned, may be empty */
    char text[512];  /* one sentence, no newline */
    int64_t token;   /* KL_EPYTHON: what Python's keeper gave for the exception */
    kl_span traceback;
} kl_error;

/* Kamailio's KEMI types. XVAL is a declared type only: the value itself carries one of the others. */
typedef enum kl_type {
    KL_TYPE_NONE = 0,
    KL_TYPE_NULL = 1,
    KL_TYPE_BOOL = 2,
    KL_TYPE_INT = 3, /* 32 bits at the border, as in Kamailio */
    KL_TYPE_LONG = 4,
    KL_TYPE_STR = 5,
    KL_TYPE_ARRAY = 6,
    KL_TYPE_DICT = 7,
    KL_TYPE_XVAL = 8,
    KL_TYPE_FLOAT =
        9 /* what a script's own values may be (eval, parameters that take anything); no KEMI function declares it */
} kl_type;

typedef struct kl_value {
    kl_type type;
    int64_t i;             /* BOOL, INT, LONG */
    kl_span s;             /* STR; s.s == NULL is Kamailio's null string */
    struct kl_item *items; /* ARRAY, DICT: first item, in the arena of the call */
    double f;              /* FLOAT */
} kl_value;

typedef struct kl_item {
    struct kl_item *next;
    kl_span key; /* DICT only */
    kl_value value;
} kl_item;

typedef enum kl_transport {
    KL_PROTO_NONE = 0,
    KL_PROTO_UDP = 1,
    KL_PROTO_TCP = 2,
    KL_PROTO_TLS = 3,
    KL_PROTO_SCTP = 4,
    KL_PROTO_WS = 5,
    KL_PROTO_WSS = 6
} kl_transport;

/* Kamailio's scale; a line is written when its level <= the threshold. */
typedef enum kl_level {
    KL_LOG_ALERT = -5,
    KL_LOG_BUG = -4,
    KL_LOG_CRIT2 = -3,
    KL_LOG_CRIT = -2,
    KL_LOG_ERR = -1,
    KL_LOG_WARN = 0,
    KL_LOG_NOTICE = 1,
    KL_LOG_INFO = 2,
    KL_LOG_DBG = 3
} kl_level;

/* The route a script runs in: bits, so that a row can name the phases it allows. */
typedef enum kl_phase {
    KL_PHASE_REQUEST = 1,
    KL_PHASE_FAILURE = 2,
    KL_PHASE_TM_ONREPLY = 4,
    KL_PHASE_BRANCH = 8,
    KL_PHASE_REPLY = 16, /* the core reply route */
    KL_PHASE_ONSEND = 32,
    KL_PHASE_LOCAL = 64,
    KL_PHASE_EVENT = 128,
    KL_PHASE_BRANCH_FAILURE = 256,
    KL_PHASE_ANY = 511
} kl_phase;

/* One received message. Addresses are numeric text; ports are host order. */
typedef struct kl_packet {
    const char *data;
    size_t size;
    kl_span source_host;
    kl_span local_host;
    uint16_t source_port;
    uint16_t local_port;
    kl_transport transport;
    int conid;        /* stream connection, -1 for none */
    double now;       /* Unix time, seconds */
    double monotonic; /* seconds for timers, looked at when config.two_clocks is set */
} kl_packet;

typedef enum kl_effect_kind {
    KL_EFFECT_SEND = 1,
    KL_EFFECT_DROP = 2,
    KL_EFFECT_LOG = 3,
    KL_EFFECT_ALIAS = 4,   /* the stream connection conid also leads to host and port (KSR.add_tcp_alias, RFC 5923) */
    KL_EFFECT_RESOLVE = 5, /* a transaction waits for the addresses of a next hop (RFC 3263): kl_engine_resolved */
    KL_EFFECT_STORE = 6,   /* a change of a table that must survive: kl_engine_stored tells what became of it */
    KL_EFFECT_RELEASE = 7  /* what was kept aside for a ticket goes out now, or never */
} kl_effect_kind;

typedef struct kl_effect {
    kl_effect_kind kind;
    int level;              /* LOG: kl_level */
    kl_transport transport; /* SEND; RESOLVE: what the URI told, or NONE */
    int conid;              /* SEND: connection to use first, or -1 */
    int flags;              /* SEND, RESOLVE, RELEASE: KL_SEND_* and so on; STORE: kl_operation */
    uint16_t port;          /* SEND: destination; RESOLVE: what the URI told, or 0 */
    uint16_t local_port;    /* SEND, RESOLVE: socket to send from, 0 when there is none */
    kl_span host;           /* SEND: destination, numeric or a name that the host resolves; RESOLVE: the name */
    kl_span local_host;
    kl_span data;  /* SEND: bytes; LOG: text; DROP: reason; STORE: columns, for kl_column_next */
    kl_span where; /* LOG: "script.lua:12" where known; STORE: the table */
    /* RESOLVE: what the answer is known by, of this engine alone and never used again. STORE: the same, of all engines
     * with one shared state, in ascending order. SEND: the Store whose RELEASE it waits for, 0: none. */
    int64_t ticket;
} kl_effect;

#define KL_SEND_CLOSE      1
#define KL_SEND_NO_CONNECT 2
#define KL_RESOLVE_SIPS    1 /* the URI is a sips: one */
#define KL_RELEASE_DROP    1 /* not stored: thrown away, and what is sent instead follows */

/* A change of one row, in Kamailio's own schema. */
typedef enum kl_operation { KL_STORE_UPSERT = 1, KL_STORE_INSERT = 2, KL_STORE_DELETE = 3 } kl_operation;

typedef struct kl_column {
    kl_span name;
    int is_key;     /* of those that find the row */
    int is_bytes;   /* a text that is no text */
    kl_value value; /* NULL, INT, LONG, FLOAT, STR */
} kl_column;

typedef struct kl_store {
    kl_operation operation;
    kl_span table;
    const kl_column *columns;
    size_t count;
    kl_span about; /* what later messages may be about too, such as an AoR; empty: nothing */
    int is_told;   /* kl_py_stored is called with what became of it */
    int is_loose;  /* nothing waits for it */
} kl_store;
/* The first column of what is left of a STORE's data: 1, and *rest is what is left then; 0: there is none. */
int kl_column_next(kl_span *rest, kl_column *out);

/* An address of a next hop: host numeric, IPv6 without brackets. */
typedef struct kl_target {
    kl_span host;
    uint16_t port;
    kl_transport transport;
} kl_target;

typedef enum kl_libraries { KL_LIBS_FULL = 0, KL_LIBS_SAFE = 1 } kl_libraries;

typedef struct kl_config {
    int64_t instructions;  /* per run, 0 for no budget */
    int64_t cpu;           /* nanoseconds of the thread's CPU time per run, 0 for no limit */
    size_t memory;         /* bytes per VM, 0 for no limit */
    size_t message_memory; /* bytes a message and its edits may take, 0 for the default */
    kl_libraries libraries;
    int reload;             /* app_lua reload */
    int log_mode;           /* app_lua log_mode */
    int log_level;          /* threshold on Kamailio's scale */
    int strict;             /* misuse is a failure of the run: KL_EMISUSE */
    int two_clocks;         /* timers go by `monotonic`, else by `now` */
    int next_hops;          /* kl_py_next_hops is asked before an effect asks */
    unsigned char seed[32]; /* randomness for tags and branches */
    void *host;             /* what Python knows the engine by: kl_py_* are given it (ffi.new_handle) */
} kl_config;

/* ---- statuses (base/status.c) */
const char *kl_status_name(kl_status status); /* "KL_EPARSE" */
const char *kl_status_text(kl_status status); /* "malformed SIP message" */

/* ---- messages (sip/, pv/): what kemilua.Message stands on */
kl_msg *kl_msg_new(size_t memory); /* NULL: out of memory */
void kl_msg_free(kl_msg *msg);
/* Copies packet->data. On an error nothing of the old message is left and err says where and what. */
kl_status kl_msg_parse(kl_msg *msg, const kl_packet *packet, kl_error *err);
uint64_t kl_msg_generation(const kl_msg *msg); /* changes whenever the message is recycled */

typedef enum kl_field {
    KL_FIELD_IS_REQUEST = 0,
    KL_FIELD_METHOD,
    KL_FIELD_URI,
    KL_FIELD_STATUS,
    KL_FIELD_REASON,
    KL_FIELD_VERSION,
    KL_FIELD_BODY,
    KL_FIELD_BUFFER,
    KL_FIELD_SOURCE_HOST,
    KL_FIELD_SOURCE_PORT,
    KL_FIELD_LOCAL_HOST,
    KL_FIELD_LOCAL_PORT,
    KL_FIELD_TRANSPORT,
    KL_FIELD_NOW,
    KL_FIELD_DESTINATION_URI,
    KL_FIELD_FLAGS,
    KL_FIELD_CONID
} kl_field;
kl_status kl_msg_get(kl_msg *msg, kl_field field, kl_value *out); /* spans */
size_t kl_msg_header_count(const kl_msg *msg);
kl_status kl_msg_header(const kl_msg *msg, size_t i, kl_span *name, kl_span *body); /* in order of appearance */
/* compact and long forms alike; negative from the end */
kl_status kl_msg_find(const kl_msg *msg, kl_span name, int index, kl_span *body);

typedef enum kl_edit {
    KL_EDIT_APPEND = 0,      /* a: text with CRLF, after the last header */
    KL_EDIT_INSERT,          /* a: text, before the first header */
    KL_EDIT_APPEND_AFTER,    /* a: text, b: header name */
    KL_EDIT_INSERT_BEFORE,   /* a: text, b: header name */
    KL_EDIT_REMOVE,          /* b: header name, all of them; index >= 0: that one alone */
    KL_EDIT_BODY,            /* a: new body, b: content type or null to keep it */
    KL_EDIT_URI,             /* a: Request-URI, at once */
    KL_EDIT_DESTINATION_URI, /* a: next hop, at once; empty: none */
    KL_EDIT_REPLY            /* a: text for every reply built from here */
} kl_edit;
kl_status kl_msg_edit(kl_msg *msg, kl_edit what, kl_span a, kl_span b, int index);
/* bytes with all edits applied; span until the next build or parse */
kl_status kl_msg_build(kl_msg *msg, kl_span *out);

/* ---- streams (sip/stream.c): Content-Length framing and CRLF keep-alives, RFC 3261 18.3, RFC 5626 4.4.1 */
kl_stream *kl_stream_new(size_t limit); /* bytes one message may have */
void kl_stream_free(kl_stream *stream);
kl_status kl_stream_feed(kl_stream *stream, const char *data, size_t size, kl_error *err);
/* KL_OK: *out is one whole message (span until the next feed or next), or a keep-alive when *keepalive is 2 (CRLF) or 4
 * (CRLFCRLF) bytes. */
kl_status kl_stream_next(kl_stream *stream, kl_span *out, int *keepalive, kl_error *err);

/* ---- state that engines of a process share: $shv, hash tables, locks and flags of cfgutils, reload versions */
kl_shared *kl_shared_new(void);
void kl_shared_free(kl_shared *shared); /* drops one reference; engines hold their own */
/* Engines have the lowest number that was free when they came. The one a message belongs to, by its Call-ID; 0 without
 * one. */
int kl_shared_owner(kl_shared *shared, const char *data, size_t size);
int kl_shared_engines(kl_shared *shared); /* one more than the highest number */
int kl_engine_number(const kl_engine *engine);
/* kl_engine_stored from any thread: all engines that wait for it hear of it by their inboxes. KL_ENOENT: nobody knows
 * that ticket, or it was told before. */
kl_status kl_shared_stored(kl_shared *shared, int64_t ticket, kl_span error);
/* The lowest ticket that nobody has told anything of; 0: there is none. */
int64_t kl_shared_oldest_store(kl_shared *shared);

/* ---- engines (engine/) */
kl_engine *kl_engine_new(const kl_config *config, kl_shared *shared, kl_error *err);
void kl_engine_free(kl_engine *engine);
/* "udp:192.0.2.1:5060", optionally " name NAME" and " advertise HOST:PORT" behind it. */
kl_status kl_engine_listen(kl_engine *engine, kl_span socket, kl_error *err);
/* What scripts see of the environment, NAME=VALUE with a NUL behind each: the engine itself never reads that of the
 * process. */
kl_status kl_engine_environment(kl_engine *engine, kl_span block, kl_error *err);
kl_status kl_engine_define(kl_engine *engine, kl_span name, kl_span text, kl_error *err); /* as #!define NAME TEXT */
kl_status kl_engine_alias(kl_engine *engine, kl_span alias, kl_error *err);               /* [proto:]host[:port] */
/* module "" is the core: server_header, latency_limit_action, kemi.reply_route_callback ... as in kamailio.cfg */
kl_status kl_engine_param(kl_engine *engine, kl_span module, kl_span name, const kl_value *value, kl_error *err);
/* loads the rows of a C module, and first those of the modules that it needs */
kl_status kl_engine_module(kl_engine *engine, kl_span module, kl_error *err);
/* the C modules in order of registration, core ("") first; NULL behind the last */
const char *kl_module_name(size_t index);
/* one "load"; text.s NULL: read path */
kl_status kl_engine_script(kl_engine *engine, kl_span path, kl_span text, kl_error *err);
/* a lua_CFunction, opened in both contexts */
kl_status kl_engine_openlib(kl_engine *engine, kl_span name, void *luaopen, kl_error *err);
/* The address of a function in a library of a file that was built for this Lua, for kl_engine_openlib; the library
 * finds Lua's API and stays open. KL_EIO and why. */
kl_status kl_library_function(kl_span path, kl_span function, void **address, kl_error *err);
/* runs the scripts, last load first */
kl_status kl_engine_start(kl_engine *engine, kl_error *err);
/* A Python callable becomes KSR.<module>.<name>; slot is the number Python knows it by. params and marks have one entry
 * for each of nparams parameters, and with KL_EXPORT_REST one more. */
kl_status kl_engine_export(kl_engine *engine, kl_span module, kl_span name, kl_type returns, const kl_type *params,
                           const unsigned char *marks, size_t nparams, unsigned phases, int flags, int slot,
                           kl_error *err);
#define KL_EXPORT_MAX_PARAMS    64    /* parameters that an export may declare */
#define KL_EXPORT_MAX_ARGUMENTS 250   /* arguments of a call to one with KL_EXPORT_REST */
#define KL_EXPORT_MESSAGE       1     /* the first argument is the Message */
#define KL_EXPORT_ANYWHERE      2     /* may be called where there is no message; the first argument is None there */
#define KL_EXPORT_REST          4     /* takes any number of further arguments */
#define KL_EXPORT_OVERRIDE      8     /* takes the place of a function of that name */
#define KL_EXPORT_OPTIONAL      0x100 /* times how many trailing parameters may be left out */
#define KL_PARAM_NULLABLE       1     /* a null string reaches the parameter as None, without the mark as "" */
#define KL_PARAM_BYTES          2     /* a string parameter reaches the callable as bytes, without the mark as str */

/* A Python callable becomes $<name>, another one what writes it: two of each, reader and writer, slots[1] -1 for none;
 * row_flags are KL_EXPORT_MESSAGE and _ANYWHERE. They are called with what there is of inner text, index (int, "*", "+"
 * or null) and value. KL_EROW: the name is taken. */
kl_status kl_engine_variable(kl_engine *engine, kl_span name, int flags, const int *slots, const int *row_flags,
                             kl_error *err);
#define KL_VARIABLE_INNER    1 /* $name(inner) */
#define KL_VARIABLE_INDEX    2 /* $(name[index]), which may be left out */
#define KL_VARIABLE_OVERRIDE 4 /* takes the place of a variable of that name */

/* All of Kamailio's way of one datagram: keep-alive, parse, pre-routing, route. Effects stay readable until the next
 * call. KL_OK with err->status other than KL_OK: a callback failed, which ended this message alone, or was misused
 * (KL_EMISUSE), which ended nothing; it is logged among the effects. The entries below do the same. */
kl_status kl_engine_receive(kl_engine *engine, const kl_packet *packet, kl_error *err);
const kl_effect *kl_engine_effects(kl_engine *engine, size_t *count);
void kl_engine_clear_effects(kl_engine *engine);
int kl_engine_depth(const kl_engine *engine); /* runs in progress, 0 between calls */
/* How many messages, timers and outermost runs failed so far: malformed, a script error, misuse of a strict engine.
 * *last says how the last of them did (no traceback). */
uint64_t kl_engine_failures(const kl_engine *engine, kl_error *last);
/* Results as app_lua's: *result is 1 or -1. msg NULL: a run without a message. err holds the reason of a -1. */
/* function and up to three parameters, pseudo-variables in them evaluated */
kl_status kl_engine_lua_run(kl_engine *engine, kl_msg *msg, const kl_span *words, size_t count, int *result,
                            kl_error *err);
kl_status kl_engine_lua_dofile(kl_engine *engine, kl_msg *msg, kl_span path, int *result, kl_error *err);
kl_status kl_engine_lua_dostring(kl_engine *engine, kl_msg *msg, kl_span code, int *result, kl_error *err);
kl_status kl_engine_lua_runstring(kl_engine *engine, kl_msg *msg, kl_span code, int *result, kl_error *err);
/* Values the chunk returned, spans until the next call on the engine. */
kl_status kl_engine_eval(kl_engine *engine, kl_msg *msg, kl_span code, const kl_value **values, size_t *count,
                         kl_error *err);
/* A copy of all that runs change, once the engine has started: Lua states, variables, hash tables, timers, counters,
 * the time and what random numbers go by. After kl_engine_rewind a run does and gives again what it did after the mark.
 * Both clear the effects. Neither while a script runs, while inputs wait in the inbox, or once a second engine has come
 * to its shared state: KL_EBUSY. The same and a sentence where there is what cannot be copied, and only a new engine
 * helps: a file that is open, a library in C; or where exports, variables of the host or scripts loaded again came
 * since the mark. A rewind that fails has changed nothing. Another mark takes the place of the one before; after one
 * that fails there may be none, and kl_engine_rewind is KL_EARG. What the host keeps is its to reset: messages of its
 * own, the state of its exports, exceptions by token, whether calls are traced. */
kl_status kl_engine_mark(kl_engine *engine, kl_error *err);
kl_status kl_engine_rewind(kl_engine *engine, kl_error *err);
kl_status kl_engine_reload(kl_engine *engine, int index, kl_error *err); /* negative: all */
size_t kl_engine_script_count(const kl_engine *engine);
/* 0 is the last load, as app_lua.list counts */
kl_status kl_engine_script_path(const kl_engine *engine, size_t index, kl_span *path);
/* What a lookup found, for $name(id=>key[n]): fields is a DICT of text, ints, null and ARRAYs of such. NULL only asks:
 * KL_ENOENT when nobody has read that variable yet. */
kl_status kl_engine_answer(kl_engine *engine, kl_span name, kl_span id, const kl_value *fields, kl_error *err);
size_t kl_engine_row_count(const kl_engine *engine);
kl_status kl_engine_row(const kl_engine *engine, size_t index, const char **module, const char **name, kl_type *returns,
                        const kl_type **params, size_t *nparams, int *slot); /* in order of registration */
/* When kl_engine_timer wants to be called, on the clock that timers go by; infinity for never. Effects are those of the
 * call. */
double kl_engine_next_timer(kl_engine *engine);
kl_status kl_engine_timer(kl_engine *engine, double now, double monotonic, kl_error *err);
/* The answer to a KL_EFFECT_RESOLVE: addresses, the best first; none: there is none. A ticket that nobody waits for any
 * more is ignored. The clocks as for kl_engine_timer. KL_EARG, which says where: a target is no address. */
kl_status kl_engine_resolved(kl_engine *engine, int64_t ticket, const kl_target *targets, size_t count, double now,
                             double monotonic, kl_error *err);
/* A KL_EFFECT_SEND did not go out: its bytes, its destination as source, and its transport. What is no request of a
 * transaction that still waits for a reply is ignored. */
kl_status kl_engine_send_failed(kl_engine *engine, const kl_packet *packet, kl_error *err);
/* Within a run: a KL_EFFECT_STORE. What is sent from here on by this run, within the transaction of its message, or by
 * runs about the same thing, has its ticket, until kl_engine_stored. KL_EARG: no run is in progress, or the columns do
 * not fit the operation. */
kl_status kl_engine_store(kl_engine *engine, const kl_store *store, int64_t *ticket, kl_error *err);
/* Within a run, which is about that thing: what it sends from here on waits for the last Store about it; its ticket, 0:
 * nobody waits for one. */
kl_status kl_engine_store_about(kl_engine *engine, kl_span about, int64_t *ticket, kl_error *err);
/* A KL_EFFECT_STORE was applied (error.s NULL) or was not, and why. A KL_EFFECT_RELEASE tells what becomes of what
 * waits for it; after an error a 500 follows in place of each 2xx to a request, and what else waited. A ticket that
 * nobody knows, or that was told before, is ignored; other engines that wait hear of it by their inboxes. */
kl_status kl_engine_stored(kl_engine *engine, int64_t ticket, kl_span error, kl_error *err);
/* Whether all are addresses: KL_OK, or KL_EARG and which is not. */
kl_status kl_targets_check(const kl_target *targets, size_t count, kl_error *err);
typedef enum kl_rpc_code {
    KL_RPC_LATER = -1,     /* kl_py_answer has the answer, by the number that is the result: now, or at any time */
    KL_RPC_ELSEWHERE = -2, /* it is for the engine whose number is the result */
} kl_rpc_code;
/* Whose answers make the whole of one. */
typedef enum kl_merge {
    KL_MERGE_NONE, /* any engine's is it */
    KL_MERGE_LIST, /* lists of all engines, one behind the other */
    KL_MERGE_SUM,  /* the numbers of all engines, added by name */
} kl_merge;
/* An RPC command of a C module; KL_ENOENT: none has it. *code 0: *result is what it gave; a kl_rpc_code; else the code
 * of a fault, whose text is the result. Good until the next call. */
kl_status kl_engine_command(kl_engine *engine, kl_span name, const kl_value *args, size_t count,
                            const kl_value **result, int *code, kl_error *err);
/* The commands of all loaded C modules by number, from 0; KL_ENOENT behind the last. Texts are constants. */
kl_status kl_engine_command_info(const kl_engine *engine, size_t index, const char **name, const char **params,
                                 const char **help);
/* Whose answers make the whole of that of a command, whichever modules are loaded; from any thread. */
kl_merge kl_command_merge(kl_span name);
/* The runs in progress end, whatever their scripts do, with KL_EPYTHON and without a token. In the thread that runs,
 * such as from an export. */
void kl_engine_interrupt(kl_engine *engine);
void kl_engine_set_log_level(kl_engine *engine, int level);
/* ---- the inbox of an engine (core/inbox.h): what other threads hand to it. They may hold it longer than its engine
 * lives. */
typedef enum kl_input_kind {
    KL_INPUT_NONE = 0,
    KL_INPUT_PACKET,
    KL_INPUT_TIMER,  /* the time has come, or may have changed: kl_engine_next_timer tells */
    KL_INPUT_ACTION, /* of another engine */
    KL_INPUT_RPC,    /* a command that the host keeps by a number of its own */
    KL_INPUT_RESOLVED,
    KL_INPUT_SEND_FAILED,
    KL_INPUT_STORED
} kl_input_kind;
kl_inbox *kl_engine_inbox(kl_engine *engine); /* new/free */
void kl_inbox_free(kl_inbox *box);
/* From any thread at any time; they copy. KL_ENOENT: the engine is closed, KL_EBUSY: more bytes than config.memory
 * would wait. */
kl_status kl_inbox_post_packet(kl_inbox *box, const kl_packet *packet, kl_error *err);
kl_status kl_inbox_post_timer(kl_inbox *box, double now, double monotonic, kl_error *err);
kl_status kl_inbox_post_rpc(kl_inbox *box, int64_t ticket, kl_error *err);
kl_status kl_inbox_post_resolved(kl_inbox *box, int64_t ticket, const kl_target *targets, size_t count, double now,
                                 double monotonic, kl_error *err);
kl_status kl_inbox_post_send_failed(kl_inbox *box, const kl_packet *packet, kl_error *err);
/* Never KL_EBUSY: it is an answer, and makes room. */
kl_status kl_inbox_post_stored(kl_inbox *box, int64_t ticket, kl_span error, kl_error *err);
/* Handles the oldest input, as kl_engine_receive and its like do; *kind tells which, KL_INPUT_NONE that there
 * was none. KL_INPUT_RPC: the command of *ticket is the host's to run now. */
kl_status kl_engine_handle_input(kl_engine *engine, kl_input_kind *kind, int64_t *ticket, kl_error *err);
/* A pipe whose end *in can be read from when an input came to an empty inbox (a byte 0) or somebody rang (another
 * byte); who writes to *out rings too. Both live as long as the inbox. */
kl_status kl_inbox_open(kl_inbox *box, int *in, int *out, kl_error *err);
void kl_inbox_ring(kl_inbox *box); /* from any thread; nothing happens before it was opened */
/* From now on kl_py_wake is called, with a number of the host's, as long as the engine lives and a little longer. */
void kl_engine_tell_inputs(kl_engine *engine, int64_t number);

/* Whether messages are this engine's to route, or another one's that shares its state: then they are in the inbox of
 * that one, unless `backlog` inputs wait there. Those whose engine is gone are this one's. At most KL_OVER_MOST at
 * once, and only in the thread that runs the engine. */
#define KL_OVER_MOST 64
typedef enum kl_over {
    KL_OVER_MINE = 0,
    KL_OVER_GIVEN,
    KL_OVER_REPEATED, /* the same bytes from the same source wait there already, as retransmissions do */
    KL_OVER_FULL      /* it is lost */
} kl_over;
void kl_engine_hand_over(kl_engine *engine, const kl_packet *packets, size_t count, size_t backlog,
                         kl_over *over); /* what became of each */

/* The time for what is not an input: lua_run, eval and the like. Timers wait for one. */
void kl_engine_set_time(kl_engine *engine, double now, double monotonic);
/* the last ones given */
double kl_engine_now(const kl_engine *engine);
double kl_engine_monotonic(const kl_engine *engine);
kl_msg *kl_engine_message(kl_engine *engine);     /* the message of the innermost run, or NULL */
size_t kl_engine_memory(const kl_engine *engine); /* bytes held by both VMs */
kl_status kl_engine_pv_get(kl_engine *engine, kl_msg *msg, kl_span name, kl_value *out, kl_error *err);
kl_status kl_engine_pv_set(kl_engine *engine, kl_msg *msg, kl_span name, const kl_value *value, kl_error *err);
/* --trace: one call of Python for every KSR call, after it returned. */
void kl_engine_set_trace(kl_engine *engine, int on);

/* ---- the loop of datagrams (net/): from UDP sockets through an engine and back. Where the system has no recvmmsg,
 * kl_loop_new gives NULL and KL_ENOENT. */
typedef struct kl_loop_config {
    unsigned batch;  /* datagrams that are taken at once */
    size_t datagram; /* bytes that one may have */
    size_t queue;    /* effects that wait for kl_loop_take at most */
    size_t backlog;  /* messages that wait for an engine of another loop at most */
    size_t held;     /* messages that are kept aside for Stores at most, and their bytes */
    size_t held_bytes;
    unsigned wanted; /* 1 << kl_effect_kind: kinds that go to the queue when they are not done here */
    int raises;      /* a failed run ends the loop */
    int log_fd;      /* log lines of plain ASCII are written there by the loop, and not queued; -1: none */
} kl_loop_config;
kl_loop *kl_loop_new(const kl_loop_config *config, kl_inbox *box, kl_error *err); /* box: its engine's */
void kl_loop_free(kl_loop *loop);
/* A UDP socket that is bound; it stays the caller's, and open as long as the loop runs. */
kl_status kl_loop_add(kl_loop *loop, int fd, kl_error *err);
/* Runs, once, until kl_loop_stop: what had come in by then is done. The engine is the one of the inbox. KL_EPYTHON:
 * kl_py_between said so. KL_OK and err->status otherwise: with config.raises, a run failed. handles_signals: this is
 * the thread where Python runs its handlers, which are called whenever somebody rings. */
kl_status kl_loop_run(kl_loop *loop, kl_engine *engine, int handles_signals, kl_error *err);
void kl_loop_stop(kl_loop *loop); /* from any thread, for good */
void kl_loop_end(kl_loop *loop);  /* whatever became of it, no more effects come: for kl_loop_take */
/* Waits for what the loop could not do itself. 1: *out is such an effect, whose spans are good until the next call;
 * 0: nothing came within that time; -1: the loop has ended, and the queue is empty. One thread at a time. */
int kl_loop_take(kl_loop *loop, double seconds, kl_effect *out);
/* From any thread; KL_ENOENT behind the last. The name is a constant. */
kl_status kl_loop_counter(const kl_loop *loop, size_t index, const char **name, uint64_t *value);
void kl_loop_set_log_level(kl_loop *loop,
                           int level); /* from any thread: kl_engine_set_log_level, before the next batch */

/* ---- what Python implements (the portable lane); host is that of kl_config, NULL once the engine is being freed */
/* Calls the export in `slot`. Writes *result (spans stay valid until the next call) and returns KL_OK, or keeps the
 * exception and returns KL_EPYTHON with its text in result->s and a token in result->i, which comes back in
 * kl_error.token when no script caught it. */
KL_PYTHON kl_status kl_py_export(void *host, int slot, kl_msg *msg, const kl_value *args, size_t count,
                                 kl_value *result);
/* Runs the handlers of signals that came; not 0 when one raised. Called every so often in the main thread while Lua
 * runs. */
KL_PYTHON int kl_py_signals(void *host);
/* An input came to an empty inbox of an engine, or what was one: the number that kl_engine_tell_inputs was given.
 * Called in the thread that posted it, which may run another engine. */
KL_PYTHON void kl_py_wake(int64_t number);
/* The addresses of a next hop that a KL_EFFECT_RESOLVE would ask for, at most `cap` of them, good until the next call;
 * how many, -1: they are not known yet, and the effect asks, -2: *raised holds what was raised, as that of
 * kl_py_export. */
KL_PYTHON int kl_py_next_hops(void *host, const kl_effect *question, kl_target *targets, int cap, kl_value *raised);
/* What became of a KL_EFFECT_STORE that asked for it, error.s NULL: stored. 0; -2: *raised as above. */
KL_PYTHON int kl_py_stored(void *host, int64_t ticket, kl_span error, kl_value *raised);
/* The answer to a command that had none at once: as that of kl_engine_command. */
KL_PYTHON void kl_py_answer(void *host, int64_t number, int code, const kl_value *value);
/* A loop is between two inputs, after one that called Python (ticket 0) or an RPC command of the host came. Not 0: the
 * loop shall end, there is something to raise. */
KL_PYTHON int kl_py_between(void *host, int64_t ticket);
KL_PYTHON void kl_py_trace(void *host, const char *module, const char *name, const kl_value *args, size_t count,
                           const kl_value *result, int depth, double microseconds, const char *script, int line);

/* Why a script finds nil at "KSR.tm" or "KSR.hdr.apend" ("?tm": at a local variable of that name): a sentence, without
 * a NUL, and its length; 0 for nothing. */
KL_PYTHON size_t kl_py_explain(void *host, const char *path, char *out, size_t cap);

/* cffi: to here */

#endif
