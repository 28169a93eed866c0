/* A library is opened as if it had been linked with our own file: by a file of a few hundred bytes, made in memory,
 * which says that it needs both. Names are looked for in all that was opened together, so ours are found, and nothing
 * else in the process sees them. It is closed again as soon as the library has all its names. */
#ifndef __APPLE__
#    ifndef _GNU_SOURCE
#        define _GNU_SOURCE /* memfd_create */
#    endif
#    include <dlfcn.h>
#    include <link.h>
#    include <stdio.h>
#    include <stdlib.h>
#    include <string.h>
#    include <sys/mman.h>
#    include <unistd.h>

#    include "dynlib.h"

enum { SEGMENTS = 3, ENTRIES = 8 };

typedef struct pair {
    ElfW(Ehdr) header;
    ElfW(Phdr) segments[SEGMENTS];
    ElfW(Dyn) entries[ENTRIES];
    ElfW(Sym) none;     /* the symbol that every table begins with */
    ElfW(Word) hash[4]; /* one empty bucket */
    char names[];       /* "", our file, the library */
} pair;

static ElfW(Phdr) segment(ElfW(Word) type, ElfW(Word) flags, size_t at, size_t size)
{
    ElfW(Phdr) made;
    memset(&made, 0, sizeof made);
    made.p_type = type;
    made.p_flags = flags;
    made.p_offset = at;
    made.p_vaddr = made.p_paddr = at;
    made.p_filesz = made.p_memsz = size;
    made.p_align = type == PT_LOAD ? (size_t)sysconf(_SC_PAGESIZE) : sizeof(void *);
    return made;
}

/* Machine, class and flags are those of our own image. */
static void fill_header(pair *made, const ElfW(Ehdr) * image)
{
    memcpy(made->header.e_ident, image->e_ident, sizeof made->header.e_ident);
    made->header.e_type = ET_DYN;
    made->header.e_machine = image->e_machine;
    made->header.e_version = EV_CURRENT;
    made->header.e_flags = image->e_flags;
    made->header.e_phoff = offsetof(pair, segments);
    made->header.e_ehsize = sizeof(ElfW(Ehdr));
    made->header.e_phentsize = sizeof(ElfW(Phdr));
    made->header.e_phnum = SEGMENTS;
}

static void fill_entries(pair *made, size_t own_name, size_t library_name, size_t names_size)
{
    const struct {
        ElfW(Sxword) tag;
        size_t value;
    } entries[ENTRIES] = {
        {DT_NEEDED, own_name},
        {DT_NEEDED, library_name},
        {DT_STRTAB, offsetof(pair, names)},
        {DT_STRSZ, names_size},
        {DT_SYMTAB, offsetof(pair, none)},
        {DT_SYMENT, sizeof(ElfW(Sym))},
        {DT_HASH, offsetof(pair, hash)},
        {DT_NULL, 0},
    };
    for (size_t i = 0; i < ENTRIES; i++) {
        made->entries[i].d_tag = entries[i].tag;
        made->entries[i].d_un.d_val = entries[i].value;
    }
    made->hash[0] = made->hash[1] = 1;
}

static pair *make_pair(const char *own, const void *image, const char *path, size_t *size)
{
    const size_t own_size = strlen(own) + 1, path_size = strlen(path) + 1, names_size = 1 + own_size + path_size;
    *size = sizeof(pair) + names_size;
    pair *made = calloc(1, *size);
    if (!made) return NULL;
    memcpy(made->names + 1, own, own_size);
    memcpy(made->names + 1 + own_size, path, path_size);
    fill_header(made, image);
    fill_entries(made, 1, 1 + own_size, names_size);
    made->segments[0] = segment(PT_LOAD, PF_R | PF_W, 0, *size);
    made->segments[1] = segment(PT_DYNAMIC, PF_R | PF_W, offsetof(pair, entries), sizeof made->entries);
    made->segments[2] = segment(PT_GNU_STACK, PF_R | PF_W, 0, 0);
    return made;
}

/* Two descriptors that are open at once have two names, and one that is closed again has left the linker's list before
 * its number comes again. */
static void *open_pair(const pair *made, size_t size)
{
    char name[40];
    const int fd = memfd_create("kemilua", MFD_CLOEXEC);
    if (fd < 0) return NULL;
    void *opened = NULL;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    if (write(fd, made, size) == (ssize_t)size) opened = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    close(fd);
    return opened;
}

void *dynlib_open_beside(const char *own, const void *image, const char *path)
{
    size_t size;
    pair *made = make_pair(own, image, path, &size);
    void *opened = made ? open_pair(made, size) : NULL;
    free(made);
    void *library = opened ? dlopen(path, RTLD_NOW | RTLD_NOLOAD) : NULL;
    if (opened) dlclose(opened);
    return library;
}
#else
typedef int dynlib_pair_is_for_elf;
#endif
