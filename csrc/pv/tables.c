/* tables.c: the table of contents. */
#include "tables.h"

const pv_table *const pv_tables[] = {
    &pv_uri_table,  &pv_fromto_table,   &pv_header_table,   &pv_message_table, &pv_via_table,    &pv_address_table,
    &pv_flag_table, &pv_branch_table,   &pv_identity_table, &pv_route_table,   &pv_time_table,   &pv_constant_table,
    &pv_sdp_table,  &pv_variable_table, &pv_htable_table,   &pv_select_table,  &pv_server_table, &pv_received_table,
};
const size_t pv_table_count = sizeof pv_tables / sizeof *pv_tables;
