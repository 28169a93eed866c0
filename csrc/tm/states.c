/* states.c: each event in each state. What is left out cannot occur. */
#include "states.h"

#define GO(to, what) {.does = STEP_OCCURS | (what), .next = (to)}

/* ---- a branch */

/* Nothing was sent yet, and nothing comes back. */
#define IDLE                                                                                                           \
    [CLIENT_SEND] = GO(CLIENT_CALLING, 0), [CLIENT_UNSENT] = GO(CLIENT_UNUSED, 0),                                     \
    [CLIENT_RESOLVE] = GO(CLIENT_RESOLVING, 0), [CLIENT_SUSPEND] = GO(CLIENT_PAUSED, 0),                               \
    [CLIENT_CANCEL] = GO(CLIENT_IDLE, 0), /* it goes out nevertheless */                                               \
        [CLIENT_CANCEL_AT_ONCE] = GO(CLIENT_IDLE, 0), [CLIENT_GIVE_UP] = GO(CLIENT_IDLE, 0)
#define PAUSED [CLIENT_CONTINUE] = GO(CLIENT_UNUSED, 0), [CLIENT_PATIENCE] = GO(CLIENT_UNUSED, CLIENT_FAILS)
#define RESOLVING                                                                                                      \
    [CLIENT_SEND] = GO(CLIENT_CALLING, 0), [CLIENT_UNSENT] = GO(CLIENT_UNUSED, 0),                                     \
    [CLIENT_PATIENCE] = GO(CLIENT_UNUSED, CLIENT_FAILS), [CLIENT_CANCEL] = GO(CLIENT_UNUSED, 0),                       \
    [CLIENT_CANCEL_AT_ONCE] = GO(CLIENT_UNUSED, 0), [CLIENT_GIVE_UP] = GO(CLIENT_UNUSED, 0)

/* What ends a branch whose request was sent. */
#define FINAL_REPLIES                                                                                                  \
    [CLIENT_2XX] = GO(CLIENT_COMPLETED, ANSWERS | CLIENT_SUCCEEDS),                                                    \
    [CLIENT_FAILURE] = GO(CLIENT_COMPLETED, ANSWERS | CLIENT_FAILS),                                                   \
    [CLIENT_LATE_2XX] = GO(CLIENT_COMPLETED, ANSWERS), [CLIENT_LATE_FAILURE] = GO(CLIENT_COMPLETED, ANSWERS)
#define FINAL_REPLIES_TO_INVITE                                                                                        \
    [CLIENT_2XX] = GO(CLIENT_ACCEPTED, ANSWERS | CLIENT_SUCCEEDS),                                                     \
    [CLIENT_FAILURE] = GO(CLIENT_COMPLETED, REFUSES | CLIENT_FAILS),                                                   \
    [CLIENT_LATE_2XX] = GO(CLIENT_ACCEPTED, ANSWERS | CLIENT_FURTHER),                                                 \
    [CLIENT_LATE_FAILURE] = GO(CLIENT_COMPLETED, REFUSES)

enum {
    GOES_ON = CLIENT_ROUTES | CLIENT_GOES_ON | CLIENT_RELAYS,
    ANSWERS = CLIENT_STOPS | CLIENT_ROUTES,
    REFUSES = CLIENT_STOPS | CLIENT_ACKS | CLIENT_ROUTES,
    AGAIN = CLIENT_ACKS | CLIENT_ROUTES,
};

const client_steps
    client_table[2] =
        {
            /* 17.1.2 */
            [0] =
                {
                    [CLIENT_IDLE] = {IDLE},
                    [CLIENT_PAUSED] = {PAUSED},
                    [CLIENT_RESOLVING] = {RESOLVING},
                    [CLIENT_CALLING] =
                        {
                            [CLIENT_1XX] = GO(CLIENT_PROCEEDING, GOES_ON),
                            FINAL_REPLIES,
                            [CLIENT_LATE_1XX] = GO(CLIENT_CALLING, CLIENT_ROUTES | CLIENT_GOES_ON),
                            [CLIENT_REPEAT] = GO(CLIENT_CALLING, CLIENT_REPEATS),
                            [CLIENT_PATIENCE] = GO(CLIENT_ENDED, CLIENT_FAILS),
                            [CLIENT_SEND_FAILED] = GO(CLIENT_ENDED, CLIENT_FAILS),
                            /* for a 6xx of another branch, as Kamailio does */
                            [CLIENT_CANCEL] = GO(CLIENT_CANCEL_DUE, 0),
                            [CLIENT_CANCEL_AT_ONCE] = GO(CLIENT_CANCELLED, CLIENT_CANCELS),
                            [CLIENT_GIVE_UP] = GO(CLIENT_ENDED, CLIENT_FAILS),
                        },
                    [CLIENT_CANCEL_DUE] =
                        {
                            [CLIENT_1XX] = GO(CLIENT_CANCELLED, CLIENT_CANCELS),
                            FINAL_REPLIES,
                            [CLIENT_LATE_1XX] = GO(CLIENT_CANCELLED, CLIENT_CANCELS),
                            [CLIENT_REPEAT] = GO(CLIENT_CANCEL_DUE, CLIENT_REPEATS),
                            [CLIENT_PATIENCE] = GO(CLIENT_ENDED, CLIENT_FAILS),
                            [CLIENT_SEND_FAILED] = GO(CLIENT_ENDED, CLIENT_FAILS),
                        },
                    [CLIENT_PROCEEDING] =
                        {
                            [CLIENT_1XX] = GO(CLIENT_PROCEEDING, GOES_ON),
                            FINAL_REPLIES,
                            [CLIENT_LATE_1XX] = GO(CLIENT_PROCEEDING, CLIENT_ROUTES | CLIENT_GOES_ON),
                            [CLIENT_REPEAT] = GO(CLIENT_PROCEEDING, CLIENT_REPEATS),
                            [CLIENT_PATIENCE] = GO(CLIENT_ENDED, CLIENT_FAILS),
                            [CLIENT_CANCEL] = GO(CLIENT_CANCELLED, CLIENT_CANCELS),
                            [CLIENT_CANCEL_AT_ONCE] = GO(CLIENT_CANCELLED, CLIENT_CANCELS),
                            [CLIENT_GIVE_UP] = GO(CLIENT_CANCELLED, CLIENT_CANCELS),
                        },
                    [CLIENT_CANCELLED] =
                        {
                            [CLIENT_1XX] = GO(CLIENT_CANCELLED, CLIENT_CANCELS),
                            FINAL_REPLIES,
                            [CLIENT_LATE_1XX] = GO(CLIENT_CANCELLED, CLIENT_CANCELS),
                            [CLIENT_PATIENCE] = GO(CLIENT_ENDED, CLIENT_FAILS),
                            [CLIENT_SEND_FAILED] = GO(CLIENT_ENDED, CLIENT_FAILS), /* cancel_b_method 2 */
                        },
                    [CLIENT_COMPLETED] =
                        {
                            [CLIENT_1XX] = GO(CLIENT_COMPLETED, CLIENT_ROUTES),
                            [CLIENT_2XX] = GO(CLIENT_COMPLETED, CLIENT_ROUTES),
                            [CLIENT_FAILURE] = GO(CLIENT_COMPLETED, CLIENT_ROUTES),
                            [CLIENT_LATE_1XX] = GO(CLIENT_COMPLETED, CLIENT_ROUTES),
                            [CLIENT_LATE_2XX] = GO(CLIENT_COMPLETED, CLIENT_ROUTES),
                            [CLIENT_LATE_FAILURE] = GO(CLIENT_COMPLETED, CLIENT_ROUTES),
                        },
                    [CLIENT_ENDED] =
                        {
                            [CLIENT_1XX] = GO(CLIENT_ENDED, CLIENT_ROUTES),
                            [CLIENT_2XX] = GO(CLIENT_COMPLETED, CLIENT_ROUTES),
                            [CLIENT_FAILURE] = GO(CLIENT_COMPLETED, CLIENT_ROUTES),
                            [CLIENT_LATE_1XX] = GO(CLIENT_ENDED, CLIENT_ROUTES),
                            [CLIENT_LATE_2XX] = GO(CLIENT_COMPLETED, CLIENT_ROUTES),
                            [CLIENT_LATE_FAILURE] = GO(CLIENT_COMPLETED, CLIENT_ROUTES),
                        },
                },
            /* 17.1.1, RFC 6026 7.2 */
            [1] =
                {
                    [CLIENT_IDLE] = {IDLE, [CLIENT_QUIET] = GO(CLIENT_IDLE, 0)},
                    [CLIENT_PAUSED] = {PAUSED, [CLIENT_QUIET] = GO(CLIENT_PAUSED, 0)},
                    [CLIENT_RESOLVING] = {RESOLVING, [CLIENT_QUIET] = GO(CLIENT_PAUSED, 0)},
                    [CLIENT_CALLING] =
                        {
                            [CLIENT_1XX] = GO(CLIENT_PROCEEDING, GOES_ON),
                            FINAL_REPLIES_TO_INVITE,
                            [CLIENT_LATE_1XX] = GO(CLIENT_CALLING, CLIENT_ROUTES | CLIENT_GOES_ON),
                            [CLIENT_REPEAT] = GO(CLIENT_CALLING, CLIENT_REPEATS),
                            [CLIENT_PATIENCE] = GO(CLIENT_ENDED, CLIENT_FAILS),
                            [CLIENT_SEND_FAILED] = GO(CLIENT_ENDED, CLIENT_FAILS),
                            [CLIENT_CANCEL] = GO(CLIENT_CANCEL_DUE, 0),
                            [CLIENT_CANCEL_AT_ONCE] = GO(CLIENT_CANCELLED, CLIENT_CANCELS),
                            [CLIENT_GIVE_UP] = GO(CLIENT_ENDED, CLIENT_FAILS),
                            [CLIENT_QUIET] = GO(CLIENT_CALLING, 0),
                        },
                    [CLIENT_CANCEL_DUE] =
                        {
                            [CLIENT_1XX] = GO(CLIENT_CANCELLED, CLIENT_CANCELS),
                            FINAL_REPLIES_TO_INVITE,
                            [CLIENT_LATE_1XX] = GO(CLIENT_CANCELLED, CLIENT_CANCELS),
                            [CLIENT_REPEAT] = GO(CLIENT_CANCEL_DUE, CLIENT_REPEATS),
                            [CLIENT_PATIENCE] = GO(CLIENT_ENDED, CLIENT_FAILS),
                            [CLIENT_SEND_FAILED] = GO(CLIENT_ENDED, CLIENT_FAILS),
                        },
                    [CLIENT_PROCEEDING] =
                        {
                            [CLIENT_1XX] = GO(CLIENT_PROCEEDING, GOES_ON),
                            FINAL_REPLIES_TO_INVITE,
                            [CLIENT_LATE_1XX] = GO(CLIENT_PROCEEDING, CLIENT_ROUTES | CLIENT_GOES_ON),
                            [CLIENT_PATIENCE] = GO(CLIENT_ENDED, CLIENT_FAILS | CLIENT_CANCELS), /* 16.8 */
                            [CLIENT_CANCEL] = GO(CLIENT_CANCELLED, CLIENT_CANCELS),
                            [CLIENT_CANCEL_AT_ONCE] = GO(CLIENT_CANCELLED, CLIENT_CANCELS),
                            [CLIENT_GIVE_UP] = GO(CLIENT_CANCELLED, CLIENT_CANCELS),
                            [CLIENT_QUIET] = GO(CLIENT_CANCELLED, CLIENT_CANCELS),
                        },
                    [CLIENT_CANCELLED] =
                        {
                            [CLIENT_1XX] = GO(CLIENT_CANCELLED, CLIENT_CANCELS), /* once more, as Kamailio does */
                            FINAL_REPLIES_TO_INVITE,
                            [CLIENT_LATE_1XX] = GO(CLIENT_CANCELLED, CLIENT_CANCELS),
                            [CLIENT_PATIENCE] = GO(CLIENT_ENDED, CLIENT_FAILS),
                            [CLIENT_SEND_FAILED] = GO(CLIENT_ENDED, CLIENT_FAILS), /* cancel_b_method 2 */
                        },
                    [CLIENT_COMPLETED] =
                        {
                            [CLIENT_1XX] = GO(CLIENT_COMPLETED, CLIENT_ROUTES),
                            [CLIENT_2XX] = GO(CLIENT_COMPLETED, CLIENT_ROUTES),
                            [CLIENT_FAILURE] = GO(CLIENT_COMPLETED, AGAIN),
                            [CLIENT_LATE_1XX] = GO(CLIENT_COMPLETED, CLIENT_ROUTES),
                            [CLIENT_LATE_2XX] = GO(CLIENT_ACCEPTED, CLIENT_ROUTES | CLIENT_FURTHER),
                            [CLIENT_LATE_FAILURE] = GO(CLIENT_COMPLETED, AGAIN),
                        },
                    [CLIENT_ACCEPTED] =
                        {
                            [CLIENT_LATE_1XX] = GO(CLIENT_ACCEPTED, CLIENT_ROUTES),
                            [CLIENT_LATE_2XX] = GO(CLIENT_ACCEPTED, CLIENT_ROUTES | CLIENT_FURTHER),
                            [CLIENT_LATE_FAILURE] = GO(CLIENT_ACCEPTED, AGAIN),
                        },
                    [CLIENT_ENDED] =
                        {
                            [CLIENT_1XX] = GO(CLIENT_ENDED, CLIENT_ROUTES),
                            [CLIENT_2XX] = GO(CLIENT_ENDED, CLIENT_ROUTES),
                            [CLIENT_FAILURE] = GO(CLIENT_COMPLETED, AGAIN),
                            [CLIENT_LATE_1XX] = GO(CLIENT_ENDED, CLIENT_ROUTES),
                            [CLIENT_LATE_2XX] = GO(CLIENT_ACCEPTED, CLIENT_ROUTES | CLIENT_FURTHER),
                            [CLIENT_LATE_FAILURE] = GO(CLIENT_COMPLETED, AGAIN),
                        },
                },
};

/* ---- its CANCEL */

const tm_step cancel_table[CANCEL_STATES][CANCEL_EVENTS] = {
    [CANCEL_NONE] = {[CANCEL_SEND] = GO(CANCEL_TRYING, 0)},
    [CANCEL_TRYING] =
        {
            [CANCEL_SEND] = GO(CANCEL_TRYING, CANCEL_STOPS),
            [CANCEL_1XX] = GO(CANCEL_PROCEEDING, CANCEL_STOPS_REPEAT),
            [CANCEL_FINAL] = GO(CANCEL_OVER, CANCEL_STOPS),
            [CANCEL_REPEAT] = GO(CANCEL_TRYING, CANCEL_REPEATS),
            [CANCEL_PATIENCE] = GO(CANCEL_OVER, CANCEL_STOPS),
        },
    [CANCEL_PROCEEDING] =
        {
            [CANCEL_SEND] = GO(CANCEL_TRYING, CANCEL_STOPS),
            [CANCEL_1XX] = GO(CANCEL_PROCEEDING, 0),
            [CANCEL_FINAL] = GO(CANCEL_OVER, CANCEL_STOPS),
            [CANCEL_PATIENCE] = GO(CANCEL_OVER, CANCEL_STOPS),
        },
    [CANCEL_OVER] =
        {
            [CANCEL_SEND] = GO(CANCEL_TRYING, 0),
            [CANCEL_1XX] = GO(CANCEL_OVER, 0),
            [CANCEL_FINAL] = GO(CANCEL_OVER, 0),
        },
};

/* ---- a transaction */

const server_steps
    server_table[SERVER_KINDS] =
        {
            /* 17.2.1, RFC 6026 7.1 */
            [SERVER_OF_INVITE] =
                {
                    [SERVER_TRYING] =
                        {
                            [SERVER_REQUEST] = GO(SERVER_TRYING, 0),
                            [SERVER_CANCEL] = GO(SERVER_TRYING, SERVER_CANCELS),
                            [SERVER_1XX] = GO(SERVER_PROCEEDING, 0),
                            [SERVER_2XX] = GO(SERVER_ACCEPTED, 0),
                            [SERVER_OWN_2XX] = GO(SERVER_ANSWERED, 0),
                            [SERVER_FAILURE] = GO(SERVER_COMPLETED, 0),
                            [SERVER_SILENT] = GO(SERVER_CONFIRMED, 0),
                            [SERVER_END] = GO(SERVER_GONE, 0),
                        },
                    [SERVER_PROCEEDING] =
                        {
                            [SERVER_REQUEST] = GO(SERVER_PROCEEDING, SERVER_RESENDS),
                            [SERVER_CANCEL] = GO(SERVER_PROCEEDING, SERVER_CANCELS),
                            [SERVER_1XX] = GO(SERVER_PROCEEDING, 0),
                            [SERVER_2XX] = GO(SERVER_ACCEPTED, 0),
                            [SERVER_OWN_2XX] = GO(SERVER_ANSWERED, 0),
                            [SERVER_FAILURE] = GO(SERVER_COMPLETED, 0),
                            [SERVER_SILENT] = GO(SERVER_CONFIRMED, 0),
                            [SERVER_END] = GO(SERVER_GONE, 0),
                        },
                    [SERVER_COMPLETED] =
                        {
                            [SERVER_REQUEST] = GO(SERVER_COMPLETED, SERVER_RESENDS),
                            [SERVER_ACK] = GO(SERVER_CONFIRMED, SERVER_RELEASES),
                            [SERVER_CANCEL] = GO(SERVER_COMPLETED, 0),
                            [SERVER_2XX] = GO(SERVER_COMPLETED, 0), /* a further one of downstream goes on */
                            [SERVER_REPEAT] = GO(SERVER_COMPLETED, SERVER_RESENDS),
                            [SERVER_PATIENCE] = GO(SERVER_CONFIRMED, SERVER_RELEASES),
                            [SERVER_END] = GO(SERVER_GONE, 0),
                        },
                    [SERVER_ANSWERED] =
                        {
                            [SERVER_REQUEST] = GO(SERVER_ANSWERED, SERVER_RESENDS),
                            [SERVER_ACK] = GO(SERVER_CONFIRMED, SERVER_RELEASES),
                            [SERVER_CANCEL] = GO(SERVER_ANSWERED, 0),
                            [SERVER_2XX] = GO(SERVER_ANSWERED, 0),
                            [SERVER_REPEAT] = GO(SERVER_ANSWERED, SERVER_RESENDS),
                            [SERVER_PATIENCE] = GO(SERVER_CONFIRMED, SERVER_RELEASES),
                            [SERVER_END] = GO(SERVER_GONE, 0),
                            [SERVER_UNSTORED] = GO(SERVER_COMPLETED, 0),
                        },
                    [SERVER_ACCEPTED] =
                        {
                            [SERVER_REQUEST] = GO(SERVER_ACCEPTED, SERVER_RESENDS),
                            [SERVER_CANCEL] = GO(SERVER_ACCEPTED, 0),
                            [SERVER_2XX] = GO(SERVER_ACCEPTED, 0),
                            [SERVER_END] = GO(SERVER_GONE, 0),
                            [SERVER_UNSTORED] = GO(SERVER_COMPLETED, 0),
                        },
                    [SERVER_CONFIRMED] =
                        {
                            [SERVER_REQUEST] = GO(SERVER_CONFIRMED, SERVER_RESENDS),
                            [SERVER_ACK] = GO(SERVER_CONFIRMED, 0),
                            [SERVER_CANCEL] = GO(SERVER_CONFIRMED, 0),
                            [SERVER_2XX] = GO(SERVER_CONFIRMED, 0),
                            [SERVER_END] = GO(SERVER_GONE, 0),
                        },
                },
            /* 17.2.2 */
            [SERVER_OF_OTHERS] =
                {
                    [SERVER_TRYING] =
                        {
                            [SERVER_REQUEST] = GO(SERVER_TRYING, 0),
                            [SERVER_1XX] = GO(SERVER_PROCEEDING, 0),
                            [SERVER_2XX] = GO(SERVER_COMPLETED, 0),
                            [SERVER_OWN_2XX] = GO(SERVER_COMPLETED, 0),
                            [SERVER_FAILURE] = GO(SERVER_COMPLETED, 0),
                            [SERVER_SILENT] = GO(SERVER_COMPLETED, 0),
                            [SERVER_END] = GO(SERVER_GONE, 0),
                        },
                    [SERVER_PROCEEDING] =
                        {
                            [SERVER_REQUEST] = GO(SERVER_PROCEEDING, SERVER_RESENDS),
                            [SERVER_1XX] = GO(SERVER_PROCEEDING, 0),
                            [SERVER_2XX] = GO(SERVER_COMPLETED, 0),
                            [SERVER_OWN_2XX] = GO(SERVER_COMPLETED, 0),
                            [SERVER_FAILURE] = GO(SERVER_COMPLETED, 0),
                            [SERVER_SILENT] = GO(SERVER_COMPLETED, 0),
                            [SERVER_END] = GO(SERVER_GONE, 0),
                        },
                    [SERVER_COMPLETED] =
                        {
                            [SERVER_REQUEST] = GO(SERVER_COMPLETED, SERVER_RESENDS),
                            [SERVER_END] = GO(SERVER_GONE, 0),
                            [SERVER_UNSTORED] = GO(SERVER_COMPLETED, 0),
                        },
                },
            /* made here */
            [SERVER_OF_NOBODY] =
                {
                    [SERVER_TRYING] =
                        {
                            [SERVER_2XX] = GO(SERVER_COMPLETED, 0),
                            [SERVER_SILENT] = GO(SERVER_COMPLETED, 0),
                            [SERVER_END] = GO(SERVER_GONE, 0),
                        },
                    [SERVER_COMPLETED] = {[SERVER_END] = GO(SERVER_GONE, 0)},
                },
};
