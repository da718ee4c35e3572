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

/* ---- subscribe.c ----------------------------------------------------------------------------------- */

struct subscribe_request {
	const char *address;  /* any spelling, also "Name <address>" */
	const char *name;     /* NULL: the one in address, or as it was */
	const char *topics;   /* names joined by ','; NULL: as it was, or all; "" : all */
	const char *language; /* NULL: as it was */
	bool confirmed;       /* the caller holds their consent; why says which */
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

/* ---- suppress.c --------------------------------------------------------------------------------------- */

/* The hash under which a canonical address is suppressed. */
void suppress_hash(const struct keyring *keys, const char *canonical, uint8_t out[SHA256_BYTES]);

#endif
