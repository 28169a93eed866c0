/* file.c: the file whose MD5 tells whether a configuration is still the one that was started with. */
#include "base/codec.h"
#include "base/digest.h"
#include "base/file.h"
#include "cfgutils.h"

#define MAX_FILE ((size_t)64 << 20) /* bytes */

bool cfgutils_hash_file(const char *path, char out[CFGUTILS_HASH])
{
    unsigned char digest[MD5_SIZE];
    digest_state state;
    kl_buf bytes;
    buf_init(&bytes);
    const bool good = file_read(path, MAX_FILE, &bytes) == 0;
    md5_init(&state);
    md5_update(&state, buf_span(&bytes));
    buf_free(&bytes);
    md5_final(&state, digest);
    hex_encode(span_of((const char *)digest, sizeof digest), out);
    return good;
}
