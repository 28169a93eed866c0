/* cache.h: what grammar, format and value share inside this room: the parsed name, the parsed format, and where both
 * are kept.
 *
 * A spec lives as long as the run it was asked for in: normally as long as the engine, because names are few and kept.
 * Once PV_CACHE_NAMES texts or PV_CACHE_BYTES of memory are reached (a script that builds names out of data), further
 * names are parsed into the call's scratch memory instead, and pv_cache_trim empties the cache between two runs, when
 * nobody holds a spec. */
#ifndef KL_PV_CACHE_H
#define KL_PV_CACHE_H

#include "base/runs.h"
#include "sip/uri.h"
#include "pv/kept.h"
#include "pv/transform/transform.h"

#define PV_CACHE_NAMES 4096
#define PV_CACHE_BYTES ((size_t)4 << 20)
#define PV_HOT_SLOTS   512   /* a power of two */
#define PV_MAX_DEPTH   16    /* names inside names */
#define PV_FORMAT_MAX  32767 /* bytes a format may yield (pv_buffer_size) */

struct pv_spec {
    kl_span text; /* first, as in pv_program: what the tables compare */
    pv_getter get;
    intptr_t data;
    const tr_step *steps;
    const pv_class *klass;
    pv_param param;
};

typedef struct pv_part { /* of a format: literal text, then perhaps a variable */
    kl_span literal;
    const pv_spec *spec;
} pv_part;

struct pv_program {
    kl_span text;
    size_t count;
    pv_part *parts;
};

typedef struct pv_hot { /* one way, by length and outer bytes */
    uint64_t head, tail;
    size_t n;
    const pv_spec *spec;
} pv_hot;

#define PV_URI_MAX 120
typedef struct pv_uri { /* a URI that transformations took apart lately */
    kl_span at;         /* where it lay: good again when the same bytes are there */
    sip_uri uri;
    char text[PV_URI_MAX];
} pv_uri;
#define PV_URIS 4 /* a power of two */
typedef struct pv_lately {
    pv_hot names[PV_HOT_SLOTS];
    pv_uri uris[PV_URIS];
} pv_lately;

typedef struct pv_table_of { /* open addressing over items that start with their text */
    kl_span **items;
    size_t count, cap;
    const unsigned char *key; /* of the hash: a script may make names of what a peer sent */
} pv_table_of;

struct pv_cache {
    kl_arena arena;
    unsigned char key[16];
    pv_table_of specs, programs;
    run_list classes; /* pv_class, in the order they came */
    uint16_t *names;  /* of them, open addressing; number + 1, 0 empty */
    size_t name_cap;  /* a power of two */
    bool outdated;    /* a class took the place of another: specs of it go at the end of the run */
    /* while a text is parsed */
    kl_ctx *ctx;
    /* arena, or the scratch of the call when the cache is full; NULL: not parsing */
    kl_arena *into;
    int depth;
    bool starved;      /* an allocation failed: not the fault of the text */
    kl_buf text;       /* formats in the making, one behind the other */
    pv_lately *lately; /* NULL until a name is kept */
};

/* grammar.c: how far one pv reaches from its $, 0 when there is none. */
size_t grammar_extent(kl_span text);
/* Parses exactly one pv that fills `text`, into cache->into. NULL: malformed, or memory ended (cache->starved). */
const pv_spec *grammar_parse(pv_cache *cache, kl_span text);
const pv_class *pv_class_named(const pv_cache *cache, kl_span name);
/* format.c */
bool format_run(kl_ctx *ctx, const pv_program *program, kl_buf *out); /* appends; as it was on failure */
const pv_program *pv_program_of(kl_ctx *ctx, kl_span text);           /* cache.c: kept like a name */

#endif
