/* A pattern, to the first LF, and a subject behind it; the first byte holds the flags. A search ends, answers the same
 * when asked again or without groups, and what the groups hold lies in the subject. */
#include "fuzz.h"

#include "base/regex/regex.h"

static void groups_lie_in(const regex_group *groups, size_t count, kl_span subject)
{
    FUZZ_CHECK(groups[0].start <= groups[0].end && groups[0].end <= subject.n);
    for (size_t i = 1; i < REGEX_GROUPS; i++) {
        const regex_group *group = &groups[i];
        FUZZ_CHECK(i <= count || group->start == REGEX_UNSET);
        FUZZ_CHECK((group->start == REGEX_UNSET) == (group->end == REGEX_UNSET));
        FUZZ_CHECK(group->start == REGEX_UNSET ||
                   (group->start <= group->end && group->start >= groups[0].start && group->end <= groups[0].end));
        fuzz_touch(regex_text(subject, *group));
    }
}

static void search(kl_regex *regex, kl_span subject, unsigned flags)
{
    regex_group groups[REGEX_GROUPS], whole[1];
    const regex_result found = regex_search(regex, subject, flags, REGEX_GROUPS, groups);
    if (found == REGEX_MATCH) groups_lie_in(groups, regex_group_count(regex), subject);
    const regex_result alone = regex_search(regex, subject, flags, 1, whole),
                       any = regex_search(regex, subject, flags, 0, NULL);
    if (found == REGEX_FAILED || alone == REGEX_FAILED || any == REGEX_FAILED) return;
    FUZZ_CHECK(found == alone && found == any);
    if (found == REGEX_MATCH) FUZZ_CHECK(groups[0].start == whole[0].start && groups[0].end == whole[0].end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input in = {data, data + size};
    const unsigned flags = fuzz_byte(&in);
    const kl_span pattern = fuzz_until(&in, '\n'), subject = fuzz_rest(&in);
    const char *why = NULL;
    regex_cache *cache = regex_cache_new();
    FUZZ_CHECK(cache != NULL);
    kl_regex *regex = regex_use(cache, pattern, flags & (REGEX_ICASE | REGEX_NEWLINE), &why);
    FUZZ_CHECK(regex != NULL || (why != NULL && *why));
    if (regex) search(regex, subject, flags & 4 ? REGEX_NOTBOL : 0);
    if (regex) FUZZ_CHECK(regex_use(cache, pattern, flags & (REGEX_ICASE | REGEX_NEWLINE), &why) == regex);
    regex_cache_free(cache);
    return 0;
}
