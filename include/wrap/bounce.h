/*
 * bounce: mail that came back in, verdicts on readers out. It reads the mailbox, decides what each report
 * says (classify), whether it may act (the signed return path) and what it does to the reader (policy, the
 * one place). What a message says is read by mail/report.c; here is what it means.
 */
#ifndef WRAP_BOUNCE_H
#define WRAP_BOUNCE_H

#include "wrap/config.h"
#include "wrap/mail.h"
#include "wrap/model.h"
#include "wrap/store.h"

/* ---- classify.c: what a report says, in one word ------------------------------------------------------- */

enum bounce_class {
	BOUNCE_HARD,        /* this address will not work again */
	BOUNCE_SOFT,        /* it may, or the refusal was about us */
	BOUNCE_COMPLAINT,   /* the reader called us spam */
	BOUNCE_UNSUBSCRIBE, /* the reader asked to leave */
	BOUNCE_AUTO,        /* vacation, receipt, challenge */
	BOUNCE_OTHER        /* nothing about a reader */
};

/* Whose affair a refusal is. */
enum bounce_group {
	BOUNCE_ABOUT_NOTHING,
	BOUNCE_ABOUT_ADDRESS,
	BOUNCE_ABOUT_MAILBOX, /* full, or refuses this size */
	BOUNCE_ABOUT_US, /* policy, block lists, authentication, spam, rate: never counts against a reader */
	BOUNCE_ABOUT_CONTENT,
	BOUNCE_ABOUT_TRANSPORT /* network, host, time */
};

enum bounce_reason {
	REASON_UNCLEAR,
	REASON_UNKNOWN_USER,
	REASON_MOVED,
	REASON_DISABLED,
	REASON_UNKNOWN_HOST,
	REASON_NO_MAIL, /* the domain takes no mail, RFC 7505 */
	REASON_FULL,
	REASON_TOO_BIG,
	REASON_SENDER, /* our address or domain is refused */
	REASON_AUTHENTICATION,
	REASON_BLOCKED,
	REASON_SPAM,
	REASON_POLICY,
	REASON_RATE,
	REASON_RELAY,
	REASON_CONTENT,
	REASON_LOOP,
	REASON_NETWORK,
	REASON_EXPIRED,
	REASON_SYSTEM,
	REASON_DELAYED
};

struct bounce_verdict {
	enum bounce_class class;
	enum bounce_group group;
	enum bounce_reason reason;
	const char *word; /* "unknown-user", "mailbox-full", "vacation"; static */
	/* the most telling enhanced status, RFC 3463; "" when the report gave none and none follows */
	char status[12];
	bool clear; /* hard by its own words or by 5.1.1, 5.1.3, 5.1.6, 5.1.10: one is enough */
};

/* What a row of a report says. i may be r->n only for a report without rows. */
void bounce_classify(const struct report *r, size_t i, struct bounce_verdict *out);
/* The same for a refusal met while sending: text is the reply with its codes, at the command it answered. */
void bounce_classify_reply(int reply_code, const char *enhanced, const char *text,
    enum report_command at, struct bounce_verdict *out);

const char *bounce_class_name(enum bounce_class c);
const char *bounce_reason_name(enum bounce_reason r);
enum bounce_group bounce_reason_group(enum bounce_reason r);
bool bounce_reason_read(const char *word, enum bounce_reason *out);
bool bounce_class_read(const char *word, enum bounce_class *out);

/* ---- bounce.c ------------------------------------------------------------------------------------------- */

/* What one run did to the mailbox and to readers. Owned. */
struct bounce_report {
	bool configured; /* false: there is no mailbox in the configuration; all else is zero */
	int64_t scan; /* number of this scan, for wrap bounces --undo; 0 when nothing was changed */
	size_t messages; /* read */
	size_t ours;     /* with a valid token */
	size_t unknown;  /* reports without one, or with a forged or late one: left alone */
	size_t broken;   /* could not be fetched or read: set aside */
	size_t repeated; /* counted before */
	size_t hard, soft, complaints, unsubscribes, automatic;
	size_t deactivated; /* readers */
	size_t confirmed;   /* readers who confirmed by mail */
	bool stopped;       /* the circuit breaker: nothing was changed, the owner is asked */
	/* for the owner: policy blocks by provider, what the breaker saw, broken mail */
	struct strs lines;
};

struct bounce_options {
	/* look into it, when one is configured; else only the refusals of the ledger are read */
	bool mailbox;
	/* the store is a private copy and the mailbox stays as it is: what would a scan do? */
	bool look_only;
	bool accept; /* the owner has looked and says yes: no circuit breaker */
};
/*
 * Read what is new in the mailbox and what servers refused while we sent; act on it; move or flag what was
 * acted on once the store has committed. One transaction: all of a scan, or nothing. A mailbox that cannot be
 * reached, or breaks off, is WRAP_EPEER (WRAP_ELIMIT, WRAP_EPROTO when its server misbehaves): what was read
 * before that has been acted on, and out is filled. When the breaker stopped it, out->stopped and WRAP_OK.
 * out is owned in every case.
 */
enum wrap_rc bounce_scan(struct store *st, const struct config *c, int64_t now,
    const struct bounce_options *opt, struct bounce_report *out, struct wrap_err *err);
/* For the week: the same; on a dry run the mailbox is not connected to. */
enum wrap_rc bounce_run(struct store *st, const struct config *c, int64_t now, bool dry_run,
    struct bounce_report *out, struct wrap_err *err);
void bounce_report_clear(struct bounce_report *r);

/* What a look at the mailbox saw. */
struct bounce_probe {
	int64_t messages;
	int64_t certificate_until; /* of the mailbox's server; 0: no TLS */
	bool done_there;           /* the folder that read reports are moved to is there */
};
/* Connect, log in and open the folders, without reading a message. Failures as of bounce_scan. */
enum wrap_rc bounce_look(const struct config *c, struct bounce_probe *out, struct wrap_err *err);

/*
 * Take a scan back: readers it moved, and who did not move since, are what they were; its evidence counts
 * no more. *readers were restored. WRAP_ENOTFOUND when there is no such scan.
 */
enum wrap_rc bounce_undo(
    struct store *st, int64_t scan, int64_t now, size_t *readers, struct wrap_err *err);

#endif
