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
 * needs SMTPUTF8 where the relay does not offer it, 5.3.4 a message larger than the relay takes, 5.6.0 a
 * message that could not be made or has bare line ends in it.
 */
struct send_source {
	void *ctx;
	/*
	 * The next message. WRAP_ENOTFOUND: none is left now (asked again when verdicts have come in; the
	 * run ends when nothing is on its way). WRAP_EBUSY: one will come, ask again soon. Any other failure
	 * stops the run.
	 */
	enum wrap_rc (*next)(void *ctx, struct send_item *out, struct wrap_err *err);
	/*
	 * Make item->message, mail_from and name, when next leaves them for later; may be NULL. Called once, on
	 * any of several threads at once, before the item is sent. WRAP_EINVAL, WRAP_EPROTO and WRAP_ELIMIT
	 * set this one item aside (done says 5.6.0); any other failure stops the run.
	 */
	enum wrap_rc (*prepare)(void *ctx, struct send_item *item, struct wrap_err *err);
	/* May a message be begun now? false while too many verdicts are not safe yet. May be NULL. */
	bool (*ready)(void *ctx);
	/* Called once for each item that next gave, in any order; its memory may be reused after. A failure stops the run. */
	enum wrap_rc (*done)(
	    void *ctx, const struct send_item *item, const struct verdict *v, struct wrap_err *err);
	/* Called when nothing moves and at least every 10 ms: commit what is known. May be NULL. */
	enum wrap_rc (*idle)(void *ctx, struct wrap_err *err);
	/* An event descriptor that the source writes when next or ready would answer differently; 0: none. */
	int wake_fd;
};

struct send_report {
	size_t tried, accepted, deferred, refused, indoubt, not_tried;
	size_t connections; /* opened, logins included */
	size_t again;       /* messages begun once more because their connection died under them */
	bool stopped;       /* the run was stopped for a reason that is ours or the relay's */
	bool canary;        /* ... because the first ones were not taken */
	bool asked;         /* ... because a signal asked for it */
	char reason[512];   /* why; "" */
};

/* How it goes, for a progress line. */
struct send_progress {
	const struct send_report *so_far;
	size_t verdicts;    /* of total */
	size_t total;       /* as the options have it; 0: not known */
	size_t on_the_way;  /* with a connection now */
	size_t connections; /* open now */
	double per_second;  /* verdicts, over the last seconds */
	int64_t left_s;     /* at that rate; -1: not known */
};

/* How fast one receiving domain may be given mail, by all relays together. */
struct send_domain {
	const char *name;            /* "gmail.com"; "*": each domain that is not named */
	double per_second, per_hour; /* 0: no limit */
};

struct send_options {
	/* 1: begin nothing new, wait for answers to what is handed over; 2: leave now. May be NULL. */
	const volatile sig_atomic_t *stop;
	size_t threads; /* that call prepare; 0: one for each processor */
	const struct send_domain *domains;
	size_t n_domains;
	/* Of the first `canary` messages at most canary_limit per cent may be deferred or refused, or the run stops. 0: no such check. */
	size_t canary;
	double canary_limit;
	size_t total; /* messages to expect, for progress */
	/* At most five times a second, and once at the end; may be NULL. */
	void (*progress)(void *ctx, const struct send_progress *p);
	void *ctx;
};

/*
 * Send all the source gives, over the relays, or into the Maildir when there are none. A relay that
 * cannot be reached is not a failure of the call: the report says stopped and why, and the items left are
 * not tried. WRAP_ESYS and the source's own failures are returned. opt may be NULL.
 */
enum wrap_rc send_run(const struct config_relay *relays, size_t n_relays, const char *maildir,
    const struct send_options *opt, struct send_source *src, struct send_report *out,
    struct wrap_err *err);

/* What a look at a relay saw, up to where it failed. */
struct send_probe {
	bool in_clear, logged_in, smtputf8;
	int64_t certificate_until; /* 0: no TLS, or not told */
	bool size;                 /* it told how large a message may be ... */
	size_t size_limit;         /* ... in bytes; 0: any */
};
/* Connect, secure and log in as sending does, and leave. WRAP_EPEER with the step that failed and its reason. */
enum wrap_rc send_probe(
    const struct config_relay *relay, struct send_probe *out, struct wrap_err *err);
/* When the certificate ends that a peer of this libcurl handle showed; CURLOPT_CERTINFO must be on. 0: not told. */
int64_t send_certificate_end(void *easy);

/*
 * The verdict that a reply speaks: code and enhanced status read from the text, whose fault it is by
 * stage. reply: every line, parted by '\n'; borrowed. A reply to DATA that lets us go on is 3yz (354), to
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
