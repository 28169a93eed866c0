/* table.c: a Lua table straight from a dict, list or tuple of Python, without values in between: most of what a result
 * costs otherwise. results.c refuses what is deeper than it goes. */
#include "cpython.h"
#include "vm/internals.h"

typedef struct table_request {
    PyObject *object;
    bool plain; /* every part was of a type that is read without running Python */
} table_request;

/* All of these: false for what they cannot read; something may be left on the stack, no exception is set. They run
 * nothing of Python and own no reference, so that a memory error of Lua may leave them at any point. */
static bool push_object(lua_State *L, PyObject *object, int depth);

static bool push_text(lua_State *L, PyObject *text)
{
    Py_ssize_t n;
    /* of ASCII its own bytes, of others a copy that the object keeps */
    const char *s = PyUnicode_AsUTF8AndSize(text, &n);
    if (s) lua_pushlstring(L, s, (size_t)n);
    else PyErr_Clear();
    return s != NULL;
}

static bool push_int(lua_State *L, PyObject *number)
{
    int overflow;
    const long long i = PyLong_AsLongLongAndOverflow(number, &overflow);
    if (!overflow) lua_pushinteger(L, i);
    return !overflow;
}

static bool push_key(lua_State *L, PyObject *key)
{
    if (KL_LIKELY(PyUnicode_CheckExact(key))) return push_text(L, key);
    if (!PyBytes_CheckExact(key)) return false;
    lua_pushlstring(L, PyBytes_AS_STRING(key), (size_t)PyBytes_GET_SIZE(key));
    return true;
}

static bool push_dict(lua_State *L, PyObject *dict, int depth)
{
    const Py_ssize_t size = PyDict_GET_SIZE(dict);
    PyObject *key, *value;
    Py_ssize_t at = 0;
    if (depth >= TABLE_MAX_DEPTH || size > INT32_MAX / 2 || !lua_checkstack(L, 4)) return false;
    lua_createtable(L, 0, (int)size);
    while (PyDict_Next(dict, &at, &key, &value)) {
        if (!push_key(L, key) || !push_object(L, value, depth + 1)) return false;
        lua_rawset(L, -3);
    }
    return true;
}

static bool push_list(lua_State *L, PyObject *list, int depth)
{
    const Py_ssize_t size = PySequence_Fast_GET_SIZE(list);
    if (depth >= TABLE_MAX_DEPTH || size > INT32_MAX / 2 || !lua_checkstack(L, 4)) return false;
    lua_createtable(L, (int)size, 0);
    for (Py_ssize_t i = 0; i < size; i++) {
        if (!push_object(L, PySequence_Fast_GET_ITEM(list, i), depth + 1)) return false;
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return true;
}

static bool push_object(lua_State *L, PyObject *object, int depth)
{
    if (PyUnicode_CheckExact(object)) return push_text(L, object);
    if (PyLong_CheckExact(object)) return push_int(L, object);
    if (PyDict_CheckExact(object)) return push_dict(L, object, depth);
    if (PyList_CheckExact(object) || PyTuple_CheckExact(object)) return push_list(L, object, depth);
    if (object == Py_None) lua_pushnil(L);
    else if (PyBool_Check(object)) lua_pushboolean(L, object == Py_True);
    else if (PyFloat_CheckExact(object)) lua_pushnumber(L, PyFloat_AS_DOUBLE(object));
    else if (PyBytes_CheckExact(object))
        lua_pushlstring(L, PyBytes_AS_STRING(object), (size_t)PyBytes_GET_SIZE(object));
    else return false;
    return true;
}

static void build(lua_State *L, void *request)
{
    table_request *table = request;
    table->plain = push_object(L, table->object, 0);
}

table_pushed table_push(lua_State *L, PyObject *object)
{
    table_request request = {.object = object};
    const int top = lua_gettop(L);
    if (!PyDict_CheckExact(object) && !PyList_CheckExact(object) && !PyTuple_CheckExact(object)) return PUSHED_NOTHING;
    if (!lua_checkstack(L, 1)) return PUSHED_NOTHING;
    const internals_gc gc = internals_gc_hold(L); /* a finalizer could call what changes the object */
    const int raised = internals_try(L, build, &request);
    internals_gc_release(L, gc);
    if (KL_UNLIKELY(raised != LUA_OK)) return PUSHED_ERROR;
    if (KL_LIKELY(request.plain)) return PUSHED_TABLE;
    lua_settop(L, top);
    return PUSHED_NOTHING;
}
