/* pv.h: pseudo-variables: names in scripts ("$ru", "$(hdr(X)[1]{s.len})") to values of a message and its engine.
 * Grammar and rules: pv-grammar.md among the project's facts. Knows no Lua. */
#ifndef KL_PV_PV_H
#define KL_PV_PV_H

#include "core/ctx.h"

/* A value is null, or text and/or int plus a mark "is an int". Ints make their text when asked (pv_text). */
enum {
    PV_NULL = 1,
    PV_STR = 2,
    PV_INT = 4,
    PV_IS_INT = 8 /* scripts see an integer */,
    PV_IS_LONG = 16 /* and all 64 bits of it */
};

typedef struct pv_value {
    unsigned flags; /* PV_NULL alone; or PV_STR and/or PV_INT, PV_IS_INT with PV_INT */
    int64_t i;
    kl_span s;
} pv_value;

static inline void pv_null(pv_value *v) { v->flags = PV_NULL; }
static inline void pv_str(pv_value *v, kl_span s)
{
    v->flags = PV_STR;
    v->s = s;
}
static inline void pv_int(pv_value *v, int64_t i)
{
    v->flags = PV_INT | PV_IS_INT;
    v->i = i;
}
static inline void pv_long(pv_value *v, int64_t i)
{
    v->flags = PV_INT | PV_IS_INT | PV_IS_LONG;
    v->i = i;
}
/* an int that prints another text */
static inline void pv_int_text(pv_value *v, int64_t i, kl_span s)
{
    v->flags = PV_INT | PV_IS_INT | PV_STR;
    v->i = i;
    v->s = s;
}
/* text with an int twin */
static inline void pv_str_int(pv_value *v, kl_span s, int64_t i)
{
    v->flags = PV_STR | PV_INT;
    v->s = s;
    v->i = i;
}

typedef struct pv_spec pv_spec; /* a parsed name; owned by the cache */

pv_cache *pv_cache_new(const unsigned char key[16]);
void pv_cache_free(pv_cache *cache);
/* Between two runs, when no spec is held: empties a cache that scripts have filled with names made of data (cache.h).
 */
void pv_cache_trim(pv_cache *cache);
void pv_cache_clear(pv_cache *cache); /* likewise: as if no name had been parsed yet */
/* The spec of exactly this text, parsed once per engine and text; NULL (and a log line) when malformed, unknown or
 * trailed by other text. A hit on a short name costs a few nanoseconds. */
const pv_spec *pv_lookup(kl_ctx *ctx, kl_span text);
/* Parses one pv at the start of *text and moves *text behind it (format strings, transformation parameters). NULL when
 * there is none. */
const pv_spec *pv_parse_prefix(kl_ctx *ctx, kl_span *text);

/* False: the getter or a transformation failed (acts as null in KEMI, prints nothing). Text is a span into the message,
 * the store or ctx->scratch. */
bool pv_get(kl_ctx *ctx, const pv_spec *spec, pv_value *out);
/* False: refused. Read-only names give true and change nothing. value NULL-flagged: unset. */
bool pv_set(kl_ctx *ctx, const pv_spec *spec, const pv_value *value);
bool pv_is_writable(const pv_spec *spec);
bool pv_is_avp(const pv_spec *spec); /* $avp, which functions take by its name to put values there */
/* Text of a value, made in ctx->scratch for plain ints; "<null>" is not made here (.s NULL for null). */
kl_span pv_text(kl_ctx *ctx, const pv_value *value);
/* The int of a value as KSR.pv.geti reads it: int twin, else leading signed digits. */
int64_t pv_integer(const pv_value *value);

/* By name: false (logged) for a bad name and for a failure. */
bool pv_read(kl_ctx *ctx, kl_span name, pv_value *out);
/* as KSR.pv.get gives it: ints cut to 32 bits, but for PV_IS_LONG */
void pv_to_value(kl_ctx *ctx, const pv_value *value, kl_value *out);

/* Format strings (pv-grammar.md 4). Parsed formats are cached like names. False: malformed (KSR.xlog gives -1) or over
 * 32767 bytes; out is appended to, and left as it was on failure. */
bool pv_format(kl_ctx *ctx, kl_span format, kl_buf *out);
bool pv_format_span(kl_ctx *ctx, kl_span format, kl_span *out); /* the same into ctx->scratch */

/* ---- for the rooms that implement pseudo-variables: one class is one name, "ru" or "hdr" */
typedef struct pv_param {  /* what stands inside ( ) and [ ] */
    kl_span name;          /* inner text, .s NULL when there is none */
    const pv_spec *nested; /* inner text that starts with $, where the class allows it */
    intptr_t key;          /* what the class's parse_name made of it */
    const void *compiled;  /* likewise, memory of the cache */
    enum { PV_INDEX_NONE, PV_INDEX_INT, PV_INDEX_ALL, PV_INDEX_PLUS, PV_INDEX_PV } index_kind;
    int index;
    const pv_spec *index_pv;
} pv_param;

typedef bool (*pv_getter)(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out);
typedef bool (*pv_setter)(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value);
/* inner name: false rejects it. NULL in the class: no inner name taken; with one it must be there */
typedef bool (*pv_name_parser)(pv_cache *cache, pv_param *param);

enum {
    PV_CLASS_INDEX = 1,
    PV_CLASS_NESTED = 2,
    PV_CLASS_LOCAL_NOOP = 4 /* setting is a no-op in the local-request route */,
    PV_CLASS_NO_MSG =
        8 /* works in a run without a message; the others are null there and their functions see a message always */
};

typedef struct pv_class {
    const char *name;
    pv_getter get;
    pv_setter set;             /* NULL: read-only */
    pv_name_parser parse_name; /* NULL: no ( ) taken */
    unsigned flags;
    intptr_t data;
} pv_class;

/* Each file of classes exports one table; tables.c lists them. */
typedef struct pv_table {
    const pv_class *classes;
    size_t count;
} pv_table;
/* Numeric index of a param: evaluates an index pv; false when it is not an int. Only for INT and PV kinds. */
bool pv_param_index(kl_ctx *ctx, const pv_param *param, int *out);
/* Inner name after evaluating a nested pv; false when that is null. */
bool pv_param_name(kl_ctx *ctx, const pv_param *param, kl_span *out);
void *pv_cache_alloc(pv_cache *cache, size_t n); /* memory that lives as long as the cache */
kl_span pv_cache_copy(pv_cache *cache, kl_span text);

/* Inside a class's parse_name: an inner name that is a format. NULL: malformed. And its text, in ctx->scratch. */
typedef struct pv_program pv_program;
const pv_program *format_parse(pv_cache *cache, kl_span text);
bool format_span(kl_ctx *ctx, const pv_program *program, kl_span *out);

/* Names that come with a module. False: memory ended. */
bool pv_cache_add(pv_cache *cache, const pv_table *table);

#endif
