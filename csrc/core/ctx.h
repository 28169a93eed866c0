/* ctx.h: what one run of a script sees. The engine makes one on its stack per run; pv and modules read it; nothing here
 * knows Lua. */
#ifndef KL_CORE_CTX_H
#define KL_CORE_CTX_H

#include "base/work.h"
#include "sip/msg.h"
#include "effects.h"
#include "server.h"

typedef struct pv_vars pv_vars;             /* pv/store/store.h: $var, $vn, $sbranch ... of this engine */
typedef struct pv_cache pv_cache;           /* pv/pv.h */
typedef struct kl_per_engine kl_per_engine; /* per_engine.h */
typedef struct kl_row kl_row;               /* modules/row.h */

/* The message about to be sent, in the onsend route ($snd, $sndto, $sndfrom). */
typedef struct ctx_send {
    kl_span data, host;
    uint16_t port;
    kl_transport proto;
    int socket;
} ctx_send;

/* What was received and is not parsed yet, in the event core:msg-received ($rcv). */
typedef struct ctx_received {
    const kl_packet *packet;
    kl_span data; /* of the packet, or what the script made of it: then in *room */
    kl_buf *room;
} ctx_received;

struct bridge_host; /* kemi/bridge.h */

/* What lower rooms may ask of the rooms above them. */
typedef struct ctx_ops {
    /* Runs a Lua callback by name with an optional event name; KL_ENOENT when the script has none. Sets *dropped when
     * it called drop. */
    kl_status (*run_callback)(kl_ctx *ctx, kl_span function, kl_span event, kl_phase phase, const ctx_send *send,
                              bool *dropped);
    /* Variables of modules in $ccp(module.name); false: there is none of that name, or the value is out of its range.
     */
    bool (*get_setting)(kl_ctx *ctx, kl_span module, kl_span name, int *value);
    bool (*set_setting)(kl_ctx *ctx, kl_span module, kl_span name, int64_t value);
    /* A variable of the host program, read into *out (a text in scratch) or, with `written`, assigned to. False: it
     * failed, ctx->raised says how. */
    bool (*host_variable)(kl_ctx *ctx, intptr_t which, kl_span inner, const kl_value *index, const kl_value *written,
                          kl_value *out);
    /* Notes a misuse for the host; NULL: the engine is not strict. */
    void (*note_misuse)(kl_ctx *ctx, kl_span text);
    /* The addresses of a next hop that a KL_EFFECT_RESOLVE would ask for, good until the next call: how many, -1: the
     * host does not know them yet. NULL: it is not asked. */
    int (*next_hops)(kl_ctx *ctx, const kl_effect *question, kl_target *targets, int cap);
    /* What a KSR function is called, without its module. */
    const char *(*row_name)(const kl_row *row);
    /* The answer to an RPC command that had returned KL_RPC_LATER with this number: as that of a command that answers
     * at once. `host` is that of the command's run, which an answer outlives. */
    void (*answer)(const struct bridge_host *host, int64_t number, int code, const kl_value *value);
} ctx_ops;

/* The log lines of the KSR call in progress, see log_print. */
typedef struct log_calm {
    struct log_call {   /* zero when a call begins */
        uint16_t lines; /* written */
        bool told;      /* limit.h: that memory is used up, which the next line would tell again */
    } call;
    const char *format;  /* of the last one */
    unsigned same, more; /* of that format in a row; counted instead of written */
    size_t at;           /* the place behind the effect that tells of the counted ones */
    uint32_t clears;     /* of the list by then: an export may take it while the call goes on */
} log_calm;

struct kl_ctx {
    kl_engine *engine;
    kl_server *server;
    kl_shared *shared;
    kl_msg *msg; /* NULL: a run without a message */
    kl_effects *effects;
    /* what a variable of the host program raised (text and token, as kl_py_export gives them), for the end of the KSR
     * call; else NULL */
    const kl_value *raised;
    kl_arena *scratch; /* rewound after each KSR call: for values on their way to Lua */
    pv_vars *vars;
    pv_cache *pvs;
    kl_per_engine *per_engine;
    /* of the engine, in microseconds (core/clock.h); each is called with the run's kl_ctx */
    struct timer_wheel *timers;
    void **modules; /* state of each C module by MOD_*; use module_state() */
    const ctx_ops *ops;
    const ctx_send *send;   /* NULL outside onsend */
    ctx_received *received; /* NULL outside core:msg-received */
    const kl_row *row;      /* of the KSR call in progress, for log lines */
    log_calm calm;
    kl_ctx *outer;                  /* the run that this one is nested in */
    const struct bridge_host *host; /* kemi/bridge.h: what is there of Python; NULL where nothing of it is called */
    void *vm;                       /* kemi: the kl_vm this run is in */
    double now;                     /* Unix time, seconds */
    int64_t monotonic;              /* of the clock that timers go by, microseconds */
    unsigned phase;                 /* kl_phase */
    /* the same for calls that dispatch need not look at twice: 0 without a message, and when calls are watched */
    unsigned plain;
    kl_work *work;   /* of the run, never NULL */
    uint32_t sflags; /* script flags: zero at the start of each callback */
    bool has_action; /* drop has an effect here (core sheet: set_drop) */
    bool dropped;
    int number;                       /* of the engine, among those that share its state */
    uint32_t message_number;          /* $mi */
    int log_level;                    /* threshold */
    kl_span (*position)(kl_ctx *ctx); /* "script.lua:12" of the running Lua line, copy in scratch; may be NULL */
};

static inline void log_begin_call(kl_ctx *ctx) { ctx->calm.call = (struct log_call){0}; }
/* What a KSR function does beyond its constant price, where that depends on sizes that come from outside. */
static inline void ctx_work(kl_ctx *ctx, size_t units) { work_pay(ctx->work, units); }

static inline bool log_enabled(const kl_ctx *ctx, int level) { return level <= ctx->log_level; }
/* Adds a Log effect when the level passes; the text of the first is cut at 4096 bytes, and what one call of KSR repeats
 * is counted instead of written. */
void log_print(kl_ctx *ctx, int level, const char *format, ...) __attribute__((format(printf, 3, 4)));
void log_text(kl_ctx *ctx, int level, kl_span text);
/* What the script or the set-up got wrong, whatever the message says: a name that there is not, a variable that is
 * read-only, a call in the wrong route. Logged like any line at this level; a strict engine logs it as an error,
 * marked, and tells the host. What a peer can cause by what it sends is no misuse: that goes to log_print. */
void ctx_misuse(kl_ctx *ctx, int level, const char *format, ...) __attribute__((format(printf, 3, 4)));
#define MISUSE_SILENT 99 /* a level that nothing shows: Kamailio says nothing */

/* The KSR function in progress, for a line in the log; `otherwise` outside of one. */
const char *ctx_caller(const kl_ctx *ctx, const char *otherwise);

#endif
