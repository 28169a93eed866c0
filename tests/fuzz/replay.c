/* In place of libFuzzer, with any compiler: runs the target on every file that is named, and on those in the folders
 * that are named. */
#include <dirent.h>
#include <sys/stat.h>

#include "fuzz.h"

static void replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(2);
    }
    uint8_t *data = NULL;
    size_t size = 0, cap = 0, got;
    do {
        if (size == cap) data = realloc(data, cap = cap ? 2 * cap : 4096);
        if (!data) abort();
        got = fread(data + size, 1, cap - size, file);
        size += got;
    } while (got > 0);
    fclose(file);
    uint8_t *exact = realloc(data, size ? size : 1); /* so that a sanitizer sees a read behind it */
    if (!exact) abort();
    printf("%s\n", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

static void replay(const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0 || !S_ISDIR(about.st_mode)) {
        replay_file(path);
        return;
    }
    DIR *folder = opendir(path);
    if (!folder) return;
    for (const struct dirent *entry; (entry = readdir(folder));) {
        char inside[4096];
        if (entry->d_name[0] == '.') continue;
        snprintf(inside, sizeof inside, "%s/%s", path, entry->d_name);
        replay(inside);
    }
    closedir(folder);
}

int main(int count, char **paths)
{
    for (int i = 1; i < count; i++) replay(paths[i]);
    return 0;
}
