/* KSR.siputils.is_user: whose credentials an auth function took. Results seen on a running Kamailio. */
#include "scene.h"

#include "core/notes.h"

#define HEAD                                                                                                           \
    "OPTIONS sip:u@h SIP/2.0\nVia: SIP/2.0/UDP 1.1.1.1\nTo: <sip:t@h>\nFrom: <sip:f@h>;tag=a\nCall-ID: c\nCSeq: 1 "    \
    "OPTIONS\n"
#define CREDENTIALS                                                                                                    \
    "Authorization: Digest username=\"bob@h\", realm=\"h\", nonce=\"n\", uri=\"sip:h\", response=\"0\"\n"

static void start(void)
{
    scene_open(HEAD CREDENTIALS "\n");
    load(MOD_SIPUTILS, &siputils_module);
    load(MOD_TEXTOPSX, &textopsx_module);
}

static void finish(void)
{
    unload(MOD_SIPUTILS, &siputils_module);
    unload(MOD_TEXTOPSX, &textopsx_module);
    scene_close();
}

static void credentials_that_nobody_took_are_none(void)
{
    start();
    CHECK_INT(CALL(siputils_module, "is_user", S("bob")), -1);
    finish();
}

static void user_of_the_credentials_taken(void)
{
    start();
    const sip_credentials *credentials = msg_credentials(&msg);
    REQUIRE(credentials);
    REQUIRE(notes_set_authorized(&msg, credentials->user, &msg.hdrs[0]));
    CHECK_INT(CALL(siputils_module, "is_user", S("bob")), 1);
    CHECK_INT(CALL(siputils_module, "is_user", S("Bob")), -1);
    CHECK_INT(CALL(siputils_module, "is_user", S("bob@h")), -1);
    CHECK_INT(CALL(siputils_module, "is_user", S("bo")), -1);
    CHECK_INT(CALL(siputils_module, "is_user", S("")), -1);
    CHECK_INT(CALL0(textopsx_module, "msg_apply_changes"), 1);
    CHECK_INT(CALL(siputils_module, "is_user", S("bob")), -1);
    finish();
}

CHECK_MAIN(CHECK_TEST(credentials_that_nobody_took_are_none), CHECK_TEST(user_of_the_credentials_taken))
