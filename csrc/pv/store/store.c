#include "store.h"

#include "base/mem.h"
#include "base/text.h"
#include "core/limit.h"
#include "names.h"
#include "pv/kept.h"
#include "sip/msg_clone.h"

/* ---- values in the arena of a message */

static kl_arena *arena_of(const kl_msg *msg) { return &store_in(msg)->home->arena; }

/* A text that fits goes where the old one lay; memory that grows doubles, so that no loop of assignments fills the
 * arena. */
static bool keep_text(kl_msg *msg, kl_span text, char **own, size_t *cap)
{
    if (text.n > *cap || !*own) {
        size_t bigger = mem_room(text.n);
        char *fresh = arena_alloc(arena_of(msg), bigger);
        if (!fresh) return false;
        *own = fresh;
        *cap = bigger;
    }
    if (text.n) memmove(*own, text.s, text.n);
    return true;
}

static bool set_value(kl_msg *msg, store_item *item, const pv_value *value)
{
    if (!(value->flags & PV_STR) || (value->flags & PV_IS_INT)) {
        if (value->flags & PV_INT) pv_int(&item->value, value->i);
        else pv_null(&item->value);
        return true;
    }
    if (!keep_text(msg, value->s, &item->text, &item->cap)) return false;
    pv_str(&item->value, span_of(item->text, value->s.n));
    return true;
}

/* They are of the run, whatever bytes its message has. */
static bool stays(void *note)
{
    (void)note;
    return true;
}

/* The order stays; an index by name is made anew when a long list is asked, and memory when an item is written. */
static store_list clone_list(clone_work *work, const store_list *list)
{
    store_list copies = {.count = list->count};
    store_item **last = &copies.first;
    for (const store_item *item = list->first; item; item = item->next) {
        store_item *copy = clone_room(work, sizeof *copy), made = {.id = item->id, .serial = item->serial};
        made.name = clone_text(work, item->name);
        made.is_list = item->is_list;
        made.fields = clone_list(work, &item->fields);
        made.value = item->value;
        made.value.s = item->value.flags & PV_STR ? clone_text(work, item->value.s) : SPAN_NULL;
        if (!copy) continue;
        *copy = made;
        *last = copy;
        last = &copy->next;
    }
    return copies;
}

static void *clone(clone_work *work, const void *opaque)
{
    const pv_store *store = opaque;
    pv_store *copy = clone_room(work, sizeof *copy);
    pv_store made = {.head = store->head, .home = work->to, .serial = store->serial};
    made.avps = clone_list(work, &store->avps);
    made.xavps = clone_list(work, &store->xavps);
    made.xavus = clone_list(work, &store->xavus);
    made.xavis = clone_list(work, &store->xavis);
    if (copy) *copy = made;
    return copy;
}

pv_store *store_of(kl_msg *msg)
{
    static const slot_kind kind = {
        .number = SLOT_VARIABLES, .size = sizeof(pv_store), .replaced = stays, .clone = clone};
    pv_store *store = store_in(msg);
    if (KL_LIKELY(store != NULL)) return store;
    store = slot_make(msg, &kind);
    if (store) store->home = msg;
    return store;
}

pv_store *store_share(kl_msg *to, kl_msg *from, bool *done)
{
    pv_store *old = store_in(to), *shared = store_of(from);
    *done = shared != NULL;
    if (shared) to->slots[SLOT_VARIABLES] = &shared->head;
    return old;
}

void store_give_back(kl_msg *to, pv_store *old) { to->slots[SLOT_VARIABLES] = old ? &old->head : NULL; }

/* ---- finding */

static store_item *first_from(store_item *item, const store_name *name)
{
    while (item && !store_is(item, name)) item = item->next;
    return item;
}

/* The n-th in a walk over `few` items; *rest: where it ended, NULL at the end of the list. */
static store_item *walk(store_item *item, const store_name *name, int64_t n, int64_t few, store_item **rest)
{
    for (; item && few > 0; item = item->next, few--)
        if (store_is(item, name) && n-- == 0) return item;
    *rest = item;
    return NULL;
}

/* What stands near the front is found by walking, and most of it does. */
store_item *store_nth(kl_msg *msg, store_list *list, const store_name *name, int64_t n)
{
    store_item *rest = list->first, *item = NULL;
    if (n < 0) return NULL;
    if (!list->indexed) item = walk(rest, name, n, NAMES_FEW, &rest);
    if (item || !rest) return item;
    if (!names_ready(msg, list, name->fold)) return walk(list->first, name, n, INT64_MAX, &rest);
    for (item = names_newest(list, name); item && n > 0; n--) item = item->same;
    return item;
}

store_item *store_after(const store_list *list, const store_item *item, const store_name *name)
{
    return list->indexed && list->first ? item->same : first_from(item->next, name);
}

int64_t store_count(kl_msg *msg, store_list *list, const store_name *name)
{
    int64_t n = 0;
    if (names_ready(msg, list, name->fold)) return names_count(list, name);
    for (store_item *item = first_from(list->first, name); item; item = first_from(item->next, name)) n++;
    return n;
}

/* ---- changing */

static store_item *new_item(kl_msg *msg)
{
    pv_store *store = store_of(msg);
    if (!store) return NULL;
    store_item *item = store->spare;
    if (item) store->spare = item->next;
    else item = arena_zalloc(&store->home->arena, sizeof *item);
    return item;
}

static void recycle(pv_store *store, store_item *item)
{
    store_item **last = &item->fields.first;
    while (*last) last = &(*last)->next;
    *last = store->spare;
    item->next = item->fields.first;
    item->fields = (store_list){.index = item->fields.index};
    store->spare = item;
}

store_item *store_push(kl_msg *msg, store_list *list, const store_name *name, const pv_value *value)
{
    store_item *item = new_item(msg);
    if (!item) return NULL;
    pv_null(&item->value);
    item->is_list = value == NULL;
    item->id = name->id;
    item->serial = ++store_in(msg)->serial;
    if (!keep_text(msg, name->text, &item->name_own, &item->name_cap) || (value && !set_value(msg, item, value))) {
        recycle(store_in(msg), item);
        return NULL;
    }
    item->name = span_of(item->name_own, name->text.n);
    item->next = list->first;
    list->first = item;
    list->count++;
    if (KL_UNLIKELY(list->indexed)) names_add(msg, list, item);
    return item;
}

store_item *store_put(kl_msg *msg, store_list *list, const store_name *name, const pv_value *value)
{
    store_item *old = store_nth(msg, list, name, 0), *item = store_push(msg, list, name, value);
    if (item && old) store_drop(msg, list, old);
    return item;
}

static void drop_fields(kl_msg *msg, store_item *item)
{
    while (item->fields.first) store_drop(msg, &item->fields, item->fields.first);
}

void store_make_list(kl_msg *msg, store_item *item)
{
    drop_fields(msg, item);
    item->is_list = true;
}

bool store_assign(kl_msg *msg, store_item *item, const pv_value *value)
{
    if (!set_value(msg, item, value)) return false;
    drop_fields(msg, item);
    item->is_list = false;
    return true;
}

void store_drop(kl_msg *msg, store_list *list, store_item *item)
{
    store_item **link = &list->first;
    if (!item) return;
    if (list->indexed) {
        names_remove(list, item);
    } else {
        while (*link && *link != item) link = &(*link)->next;
        if (!*link) return;
        *link = item->next;
    }
    list->count--;
    recycle(store_in(msg), item);
}

static int64_t drop_walking(kl_msg *msg, store_list *list, const store_name *name)
{
    int64_t n = 0;
    for (store_item **link = &list->first; *link;) {
        store_item *item = *link;
        if (!store_is(item, name)) {
            link = &item->next;
            continue;
        }
        *link = item->next;
        list->count--;
        recycle(store_in(msg), item);
        n++;
    }
    return n;
}

int64_t store_drop_all(kl_msg *msg, store_list *list, const store_name *name)
{
    int64_t n = 0;
    if (!names_ready(msg, list, name->fold)) {
        store_reordered(list);
        return drop_walking(msg, list, name);
    }
    for (store_item *item; (item = names_newest(list, name)) != NULL; n++) store_drop(msg, list, item);
    return n;
}

kl_span store_list_text(kl_ctx *ctx, const store_item *item)
{
    if (!item->fields.first) return SPAN("<<xavp:(nil)>>");
    char *text = arena_alloc(ctx->scratch, sizeof "<<xavp:0x>>" + TEXT_HEX), *at = text;
    if (!text) return SPAN_NULL;
    at = text_put_hex(text_put(at, SPAN("<<xavp:0x")), item->fields.first->serial);
    return span_between(text, text_put(at, SPAN(">>")));
}

/* Kamailio puts no ", " before anything was written, so empty values in front leave no trace. out NULL: only counts. */
static size_t join_into(kl_ctx *ctx, store_list *list, const store_name *name, char *out)
{
    size_t n = 0;
    for (store_item *item = store_nth(ctx->msg, list, name, 0); item && n <= PV_JOIN_MAX;
         item = store_after(list, item, name)) {
        kl_span text = pv_text(ctx, &item->value);
        if (n && out) memcpy(out + n, ", ", 2);
        if (n) n += 2;
        if (text.n && out) memcpy(out + n, text.s, text.n);
        n += text.n;
    }
    return n;
}

bool store_join(kl_ctx *ctx, store_list *list, const store_name *name, pv_value *out)
{
    size_t size = join_into(ctx, list, name, NULL);
    pv_null(out);
    if (!store_nth(ctx->msg, list, name, 0) || size > PV_JOIN_MAX) return true;
    char *room = arena_alloc(ctx->scratch, size + 1);
    if (!room) return false;
    join_into(ctx, list, name, room);
    pv_str(out, span_of(room, size));
    return true;
}

/* ---- $var and $vn: a hash table of slots that never move */

struct pv_vars {
    pv_var **slots;    /* open addressing */
    size_t count, cap; /* cap: a power of two, at most half full */
    pv_var *newest;
    size_t used, limit; /* bytes of slots, names and texts; limit 0 for none */
    pv_kept kept;
};

pv_vars *vars_new(size_t limit)
{
    pv_vars *vars = kl_calloc(1, sizeof(pv_vars));
    if (vars) vars->limit = limit;
    return vars;
}

static bool take(pv_vars *vars, size_t more)
{
    if (vars->limit && more > vars->limit - vars->used) return false;
    vars->used += more;
    return true;
}

pv_kept *vars_kept(pv_vars *vars) { return &vars->kept; }

void vars_free(pv_vars *vars)
{
    if (!vars) return;
    for (size_t i = 0; i < vars->cap; i++)
        if (vars->slots[i]) {
            kl_free(vars->slots[i]->own);
            kl_free(vars->slots[i]);
        }
    kl_free(vars->slots);
    kept_done(&vars->kept);
    kl_free(vars);
}

static size_t hash_of(kl_span name, bool nullable)
{
    uint64_t h = 14695981039346656037u + nullable; /* FNV-1a */
    for (size_t i = 0; i < name.n; i++) h = (h ^ (unsigned char)name.s[i]) * 1099511628211u;
    return (size_t)span_hash_mix(h);
}

/* The place of a name, or the empty one where it belongs. */
static pv_var **place_of(const pv_vars *vars, kl_span name, bool nullable)
{
    size_t i = hash_of(name, nullable) & (vars->cap - 1);
    for (; vars->slots[i]; i = (i + 1) & (vars->cap - 1))
        if (vars->slots[i]->nullable == nullable && span_eq(vars->slots[i]->name, name)) break;
    return &vars->slots[i];
}

static bool grow(pv_vars *vars)
{
    pv_vars bigger = *vars;
    bigger.cap = vars->cap ? vars->cap * 2 : 32;
    bigger.slots = kl_calloc(bigger.cap, sizeof *bigger.slots);
    if (!bigger.slots) return false;
    for (size_t i = 0; i < vars->cap; i++)
        if (vars->slots[i]) *place_of(&bigger, vars->slots[i]->name, vars->slots[i]->nullable) = vars->slots[i];
    kl_free(vars->slots);
    *vars = bigger;
    return true;
}

static void reset_var(pv_var *var)
{
    if (var->nullable) pv_null(&var->value);
    else pv_int(&var->value, 0);
}

pv_var *vars_find(const pv_vars *vars, kl_span name, bool nullable)
{
    return vars->cap ? *place_of(vars, name, nullable) : NULL;
}

pv_var *vars_slot(pv_vars *vars, kl_span name, bool nullable)
{
    pv_var *var = vars_find(vars, name, nullable);
    if (var) return var;
    if (vars->count * 2 >= vars->cap && !grow(vars)) return NULL;
    if (!take(vars, sizeof *var + name.n)) return NULL;
    var = kl_calloc(1, sizeof *var + name.n);
    if (!var) {
        vars->used -= sizeof *var + name.n;
        return NULL;
    }
    var->home = vars;
    if (name.n) memcpy(var + 1, name.s, name.n);
    var->name = span_of((char *)(var + 1), name.n);
    var->nullable = nullable;
    reset_var(var);
    *place_of(vars, name, nullable) = var;
    var->older = vars->newest;
    vars->newest = var;
    vars->count++;
    return var;
}

static pv_var *copy_var(const pv_var *from, pv_vars *home)
{
    pv_var *var = kl_malloc(sizeof *var + from->name.n);
    char *own = var && from->own ? kl_malloc(from->cap) : NULL;
    if (!var || (from->own && !own)) {
        kl_free(var);
        return NULL;
    }
    *var = *from;
    if (from->name.n) memcpy(var + 1, from->name.s, from->name.n);
    var->name = span_of((char *)(var + 1), from->name.n);
    var->home = home;
    var->older = NULL;
    var->own = own;
    if (own && from->value.s.s == from->own) {
        memcpy(own, from->own, from->value.s.n);
        var->value.s.s = own;
    }
    return var;
}

pv_vars *vars_copy(const pv_vars *vars)
{
    pv_vars *copy = vars_new(vars->limit);
    if (!copy) return NULL;
    if (!kept_copy(&vars->kept, &copy->kept)) {
        vars_free(copy);
        return NULL;
    }
    if (vars->cap == 0) return copy;
    copy->slots = kl_calloc(vars->cap, sizeof *copy->slots);
    copy->cap = copy->slots ? vars->cap : 0;
    copy->count = vars->count;
    copy->used = vars->used;
    pv_var **last = &copy->newest;
    bool good = copy->slots != NULL;
    for (const pv_var *from = vars->newest; from && good; from = from->older) {
        *last = copy_var(from, copy);
        good = *last != NULL;
        if (!good) break;
        *place_of(copy, from->name, from->nullable) = *last;
        last = &(*last)->older;
    }
    if (good) return copy;
    vars_free(copy);
    return NULL;
}

size_t vars_count(const pv_vars *vars) { return vars->count; }
pv_var *vars_newest(const pv_vars *vars) { return vars->newest; }

static bool make_room(pv_var *var, size_t n)
{
    if (n <= var->cap && var->own) return true;
    const size_t cap = mem_room(n);
    if (!take(var->home, cap - var->cap)) return false;
    char *own = kl_realloc(var->own, cap);
    if (!own) {
        var->home->used -= cap - var->cap;
        return false;
    }
    var->own = own;
    var->cap = cap;
    return true;
}

bool var_assign(pv_var *var, const pv_value *value)
{
    if (value->flags & PV_IS_INT) {
        pv_int(&var->value, value->i);
    } else if (value->flags & PV_STR) {
        if (!make_room(var, value->s.n)) return false; /* what is longer than the memory cannot lie in it */
        if (value->s.n) memmove(var->own, value->s.s, value->s.n);
        pv_str(&var->value, span_of(var->own, value->s.n));
    } else if (value->flags & PV_INT) {
        pv_int(&var->value, value->i);
    } else {
        reset_var(var);
    }
    return true;
}

bool vars_put(kl_ctx *ctx, kl_span name, bool nullable, const pv_value *value)
{
    pv_var *var = vars_slot(ctx->vars, name, nullable);
    if (var && var_assign(var, value)) return true;
    limit_reached(ctx, LIMIT_VARS);
    return false;
}
