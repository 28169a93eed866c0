#include "program.h"

#include "base/mem.h"

#define STEPS_PER_UNIT 4 /* of work */

bool regex_asserts(assertion what, unsigned left, unsigned right)
{
    const bool word_left = left & SIDE_WORD, word_right = right & SIDE_WORD;
    switch (what) {
    case AT_LINE_START: return left & SIDE_LINE;
    case AT_LINE_END: return right & SIDE_LINE;
    case AT_START: return left & SIDE_EDGE;
    case AT_END: return right & SIDE_EDGE;
    case AT_WORD_START: return !word_left && word_right;
    case AT_WORD_END: return word_left && !word_right;
    case AT_WORD_EDGE: return word_left != word_right;
    default: return word_left == word_right;
    }
}

bool regex_spend(kl_regex *regex, uint64_t steps)
{
    uint64_t *left = &regex->means->steps;
    kl_work *work = regex->means->work;
    const bool enough = *left >= steps;
    *left = enough ? *left - steps : 0;
    return enough && (!work || work_go_on(work, steps / STEPS_PER_UNIT));
}

/* ---- memory */

void dfa_release(regex_dfa *dfa)
{
    kl_free(dfa->next);
    kl_free(dfa->states);
    kl_free(dfa->pool);
    *dfa = (regex_dfa){.backward = dfa->backward};
}

void groups_release(group_memory *memory)
{
    kl_free(memory->seen);
    kl_free(memory->choices);
    kl_free(memory->trace);
    kl_free(memory->loops);
    *memory = (group_memory){.seen = NULL};
}

void regex_release(kl_regex *regex)
{
    void *const all[] = {regex->text,   regex->nodes, regex->sets,  regex->before, regex->before_at,
                         regex->closed, regex->taken, regex->stack, regex->kernel};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) kl_free(all[i]);
    dfa_release(&regex->forward);
    dfa_release(&regex->backward);
    *regex = (kl_regex){.means = regex->means};
}
