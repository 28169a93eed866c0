/* file.c: the file whose MD5 tells whether a configuration is still the one that was started with. */
#include <stdio.h>

#include "base/codec.h"
#include "base/digest.h"
#include "cfgutils.h"

bool cfgutils_hash_file(const char *path, char out[CFGUTILS_HASH])
{
    unsigned char digest[MD5_SIZE];
    char bytes[4096];
    digest_state state;
    size_t got;
    FILE *file = fopen(path, "rb");
    if (!file) return false;
    md5_init(&state);
    while ((got = fread(bytes, 1, sizeof bytes, file)) > 0) md5_update(&state, span_of(bytes, got));
    const bool good = !ferror(file);
    fclose(file);
    md5_final(&state, digest);
    hex_encode(span_of((const char *)digest, sizeof digest), out);
    return good;
}
