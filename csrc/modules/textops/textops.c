/* textops.c: KSR.textops.*: the table. */
#include "textops.h"

static const kl_row rows[] = {
    ROW("textops", "append_body_part", INT, textops_append_body_part, STR, STR),
    ROW("textops", "append_body_part_cd", INT, textops_append_body_part_cd, STR, STR, STR),
    ROW("textops", "append_body_part_hex", INT, textops_append_body_part_hex, STR, STR),
    ROW("textops", "append_body_part_hex_cd", INT, textops_append_body_part_hex_cd, STR, STR, STR),
    ROW("textops", "cmp_istr", INT, textops_cmp_istr, STR, STR),
    ROW("textops", "cmp_str", INT, textops_cmp_str, STR, STR),
    ROW("textops", "ends_with", INT, textops_ends_with, STR, STR),
    ROW("textops", "filter_body", INT, textops_filter_body, STR),
    ROW("textops", "get_body_part", INT, textops_get_body_part, STR, STR),
    ROW("textops", "get_body_part_raw", INT, textops_get_body_part_raw, STR, STR),
    ROW("textops", "has_body", INT, textops_has_body),
    ROW("textops", "has_body_type", INT, textops_has_body_type, STR),
    ROW("textops", "in_list", INT, textops_in_list, STR, STR, STR),
    ROW("textops", "in_list_prefix", INT, textops_in_list_prefix, STR, STR, STR),
    ROW("textops", "is_audio_on_hold", INT, textops_is_audio_on_hold),
    ROW("textops", "is_present_hf", INT, textops_is_present_hf, STR),
    ROW("textops", "is_present_hf_re", INT, textops_is_present_hf_re, STR),
    ROW("textops", "is_privacy", INT, textops_is_privacy, STR),
    ROW("textops", "regex_substring", INT, textops_regex_substring, STR, STR, INT, INT, STR),
    ROW("textops", "remove_body_part", INT, textops_remove_body_part, STR),
    ROW("textops", "remove_hf", INT, textops_remove_hf, STR),
    ROW("textops", "remove_hf_exp", INT, textops_remove_hf_exp, STR, STR),
    ROW("textops", "remove_hf_idx", INT, textops_remove_hf_idx, STR, INT),
    ROW("textops", "remove_hf_match", INT, textops_remove_hf_match, STR, STR, STR),
    ROW("textops", "remove_hf_re", INT, textops_remove_hf_re, STR),
    ROW("textops", "replace", INT, textops_replace, STR, STR),
    ROW("textops", "replace_all", INT, textops_replace_all, STR, STR),
    ROW_WITH("textops", "replace_body", INT, textops_replace, TEXTOPS_BODY, STR, STR),
    ROW_WITH("textops", "replace_body_all", INT, textops_replace_all, TEXTOPS_BODY, STR, STR),
    ROW_WITH("textops", "replace_body_atonce", INT, textops_replace_all, TEXTOPS_BODY | TEXTOPS_AT_ONCE, STR, STR),
    ROW_WITH("textops", "replace_body_str", INT, textops_replace_str, TEXTOPS_BODY, STR, STR, STR),
    ROW_WITH("textops", "replace_hdrs", INT, textops_replace, TEXTOPS_HEADERS, STR, STR),
    ROW_WITH("textops", "replace_hdrs_str", INT, textops_replace_str, TEXTOPS_HEADERS, STR, STR, STR),
    ROW("textops", "replace_str", INT, textops_replace_str, STR, STR, STR),
    ROW("textops", "search", INT, textops_search, STR),
    ROW("textops", "search_append", INT, textops_search_append, STR, STR),
    ROW_WITH("textops", "search_append_body", INT, textops_search_append, TEXTOPS_BODY, STR, STR),
    ROW("textops", "search_body", INT, textops_search_body, STR),
    ROW("textops", "search_hf", INT, textops_search_hf, STR, STR, STR),
    ROW("textops", "search_str", INT, textops_search_str, STR, STR),
    ROW("textops", "set_body", INT, textops_set_body, STR, STR),
    ROW("textops", "set_body_hex", INT, textops_set_body_hex, STR, STR),
    ROW("textops", "set_body_multipart", INT, textops_set_body_multipart, STR, STR, STR),
    ROW("textops", "set_body_multipart_boundary", INT, textops_set_body_multipart_boundary, STR),
    ROW("textops", "set_body_multipart_content", INT, textops_set_body_multipart_content, STR, STR),
    ROW("textops", "set_body_multipart_mode", INT, textops_set_body_multipart_mode),
    ROW("textops", "set_reply_body", INT, textops_set_reply_body, STR, STR),
    ROW("textops", "set_reply_body_hex", INT, textops_set_reply_body_hex, STR, STR),
    ROW("textops", "starts_with", INT, textops_starts_with, STR, STR),
    ROW("textops", "str_all_in", INT, textops_str_all_in, STR, STR),
    ROW("textops", "str_any_in", INT, textops_str_any_in, STR, STR),
    ROW("textops", "str_find", INT, textops_str_find, STR, STR),
    ROW("textops", "str_ifind", INT, textops_str_ifind, STR, STR),
    ROW("textops", "subst", INT, textops_subst, STR),
    ROW_WITH("textops", "subst_body", INT, textops_subst, TEXTOPS_BODY, STR),
    ROW("textops", "subst_hf", INT, textops_subst_hf, STR, STR, STR),
    ROW("textops", "subst_uri", INT, textops_subst_uri, STR),
    ROW("textops", "subst_user", INT, textops_subst_user, STR),
    ROW("textops", "subst_v", INT, textops_subst_v, STR, STR, STR),
};

static void init(void *opaque)
{
    textops_state *state = opaque;
    buf_init(&state->made);
}

static void done(void *opaque)
{
    textops_state *state = opaque;
    buf_free(&state->made);
}

const kl_module textops_module = {.name = "textops",
                                  .rows = rows,
                                  .row_count = sizeof rows / sizeof *rows,
                                  .state_size = sizeof(textops_state),
                                  .scratch_size = sizeof(textops_state),
                                  .init = init,
                                  .done = done};
