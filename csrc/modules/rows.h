/* rows.h: prototypes and the table `rows` of a module whose functions are in several files, out of its MODULE_ROWS, a
 * file with a line KSR(...) or KSR_WITH(...) for each: as ROW and ROW_WITH (row.h). Included once, by the file that has
 * the module. */
#include "row.h"

#define KSR(module, name, returns, fn, ...)            int fn(kl_ctx *ctx, const kl_value *args, kl_value *out);
#define KSR_WITH(module, name, returns, fn, data, ...) int fn(kl_ctx *ctx, const kl_value *args, kl_value *out);
#include MODULE_ROWS
#undef KSR
#undef KSR_WITH

#define KSR(...)      ROW(__VA_ARGS__),
#define KSR_WITH(...) ROW_WITH(__VA_ARGS__),
static const kl_row rows[] = {
#include MODULE_ROWS
};
#undef KSR
#undef KSR_WITH
