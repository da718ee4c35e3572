/*
 * people: who gets the edition, and how they came and left. Every change of a reader's state made by a
 * person goes through here, with its consent record in the same transaction.
 */
#ifndef WRAP_PEOPLE_H
#define WRAP_PEOPLE_H

#include "wrap/config.h"
#include "wrap/mail.h"
#include "wrap/model.h"
#include "wrap/store.h"

#include <stdio.h>

/* ---- subscribe.c ----------------------------------------------------------------------------------- */

struct subscribe_request {
	const char *address;  /* any spelling, also "Name <address>" */
	const char *name;     /* NULL: the one in address, or as it was */
	const char *topics;   /* names joined by ','; NULL: as it was, or all; "" : all */
	const char *language; /* NULL: as it was */
	bool confirmed;       /* the caller holds their consent; why says which */
	bool stranger;        /* anyone may have sent it: the choices of an active reader stay */
	const char *why;
	const char *source; /* for the consent record: "cli:root" */
};

enum subscribe_result {
	SUBSCRIBE_PENDING,     /* new; waits for their confirmation */
	SUBSCRIBE_ACTIVE,      /* new or pending before; gets the next edition */
	SUBSCRIBE_WAS_PENDING, /* nothing changed but, perhaps, their choices */
	SUBSCRIBE_WAS_ACTIVE,
	SUBSCRIBE_RETURNED, /* had left, bounced or complained; confirmed anew */
	SUBSCRIBE_STAYS_OUT /* left, bounced, complained or suppressed, and this is no new confirmation */
};

/*
 * Add a reader, or bring one we know up to date; the same call twice changes nothing the second time.
 * out is the reader as they stand now (owned; address only when they stay out by suppression). changed
 * tells whether name, topics or language moved. WRAP_EINVAL for a bad address, an unknown topic, or
 * confirmed without why.
 */
enum wrap_rc people_subscribe(struct store *st, const struct config *c, const struct keyring *keys,
    const struct subscribe_request *r, int64_t now, struct subscriber *out,
    enum subscribe_result *result, bool *changed, struct wrap_err *err);

enum unsubscribe_result {
	UNSUBSCRIBE_LEFT,   /* was pending, active or bounced */
	UNSUBSCRIBE_WAS_OUT /* had left or complained before; nothing changed */
};
/* By any spelling of the address. WRAP_ENOTFOUND when nobody has it. */
enum wrap_rc people_unsubscribe(struct store *st, const char *address, const char *why,
    const char *source, int64_t now, struct subscriber *out, enum unsubscribe_result *result,
    struct wrap_err *err);
/* The reader with this address, in any spelling. WRAP_ENOTFOUND, WRAP_EINVAL. */
enum wrap_rc people_find(
    struct store *st, const char *address, struct subscriber *out, struct wrap_err *err);
/* The canonical form of an address in any spelling, also "Name <address>". Owned. WRAP_EINVAL. */
enum wrap_rc people_canonical(const char *address, char **out, struct wrap_err *err);
/*
 * A choice of topics, in any order and case, as it is stored: configured spelling and order, joined by
 * ','; NULL for all of them or none named. WRAP_EINVAL names an unknown one and lists what there is. Owned.
 */
enum wrap_rc people_topics(
    const struct config *c, const char *choice, char **out, struct wrap_err *err);

/* ---- what.c, forget.c: a person's own rights ------------------------------------------------------------- */

/*
 * Everything we keep of the person with this address, as one JSON object: subscriber, consent, letters,
 * deliveries, bounces, suppressed. WRAP_ENOTFOUND when that is nothing. Appends to out.
 */
enum wrap_rc people_what(struct store *st, const struct keyring *keys, const char *address,
    struct buf *out, struct wrap_err *err);

struct forget_report {
	bool known; /* false: forgotten before, or suppressed; nothing was left to erase */
	struct forgotten gone; /* how much went */
	/*
	 * The address still stands in the file, but not as a reader: in an article, say, or for a moment in
	 * the log, because another process is reading.
	 */
	bool left, busy;
};
/*
 * Erase the person with this address from the database and keep a keyed hash of it, so that no import
 * and no form mails them again: only a new confirmation of their own lifts that. WRAP_ENOTFOUND when we
 * never knew them. Not within a transaction.
 */
enum wrap_rc people_forget(struct store *st, const struct keyring *keys, const char *address,
    int64_t now, struct forget_report *out, struct wrap_err *err);

/*
 * Erase whoever asked for the edition, or was imported as pending, and did not confirm within
 * serve.pending_days of the last letter or of coming: they never agreed to anything, so nothing of them is
 * kept, and should they ask again they are new. *n readers. Not within a transaction.
 */
enum wrap_rc people_forget_waiting(
    struct store *st, const struct config *c, int64_t now, int64_t *n, struct wrap_err *err);

/* people_unsubscribe by the reader's number, as a link in a mail has it. */
enum wrap_rc people_leave(struct store *st, int64_t id, const char *why, const char *source,
    int64_t now, struct subscriber *out, enum unsubscribe_result *result, struct wrap_err *err);

/* ---- token.c: links to the readers' pages ------------------------------------------------------------- */

enum people_link {
	PEOPLE_LEAVE,
	PEOPLE_CHOOSE,  /* preferences */
	PEOPLE_CONFIRM, /* in a letter only */
	PEOPLE_DATA,    /* what we keep; in a letter only */
	PEOPLE_BACK     /* take back a leaving; shown to whoever left */
};
#define PEOPLE_LINKS 5
#define PEOPLE_URL 1024
/* The link, or "" and false when the publication has no pages (or an address too long for any mail). */
bool people_link(const struct config *c, const struct keyring *keys, enum people_link which,
    int64_t subscriber_id, char out[PEOPLE_URL]);
/* The other way: path is what follows publication.url. False for whatever was not made by one of our keys. */
bool people_link_read(const struct config *c, const struct keyring *keys, struct span path,
    enum people_link *which, int64_t *subscriber_id);
/* The page of an edition in the archive; as people_link. */
bool people_edition_link(const struct config *c, const char *key, char out[PEOPLE_URL]);

/* ---- confirm.c: confirmed opt-in ------------------------------------------------------------------------ */

enum people_asked {
	ASKED_NOT,    /* they are active, or suppressed */
	ASKED_QUEUED, /* a mail with a link is on its way */
	ASKED_TODAY,  /* one went within a day */
	ASKED_ENOUGH  /* three went and were not answered */
};
/*
 * people_subscribe, and a mail that asks whoever is not active then. WRAP_ELIMIT when too many asked in this
 * hour. A suppressed address is asked when a form asks for it, which its owner may have filled in, and by nobody else.
 */
enum wrap_rc people_request(struct store *st, const struct config *c, const struct keyring *keys,
    const struct subscribe_request *r, int64_t now, struct subscriber *out,
    enum subscribe_result *result, bool *changed, enum people_asked *asked, struct wrap_err *err);

/* When, from where and with which words a reader did something; for the consent record. */
struct people_act {
	int64_t now;
	const char *source, *detail; /* detail may be NULL */
};
enum confirm_result {
	CONFIRM_DONE,
	CONFIRM_WAS_ACTIVE, /* nothing changed */
	CONFIRM_LATE        /* the link is too old, or was used */
};
/* What people_confirm would say now; changes nothing. WRAP_ENOTFOUND for nobody. */
enum wrap_rc people_confirmable(struct store *st, int64_t id, int64_t now, struct subscriber *out,
    enum confirm_result *result, struct wrap_err *err);
/* The reader pressed the button. out is owned. */
enum wrap_rc people_confirm(struct store *st, const struct config *c, const struct keyring *keys,
    int64_t id, const struct people_act *act, struct subscriber *out, enum confirm_result *result,
    struct wrap_err *err);
/* They left a moment ago and take it back. */
bool people_may_return(const struct subscriber *s, int64_t now);
enum wrap_rc people_return(struct store *st, int64_t id, const struct people_act *act,
    struct subscriber *out, enum confirm_result *result, struct wrap_err *err);
/* Mail the reader a link to what we keep, once a day at most; and does that link still work? */
enum wrap_rc people_ask_data(
    struct store *st, int64_t id, int64_t now, bool *queued, struct wrap_err *err);
enum wrap_rc people_data_open(
    struct store *st, int64_t id, int64_t now, bool *open, struct wrap_err *err);

/* ---- choose.c ------------------------------------------------------------------------------------------- */

struct people_choice {
	const char *topics, *name, *language; /* NULL or "": all, none, the publication's */
	int64_t paused_until;                 /* 0: no pause */
	bool keep_pause;                      /* paused_until is not told */
};
/* WRAP_EINVAL for an unknown topic, a name that is too long, no language tag. out is owned. */
enum wrap_rc people_choose(struct store *st, const struct config *c, int64_t id,
    const struct people_choice *choice, const struct people_act *act, struct subscriber *out,
    struct wrap_err *err);

/* After a backup was put back: erase again whom the suppressions say was forgotten. *n readers. */
enum wrap_rc people_forget_again(
    struct store *st, const struct keyring *keys, int64_t *n, struct wrap_err *err);

/* ---- import.c, export.c: lists in and out ------------------------------------------------------------------ */

struct import_options {
	/* "email=E-Mail,name=Who,topics=Tags": columns by name, or by number from 1 */
	const char *map;
	/* "active": of rows without one; or "VIP=active,Gone=unsubscribed": their words */
	const char *status;
	const char *dates;    /* "dmy" or "mdy": what 03/04/2020 means; NULL: what the list shows */
	const char *why;      /* how these readers consented, where the file does not say */
	const char *rejected; /* the file for rows that are refused; NULL: FILE.rejected.csv */
	bool raw;             /* it was exported with --raw */
	bool dry_run;         /* write no file */
	/* Someone who looks on; may be NULL. total 0: not known. */
	void (*progress)(void *ctx, int64_t done, int64_t total, int64_t rows);
	void *ctx;
};

struct import_report {
	/* a line for each list in the file: what it is and how its columns are read */
	struct buf mapping;
	int64_t rows;
	int64_t added[SUBSCRIBER_COMPLAINED + 1]; /* by state */
	int64_t confirmed;                        /* were pending, are active */
	/* were active or pending; have left or bounced elsewhere, later than they came here */
	int64_t left;
	int64_t kept;   /* active here by a consent that is newer than their leaving elsewhere */
	int64_t filled; /* known; a name or language we lacked */
	int64_t same;   /* known; nothing to do */
	int64_t out;    /* left, bounced or complained here: stay out */
	int64_t suppressed; /* forgotten or suppressed: stay out */
	int64_t rejected;
	char *rejected_path;  /* NULL: none was refused, or a dry run */
	struct strs examples; /* the first refusals, in words */
	int64_t bad_dates, recoded;
	struct strs unknown_topics; /* the first few */
	int64_t took_ms;
};
/*
 * Bring in a list: CSV in any spreadsheet's dialect, JSON (an array of objects, or one to a line), or the zip
 * that Mailchimp makes, as listmonk, Substack, Ghost, Buttondown, Mailman and wrap itself export them, known
 * by their bytes and header. path "-" is standard input. It is done in transactions of some thousand rows,
 * others may write in between, and the same import again changes nothing; so a killed one is done again.
 * Nobody who left, bounced, complained or was forgotten is brought back. WRAP_EINVAL: no address or no status
 * can be found in it, which the text explains; then nothing was changed.
 */
enum wrap_rc people_import(struct store *st, const struct config *c, const struct keyring *keys,
    const char *path, const struct import_options *opt, int64_t now, struct import_report *out,
    struct wrap_err *err);
void import_report_clear(struct import_report *r);

enum export_format { EXPORT_CSV, EXPORT_JSON };
/*
 * Write every reader (state NULL) or those of one state to a stream, with the history of their consent, as
 * people_import reads them back without a difference.
 * CSV texts that a spreadsheet would take for a formula get a ' in front unless raw; import takes it off.
 */
enum wrap_rc people_export(struct store *st, const enum subscriber_state *state,
    enum export_format format, bool raw, FILE *to, struct wrap_err *err);

/* ---- suppress.c --------------------------------------------------------------------------------------- */

/* The hash under which a canonical address is suppressed. */
void suppress_hash(const struct keyring *keys, const char *canonical, uint8_t out[SHA256_BYTES]);

#endif
