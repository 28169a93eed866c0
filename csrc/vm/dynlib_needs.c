/* For which Lua a library was built: what its own name says, the names it asks for, or luaL_checkversion, which asks
 * when the library starts. A library that tells nothing is refused: between releases the numbers of pseudo-indices and
 * the layout of structures differ, which shows as a crash. */
#ifndef _GNU_SOURCE
#    define _GNU_SOURCE /* dlinfo */
#endif
#include "dynlib.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"

#define RELEASE '4'

static char release_at(const char *text)
{
    text += strspn(text, "jit-_");
    if (strncmp(text, ".so.", 4) == 0) text += 4; /* liblua.so.5.4 */
    if (text[0] != '5') return '\0';
    text += text[1] == '.' ? 2 : 1;
    return char_is(text[0], SPAN_DIGIT) && !char_is(text[1], SPAN_DIGIT) ? text[0] : '\0';
}

char dynlib_release(const char *name)
{
    char found = '\0';
    for (const char *at = name; !found && (at = strstr(at, "lua")); at += 3) found = release_at(at + 3);
    return found;
}

static bool wrong_release(const char *path, char release, dynlib_refusal *refusal)
{
    if (!release || release == RELEASE) return false;
    snprintf(refusal->text, sizeof refusal->text, "%s is built for Lua 5.%c, and this is Lua 5.%c", path, release,
             RELEASE);
    return true;
}

/* 5.4 is known by a name it brought, or asks by itself. */
static bool is_evidence(const char *name)
{
    static const char *const names[] = {"luaL_checkversion_", "lua_newuserdatauv", "lua_getiuservalue",
                                        "lua_setiuservalue",  "lua_toclose",       "lua_closeslot",
                                        "lua_resetthread",    "lua_closethread",   "lua_setwarnf",
                                        "lua_warning",        "luaL_addgsub"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) return true;
    return false;
}

typedef struct needs {
    void *own;
    const char *path;
    dynlib_refusal *refusal;
    bool told; /* that it is for 5.4 */
    bool wrong;
} needs;

static void need_name(needs *all, const char *name)
{
    if (all->wrong || (strncmp(name, "lua_", 4) != 0 && strncmp(name, "luaL_", 5) != 0)) return;
    if (is_evidence(name)) all->told = true;
    if (dlsym(all->own, name)) return;
    all->wrong = true;
    snprintf(all->refusal->text, sizeof all->refusal->text, "%s is built for another Lua than 5.%c: it needs %s",
             all->path, RELEASE, name);
}

static void need_file(needs *all, const char *name)
{
    const char release = dynlib_release(name);
    if (release == RELEASE) all->told = true;
    if (!all->wrong) all->wrong = wrong_release(all->path, release, all->refusal);
}

#ifdef __APPLE__
/* what is missing, dlopen has told */
static void read_needs(void *library, needs *all) { (void)library, (void)all; }
#else
#    include <link.h>

typedef struct image {
    const struct link_map *map;
    const ElfW(Sym) * symbols;
    const char *strings;
    size_t count; /* of the symbols that may be undefined */
} image;

/* Some linkers write addresses into the table, others leave it as it stands in the file. */
static const void *address_of(const struct link_map *map, ElfW(Addr) value)
{
    const ElfW(Addr) address = value < map->l_addr ? value + map->l_addr : value;
    const void *pointer;
    memcpy(&pointer, &address, sizeof pointer);
    return pointer;
}

static void read_image(image *of)
{
    for (const ElfW(Dyn) *entry = of->map->l_ld; entry->d_tag != DT_NULL; entry++) {
        const void *at = address_of(of->map, entry->d_un.d_ptr);
        if (entry->d_tag == DT_SYMTAB) of->symbols = at;
        else if (entry->d_tag == DT_STRTAB) of->strings = at;
        else if (entry->d_tag == DT_HASH) of->count = ((const ElfW(Word) *)at)[1];
        /* those it lists, which are defined, come last */
        else if (entry->d_tag == DT_GNU_HASH && of->count == 0) of->count = ((const ElfW(Word) *)at)[1];
    }
}

static void read_needs(void *library, needs *all)
{
    image of = {NULL, NULL, NULL, 0};
    struct link_map *map;
    if (dlinfo(library, RTLD_DI_LINKMAP, &map) != 0) return;
    of.map = map;
    read_image(&of);
    if (!of.strings || !of.symbols) return;
    for (const ElfW(Dyn) *entry = map->l_ld; entry->d_tag != DT_NULL; entry++)
        if (entry->d_tag == DT_NEEDED || entry->d_tag == DT_SONAME) need_file(all, of.strings + entry->d_un.d_val);
    for (size_t i = 1; i < of.count; i++)
        if (of.symbols[i].st_shndx == SHN_UNDEF) need_name(all, of.strings + of.symbols[i].st_name);
}
#endif

static char release_of_folder(const char *path)
{
    char found = '\0';
    for (const char *at = path; (at = strstr(at, "/lua/5.")); at += 6)
        if (at[7] && at[8] == '/') found = at[7];
    return found;
}

static void need_path(needs *all, const char *path)
{
    const char *name = strrchr(path, '/');
    const char release = release_of_folder(path);
    need_file(all, name ? name + 1 : path);
    if (release == RELEASE) all->told = true;
    if (!all->wrong) all->wrong = wrong_release(all->path, release, all->refusal);
}

/* Distributions put a link into .../lua/5.1/ that leads to .../liblua5.1-name.so: either may be what is given. */
static void need_paths(needs *all)
{
    char *real = realpath(all->path, NULL);
    need_path(all, all->path);
    if (real) need_path(all, real);
    free(real);
}

bool dynlib_path_fits(const char *path, dynlib_refusal *refusal)
{
    needs all = {.path = path, .refusal = refusal};
    need_paths(&all);
    return !all.wrong;
}

bool dynlib_fits(void *library, void *own, const char *path, dynlib_refusal *refusal)
{
    needs all = {.own = own, .path = path, .refusal = refusal};
    need_paths(&all);
    read_needs(library, &all);
    if (!all.told && !all.wrong)
        snprintf(refusal->text, sizeof refusal->text,
                 "%s does not tell which Lua it is built for: its luaopen function has to call luaL_checkversion, as "
                 "luaL_newlib does",
                 path);
    return all.told && !all.wrong;
}
