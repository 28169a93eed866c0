/* grammar.c: one pseudo-variable as text into a pv_spec (pv-grammar.md, 1).
 *
 *     $name   $name(inner)   $(name(inner)[index]{transformations})   $$
 *
 * The extent is found first, by counting parentheses alone; what stands inside is judged afterwards, and anything left
 * over refuses the whole. */
#include "cache.h"

static bool is_name_char(char c) { return char_is(c, SPAN_DIGIT | SPAN_ALPHA) || c == '_' || c == '.' || c == '?'; }

static size_t name_length(kl_span text)
{
    size_t n = 0;
    if (text.n > 0 && text.s[0] == '$') return 1;
    while (n < text.n && is_name_char(text.s[n])) n++;
    return n;
}

/* Length up to and with the character that closes text.s[0]; 0 when none does. */
static size_t closed_length(kl_span text, char open, char close)
{
    size_t depth = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.s[i] == open) depth++;
        else if (text.s[i] == close && --depth == 0) return i + 1;
    }
    return 0;
}

size_t grammar_extent(kl_span text)
{
    if (text.n < 2 || text.s[0] != '$') return 0;
    if (text.s[1] == '$') return 2;
    if (text.s[1] == '(') {
        size_t n = closed_length(span_from(text, 1), '(', ')');
        return n ? n + 1 : 0;
    }
    size_t n = name_length(span_from(text, 1));
    if (n == 0) return 0;
    kl_span rest = span_from(text, 1 + n);
    if (rest.n == 0 || rest.s[0] != '(') return 1 + n;
    size_t inner = closed_length(rest, '(', ')');
    return inner ? 1 + n + inner : 0;
}

/* One pv at the start of the text; what follows it is not looked at. */
static const pv_spec *parse_nested(pv_cache *cache, kl_span text)
{
    size_t n = grammar_extent(text);
    return n ? grammar_parse(cache, span_of(text.s, n)) : NULL;
}

/* The inner text stays where it is: it lies in the spec's own copy. */
static bool parse_inner(pv_cache *cache, const pv_class *klass, kl_span inner, pv_param *param)
{
    if (inner.n == 0) return false;
    param->name = inner;
    if (!(klass->flags & PV_CLASS_NESTED) || inner.s[0] != '$') return true;
    param->nested = parse_nested(cache, inner);
    return param->nested != NULL;
}

static bool parse_index(pv_cache *cache, const pv_class *klass, kl_span index, pv_param *param)
{
    int64_t number = 0;
    if (!(klass->flags & PV_CLASS_INDEX) || index.n == 0) return false;
    if (index.s[0] == '$') {
        param->index_kind = PV_INDEX_PV;
        param->index_pv = parse_nested(cache, index);
        return param->index_pv != NULL;
    }
    if (index.n == 1 && (index.s[0] == '*' || index.s[0] == '+')) {
        param->index_kind = index.s[0] == '*' ? PV_INDEX_ALL : PV_INDEX_PLUS;
        return true;
    }
    param->index_kind = PV_INDEX_INT;
    if (index.n == 1 && index.s[0] == '-') return true;
    if (index.s[0] == '+' || span_int_prefix(index, &number) != index.n) return false;
    param->index = (int)(number > INT32_MAX ? INT32_MAX : number < INT32_MIN ? INT32_MIN : number);
    return true;
}

/* Takes `open ... close` from the front of *rest; false when it opens and does not close. */
static bool take_group(kl_span *rest, char open, char close, kl_span *group, bool *there)
{
    *there = rest->n > 0 && rest->s[0] == open;
    if (!*there) return true;
    size_t n = closed_length(*rest, open, close);
    if (n == 0) return false;
    *group = span_of(rest->s + 1, n - 2);
    *rest = span_from(*rest, n);
    return true;
}

/* "name(inner)[index]{...}", the last two only inside $( ). */
static bool parse_body(pv_cache *cache, kl_span body, bool wrapped, pv_spec *spec)
{
    kl_span inner = SPAN_NULL, index = SPAN_NULL;
    bool has_inner, has_index = false;
    size_t n = name_length(body);
    const pv_class *klass = n ? pv_class_named(cache, span_of(body.s, n)) : NULL;
    if (klass == NULL) return false;
    kl_span rest = span_from(body, n);
    spec->klass = klass;
    spec->get = klass->get;
    spec->data = klass->data;
    if (!take_group(&rest, '(', ')', &inner, &has_inner) || has_inner != (klass->parse_name != NULL)) return false;
    if (has_inner && !parse_inner(cache, klass, inner, &spec->param)) return false;
    if (wrapped && !take_group(&rest, '[', ']', &index, &has_index)) return false;
    if (has_index && !parse_index(cache, klass, index, &spec->param)) return false;
    if (has_inner && !klass->parse_name(cache, &spec->param)) return false;
    if (rest.n == 0) return true;
    return wrapped && rest.s[0] == '{' && tr_parse(cache->ctx, rest, &spec->steps);
}

static const pv_spec *parse_whole(pv_cache *cache, kl_span text)
{
    bool wrapped = text.s[1] == '(';
    pv_spec *spec = pv_cache_alloc(cache, sizeof *spec);
    if (spec == NULL) return NULL;
    spec->text = pv_cache_copy(cache, text);
    if (spec->text.s == NULL) return NULL;
    kl_span body = wrapped ? span_of(spec->text.s + 2, text.n - 3) : span_from(spec->text, 1);
    return parse_body(cache, body, wrapped, spec) ? spec : NULL;
}

const pv_spec *grammar_parse(pv_cache *cache, kl_span text)
{
    if (grammar_extent(text) != text.n || text.n == 0 || cache->depth >= PV_MAX_DEPTH) return NULL;
    cache->depth++;
    const pv_spec *spec = parse_whole(cache, text);
    cache->depth--;
    return spec;
}
