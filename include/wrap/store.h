/*
 * store: one SQLite file behind one struct, one source file per record. SQL lives nowhere else. Every
 * writing function is one transaction, or joins the caller's between store_begin and store_end. Strings
 * in records that come out are owned by the record (x_clear); what goes in is borrowed.
 *
 * Failures that any of these may give: WRAP_EBUSY (another process writes for longer than the busy
 * time), WRAP_ESYS (disk full, I/O), WRAP_EDENIED (may not write), WRAP_EPROTO (damaged file), WRAP_ENOMEM.
 */
#ifndef WRAP_STORE_H
#define WRAP_STORE_H

#include "wrap/model.h"

struct store;

/* ---- store.c, migrate.c ---------------------------------------------------------------------------- */

enum store_mode {
	STORE_CREATE, /* make it when missing: wrap init */
	STORE_OPEN,   /* WRAP_ENOTFOUND when missing */
	STORE_PRIVATE /* a copy of our own, thrown away at close: for a dry run */
};
/* Open and bring to the newest schema. A newer database than the program, or one on a network file system, is refused. */
enum wrap_rc store_open(
    const char *path, enum store_mode mode, struct store **out, struct wrap_err *err);
void store_close(struct store **st);

/* Nested pairs join the outermost. store_end commits when rc is WRAP_OK and rolls back otherwise; it returns rc or its own failure. */
enum wrap_rc store_begin(struct store *st, struct wrap_err *err);
enum wrap_rc store_end(struct store *st, enum wrap_rc rc, struct wrap_err *err);

/* What SQLite finds wrong with the file, one line each; none: it is sound. Owned. */
enum wrap_rc store_check(struct store *st, struct strs *out, struct wrap_err *err);

/* For a long run of inserts in no order: more pages in memory (64 MB) and states not checked; or as usual again. */
enum wrap_rc store_bulk(struct store *st, bool on, struct wrap_err *err);

/* A word kept under a name (host, instance ...). get: owned, WRAP_ENOTFOUND. */
enum wrap_rc meta_get(struct store *st, const char *name, char **out, struct wrap_err *err);
enum wrap_rc meta_set(struct store *st, const char *name, const char *value, struct wrap_err *err);

/* Only one process runs the stages at a time: an OFD lock beside the database that ends with the process. */
struct run_lock {
	int fd; /* -1: not held */
};
/* WRAP_EBUSY, with the holder in the text, when another has it. */
enum wrap_rc run_lock_take(
    const char *database, int64_t now, struct run_lock *out, struct wrap_err *err);
void run_lock_drop(struct run_lock *l);

/* ---- subscriber.c ------------------------------------------------------------------------------------ */

enum wrap_rc subscriber_by_canonical(
    struct store *st, const char *canonical, struct subscriber *out, struct wrap_err *err);
enum wrap_rc subscriber_by_id(
    struct store *st, int64_t id, struct subscriber *out, struct wrap_err *err);
/* Insert; out id. WRAP_EEXISTS when the canonical form is there. */
enum wrap_rc subscriber_add(
    struct store *st, const struct subscriber *s, int64_t *id, struct wrap_err *err);
/*
 * Insert unless somebody has the canonical form, which is no failure: *added tells. s->id 0: the next one
 * free; subscriber_next gives it, for a caller who then counts on within one transaction.
 */
enum wrap_rc subscriber_put(
    struct store *st, const struct subscriber *s, bool *added, int64_t *id, struct wrap_err *err);
enum wrap_rc subscriber_next(struct store *st, int64_t *id, struct wrap_err *err);
/* Move to a state with a reason. */
enum wrap_rc subscriber_move(struct store *st, int64_t id, enum subscriber_state to, int64_t now,
    const char *why, struct wrap_err *err);
/* Name, topics and language as s has them. */
enum wrap_rc subscriber_choose(struct store *st, const struct subscriber *s, struct wrap_err *err);
/* An active reader gets no edition before that time; 0: none is left out. */
enum wrap_rc subscriber_pause(struct store *st, int64_t id, int64_t until, struct wrap_err *err);
/* In order of id; state NULL: all. each returns WRAP_OK to go on. */
enum wrap_rc subscriber_each(struct store *st, const enum subscriber_state *state,
    enum wrap_rc (*each)(void *ctx, const struct subscriber *s, struct wrap_err *err), void *ctx,
    struct wrap_err *err);
/* counts[state], for every state. */
enum wrap_rc subscriber_counts(
    struct store *st, int64_t counts[SUBSCRIBER_COMPLAINED + 1], struct wrap_err *err);
/* The distinct topic choices of active readers; an empty string stands for all topics. */
enum wrap_rc subscriber_topic_sets(struct store *st, struct strs *out, struct wrap_err *err);

/* ---- consent.c: append-only -------------------------------------------------------------------------- */

struct consent {
	int64_t subscriber_id;
	int64_t at;
	const char *step;   /* subscribe, confirm, unsubscribe, choose, import ... */
	const char *source; /* cli:USER, web, mail, import:FILE */
	const char *detail; /* the wording agreed to, or the reason given */
};
enum wrap_rc consent_add(struct store *st, const struct consent *c, struct wrap_err *err);
enum wrap_rc consent_each(struct store *st, int64_t subscriber_id,
    enum wrap_rc (*each)(void *ctx, const struct consent *c, struct wrap_err *err), void *ctx,
    struct wrap_err *err);

/* ---- letter.c: mails to one reader that are no edition ------------------------------------------------- */

struct queued_letter {
	int64_t id, subscriber_id;
	char kind[16]; /* confirm, welcome, farewell, data: the template it is made of */
	int64_t created_at;
	int attempts;
};
/* Queue one, to be tried from due_at on. */
enum wrap_rc letter_add(struct store *st, int64_t subscriber_id, const char *kind, int64_t now,
    int64_t due_at, int64_t *id, struct wrap_err *err);
/* How many of a kind a reader was written at or after since, and when the newest was queued (0: none). */
enum wrap_rc letter_count(struct store *st, int64_t subscriber_id, const char *kind, int64_t since,
    int64_t *n, int64_t *newest, struct wrap_err *err);
/* Is there a link in a letter of that kind, queued at or after since, that was not used yet? And use them all up. */
enum wrap_rc letter_usable(struct store *st, int64_t subscriber_id, const char *kind, int64_t since,
    bool *out, struct wrap_err *err);
enum wrap_rc letter_use(
    struct store *st, int64_t subscriber_id, const char *kind, struct wrap_err *err);
/* How many of a kind were queued for anyone at or after since. */
enum wrap_rc letter_created(
    struct store *st, const char *kind, int64_t since, int64_t *n, struct wrap_err *err);
/* Up to max that are open and due, the longest due first; *n of them. */
enum wrap_rc letter_due(struct store *st, int64_t now, size_t max, struct queued_letter *out,
    size_t *n, struct wrap_err *err);
/* When the next open one falls due. WRAP_ENOTFOUND when none is open. */
enum wrap_rc letter_next_due(struct store *st, int64_t *at, struct wrap_err *err);
/*
 * What a try came to: sent_at when it was taken (0: not), next_attempt_at when it stays open (0: it does
 * not), and why. charge counts the attempt.
 */
enum wrap_rc letter_tried(struct store *st, int64_t id, bool charge, int64_t sent_at,
    int64_t next_attempt_at, const char *reason, struct wrap_err *err);

/* ---- suppression.c: keyed hashes of addresses that may not be mailed; outlive the subscriber -------- */

enum wrap_rc suppression_add(struct store *st, const uint8_t hash[SHA256_BYTES], const char *reason,
    int64_t now, struct wrap_err *err);
enum wrap_rc suppression_remove(
    struct store *st, const uint8_t hash[SHA256_BYTES], struct wrap_err *err);
/* Is anybody suppressed at all? */
enum wrap_rc suppression_any(struct store *st, bool *out, struct wrap_err *err);
/* WRAP_ENOTFOUND when not suppressed; reason is owned. */
enum wrap_rc suppression_find(
    struct store *st, const uint8_t hash[SHA256_BYTES], char **reason, struct wrap_err *err);

/* ---- backup.c ----------------------------------------------------------------------------------------------- */

struct backup {
	int64_t at, readers, bytes;
};
/*
 * One moment of the database into a file (0600), while others go on writing: made beside under another
 * name, checked for damage and missing rows, then renamed. Its time is kept as meta backup_at, here and in
 * the copy. The keys are not in it.
 */
enum wrap_rc store_backup(
    struct store *st, const char *to, int64_t now, struct backup *out, struct wrap_err *err);

struct restore {
	int64_t backup_at; /* 0: not known */
	int64_t readers;
	int64_t held;  /* deliveries that may have been sent since */
	bool replaced; /* there was a database */
	bool carried;  /* it could be read: whoever left since is out here too */
	int64_t left;  /* so many */
	int64_t came;  /* readers who are only in the one that was replaced */
	char *aside;   /* where it is kept; owned, NULL when there was none */
};
/*
 * Put a backup in the place of the database. It is verified and brought to our schema first; deliveries
 * that were open in it are held, approvals are void, letters closed, for any of it may have gone out
 * since; meta restored_at tells weekly. also (may be NULL) is called on the copy before it takes its
 * place. The caller holds the run lock. WRAP_EBUSY when another process has the database open. On failure
 * the database is as it was.
 */
enum wrap_rc store_restore(const char *from, const char *database, int64_t now,
    enum wrap_rc (*also)(void *ctx, struct store *st, struct wrap_err *err), void *ctx,
    struct restore *out, struct wrap_err *err);
/* Held rows of an edition: queued again, or (settled) counted as sent. *n rows. */
enum wrap_rc delivery_release(struct store *st, int64_t edition_id, bool settled, int64_t now,
    int64_t *n, struct wrap_err *err);

/* ---- forget.c: erasing a reader -------------------------------------------------------------------------- */

/* How much of it there was. */
struct forgotten {
	int64_t deliveries, bounces, consents, letters;
};
/*
 * Erase a reader and all that is about them: consents and letters go, deliveries become counts of their
 * edition, reports on their mail lose reader, recipient and text. Their id is never used again.
 */
enum wrap_rc forget_reader(
    struct store *st, int64_t id, struct forgotten *out, struct wrap_err *err);
/*
 * Erase whoever is pending, never confirmed, and neither came nor was sent a letter since before. No trace is
 * kept but that their ids are not used again. *n readers. Not within a transaction.
 */
enum wrap_rc forget_waiting(struct store *st, int64_t before, int64_t *n, struct wrap_err *err);
/*
 * Empty the log and see that none of the words stands in the file's free space: when one does, the file
 * is written anew, which needs as much room again. *left: it still stands there, in a record of somebody
 * or something else. WRAP_EBUSY while another process reads for long. Not within a transaction.
 */
enum wrap_rc store_scrub(
    struct store *st, const struct strs *words, bool *left, struct wrap_err *err);

/* A letter as its history shows it; texts are borrowed. */
struct letter_past {
	const char *kind; /* confirm, welcome, farewell */
	int64_t created_at, sent_at;
	int attempts;
	const char *reason;
};
enum wrap_rc letter_history(struct store *st, int64_t subscriber_id,
    enum wrap_rc (*each)(void *ctx, const struct letter_past *l, struct wrap_err *err), void *ctx,
    struct wrap_err *err);

/* ---- feed.c ------------------------------------------------------------------------------------------- */

/* The row of that name, made when missing; a changed url drops the validators and the schedule. */
enum wrap_rc feed_take(
    struct store *st, const char *name, const char *url, struct feed *out, struct wrap_err *err);
/* Everything but id, name and url. */
enum wrap_rc feed_put(struct store *st, const struct feed *f, struct wrap_err *err);
enum wrap_rc feed_each(struct store *st,
    enum wrap_rc (*each)(void *ctx, const struct feed *f, struct wrap_err *err), void *ctx,
    struct wrap_err *err);

/* ---- article.c ---------------------------------------------------------------------------------------- */

/*
 * Keep an article once: inserted when (feed, guid) is new, *added tells. One that is known is brought up
 * to date (title, text and the like, never seen_at) as long as no sealed edition has it.
 */
enum wrap_rc article_put(
    struct store *st, const struct article *a, bool *added, int64_t *id, struct wrap_err *err);
/* By (feed, guid). WRAP_ENOTFOUND. */
enum wrap_rc article_find(
    struct store *st, int64_t feed_id, const char *guid, struct article *out, struct wrap_err *err);
/* Forget a local file's article that no sealed edition has. */
enum wrap_rc article_drop(
    struct store *st, int64_t feed_id, const char *guid, struct wrap_err *err);
/* First seen in (from, to] and spent by no sealed edition, in order of id. Owned list. */
enum wrap_rc article_window(
    struct store *st, int64_t from, int64_t to, struct articles *out, struct wrap_err *err);
/* Another name of an entry within its feed; the first owner keeps it. */
enum wrap_rc article_alias_add(struct store *st, int64_t feed_id, const char *alias,
    int64_t article_id, int64_t now, struct wrap_err *err);
enum wrap_rc article_by_alias(struct store *st, int64_t feed_id, const char *alias,
    struct article *out, struct wrap_err *err);
/* Articles of a feed first seen at or after since. */
enum wrap_rc article_feed_count(
    struct store *st, int64_t feed_id, int64_t since, int64_t *n, struct wrap_err *err);
enum wrap_rc article_count(struct store *st, int64_t *out, struct wrap_err *err);

/* ---- edition.c, story.c --------------------------------------------------------------------------------- */

enum wrap_rc edition_by_id(struct store *st, int64_t id, struct edition *out, struct wrap_err *err);
enum wrap_rc edition_by_key(
    struct store *st, const char *key, struct edition *out, struct wrap_err *err);
enum wrap_rc edition_state(
    struct store *st, int64_t id, enum edition_state *out, struct wrap_err *err);
/* The newest one that is not cancelled and was sealed. WRAP_ENOTFOUND. */
enum wrap_rc edition_last_sealed(struct store *st, struct edition *out, struct wrap_err *err);
/* The newest of all. WRAP_ENOTFOUND. */
enum wrap_rc edition_latest(struct store *st, struct edition *out, struct wrap_err *err);
enum wrap_rc edition_add(
    struct store *st, const struct edition *e, int64_t *id, struct wrap_err *err);
/* Subject, markdown, window, approved hash, hold, state and times as e has them. */
enum wrap_rc edition_put(struct store *st, const struct edition *e, struct wrap_err *err);
enum wrap_rc edition_each(struct store *st,
    enum wrap_rc (*each)(void *ctx, const struct edition *e, struct wrap_err *err), void *ctx,
    struct wrap_err *err);

/* Replace all stories of an edition. */
enum wrap_rc story_replace(
    struct store *st, int64_t edition_id, const struct story *v, size_t n, struct wrap_err *err);
enum wrap_rc story_each(struct store *st, int64_t edition_id,
    enum wrap_rc (*each)(
	void *ctx, const struct story *s, const struct article *a, struct wrap_err *err),
    void *ctx, struct wrap_err *err);

/* Every (article, why) left out (position 0) of sealed editions whose window ended at or after since. */
enum wrap_rc story_judged(struct store *st, int64_t since,
    enum wrap_rc (*each)(void *ctx, int64_t article_id, const char *why, struct wrap_err *err),
    void *ctx, struct wrap_err *err);

/* ---- edition.c: compiled messages of sealed editions, so that a repeat has the same bytes --------------- */

enum wrap_rc message_put(struct store *st, int64_t edition_id, const char *topics, struct span blob,
    int64_t *id, struct wrap_err *err);
enum wrap_rc message_get(struct store *st, int64_t id, struct buf *blob, struct wrap_err *err);

/* ---- delivery.c: the ledger --------------------------------------------------------------------------------- */

/*
 * One row for each active reader with exactly these topics ("" all): queued with that message, or skipped
 * with a reason when message_id is 0. Called for every topic set, in the transaction that seals the edition.
 */
enum wrap_rc delivery_freeze(struct store *st, int64_t edition_id, const char *topics,
    int64_t message_id, int64_t now, int64_t *rows, struct wrap_err *err);

/* A claimed delivery with what is needed to make its message. Owned strings. */
struct claim {
	int64_t edition_id, subscriber_id, message_id;
	int attempts; /* before this one */
	int repeats;  /* of these, made after one in doubt */
	char *address, *name;
};
void claim_clear(struct claim *c);
/*
 * Claim up to max queued rows that are due, in key order after *after, which moves. Readers who are no
 * longer active are skipped in the same transaction. *n is what was claimed; 0 with WRAP_OK: none left.
 */
enum wrap_rc delivery_claim(struct store *st, int64_t edition_id, int64_t now, size_t max,
    int64_t *after, struct claim *out, size_t *n, struct wrap_err *err);
/* Move one row on. attempts are counted when charge is set; next_attempt_at matters for queued. */
struct delivery_move {
	int64_t edition_id, subscriber_id;
	enum delivery_state to;
	bool charge;
	int64_t next_attempt_at;
	int64_t now;
	const struct verdict *verdict; /* NULL: none */
	const char *reason;
};
enum wrap_rc delivery_finish(struct store *st, const struct delivery_move *m, struct wrap_err *err);
/* At start: what a dead run left in sending becomes in doubt. *n rows. */
enum wrap_rc delivery_recover(
    struct store *st, int64_t edition_id, int64_t now, int64_t *n, struct wrap_err *err);
/*
 * No wait of ours is longer than eight hours. What is due later than that was written while the clock was
 * ahead: it is due in 15 minutes.
 */
enum wrap_rc delivery_mend_waits(
    struct store *st, int64_t edition_id, int64_t now, struct wrap_err *err);
/* In doubt since before: back to queued (repeat) or held. *n rows. */
enum wrap_rc delivery_resolve(struct store *st, int64_t edition_id, int64_t before, bool resend,
    int64_t now, int64_t *n, struct wrap_err *err);
/* The edition was cancelled: what is not on its way is skipped with the reason. */
enum wrap_rc delivery_cancel(
    struct store *st, int64_t edition_id, const char *why, struct wrap_err *err);
/* And when no run is sending it any more: what was on its way is in doubt for good, all that is open is skipped. */
enum wrap_rc delivery_settle(
    struct store *st, int64_t edition_id, const char *why, int64_t now, struct wrap_err *err);
enum wrap_rc delivery_counts(
    struct store *st, int64_t edition_id, int64_t counts[DELIVERY_STATES], struct wrap_err *err);
/* The earliest time an open row falls due. WRAP_ENOTFOUND when none is queued or in doubt. */
enum wrap_rc delivery_next_due(
    struct store *st, int64_t edition_id, int64_t *at, struct wrap_err *err);

/* All rows of one reader, oldest edition first. */
enum wrap_rc delivery_history(struct store *st, int64_t subscriber_id,
    enum wrap_rc (*each)(void *ctx, const struct delivery *d, const char *edition_key,
	int64_t sealed_at, struct wrap_err *err),
    void *ctx, struct wrap_err *err);
/* Rows that failed at or after since, of any edition. */
enum wrap_rc delivery_refused(struct store *st, int64_t since,
    enum wrap_rc (*each)(
	void *ctx, const struct delivery *d, const char *address, struct wrap_err *err),
    void *ctx, struct wrap_err *err);

/* ---- bounce.c ---------------------------------------------------------------------------------------------------- */

/* Not added when its place in the mailbox or its fingerprint is known. */
enum wrap_rc bounce_add(
    struct store *st, const struct bounce *b, bool *added, int64_t *id, struct wrap_err *err);
enum wrap_rc bounce_known(struct store *st, const char *mailbox, int64_t uidvalidity, int64_t uid,
    bool *out, struct wrap_err *err);
enum wrap_rc bounce_acted(
    struct store *st, int64_t id, const char *act, const char *was, struct wrap_err *err);
enum wrap_rc bounce_undone(struct store *st, int64_t id, int64_t now, struct wrap_err *err);
/* Of one reader (0: any) and one scan (0: any), in order of time. */
enum wrap_rc bounce_each(struct store *st, int64_t subscriber_id, int64_t scan,
    enum wrap_rc (*each)(void *ctx, const struct bounce *b, struct wrap_err *err), void *ctx,
    struct wrap_err *err);
/* 0: none yet */
enum wrap_rc bounce_last_scan(struct store *st, int64_t *scan, struct wrap_err *err);

/* ---- figures.c: counts for status and report; never a row about one person ---------------------------------------- */

/* What became of an edition's readers. readers is the sum of counts when every row has a state we know. */
struct ledger_figures {
	int64_t counts[DELIVERY_STATES]; /* forgotten readers included */
	int64_t readers;                 /* rows, and those of forgotten readers */
	int64_t forgotten;               /* of them, readers who were erased since */
};
enum wrap_rc figure_ledger(
    struct store *st, int64_t edition_id, struct ledger_figures *out, struct wrap_err *err);
/* Readers who were active since before e was sealed and have no delivery: always 0 when all is well. */
enum wrap_rc figure_missed(
    struct store *st, const struct edition *e, int64_t *out, struct wrap_err *err);
/* Why deliveries did not go out, most frequent first; why is a reason of ours, "" where codes speak. */
typedef enum wrap_rc figure_reason(void *ctx, const char *state, int reply_code,
    const char *enhanced, const char *why, int64_t n, struct wrap_err *err);
enum wrap_rc figure_reasons(
    struct store *st, int64_t edition_id, figure_reason *each, void *ctx, struct wrap_err *err);
/* Comings and goings in each of the weeks of 7 days that end at end, oldest first. Who came back counts as they are now. */
struct week_figures {
	int64_t from;
	int64_t joined, unsubscribed, bounced, complained;
};
enum wrap_rc figure_weeks(
    struct store *st, int64_t end, struct week_figures *out, size_t weeks, struct wrap_err *err);
/* Bounces and complaints by the domain of the address, of one edition (0: any) since then, most first. */
struct provider_figures {
	char name[256];
	int64_t hard, soft, complaint;
};
typedef enum wrap_rc figure_provider(
    void *ctx, const struct provider_figures *p, struct wrap_err *err);
enum wrap_rc figure_providers(struct store *st, int64_t edition_id, int64_t since, size_t max,
    figure_provider *each, void *ctx, struct wrap_err *err);
/* Stories in an edition, and topics that have one. */
enum wrap_rc figure_stories(
    struct store *st, int64_t edition_id, int64_t *stories, int64_t *topics, struct wrap_err *err);

/* ---- run.c ------------------------------------------------------------------------------------------------------ */

struct run {
	int64_t id;
	int64_t started_at, ended_at;
	int exit_code;
	char *command;
	char *report; /* JSON */
};
enum wrap_rc run_begin(
    struct store *st, const char *command, int64_t now, int64_t *id, struct wrap_err *err);
enum wrap_rc run_end(struct store *st, int64_t id, int64_t now, int exit_code, const char *report,
    struct wrap_err *err);
enum wrap_rc run_last(struct store *st, struct run *out, struct wrap_err *err);
void run_clear(struct run *r);

#endif
