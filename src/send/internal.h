/*
 * What the files of send share. From the bottom up: a reply is read (reply.c) and judged (policy.c); a
 * dialog speaks one connection's SMTP as bytes in and bytes out (dialog.c), for messages that the gate lets through
 * (gate.c); a lane is a connection that libcurl opened (connect.c) and a dialog on it (smtp.c, with trace.c reading
 * along); a relay paces its lanes (relay.c, pace.c); the engine moves jobs from the source over lanes (lanes.c) to
 * their verdicts (engine.c, jobs.c); send.c is the door.
 */
#ifndef SEND_INTERNAL_H
#define SEND_INTERNAL_H

#include "wrap/send.h"

#include <curl/curl.h>

/* ---- policy.c ------------------------------------------------------------------------------------ */

struct policy_status {
	int subject, detail; /* of the enhanced status class.subject.detail; detail -1: any */
	unsigned stages;     /* bit 1 << enum send_stage */
	enum outcome outcome;
	const char *source;
};

struct policy_code {
	int code;
	unsigned stages;
	enum outcome outcome;
	const char *source;
};

/* The tables themselves, for the manual and the tests. */
size_t policy_status_rows(const struct policy_status **out);
size_t policy_code_rows(const struct policy_code **out);
/* subject -1: the reply bore no enhanced status. */
enum outcome policy_outcome(int code, int subject, int detail, enum send_stage stage);

/* Refusals about us, alike and in a row: then the next one will be alike too. */
#define STREAK_LIMIT 3
struct streak {
	int n, code;
	char enhanced[12];
};
/* true when this verdict completes a streak. */
bool streak_note(struct streak *s, const struct verdict *v);

/* ---- reply.c ------------------------------------------------------------------------------------- */

#define REPLY_MAX ((size_t)64 << 10) /* bytes of one reply, all lines; more is an attack */

/* A reply being read, kept over any number of reads. */
struct reply {
	char line[512]; /* RFC 5321 4.5.3.1.5; longer ones are cut */
	char text[2048];
	size_t line_n, text_n, bytes;
	int code; /* of the lines so far; 0: none yet */
};

enum reply_state { REPLY_MORE, REPLY_WHOLE, REPLY_BROKEN };
/* Eat bytes of in up to the end of one reply. After REPLY_WHOLE: use it, then reply_reset. */
enum reply_state reply_take(struct reply *r, struct span *in);
struct span reply_text(const struct reply *r); /* lines joined by '\n' */
void reply_reset(struct reply *r);
/* Make a text of theirs fit for reports and terminals: one line of UTF-8, without controls. It may get shorter. */
void reply_clean(char *text, size_t size);
/* The code a reply line starts with, 200 to 599; 0 when it has no such form. */
int reply_code(struct span line);

/* ---- gate.c -------------------------------------------------------------------------------------- */

#define MESSAGE_MAX ((size_t)64 << 20)

struct dialog;

/* What the gate saw in a message that it let through. */
struct gate {
	bool utf8; /* an address is no ASCII */
	bool dots; /* lines of the message begin with one */
	bool high; /* bytes of the message are no ASCII */
};
/* May this be begun on a connection that offered what d says? When not, *why is its verdict. */
bool gate_admits(
    const struct dialog *d, const struct send_item *it, struct gate *found, struct verdict *why);

/* ---- dialog.c ------------------------------------------------------------------------------------ */

enum dialog_phase {
	DIALOG_IDLE,     /* may take a message */
	DIALOG_ENVELOPE, /* MAIL, RCPT, DATA: nothing of the message is out */
	DIALOG_BODY,     /* the message is being written; without its dot it is nothing */
	DIALOG_DOT,      /* all is written: only their answer tells, RFC 1047 */
	DIALOG_RESET,    /* verdict is in, the transaction is being taken back */
	DIALOG_QUIT,
	DIALOG_DEAD /* close it */
};

/* One connection's SMTP after EHLO and login: RFC 5321 3.3, pipelined by RFC 2920 where offered. No I/O. */
struct dialog {
	bool pipelining, smtputf8, eightbit, size; /* what EHLO offered */
	size_t size_limit;                         /* 0: none told */
	enum dialog_phase phase;
	struct buf out; /* bytes for the relay, of which ... */
	size_t sent;    /* ... these are written */
	struct send_item item;
	enum send_stage expect[3]; /* the commands whose replies are due, in order */
	size_t expect_n, expect_at;
	struct gate gate;
	bool answered; /* a reply came in this transaction */
	bool judged;   /* verdict is set */
	struct verdict verdict;
	struct reply reply;
	size_t messages;                             /* begun on this connection */
	void (*heard)(void *ctx, struct span reply); /* NULL: nobody listens to replies */
	void *ctx;
};

void dialog_clear(struct dialog *d);
void dialog_reset(struct dialog *d); /* for a new connection: everything forgotten, memory kept */
/* One line of a reply to EHLO, without its line end. */
void dialog_offer(struct dialog *d, struct span line);
/*
 * Begin a message. The item's memory must stay until judged. When it cannot be sent at all (unsafe
 * address, SMTPUTF8 not offered, too big) it is judged at once and the connection stays idle.
 */
void dialog_begin(struct dialog *d, const struct send_item *item);
struct span dialog_pending(const struct dialog *d);
void dialog_wrote(struct dialog *d, size_t n);
void dialog_read(struct dialog *d, struct span in);
/* The connection is gone or too slow; why is one line. Judges what was under way. */
void dialog_lost(struct dialog *d, const char *why);
void dialog_quit(struct dialog *d);

/* Words for reports: "MAIL", "RCPT" ... */
const char *stage_name(enum send_stage s);

/* A verdict of our own making, with no reply behind it. */
struct verdict verdict_make(enum outcome o, const char *enhanced, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- pace.c -------------------------------------------------------------------------------------- */

/* A rate kept by the time at which the next one is due (GCRA). Zero is no limit. */
struct pace {
	double gap_ms;   /* between two, on average */
	double burst_ms; /* how far ahead of it one may be */
	double due_ms;   /* monotonic */
};
void pace_set(struct pace *p, double per_second, double per_hour);
/* Milliseconds to wait from now; 0: go. Fills nothing. */
double pace_wait(const struct pace *p, double now_ms);
void pace_take(struct pace *p, double now_ms);

/* Rates of receiving domains. Borrows the names. */
#define DOMAIN_SLOTS 4096
struct domains {
	const struct send_domain *named;
	struct pace *named_pace;
	size_t n;
	bool others; /* "*" is among them */
	struct pace *
	    other; /* DOMAIN_SLOTS, by hash: two domains may share one and go slower, never faster */
	struct pace other_is;
};
enum wrap_rc domains_init(
    struct domains *d, const struct send_domain *v, size_t n, struct wrap_err *err);
void domains_clear(struct domains *d);
/* The pace of the domain behind the last '@' of mailbox; NULL: none is set. */
struct pace *domains_find(struct domains *d, const char *mailbox);

/* ---- maildir.c ----------------------------------------------------------------------------------- */

struct maildir;
/* Open path, making it and tmp, new, cur (0700) where missing. */
enum wrap_rc maildir_open(const char *path, struct maildir **out, struct wrap_err *err);
void maildir_close(struct maildir **m);
/*
 * Write one message into new/ under item->name. It is there for good only after maildir_sync. Writing a
 * name that is already delivered, also when a reader has moved it into cur/, changes nothing.
 */
enum wrap_rc maildir_put(struct maildir *m, const struct send_item *item, struct wrap_err *err);
enum wrap_rc maildir_sync(struct maildir *m, struct wrap_err *err);

/* ---- relay.c: how hard a relay may be driven now -------------------------------------------------- */

struct relay {
	const struct config_relay *conf;
	struct pace rate;
	double weight;    /* its share of the mail */
	bool spare;       /* weight 0: only while no other works */
	size_t most;      /* connections we may ever have */
	size_t limit;     /* connections we allow ourselves now, 1 to most */
	size_t open;      /* lanes connecting or open */
	size_t successes; /* since the limit last rose */
	int64_t pause_until_ms;
	int64_t pause_ms;  /* the last pause; 0: none lately */
	unsigned failures; /* connections in a row that came to nothing */
	bool proven;       /* one got through its login in this run */
	bool down;         /* no more of it in this run */
	char why[320];     /* it is down, or what troubled it last */
	double given;      /* messages, over its weight: the lowest is next */
	struct streak streak;
	size_t accepted;
};

void relay_init(struct relay *r, const struct config_relay *conf);
/* A 421 or a refused connect (refused), or a connection lost in use. New connections pause, the others go on. */
void relay_trouble(struct relay *r, int64_t now_ms, bool refused, const char *why);
/* A message was taken. */
void relay_good(struct relay *r);
/* A login got through. */
void relay_prove(struct relay *r);
/* The answer to a message: may take the relay out of the run. */
void relay_verdict(struct relay *r, const struct verdict *v);
void relay_down(struct relay *r, const char *why);
bool relay_may_connect(const struct relay *r, int64_t now_ms);
/* Whether it is r's turn by weight among the relays that work now. */
bool relay_turn(const struct relay *all, size_t n, const struct relay *r, int64_t now_ms);

/* ---- connect.c, smtp.c: lanes -------------------------------------------------------------------------------- */

struct job;

enum lane_state { LANE_CLOSED, LANE_CONNECTING, LANE_OPEN };

/*
 * One connection at a time to one relay. libcurl resolves, connects, does TLS and the login; then the
 * dialog goes through curl_easy_send and curl_easy_recv. A multi handle of its own: a shared one would
 * probe, and drop, idle-looking connections of other lanes.
 */
struct lane {
	struct relay *relay;
	uint32_t index;
	unsigned number; /* of its connection in this run, for whoever reads along */
	enum lane_state state;
	CURL *easy;
	CURLM *multi;
	int epoll;
	int fd;              /* -1: none open */
	uint32_t events;     /* that epoll watches fd for */
	int64_t due_ms;      /* libcurl's timer; -1: none */
	int64_t deadline_ms; /* of the phase; 0: none */
	struct dialog dialog;
	enum dialog_phase timed; /* phase the deadline was set for */
	struct job *job;
	/* while connecting */
	bool offered, logged_in, clear_refused, noise;
	int code; /* of the last reply line */
	char text[256];
	struct verdict failure; /* why it is closed, when it did not just end */
	bool failed;
};

enum wrap_rc lane_init(struct lane *l, struct relay *r, uint32_t index, int epoll, CURLSH *share,
    struct wrap_err *err);
void lane_clear(struct lane *l);
void lane_connect(struct lane *l, int64_t now_ms);
/* Let libcurl go on connecting: fd is ready for mask, or CURL_SOCKET_TIMEOUT. */
void lane_drive(struct lane *l, int fd, int mask);
/* Why libcurl could not hand over a connection: kept as the lane's failure. */
void lane_connect_failed(struct lane *l, CURLcode code);
/* Close it and keep why. */
void lane_fail(struct lane *l, enum outcome o, enum send_stage stage, const char *text);
/* Watch a descriptor of it; events 0: no more. */
void lane_watch(struct lane *l, int fd, uint32_t events);
int64_t lane_timeout_ms(const struct lane *l);
bool lane_in_clear(const struct config_relay *c);
void lane_begin(struct lane *l, struct job *j, const struct send_item *item, int64_t now_ms);
/* A socket of it is ready; events as epoll gave them. */
void lane_event(struct lane *l, int fd, uint32_t events, int64_t now_ms);
/* Its timers. */
void lane_tick(struct lane *l, int64_t now_ms);
/* Say QUIT and let go; a connection in any other phase than idle is just closed. */
void lane_quit(struct lane *l);
void lane_close(struct lane *l);
bool lane_idle(const struct lane *l);

/* ---- trace.c: what -v shows ------------------------------------------------------------------------------ */

/* Does this line hold our password? A relay may throw our own words back at us. */
bool trace_hides(const struct lane *l, struct span line);
/* libcurl's CURLOPT_DEBUGFUNCTION; ctx is the lane. */
int trace_connecting(CURL *easy, curl_infotype type, char *p, size_t n, void *ctx);
void trace_begin(const struct lane *l, const struct send_item *item);
/* A reply, its lines joined by '\n'; ctx is the lane. */
void trace_heard(void *ctx, struct span reply);
/* These bytes of what the dialog has to say are written; phase: as it was before. */
void trace_said(const struct lane *l, enum dialog_phase phase, struct span written);

/* ---- pool.c: jobs, and threads that make their messages --------------------------------------------- */

struct job {
	struct send_item item;
	unsigned reruns;
	enum wrap_rc made; /* what prepare said */
	struct wrap_err why;
	struct pace *pace; /* of its receiving domain; NULL: none */
	struct job *next;  /* in a queue */
};

struct queue {
	struct job *head, *tail;
	size_t n;
};
void queue_push(struct queue *q, struct job *j, bool front);
struct job *queue_pop(struct queue *q); /* NULL: empty */

struct pool;
/* *out is to be closed also after a failure. */
enum wrap_rc pool_open(
    struct send_source *src, size_t threads, struct pool **out, struct wrap_err *err);
/* Waits for the threads; jobs still inside stay the caller's. */
void pool_close(struct pool **p);
void pool_give(struct pool *p, struct job *j);
void pool_take(struct pool *p, struct queue *out); /* all that are made, to the end of out */
int pool_event(const struct pool *p);              /* readable when some are */

/* ---- canary.c -------------------------------------------------------------------------------------- */

#define CANARY_REPLIES 4
/* The first slice of a run: how many were taken, and what the others were told. */
struct canary {
	size_t want, given, judged, bad;
	double limit; /* per cent */
	struct {
		struct verdict v;
		size_t n;
	} replies[CANARY_REPLIES];
	size_t n_replies;
	bool passed;
};
void canary_init(struct canary *c, size_t want, double limit);
/* May one more be given? */
bool canary_open(const struct canary *c);
void canary_note(struct canary *c, const struct verdict *v);
/* The slice is judged: true when it failed, with the replies in why. no_more: the source has none left. */
bool canary_failed(struct canary *c, bool no_more, char *why, size_t size);

/* ---- progress.c ------------------------------------------------------------------------------------ */

struct meter {
	int64_t told_ms, mark_ms;
	size_t mark; /* verdicts at mark_ms */
	double per_second;
};
/* Tell whoever watches, when it is time or at the end. */
void meter_tell(struct meter *m, const struct send_options *opt, const struct send_report *r,
    size_t on_the_way, size_t connections, int64_t now_ms, bool end);

/* ---- engine.c ------------------------------------------------------------------------------ */

struct engine {
	const struct send_options *opt;
	struct send_source *src;
	struct send_report *report;
	struct relay *relays;
	size_t n_relays;
	struct lane *lanes;
	size_t n_lanes;
	struct job *jobs; /* n_jobs of them: free, in the pool, parked, ready or on a lane */
	size_t n_jobs, reserve;
	struct queue free, ready;
	struct queue parked; /* their domain's rate does not let them go yet */
	struct pool *pool;   /* NULL: messages come made */
	struct domains domains;
	struct canary canary;
	struct meter meter;
	int epoll;
	CURLSH *share;
	int64_t now_ms, idle_ms, stop_ms;
	bool drained;  /* next said ENOTFOUND since the last verdict */
	bool stopping; /* begin nothing new */
	enum wrap_rc rc;
	struct wrap_err *err;
};

#define PARKED_MAX 192 /* messages that may wait for their domain's rate */

/* ---- lanes.c ---- */

/* Take up what the last call to the lane brought. */
void lanes_settle(struct engine *e, struct lane *l);
/* Idle lanes take ready jobs. */
void lanes_dispatch(struct engine *e);
/* Connections for jobs that no lane takes. */
void lanes_open(struct engine *e);
/* Lanes above what a relay is allowed just now are let go. */
void lanes_trim(struct engine *e);

/* ---- jobs.c ---- */

/* Keep the first failure; from then on nothing new is begun. */
void engine_failed(struct engine *e, enum wrap_rc rc, const struct wrap_err *what);
enum wrap_rc jobs_init(struct engine *e, size_t lanes, struct wrap_err *err);
void jobs_clear(struct engine *e);
/* Ask the source for as much as may be on the way. */
void jobs_fetch(struct engine *e);
/* Take what the pool has made, and what its domain's rate lets go. */
void jobs_advance(struct engine *e);
void job_finish(struct engine *e, struct job *j, const struct verdict *v);
/* Everything that is not on a lane or in the pool goes back untried. */
void jobs_give_back(struct engine *e);
/* Milliseconds until a parked job may go, at most wait. */
int64_t jobs_wait_ms(const struct engine *e, int64_t wait);

enum wrap_rc engine_run(const struct config_relay *relays, size_t n_relays,
    const struct send_options *opt, struct send_source *src, struct send_report *out,
    struct wrap_err *err);

/* ---- send.c ---------------------------------------------------------------------------------------- */

void report_note(struct send_report *r, const struct verdict *v);
void report_stop(struct send_report *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The verdict on a message that could not be made; false when that failure is not about the message. */
bool verdict_unmade(enum wrap_rc rc, const struct wrap_err *why, struct verdict *out);

#endif
