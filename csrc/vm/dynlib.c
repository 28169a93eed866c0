/* Opening C libraries. Lua's functions are exported by the file that this code is in, but the process does not see
 * them: Python opens extension modules with names of their own, and another Lua that is loaded later, such as one in
 * lupa, would call ours for its own if ours were visible to all. So a library is opened together with our file, as if
 * it had been linked with it (dynlib_pair.c). */
#ifndef _GNU_SOURCE
#    define _GNU_SOURCE /* dladdr, RTLD_DEFAULT */
#endif
#include "dynlib.h"

#include <dlfcn.h>
#include <errno.h>
#include <lua.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

static void *refuse(dynlib_refusal *refusal, const char *path, const char *why)
{
    snprintf(refusal->text, sizeof refusal->text, "%s: %s", path, why);
    return NULL;
}

static const void *own_function(void)
{
    int (*const function)(lua_State *, int) = lua_checkstack;
    const void *address;
    memcpy(&address, &function, sizeof address); /* ISO C has no cast between the two */
    return address;
}

/* What is visible to the whole process comes first for every library. */
static bool is_alone(dynlib_refusal *refusal)
{
    Dl_info other;
    void *found = dlsym(RTLD_DEFAULT, "lua_checkstack");
    if (!found || found == own_function()) return true;
    const bool named = dladdr(found, &other) && other.dli_fname;
    snprintf(refusal->text, sizeof refusal->text,
             "another Lua is visible to all of this process (%s): a library in C would call that one",
             named ? other.dli_fname : "?");
    return false;
}

/* dlopen would wait for the writer of a FIFO. A name without a slash is looked for by the linker. */
static bool is_file(const char *path, dynlib_refusal *refusal)
{
    char text[128];
    if (!strchr(path, '/')) return true;
    const int fd = file_open(path);
    if (fd < 0) return refuse(refusal, path, file_error(errno, text, sizeof text)) != NULL;
    close(fd);
    return true;
}

/* "...: undefined symbol: lua_objlen" and the like: the last word that looks like one of Lua's names. */
static const char *missing_name(const char *text)
{
    const char *found = NULL;
    for (const char *at = text; (at = strstr(at, "lua")); at++)
        if ((strncmp(at, "lua_", 4) == 0 || strncmp(at, "luaL_", 5) == 0) && at > text && strchr(" '_", at[-1]))
            found = at;
    return strstr(text, "symbol") ? found : NULL;
}

static void *failed(dynlib_refusal *refusal, const char *path)
{
    const char *text = dlerror();
    const char *missing = text ? missing_name(text) : NULL;
    if (!missing) snprintf(refusal->text, sizeof refusal->text, "%s", text ? text : "no reason given");
    else
        snprintf(refusal->text, sizeof refusal->text, "%s is built for another Lua than 5.4: it needs %.*s", path,
                 (int)strcspn(missing, "' ,:\n"), missing);
    return NULL;
}

static void *open_library(const char *path, const Dl_info *self)
{
#ifdef __APPLE__
    /* a name of another library is looked for in that one alone there */
    if (!dlopen(self->dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL)) return NULL;
    return dlopen(path, RTLD_NOW | RTLD_LOCAL);
#else
    return dynlib_open_beside(self->dli_fname, self->dli_fbase, path);
#endif
}

static bool find_self(Dl_info *self, void **own, dynlib_refusal *refusal)
{
    *own = dladdr(own_function(), self) && self->dli_fname ? dlopen(self->dli_fname, RTLD_LAZY | RTLD_NOLOAD) : NULL;
    if (*own && dlsym(*own, "lua_checkstack") == own_function()) return true;
    snprintf(refusal->text, sizeof refusal->text, "libraries in C find no Lua in this program");
    return false;
}

void *dynlib_open(const char *path, bool global, dynlib_refusal *refusal)
{
    Dl_info self;
    void *own;
    if (!is_alone(refusal) || !find_self(&self, &own, refusal)) return NULL;
    if (!is_file(path, refusal) || !dynlib_path_fits(path, refusal)) return NULL;
    void *library = open_library(path, &self);
    if (!library) return failed(refusal, path);
    if (!dynlib_fits(library, own, path, refusal)) {
        dlclose(library);
        return NULL;
    }
    if (global) dlopen(path, RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL);
    return library;
}
