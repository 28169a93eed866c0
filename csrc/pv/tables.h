/* tables.h: every pseudo-variable there is, one table for each file of classes. */
#ifndef KL_PV_TABLES_H
#define KL_PV_TABLES_H

#include "pv.h"

extern const pv_table *const pv_tables[];
extern const size_t pv_table_count;

extern const pv_table pv_uri_table;      /* variables/uri.c: $ru $ou $du and their parts */
extern const pv_table pv_fromto_table;   /* variables/fromto.c: $fu ... $tts */
extern const pv_table pv_header_table;   /* variables/header.c: $hdr $hfl $ci $cs $ct $ua ... */
extern const pv_table pv_message_table;  /* variables/message.c: $rm $rs $rb $mb $msg ... */
extern const pv_table pv_via_table;      /* variables/via.c: $via0 $nh $rpl */
extern const pv_table pv_address_table;  /* variables/address.c: $si $Ri $fs $snd ... */
extern const pv_table pv_flag_table;     /* variables/flag.c: $mf $bf $sf */
extern const pv_table pv_branch_table;   /* variables/branch.c: $br $branch $ds */
extern const pv_table pv_identity_table; /* variables/identity.c: $au $ai $pu $di $re $rt */
extern const pv_table pv_route_table;    /* variables/route.c: $route_uri $fti $rdir $rr_count ... */
extern const pv_table pv_time_table;     /* variables/time.c */
extern const pv_table pv_constant_table; /* variables/constant.c: $$ $null $E* $true $env $K ... */
extern const pv_table pv_htable_table;   /* variables/htable.c: $sht and its kin, $RANDOM */
extern const pv_table pv_sdp_table;      /* variables/sdp.c: $sdp $sdpitval */
extern const pv_table pv_received_table; /* variables/received.c: $rcv $recv */
extern const pv_table pv_server_table;   /* variables/server.c: $stat $ccp $iuid */
extern const pv_table pv_select_table;   /* select.c: $sel */
extern const pv_table pv_variable_table; /* store and its classes: $avp $xavp $var $shv */

#endif
