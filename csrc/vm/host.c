#include "host.h"

#include <errno.h>
#include <lauxlib.h>
#include <lualib.h>
#include <unistd.h>

#include "base/env.h"
#include "base/file.h"
#include "script.h"
#include "state.h"

#define FILE_PRICE 500 /* of one that is looked for, in work (base/work.h) */

char *host_getenv(const char *name)
{
    (void)name;
    return NULL;
}

char *host_setlocale(int category, const char *name)
{
    static char only[] = "C";
    (void)category;
    return !name || !*name || strcmp(name, "C") == 0 || strcmp(name, "POSIX") == 0 ? only : NULL;
}

int host_os_getenv(lua_State *L)
{
    kl_span name;
    name.s = luaL_checklstring(L, 1, &name.n);
    const kl_span value = env_find(vm_of(L)->config.environment, name);
    if (value.s) lua_pushlstring(L, value.s, value.n);
    else luaL_pushfail(L);
    return 1;
}

/* ---- files of Lua */

static int unreadable(lua_State *L, const char *path, int number)
{
    char text[128];
    lua_pushfstring(L, "cannot %s %s: %s", number == EISDIR ? "read" : "open", path,
                    file_error(number, text, sizeof text));
    return LUA_ERRFILE;
}

/* Nothing between reading and freeing raises: lua_load runs protected. */
int host_load(lua_State *L, const char *path, const char *mode)
{
    const size_t memory = vm_of(L)->config.memory;
    kl_buf bytes;
    const char *chunk = lua_pushfstring(L, "@%s", path);
    buf_init(&bytes);
    const int number = file_read(path, memory ? memory : SIZE_MAX / 8, &bytes);
    if (number != 0) {
        buf_free(&bytes);
        lua_pop(L, 1);
        return number == ENOMEM ? (lua_pushliteral(L, "not enough memory"), LUA_ERRMEM) : unreadable(L, path, number);
    }
    const kl_span text = script_text(buf_span(&bytes));
    const int status = luaL_loadbufferx(L, text.n ? text.s : "", text.n, chunk, mode);
    buf_free(&bytes);
    lua_remove(L, -2);
    return status;
}

/* The host's standard input is no file of a script's. */
static const char *path_of(lua_State *L) { return luaL_checkstring(L, 1); }

int host_loadfile(lua_State *L)
{
    const char *path = path_of(L), *mode = luaL_optstring(L, 2, NULL);
    const bool has_environment = !lua_isnone(L, 3);
    if (host_load(L, path, mode) != LUA_OK) {
        luaL_pushfail(L);
        lua_insert(L, -2);
        return 2;
    }
    if (has_environment) {
        lua_pushvalue(L, 3);
        if (!lua_setupvalue(L, -2, 1)) lua_pop(L, 1);
    }
    return 1;
}

static int dofile_goes_on(lua_State *L, int status, lua_KContext context)
{
    (void)status, (void)context;
    return lua_gettop(L) - 1;
}

int host_dofile(lua_State *L)
{
    const char *path = path_of(L);
    lua_settop(L, 1);
    if (host_load(L, path, NULL) != LUA_OK) return lua_error(L);
    lua_callk(L, 0, LUA_MULTRET, 0, dofile_goes_on);
    return dofile_goes_on(L, 0, 0);
}

/* The next template of a path; NULL behind the last. */
static const char *next_template(kl_span *rest, kl_span *template)
{
    if (rest->n == 0) return NULL;
    *template = span_cut(rest, *LUA_PATH_SEP);
    return template->s;
}

static bool is_readable(const char *path)
{
    const int fd = file_open(path);
    if (fd >= 0) close(fd);
    return fd >= 0 || errno == FILE_NOT_REGULAR; /* loading it tells why not */
}

/* [-0, +1] The file of a template, or a line more of where it was looked for behind the text on top. */
int host_searchpath(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1), *separator = luaL_optstring(L, 3, "."),
               *replacement = luaL_optstring(L, 4, LUA_DIRSEP);
    kl_span path, template;
    path.s = luaL_checklstring(L, 2, &path.n);
    if (*separator && strstr(name, separator)) name = luaL_gsub(L, name, separator, replacement);
    lua_pushliteral(L, "");
    while (next_template(&path, &template)) {
        if (vm_pay(vm_of(L), FILE_PRICE + (int64_t)lua_rawlen(L, -1) / 16)) vm_look(L);
        const char *file = luaL_gsub(L, lua_pushlstring(L, template.s, template.n), LUA_PATH_MARK, name);
        if (is_readable(file)) return 1;
        lua_pushfstring(L, "%s%sno file '%s'", lua_tostring(L, -3), lua_rawlen(L, -3) ? "\n\t" : "", file);
        lua_replace(L, -4);
        lua_pop(L, 2);
    }
    luaL_pushfail(L);
    lua_insert(L, -2);
    return 2;
}

int host_search_lua(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    lua_settop(L, 1);
    lua_getfield(L, lua_upvalueindex(1), "searchpath");
    lua_pushvalue(L, 1);
    if (lua_getfield(L, lua_upvalueindex(1), "path") != LUA_TSTRING)
        return luaL_error(L, "'package.path' must be a string");
    lua_call(L, 2, 2);
    if (lua_isnil(L, -2)) return 1;
    const char *file = lua_tostring(L, -2);
    if (host_load(L, file, NULL) != LUA_OK)
        return luaL_error(L, "error loading module '%s' from file '%s':\n\t%s", name, file, lua_tostring(L, -1));
    lua_pushstring(L, file);
    return 2;
}

/* ---- io.open, io.lines, io.input, io.output: what is no FIFO and no terminal does not wait to be opened. Upvalue 1 is
 * Lua's own, 2 whether it raises. */

static int open_or_refuse(lua_State *L)
{
    char text[128];
    if (lua_type(L, 1) != LUA_TSTRING || !file_would_wait(lua_tostring(L, 1)))
        return lua_tocfunction(L, lua_upvalueindex(1))(L);
    lua_pushfstring(L, "%s: %s", lua_tostring(L, 1), file_error(FILE_NOT_REGULAR, text, sizeof text));
    if (lua_toboolean(L, lua_upvalueindex(2))) return luaL_error(L, "%s", lua_tostring(L, -1));
    luaL_pushfail(L);
    lua_insert(L, -2);
    lua_pushinteger(L, EINVAL);
    return 3;
}

void host_open_io(lua_State *L)
{
    static const struct {
        const char *name;
        bool raises;
    } functions[] = {{"open", false}, {"lines", true}, {"input", true}, {"output", true}};
    lua_getglobal(L, LUA_IOLIBNAME);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        lua_getfield(L, -1, functions[i].name);
        lua_pushboolean(L, functions[i].raises);
        lua_pushcclosure(L, open_or_refuse, 2);
        lua_setfield(L, -2, functions[i].name);
    }
    lua_pop(L, 1);
}
