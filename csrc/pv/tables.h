/* tables.h: every pseudo-variable there is, one table for each file of classes. */
#ifndef KL_PV_TABLES_H
#define KL_PV_TABLES_H

#include "pv.h"

extern const pv_table *const pv_tables[];
extern const size_t pv_table_count;

extern const pv_table pv_uri_table;      /* class/uri.c: $ru $ou $du and their parts */
extern const pv_table pv_fromto_table;   /* class/fromto.c: $fu ... $tts */
extern const pv_table pv_header_table;   /* class/header.c: $hdr $hfl $ci $cs $ct $ua ... */
extern const pv_table pv_message_table;  /* class/message.c: $rm $rs $rb $mb $msg ... */
extern const pv_table pv_via_table;      /* class/via.c: $via0 $nh $rpl */
extern const pv_table pv_address_table;  /* class/address.c: $si $Ri $fs $snd ... */
extern const pv_table pv_flag_table;     /* class/flag.c: $mf $bf $sf */
extern const pv_table pv_branch_table;   /* class/branch.c: $br $branch $ds */
extern const pv_table pv_identity_table; /* class/identity.c: $au $ai $pu $di $re $rt */
extern const pv_table pv_route_table;    /* class/route.c: $route_uri $fti $rdir $rr_count ... */
extern const pv_table pv_time_table;     /* class/time.c */
extern const pv_table pv_constant_table; /* class/constant.c: $$ $null $E* $true $env $K ... */
extern const pv_table pv_htable_table;   /* class/htable.c: $sht and its kin, $RANDOM */
extern const pv_table pv_sdp_table;      /* class/sdp.c: $sdp $sdpitval */
extern const pv_table pv_received_table; /* class/received.c: $rcv $recv */
extern const pv_table pv_server_table;   /* class/server.c: $stat $ccp $iuid */
extern const pv_table pv_select_table;   /* select.c: $sel */
extern const pv_table pv_variable_table; /* store and its classes: $avp $xavp $var $shv */

#endif
