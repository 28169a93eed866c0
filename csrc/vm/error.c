/* What an error tells: text, place, traceback. The message handler of each run notes place and traceback while the
 * stack still stands; nothing here allocates in Lua or raises, as memory may be what is missing. Memory errors call no
 * handler: the allocator notes for them. */
#include "state.h"

#include <lauxlib.h>
#include <stdio.h>

#include "internals.h"

#define FIRST_LEVELS  10 /* of a long traceback */
#define LAST_LEVELS   11
#define RESERVED_TEXT 512

static const char python_key = 0, reserve_key = 0; /* their addresses are keys of the registry */

/* ---- place and traceback */

static kl_span source_name(const lua_Debug *ar)
{
    bool named = ar->source[0] == '@' || ar->source[0] == '=';
    return named ? span_of(ar->source + 1, ar->srclen - 1) : span_text(ar->short_src);
}

/* The innermost Lua function from level on. */
static bool find_line(lua_State *L, int level, lua_Debug *ar)
{
    for (bool there = lua_getstack(L, level, ar); there; there = internals_next_level(L, ar))
        if (lua_getinfo(L, "Sln", ar) && ar->currentline > 0) return true;
    return false;
}

static void note_place(vm_place *place, lua_State *L, int level)
{
    lua_Debug ar;
    place->where[0] = '\0';
    place->line = 0;
    if (!find_line(L, level, &ar)) return;
    kl_span name = source_name(&ar);
    /* the end of a path tells more */
    if (name.n >= sizeof place->where) name = span_from(name, name.n - sizeof place->where + 1);
    memcpy(place->where, name.s, name.n);
    place->where[name.n] = '\0';
    place->line = ar.currentline;
}

/* What is reserved is never outgrown. */
static void add(kl_buf *buf, kl_span text)
{
    if (text.n > buf->cap - buf->n) text.n = buf->cap - buf->n;
    buf_add(buf, text);
}

static void add_number(kl_buf *buf, int n)
{
    char digits[16];
    int length = snprintf(digits, sizeof digits, "%d", n);
    add(buf, span_of(digits, (size_t)length));
}

static void add_level(kl_buf *buf, const lua_Debug *ar)
{
    add(buf, SPAN("\n\t"));
    add(buf, span_text(ar->short_src));
    add(buf, SPAN(":"));
    if (ar->currentline > 0) {
        add_number(buf, ar->currentline);
        add(buf, SPAN(":"));
    }
    if (*ar->what == 'm') {
        add(buf, SPAN(" in main chunk"));
    } else if (*ar->namewhat) {
        add(buf, SPAN(" in "));
        add(buf, span_text(ar->namewhat));
        add(buf, SPAN(" '"));
        add(buf, span_text(ar->name));
        add(buf, SPAN("'"));
    } else if (*ar->what == 'C') {
        add(buf, SPAN(" in ?"));
    } else {
        add(buf, SPAN(" in function <"));
        add(buf, span_text(ar->short_src));
        add(buf, SPAN(":"));
        add_number(buf, ar->linedefined);
        add(buf, SPAN(">"));
    }
}

/* The list of levels is walked twice and no more: it may be long, and its parts far from each other. */
static void note_traceback(kl_buf *buf, lua_State *L, int level)
{
    lua_Debug ar;
    const int end = internals_levels(L), skip = end - level - FIRST_LEVELS - LAST_LEVELS;
    buf_clear(buf);
    add(buf, SPAN("stack traceback:"));
    bool there = lua_getstack(L, level, &ar) != 0;
    for (int i = level; there; i++, there = internals_next_level(L, &ar)) {
        if (skip > 0 && i == level + FIRST_LEVELS) {
            add(buf, SPAN("\n\t...\t(skipping "));
            add_number(buf, skip);
            add(buf, SPAN(" levels)"));
            while (i < level + FIRST_LEVELS + skip && internals_next_level(L, &ar)) i++;
        }
        if (lua_getinfo(L, "Sln", &ar)) add_level(buf, &ar);
    }
}

void error_note(kl_vm *vm, lua_State *L, int level)
{
    note_place(&vm->place, L, level);
    note_traceback(&vm->traceback, L, level);
}

void vm_place_now(kl_vm *vm, kl_error *err, char *room, size_t size)
{
    vm_place place;
    kl_buf text = {.s = room, .cap = size};
    note_place(&place, vm->L, 0);
    note_traceback(&text, vm->L, 0);
    error_where(err, span_text(place.where));
    err->line = place.line;
    err->traceback = buf_span(&text);
}

bool error_is_exit(lua_State *L, int index)
{
    size_t n;
    if (lua_type(L, index) != LUA_TSTRING || lua_rawlen(L, index) != sizeof VM_EXIT - 1) return false;
    const char *text = lua_tolstring(L, index, &n);
    return memcmp(text, VM_EXIT, n) == 0;
}

int error_handler(lua_State *L)
{
    kl_vm *vm = vm_of(L);
    if (KL_LIKELY(error_is_exit(L, 1)) || !vm->noting) return 1;
    error_note(vm, L, 1);
    if (vm->config.explain) origin_of_nil(L, &vm->origin);
    return 1;
}

size_t vm_position(lua_State *L, char *out, size_t cap, int *line, const char **function)
{
    lua_Debug ar;
    if (cap) out[0] = '\0';
    if (line) *line = 0;
    if (function) *function = NULL;
    if (!find_line(L, 0, &ar)) return 0;
    if (line) *line = ar.currentline;
    if (function) *function = ar.name;
    int n = snprintf(out, cap, "%s:%d", ar.short_src, ar.currentline);
    return n < 0 || cap == 0 ? 0 : (size_t)n < cap ? (size_t)n : cap - 1;
}

int vm_call_depth(lua_State *L) { return internals_lua_calls(L); }

/* ---- errors of Python exports */

typedef struct python_error {
    int64_t token;
    size_t n, cap;
    char text[];
} python_error;

static python_error *to_python_error(lua_State *L, int index)
{
    python_error *error = lua_touserdata(L, index);
    if (lua_type(L, index) != LUA_TUSERDATA || !lua_checkstack(L, 2) || !lua_getmetatable(L, index)) return NULL;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &python_key);
    bool same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same ? error : NULL;
}

bool vm_python_error(lua_State *L, int index, kl_span *text, int64_t *token)
{
    const python_error *error = to_python_error(L, index);
    if (!error) return false;
    if (text) *text = span_of(error->text, error->n);
    if (token) *token = error->token;
    return true;
}

static python_error *push_python_error(lua_State *L, size_t cap)
{
    python_error *error = lua_newuserdatauv(L, sizeof *error + cap, 0);
    error->token = 0;
    error->n = 0;
    error->cap = cap;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &python_key);
    lua_setmetatable(L, -2);
    return error;
}

static void write_python_error(python_error *error, kl_span text, int64_t token)
{
    error->token = token;
    error->n = text.n < error->cap ? text.n : error->cap;
    if (error->n) memcpy(error->text, text.s, error->n);
}

typedef struct python_request {
    kl_span text;
    int64_t token;
} python_request;

/* A finalizer that runs meanwhile sees this function: it asks the state, not its argument, what there is to do. */
static int make_python_error(lua_State *L)
{
    kl_vm *vm = vm_of(L);
    const python_request *request = vm->raising;
    vm->raising = NULL;
    if (!request) return luaL_error(L, "nothing to raise");
    write_python_error(push_python_error(L, request->text.n), request->text, request->token);
    return 1;
}

/* Into the one made beforehand, whose text has less room. */
static void write_reserved(void *error, kl_span text, int64_t token)
{
    write_python_error(error, span_of(text.s, text.n < RESERVED_TEXT - 1 ? text.n : RESERVED_TEXT - 1), token);
}

/* Whoever raises may have taken the short way (native.h), where the stack has no room. */
void vm_raise_python(lua_State *L, kl_span text, int64_t token)
{
    python_request request = {text, token};
    if (!lua_checkstack(L, LUA_MINSTACK)) {
        write_reserved(vm_of(L)->reserved_error, text, token);
        internals_throw(L, &reserve_key);
    }
    lua_pushcfunction(L, make_python_error);
    vm_of(L)->raising = &request;
    const int status = lua_pcall(L, 0, 1, 0);
    vm_of(L)->raising = NULL;
    if (status != LUA_OK) {
        lua_pop(L, 1);
        lua_rawgetp(L, LUA_REGISTRYINDEX, &reserve_key);
        write_reserved(vm_of(L)->reserved_error, text, token);
    }
    lua_error(L);
    __builtin_unreachable();
}

static int python_tostring(lua_State *L)
{
    const python_error *error = to_python_error(L, 1);
    if (!error) return luaL_typeerror(L, 1, "PythonError");
    lua_pushlstring(L, error->text, error->n);
    return 1;
}

static int python_concat(lua_State *L)
{
    lua_settop(L, 2);
    for (int i = 1; i <= 2; i++)
        if (!lua_isstring(L, i) && !to_python_error(L, i))
            return luaL_error(L, "attempt to concatenate a %s value", luaL_typename(L, i));
    luaL_tolstring(L, 1, NULL);
    luaL_tolstring(L, 2, NULL);
    lua_concat(L, 2);
    return 1;
}

static const luaL_Reg python_methods[] = {{"__tostring", python_tostring}, {"__concat", python_concat}, {NULL, NULL}};

void error_open(lua_State *L)
{
    luaL_newlib(L, python_methods);
    lua_pushliteral(L, "PythonError");
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &python_key);
    push_python_error(L, RESERVED_TEXT);
    vm_of(L)->reserved_error = lua_touserdata(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &reserve_key);
}

/* ---- kl_error */

/* As tostring has it. */
static kl_span number_text(lua_State *L, int index, char *buffer, size_t cap)
{
    int n = lua_isinteger(L, index) ? snprintf(buffer, cap, LUA_INTEGER_FMT, (LUAI_UACINT)lua_tointeger(L, index))
                                    : snprintf(buffer, cap, LUA_NUMBER_FMT, (LUAI_UACNUMBER)lua_tonumber(L, index));
    const bool bare = !lua_isinteger(L, index) && buffer[strspn(buffer, "-0123456789")] == '\0';
    if (bare) n += snprintf(buffer + n, cap - (size_t)n, ".0");
    return span_of(buffer, (size_t)n);
}

static kl_span value_text(lua_State *L, int index, char *buffer, size_t cap)
{
    kl_span text;
    if (vm_python_error(L, index, &text, NULL)) return text;
    if (lua_type(L, index) == LUA_TNUMBER) return number_text(L, index, buffer, cap);
    if (lua_type(L, index) != LUA_TSTRING) return SPAN("unknown");
    text.s = lua_tolstring(L, index, &text.n);
    return text;
}

/* "x.lua:3: attempt to index a nil value (field 'tm')" says what is nil in front of that, where somebody knows. */
static void explain(kl_vm *vm, kl_error *err)
{
    char sentence[sizeof err->text], rest[sizeof err->text];
    const char *at = vm->origin.n ? strstr(err->text, "attempt to ") : NULL;
    const size_t n = at ? vm->config.explain(vm->config.explain_arg, vm->L, &vm->origin, sentence, sizeof sentence) : 0;
    vm->origin.n = 0;
    if (n == 0) return;
    snprintf(rest, sizeof rest, "%s", at);
    const size_t before = (size_t)(at - err->text);
    snprintf(err->text + before, sizeof err->text - before, "%.*s (%s)", (int)n, sentence, rest);
}

/* A memory error that went through coroutine.wrap, or that the script raised again, is an error value like any other.
 */
static kl_status status_of(const kl_vm *vm, int status, int index)
{
    if (status == LUA_ERRMEM) return KL_EMEMORY;
    if (vm_python_error(vm->L, index, NULL, NULL)) return KL_EPYTHON;
    bool text = vm->out_of_memory && lua_type(vm->L, index) == LUA_TSTRING;
    return text && strcmp(lua_tostring(vm->L, index), "not enough memory") == 0 ? KL_EMEMORY : KL_ERUN;
}

kl_status error_fill(kl_vm *vm, int status, int index, kl_error *err)
{
    char buffer[64];
    const kl_status kind = vm->over ? budget_fill(vm, err) : status_of(vm, status, index);
    if (!err) return kind;
    if (!vm->over) {
        kl_span text = value_text(vm->L, index, buffer, sizeof buffer);
        error_set(err, kind, "%.*s", (int)(text.n < sizeof err->text ? text.n : sizeof err->text), text.s);
        if (kind == KL_ERUN && vm->config.explain) explain(vm, err);
    }
    error_where(err, span_text(vm->place.where));
    err->line = vm->place.line;
    err->traceback = buf_span(&vm->traceback);
    if (kind == KL_EPYTHON && !vm->over) vm_python_error(vm->L, index, NULL, &err->token);
    return kind;
}

/* Lua begins a syntax error with the chunk's short name, which may itself look like "name:12:"; so an empty chunk of
 * that name tells what it is. */
static int line_of(lua_State *L, const char *text, const char *chunk)
{
    lua_Debug ar;
    if (luaL_loadbufferx(L, "", 0, chunk, "t") != LUA_OK) return lua_pop(L, 1), 0;
    lua_getinfo(L, ">S", &ar);
    const size_t n = strlen(ar.short_src);
    uint64_t line = 0;
    if (strncmp(text, ar.short_src, n) != 0 || text[n] != ':') return 0;
    const char *end = strchr(text + n + 1, ':');
    return end && span_uint(span_between(text + n + 1, end), INT32_MAX, &line) ? (int)line : 0;
}

kl_status error_fill_load(kl_vm *vm, int status, const char *chunk, kl_error *err)
{
    lua_State *L = vm->L;
    if (status == LUA_ERRMEM) return error_set(err, KL_EMEMORY, "not enough memory");
    const char *text = lua_tostring(L, -1);
    if (!text) text = "unknown";
    const bool named = chunk[0] == '@' || chunk[0] == '=';
    const int line = status == LUA_ERRSYNTAX ? line_of(L, text, chunk) : 0;
    error_set(err, status == LUA_ERRFILE ? KL_EIO : KL_ESYNTAX, "%s", text);
    if (!err) return status == LUA_ERRFILE ? KL_EIO : KL_ESYNTAX;
    error_where(err, span_text(named ? chunk + 1 : chunk));
    err->line = line;
    err->traceback = SPAN_NULL;
    return err->status;
}
