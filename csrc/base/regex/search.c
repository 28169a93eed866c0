/* search.c: searching with a compiled pattern: where the match ends, where it starts, what its groups hold. */
#include "program.h"

#define KEEP_BYTES ((size_t)1 << 20) /* of memory for groups, from one search to the next */

size_t regex_group_count(const kl_regex *regex) { return regex->group_count; }

static regex_result find_whole(kl_regex *regex, kl_span subject, unsigned flags, regex_group *whole)
{
    regex_result found = dfa_find_end(regex, subject, flags, false, &whole->end);
    if (found != REGEX_MATCH) return found;
    if (regex->length != TREE_FOREVER) whole->start = whole->end - (size_t)regex->length;
    else if (regex->only_at_start) whole->start = 0;
    else found = dfa_find_start(regex, subject, flags, whole->end, &whole->start);
    return found;
}

regex_result regex_search(kl_regex *regex, kl_span subject, unsigned flags, size_t count, regex_group *groups)
{
    size_t end;
    if (!subject.s) subject = SPAN("");
    if (count == 0) return dfa_find_end(regex, subject, flags, true, &end);
    regex_result found = find_whole(regex, subject, flags, &groups[0]);
    if (found == REGEX_MATCH && count > 1) found = regex_find_groups(regex, subject, flags, count, groups);
    const group_memory *memory = &regex->means->groups;
    if (memory->seen_cap * sizeof *memory->seen + memory->trace_cap * sizeof *memory->trace +
            memory->choice_cap * sizeof *memory->choices >
        KEEP_BYTES)
        groups_release(&regex->means->groups);
    return found;
}
