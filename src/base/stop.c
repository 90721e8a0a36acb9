/* F0  Stopping early: one flag per process, one agreement per look. */
#include "base/stop.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define FILE_EVERY 1.0 /* s: looking for a file is a question to the file server */

enum { ASKED_FILE = 1, ASKED_WALL, ASKED_USR1, ASKED_INT, ASKED_HUP, ASKED_TERM };

static volatile sig_atomic_t asked;

static void ask(int number) {
    asked = number == SIGTERM ? ASKED_TERM : number == SIGHUP ? ASKED_HUP : number == SIGINT ? ASKED_INT : ASKED_USR1;
}

void kw_stop_catch_signals(void) {
    const struct sigaction action = {.sa_handler = ask, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    const struct sigaction once = {.sa_handler = ask,
                                   .sa_flags = (int)(SA_RESTART | SA_RESETHAND)}; /* the second one ends it */
    sigaction(SIGINT, &once, NULL);
    struct sigaction now;
    if (!sigaction(SIGHUP, NULL, &now) && now.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, NULL); /* not under nohup */
}

void kw_stop_forget(void) { asked = 0; }

static bool file_asks(kw_stop *stop, double now) {
    char path[4096];
    if (!stop->dir || now - stop->looked < FILE_EVERY) return false;
    stop->looked = now;
    return snprintf(path, sizeof path, "%s/stop", stop->dir) < (int)sizeof path && !access(path, F_OK);
}

/* Signals may reach any rank; clock and file are rank 0's. */
static int own_wish(kw_stop *stop) {
    const double now = kw_seconds();
    if (asked) return asked;
    if (kw_comm_rank(stop->comm)) return 0;
    if (stop->max_wall_s > 0 && now - stop->started >= stop->max_wall_s) return ASKED_WALL;
    return file_asks(stop, now) ? ASKED_FILE : 0;
}

kw_stop_decision kw_stop_agree(kw_stop *stop, bool due) {
    static const char *const reasons[] = {[ASKED_FILE] = "its directory holds a file named stop (remove it to go on)",
                                          [ASKED_WALL] = "its time is up",
                                          [ASKED_USR1] = "SIGUSR1 asked for it",
                                          [ASKED_INT] = "SIGINT asked for it",
                                          [ASKED_HUP] = "SIGHUP asked for it",
                                          [ASKED_TERM] = "SIGTERM asked for it"};
    const int wish = own_wish(stop);
    int64_t worst = wish ? KW_STOP + wish : due && kw_comm_rank(stop->comm) == 0 ? KW_SAVE : KW_GO_ON;
    kw_comm_max(stop->comm, &worst, 1);
    if (worst <= KW_STOP) return (kw_stop_decision)worst;
    stop->reason = reasons[worst - KW_STOP];
    return KW_STOP;
}
