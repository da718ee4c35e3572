/*
 * send: bytes and an envelope in, a verdict out. It asks for its next message through a source it is
 * given and hands each verdict back the same way; it knows no store and no edition.
 */
#ifndef WRAP_SEND_H
#define WRAP_SEND_H

#include "wrap/config.h"
#include "wrap/model.h"

#include <signal.h>

/* One message on its way. The source owns what the pointers show and keeps it until done. */
struct send_item {
	int64_t id;            /* the source's own */
	const char *mail_from; /* envelope sender, RFC 5321 */
	const char *rcpt_to;
	struct span message; /* CRLF throughout; from next, or later from prepare */
	const char *name;    /* for a Maildir file: unique per delivery, stable over repeats */
};

/*
 * All but prepare are called from the thread that called send_run. A verdict that speaks of the message
 * and had no reply behind it has reply_code 0: 5.1.3 an address no envelope can hold, 5.6.7 one that
 * needs SMTPUTF8 where the relay does not offer it, 5.3.4 a message larger than the relay takes.
 */
struct send_source {
	void *ctx;
	/*
	 * The next message. WRAP_ENOTFOUND: none is left now (asked again when verdicts have come in; the
	 * run ends when nothing is on its way). WRAP_EBUSY: one will come, ask again soon. Any other failure
	 * stops the run.
	 */
	enum wrap_rc (*next)(void *ctx, struct send_item *out, struct wrap_err *err);
	/* Called once for each item that next gave, in any order; its memory may be reused after. A failure stops the run. */
	enum wrap_rc (*done)(
	    void *ctx, const struct send_item *item, const struct verdict *v, struct wrap_err *err);
	/* Called when nothing moves and at least every 10 ms: commit what is known. May be NULL. */
	enum wrap_rc (*idle)(void *ctx, struct wrap_err *err);
};

struct send_report {
	size_t tried, accepted, deferred, refused, indoubt, not_tried;
	size_t connections; /* opened, logins included */
	size_t again;       /* messages begun once more because their connection died under them */
	bool stopped;       /* the run was stopped for a reason that is ours or the relay's */
	char reason[512];   /* why; "" */
};

struct send_options {
	/* 1: begin nothing new, wait for answers to what is handed over; 2: leave now. May be NULL. */
	const volatile sig_atomic_t *stop;
};

/*
 * Send all the source gives, over the relays, or into the Maildir when there are none. A relay that
 * cannot be reached is not a failure of the call: the report says stopped and why, and the items left are
 * not tried. WRAP_ESYS and the source's own failures are returned. opt may be NULL.
 */
enum wrap_rc send_run(const struct config_relay *relays, size_t n_relays, const char *maildir,
    const struct send_options *opt, struct send_source *src, struct send_report *out,
    struct wrap_err *err);

/*
 * The verdict that a reply speaks: code and enhanced status read from the text, whose fault it is by
 * stage. reply: every line, parted by '\n'; borrowed. A reply to DATA that lets us go on is 354, to
 * anything else 2yz; ACCEPTED says so. Bytes that are no reply are OUTCOME_INDOUBT to SEND_DOT, else
 * OUTCOME_NOT_TRIED, with code 0. RFC 5321 4.2, RFC 3463.
 */
enum send_stage { SEND_CONNECT, SEND_AUTH, SEND_MAIL, SEND_RCPT, SEND_DATA, SEND_DOT };
struct verdict verdict_from_reply(struct span reply, enum send_stage stage);

/*
 * Seconds until a deferred message is tried again: 5 minutes, 15, 60, 240, then 6 hours each, 20 % either
 * way by seed (the row), so that a crowd deferred together does not come back together. attempts: made so
 * far, from 1.
 */
int64_t send_retry_after(int attempts, uint64_t seed);

#endif
