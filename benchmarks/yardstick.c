/* yardstick.c: a Lua library of bare C closures, what KSR calls are measured against. yardstick.flag(b) makes a
 * function that answers b, yardstick.text(s) one that answers s, made from its bytes on each call. */
#include <lauxlib.h>
#include <lua.h>
#include <string.h>

static int answer_flag(lua_State *L)
{
    lua_pushboolean(L, lua_toboolean(L, lua_upvalueindex(1)));
    return 1;
}

static int make_flag(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_settop(L, 1);
    lua_pushcclosure(L, answer_flag, 1);
    return 1;
}

/* The bytes stand in a userdata, so that pushing them does what pushing a span of a message does. */
typedef struct text {
    size_t n;
    char s[];
} text;

static int answer_text(lua_State *L)
{
    const text *held = lua_touserdata(L, lua_upvalueindex(1));
    lua_pushlstring(L, held->s, held->n);
    return 1;
}

static int make_text(lua_State *L)
{
    size_t n;
    const char *s = luaL_checklstring(L, 1, &n);
    text *held = lua_newuserdatauv(L, sizeof *held + n, 0);
    held->n = n;
    memcpy(held->s, s, n);
    lua_pushcclosure(L, answer_text, 1);
    return 1;
}

int luaopen_yardstick(lua_State *L)
{
    static const luaL_Reg functions[] = {{"flag", make_flag}, {"text", make_text}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
