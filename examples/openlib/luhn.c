/* A Lua library in C for kemilua's scripts: luhn.digit("7992739871") is 3, luhn.valid("79927398713") is true. README.md
 * beside it tells how it is built and opened. */
#include <lauxlib.h>
#include <lua.h>

/* The sum of the digits, every second one from the right doubled; -1 where something else stands between them. */
static int luhn_sum(const char *digits, size_t n, int doubled)
{
    int sum = 0;
    while (n-- > 0) {
        if (digits[n] < '0' || digits[n] > '9') return -1;
        const int value = (digits[n] - '0') << doubled;
        sum += value > 9 ? value - 9 : value;
        doubled = !doubled;
    }
    return sum;
}

static int luhn_digit(lua_State *L)
{
    size_t n;
    const char *digits = luaL_checklstring(L, 1, &n);
    const int sum = luhn_sum(digits, n, 1);
    if (sum < 0) return luaL_error(L, "luhn.digit: '%s' is no number", digits);
    lua_pushinteger(L, (10 - sum % 10) % 10);
    return 1;
}

static int luhn_valid(lua_State *L)
{
    size_t n;
    const char *digits = luaL_checklstring(L, 1, &n);
    const int sum = luhn_sum(digits, n, 0);
    lua_pushboolean(L, n > 0 && sum >= 0 && sum % 10 == 0);
    return 1;
}

int luaopen_luhn(lua_State *L)
{
    static const luaL_Reg functions[] = {{"digit", luhn_digit}, {"valid", luhn_valid}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
