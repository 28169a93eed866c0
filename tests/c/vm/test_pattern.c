/* Patterns under a budget: the same results as Lua's own functions, counted steps that cover what Lua's matcher does. */
#include "vm_test.h"

/* Small alphabets make matches, near matches and broken patterns alike. */
static const char *const pieces[] = {"a", "b", ".", "%a", "%A", "[ab]", "[^a]", "[a-", "]", "[", "%", "*", "+", "-", "?", "*", "-", "(", ")", "()", "^", "$", "%b()", "%bab", "%f[a]",
                                     "%f", "%1", "%2", "%0", "%%", "%s", "[%a(]", "[]]", "[^]a]", "%d", "%W", "%z", "\xc3", "(a*)", "(.-)", "%g", "%p", "%u", "%x", "[%d-b]", "-a"};

static uint32_t next_random(uint32_t *state) { return *state = *state * 1664525u + 1013904223u, *state >> 8; }

static void random_pattern(uint32_t *state, char *out, size_t cap)
{
    size_t n = 0;
    int repetitions = 0;        /* Lua's own matcher has to come to an end */
    for (int count = (int)(next_random(state) % 7) + 1; count > 0; count--) {
        const char *piece = pieces[next_random(state) % (sizeof pieces / sizeof pieces[0])];
        if (strpbrk(piece, "*+-") && ++repetitions > 2) continue;
        if (n + strlen(piece) + 1 > cap) break;
        strcpy(out + n, piece);
        n += strlen(piece);
    }
    out[n] = '\0';
}

static void random_subject(uint32_t *state, char *out)
{
    static const char letters[] = "aaabb()1 ]A\xc3";
    int n = (int)(next_random(state) % 9);
    for (int i = 0; i < n; i++) out[i] = letters[next_random(state) % (sizeof letters - 1)];
    out[n] = '\0';
}

/* On short subjects pattern.c counts nothing (CHEAP), so each is tried again with a tail. */
static const char check_all[] =
    "local subject, pattern = ... local long = subject .. ('b'):rep(150) local results = {} "
    "local function add(...) for i = 1, select('#', ...) do results[#results + 1] = tostring((select(i, ...))) end results[#results + 1] = ';' end "
    "for _, s in ipairs({subject, long}) do "
    "for init = -2, 3 do add(pcall(string.find, s, pattern, init)) add(pcall(string.match, s, pattern, init)) end "
    "add(pcall(string.gsub, s, pattern, '<%0>', 20)) add(pcall(string.gsub, s, pattern, function(...) return select('#', ...) > 1 and 'x' end, 20)) "
    "add(pcall(function() local n = 0 for a, b in string.gmatch(s, pattern) do add(a, b) n = n + 1 if n == 20 then break end end end)) "
    "add(pcall(function() local n = 0 for a, b in string.gmatch(s, pattern, 2) do add(a, b) n = n + 1 if n == 20 then break end end end)) end "
    "return table.concat(results, ',')";

static bool results_of(kl_vm *vm, const char *subject, const char *pattern, char *out, size_t cap)
{
    kl_error err;
    int results = 0;
    lua_pushstring(vm->L, subject);
    lua_setglobal(vm->L, "subject");
    lua_pushstring(vm->L, pattern);
    lua_setglobal(vm->L, "pattern");
    kl_status status = vm_run_string(vm, SPAN("return check(subject, pattern)"), "=test", true, &results, &err);
    if (status != KL_OK) {
        snprintf(out, cap, "%s", err.text);
        return false;
    }
    size_t n;
    const char *text = lua_tolstring(vm->L, -1, &n);
    uint64_t sum = 1469598103934665603u;
    for (size_t i = 0; i < n; i++) sum = (sum ^ (unsigned char)text[i]) * 1099511628211u;
    snprintf(out, cap, "%zu %016" PRIx64 " %.200s", n, sum, text);
    vm_pop(vm, results);
    return true;
}

static kl_vm *open_checker(const vm_config *config)
{
    kl_vm *vm = open_vm(config);
    kl_error err;
    char code[4096];
    snprintf(code, sizeof code, "function check(...) %s end", check_all);
    if (run(vm, code, &err) != KL_OK) exit(2);
    return vm;
}

static void random_patterns_give_what_lua_gives(void)
{
    vm_config config = limited;
    config.instructions = 2000000000;
    kl_vm *counted = open_checker(&config), *plain = open_checker(&unlimited);
    uint32_t state = 5;
    for (int i = 0; i < 2000; i++) {
        char pattern[64], subject[16], expected[300], actual[300];
        random_pattern(&state, pattern, sizeof pattern);
        random_subject(&state, subject);
        results_of(plain, subject, pattern, expected, sizeof expected);
        results_of(counted, subject, pattern, actual, sizeof actual);
        if (!check_str(actual, expected, pattern, __FILE__, __LINE__)) printf("    on %s\n", subject);
    }
    vm_free(counted);
    vm_free(plain);
}

static int steps_left(lua_State *L)
{
    lua_pushinteger(L, vm_of(L)->budget);
    return 1;
}

static void add_left(lua_State *L, void *arg)
{
    (void)arg;
    lua_register(L, "left", steps_left);
}

/* What they cost: code, and bounds of the instructions it takes. */
static const struct {
    const char *code;
    int64_t least, most;
} costs[] = {
    {"local s = ('a'):rep(100) .. 'b' return s:find('b')", 0, 200},
    {"return ('sip:alice@example.com'):match('^sip:(.-)@(.+)$')", 0, 200},
    {"return ('Friendly-Scanner/1.0 (Linux; amd64)'):match('(%w+)/([%d.]+) %((.-)[;)]')", 1, 1500},
    {"local s = ('a'):rep(100000) return s:find('b')", 5000, 500000},
    {"local s = (' '):rep(1000) return s:match('^%s*(.-)%s*$')", 1000, 10000},
    {"local s = (' '):rep(1000) .. 'x' return s:match('%s+$')", 100000, 2000000},
    {"local s = ('a,'):rep(1000) return s:gsub('(%w+),', '%1;')", 1000, 40000},
    {"local s, n = ('a,'):rep(1000), 0 for w in s:gmatch('%w+') do n = n + 1 end return n", 1000, 60000},
    {"local s = ('a'):rep(10000) for w in s:gmatch('a-b') do end", 5000000, 200000000},
};

static void steps_are_priced_by_what_a_match_takes(void)
{
    kl_error err;
    vm_config config = limited;
    config.instructions = 1000000000;
    kl_vm *vm = vm_new(&config, add_left, NULL, &err);
    for (size_t i = 0; i < sizeof costs / sizeof costs[0]; i++) {
        char code[400];
        snprintf(code, sizeof code, "local before = left() local function f() %s end f() return before - left()", costs[i].code);
        long long taken = atoll(eval(vm, code));
        if (!check_that(taken >= costs[i].least && taken <= costs[i].most, costs[i].code, __FILE__, __LINE__)) printf("    took %lld\n", taken);
    }
    vm_free(vm);
}

static void callbacks_of_gsub_run_once_each(void)
{
    kl_vm *vm = open_vm(&limited);
    CHECK_STR(eval(vm, "local n = 0 local r = (('a1'):rep(300)):gsub('%a*(%d)', function(d) n = n + 1 return d end) return n .. ' ' .. #r"), "300 300");
    CHECK_STR(eval(vm, "local s = ('key=value; '):rep(100) local n = 0 for k, v in s:gmatch('(%w+)=(%w+)') do assert(k == 'key' and v == 'value') n = n + 1 end return n"), "100");
    vm_free(vm);
}

CHECK_MAIN(CHECK_TEST(random_patterns_give_what_lua_gives), CHECK_TEST(steps_are_priced_by_what_a_match_takes), CHECK_TEST(callbacks_of_gsub_run_once_each))
