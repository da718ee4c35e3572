/*
 * weekly: the stages in the order in which the week happens: bounces, collect, draft, gate, seal, send,
 * report. It is where the stages meet: it hands one what another makes.
 */
#ifndef WRAP_WEEKLY_H
#define WRAP_WEEKLY_H

#include "wrap/bounce.h"
#include "wrap/collect.h"
#include "wrap/config.h"
#include "wrap/digest.h"
#include "wrap/model.h"
#include "wrap/render.h"
#include "wrap/send.h"
#include "wrap/store.h"

/* Someone who looks on; every function may be NULL. */
struct weekly_watch {
	void *ctx;
	void (*stage)(void *ctx, const char *name);
	void (*feed)(void *ctx, size_t done, const struct collect_report *so_far);
	/* While sending, at most five times a second and at the end of a pass. */
	void (*sent)(void *ctx, const struct send_progress *p);
};

struct weekly {
	struct store *st;
	struct config *c;
	const struct keyring *keys;
	const struct wclock *clock;
	bool dry_run; /* the store is a copy; nothing goes out and no mailbox is touched */
	/* a person says now: send.hours and send.spread do not hold; set by weekly_send */
	bool told;
	const volatile sig_atomic_t *stop;
	const struct weekly_watch *watch; /* may be NULL */
};

enum weekly_end {
	WEEKLY_NOT_DUE,    /* collected; the slot is later this week */
	WEEKLY_DRAFTED,    /* the draft stands; that was all that was asked */
	WEEKLY_ALREADY,    /* this week's edition was sent before */
	WEEKLY_CANCELLED,  /* this week's edition was cancelled by the editor */
	WEEKLY_NO_READERS, /* nobody is active; the draft waits */
	WEEKLY_HELD,       /* the editor is asked */
	WEEKLY_SENT,       /* every delivery has ended */
	WEEKLY_OPEN,       /* some deliveries wait for a later run */
	WEEKLY_UNAVAILABLE /* the relay is, and deliveries wait */
};

/* What one pass over the letters did. */
struct weekly_letters {
	size_t sent, later,
	    dropped;   /* dropped: refused for good, given up, or overtaken by events */
	bool busy;     /* another process is at it; nothing was done */
	char why[512]; /* the relay did not serve us; "" */
};

struct weekly_report {
	char key[EDITION_KEY]; /* the edition it is about */
	char *title;
	int64_t due_at;
	enum weekly_end end;
	char why[512]; /* held, open, unavailable: the reason; "" */
	bool bounces_failed;
	char bounces_error[512];
	struct bounce_report bounces;
	struct collect_report collect;
	struct digest_report digest;
	struct weekly_letters letters;
	int64_t waiting_gone; /* readers who never confirmed and were erased */
	char *notes;          /* on its mail, a line each, for the editor; NULL: none */
	int64_t stories;
	int64_t recovered; /* deliveries found in doubt from a run that died */
	int64_t resent;    /* of those in doubt, queued again */
	struct send_report send;
	int64_t opens_at; /* outside send.hours: when the rest goes on; 0: it is within */
	int64_t counts[DELIVERY_STATES]; /* of the edition, at the end */
	char editor[320];       /* address of the editor who was told of a hold by this run; "" */
	char editor_error[512]; /* why nobody could be; "" */
	int64_t took_ms;
};

/* The cron job. A failure is ours (disk full, damaged templates ...); all news is in the report. */
enum wrap_rc weekly_run(struct weekly *w, struct weekly_report *out, struct wrap_err *err);
/* Only collect. */
enum wrap_rc weekly_collect(struct weekly *w, const struct collect_options *opt,
    struct weekly_report *out, struct wrap_err *err);
/* Make the draft of key (NULL: of this week). */
enum wrap_rc weekly_draft(
    struct weekly *w, const char *key, struct weekly_report *out, struct wrap_err *err);
/* Seal and send key (NULL: this week's) now, or go on sending it to whoever did not get it. */
enum wrap_rc weekly_send(
    struct weekly *w, const char *key, struct weekly_report *out, struct wrap_err *err);
/*
 * Send the letters that are due (letter.c of the store), each by itself: safe beside a run and from another
 * process or thread with a store of its own. A relay that does not serve us is no failure: out says why, and
 * they are due again in a minute. Failures are ours: disk, keys, templates.
 */
enum wrap_rc weekly_letters(struct weekly *w, struct weekly_letters *out, struct wrap_err *err);
/*
 * The database was copied from another machine: this one sends from now on. An edition that was being sent is
 * held, *held of them. Until then weekly_run, weekly_send and weekly_letters refuse with WRAP_EDENIED.
 */
enum wrap_rc weekly_adopt(struct weekly *w, size_t *held, struct wrap_err *err);
/*
 * One copy of an edition (NULL: the latest, draft or not) to one address, over the relays and outside the
 * ledger. What became of it is the verdict.
 */
enum wrap_rc weekly_test(struct weekly *w, const char *key, const char *address,
    struct verdict *out, struct wrap_err *err);
void weekly_report_clear(struct weekly_report *r);

/* ---- message.c: one edition's messages for its readers --------------------------------------------------- */

/* The open renderer of an edition with all it borrows. */
struct weekly_message;
enum wrap_rc weekly_message_open(const struct config *c, const struct edition *e, int64_t sent_at,
    struct weekly_message **out, struct wrap_err *err);
void weekly_message_close(struct weekly_message **m);
struct render *weekly_message_render(struct weekly_message *m);

/* What is a reader's own in a message: links, Message-ID. Borrows from itself; keep until the splice. */
struct weekly_links {
	char unsubscribe_url[1024], unsubscribe_mailto[1024], preferences_url[1024], web_url[1024];
	char message_id[320];
	char mail_from[320]; /* envelope sender with this mail's token */
	struct render_reader reader;
};
void weekly_links_make(const struct config *c, const struct keyring *keys, const struct edition *e,
    int64_t subscriber_id, const char *mailbox, const char *name, struct weekly_links *out);

/* ---- sign.c ----------------------------------------------------------------------------------------------- */

struct dkim_key;
/* The keys of the configuration; none is a signer that leaves messages as they are. Threads may share it. */
struct weekly_signer {
	struct dkim_key **keys;
	size_t n;
};
/* WRAP_ECONFIG for a key that is missing, readable by others, or no key. */
enum wrap_rc weekly_signer_open(
    const struct config *c, struct weekly_signer *out, struct wrap_err *err);
void weekly_signer_close(struct weekly_signer *s);
/* Put a DKIM-Signature of each key in front of a finished message. */
enum wrap_rc weekly_sign(
    const struct weekly_signer *s, int64_t signed_at, struct buf *message, struct wrap_err *err);

#endif
