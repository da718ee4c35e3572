/* What the files of bounce share. */
#ifndef WRAP_BOUNCE_INTERNAL_H
#define WRAP_BOUNCE_INTERNAL_H

#include "wrap/bounce.h"

/* ---- phrases.c ------------------------------------------------------------------------------------------ */

/* Lower case, addresses, host names before "said:", reply codes and enhanced codes dropped, blanks folded. Appends. */
void phrase_fold(struct span s, struct buf *out);
/* The reason that the words of a server give, text as phrase_fold makes it; REASON_UNCLEAR when none does.
 * wary: the status is about policy or content, so that "not found" alone says nothing of a reader. */
enum bounce_reason phrase_reason(struct span folded, bool wary);
/* A reason from words too common to be asked first: "denied", "rejected", "spam". */
enum bounce_reason phrase_hint(struct span folded);

/* ---- classify.c ------------------------------------------------------------------------------------------ */

/* Beyond doubt: one is enough. A bare 5.1.0 is not, unless the words say it too. status may be NULL. */
bool reason_is_clear(enum bounce_reason reason, const char *status, struct span words);

/* ---- wire.c: one message of the mailbox as the child that read it hands it over ---------------------------- */

#define LETTER_ROWS 16
#define LETTER_TEXT 600 /* bytes kept of a server's words */

struct letter_row {
	char recipient[512];           /* "" when none was named */
	struct bounce_verdict verdict; /* word is static */
	char diagnostic[LETTER_TEXT + 1];
};

struct letter {
	enum { LETTER_BEGIN, LETTER_MESSAGE, LETTER_BROKEN, LETTER_END } kind;
	uint32_t uidvalidity;
	uint32_t uid; /* LETTER_END: all up to and with this were looked at */
	uint8_t fingerprint[SHA256_BYTES];
	enum report_kind report;
	size_t n;
	struct letter_row *rows; /* n, at most LETTER_ROWS */
	struct strs tokens;      /* candidates for the return path, best place first */
	/* the same for words of a reader: from subject and recipient fields alone */
	struct strs wishes;
};

void letter_pack(const struct letter *l, struct buf *out);
/* Checks every length and number: WRAP_EPROTO. out is owned; letter_clear ends it. */
enum wrap_rc letter_unpack(struct span record, struct letter *out, struct wrap_err *err);
void letter_clear(struct letter *l);
/* What a message says, as a letter without its place. bytes: as fetched. */
enum wrap_rc letter_read(struct span bytes, struct letter *out, struct wrap_err *err);

/* ---- imap.c: a session, in the child alone ------------------------------------------------------------------ */

struct imap_place {
	bool implicit; /* imaps: TLS from the first byte; else STARTTLS */
	bool clear;    /* no TLS at all: the configuration says tls = "none" */
	char host[256];
	uint16_t port;
	char folder[512]; /* as the server spells it: modified UTF-7, RFC 3501 5.1.3 */
	char done[512];
};
enum wrap_rc imap_place_read(
    const struct config_mailbox *m, struct imap_place *out, struct wrap_err *err);

/* Look at what is new: letters are put on out_fd. look_ms: wall clock for the whole session. */
struct imap_look {
	const struct config_mailbox *mailbox;
	const struct imap_place *place;
	uint32_t uidvalidity, last_uid; /* up to here it was looked at before */
	size_t max_messages;
	/* one at a time, each announced by LETTER_BROKEN: for finding what killed the reader */
	bool careful;
};
enum wrap_rc imap_look(void *ctx, int out_fd, struct wrap_err *err);
/* Move or flag messages that were acted on. One LETTER_END record when all is done. */
struct imap_mark {
	const struct config_mailbox *mailbox;
	const struct imap_place *place;
	bool move;
	uint32_t uidvalidity;
	const uint32_t *uids;
	size_t n;
};
enum wrap_rc imap_mark(void *ctx, int out_fd, struct wrap_err *err);

/* ---- trust.c ------------------------------------------------------------------------------------------------ */

/*
 * Does this chain of DER certificates, the server's first, lead to an authority of ca_file (NULL: the
 * system's), for this host name or address? RFC 5280, RFC 6125. WRAP_EPEER says why not.
 */
enum wrap_rc trust_check(
    const struct span *der, size_t n, const char *host, const char *ca_file, struct wrap_err *err);
/* When a DER certificate ends; 0: it cannot be read. */
int64_t trust_until(struct span der);

/* ---- policy.c: what follows from what came back ---------------------------------------------------------------- */

struct policy_rules {
	int64_t full_editions, full_days, apart_days, breaker_percent, breaker_readers;
};

/* One edition as it fared with one reader. */
struct policy_issue {
	int64_t edition_id;
	int64_t sent_at;  /* when it was acknowledged, or given up */
	bool accepted;    /* a server took it */
	int64_t event_at; /* of the worst that came back; 0: nothing did */
	enum bounce_class class;
	enum bounce_group group;
	enum bounce_reason reason;
	bool clear;
};

struct policy_verdict {
	enum { POLICY_KEEP, POLICY_TELL, POLICY_SET_ASIDE } act;
	char why[160];
};

/* How much an event weighs among several of one edition: the heaviest counts, once. */
int policy_weight(const struct policy_issue *i);
/* v: oldest edition first. The rules are at the head of policy.c. */
void policy_decide(const struct policy_rules *rules, const struct policy_issue *v, size_t n,
    int64_t now, struct policy_verdict *out);
/* Would setting so many of so many readers aside be a sign that something else is wrong? */
bool policy_breaks(
    const struct policy_rules *rules, int64_t set_aside, int64_t readers, bool provider);

/* ---- reader.c: one reader's history ------------------------------------------------------------------------------ */

/* The verdict on a reader by all that is in the store; reports before they became active do not count. */
enum wrap_rc reader_decide(struct store *st, const struct policy_rules *rules,
    const struct subscriber *s, int64_t now, struct policy_verdict *out, struct wrap_err *err);
/* The part of an address that names its provider; lower case, never NULL. */
const char *reader_provider(const struct subscriber *s);

/* ---- mailbox.c: the child and its letters, in the parent ----------------------------------------------------------- */

struct letters {
	struct letter *v;
	size_t n, cap;
	uint32_t uidvalidity, last_uid; /* looked at up to here */
	size_t broken;
	struct wrap_err why; /* set when it ended before its time: what came before counts */
};
/* Where we stopped, and what was acted on and is still to be marked. Kept in the store. */
struct mailbox_cursor {
	uint32_t uidvalidity, last_uid;
	uint32_t *todo;
	size_t n;
};
/* A child for this mailbox, lent its secrets until the fork is done. at: where its task names the mailbox. */
enum wrap_rc mailbox_child(const struct config_mailbox **at,
    enum wrap_rc (*work)(void *, int, struct wrap_err *), void *task, struct child **out,
    struct wrap_err *err);
enum wrap_rc mailbox_look(const struct config *c, const struct imap_place *place,
    const struct mailbox_cursor *from, struct letters *out, struct wrap_err *err);
void letters_clear(struct letters *l);
enum wrap_rc mailbox_mark(const struct config *c, const struct imap_place *place,
    const struct mailbox_cursor *cursor, struct wrap_err *err);
enum wrap_rc cursor_load(
    struct store *st, const char *url, struct mailbox_cursor *out, struct wrap_err *err);
enum wrap_rc cursor_save(
    struct store *st, const char *url, const struct mailbox_cursor *cursor, struct wrap_err *err);
enum wrap_rc cursor_add(struct mailbox_cursor *cursor, uint32_t uid, struct wrap_err *err);
void cursor_clear(struct mailbox_cursor *cursor);

/* ---- scan.c: letters and refusals to verdicts on readers ------------------------------------------------------------ */

/* A reader whose history this scan touched. */
struct touched {
	int64_t reader, bounce; /* the row of evidence */
};

/* A reader to be set aside. */
struct plan {
	struct subscriber reader;
	int64_t bounce;
	char why[300];
};

/* Refusals that speak of us, by the provider that spoke. */
struct provider {
	char name[256];
	size_t n;
	char reason[32];
	char sample[LETTER_TEXT + 1];
};

/* All that one scan does, inside the caller's transaction. WRAP_EBUSY with out->stopped: the breaker; roll back. */
struct scan {
	struct store *st;
	const struct config *c;
	const struct keyring *keys;
	int64_t now;
	bool accept;
	struct bounce_report *out;
	int64_t id;
	bool wrote;
	struct touched *touched; /* readers to decide on, each once */
	size_t n_touched, cap_touched;
	struct plan *plans;
	size_t n_plans;
	struct provider *providers; /* refusals that speak of us */
	size_t n_providers;
	struct mailbox_cursor *cursor;
};
enum wrap_rc scan_run(struct scan *s, const struct letters *letters, struct wrap_err *err);
void scan_clear(struct scan *s);
/* judge.c: the verdicts on all readers touched. */
enum wrap_rc scan_judge(struct scan *s, struct wrap_err *err);
/* Move a reader and note with the evidence what it did and what they were. */
enum wrap_rc scan_act(struct scan *s, const struct subscriber *reader, int64_t bounce,
    enum subscriber_state to, const char *why, struct wrap_err *err);

#endif
