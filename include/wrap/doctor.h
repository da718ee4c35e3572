/*
 * doctor: every check that can be made before the weekly slot. Each finding says what was found, why it
 * matters and what to type. Nothing is changed, and no reader is mailed. It stands beside weekly's callers
 * (level 5): it looks at what all stages will need.
 */
#ifndef WRAP_DOCTOR_H
#define WRAP_DOCTOR_H

#include "wrap/config.h"
#include "wrap/store.h"

enum doctor_level { DOCTOR_OK, DOCTOR_NOTE, DOCTOR_WARN, DOCTOR_WRONG };

/* Whose affair a wrong thing is; the exit code follows it. */
enum doctor_side {
	DOCTOR_SETUP, /* configuration, keys, DNS records: 78 */
	DOCTOR_DATA,  /* the database and what stands in it: 65 */
	DOCTOR_PEER   /* a server that does not answer or will not have us: 69 */
};

struct doctor_finding {
	const char *check; /* "dns.spf"; static */
	enum doctor_level level;
	enum doctor_side side;
	char *what;
	const char *why; /* static */
	char *type;      /* what to type or do; NULL when all is well */
};

struct doctor_report {
	struct doctor_finding *v;
	size_t n;
};

struct doctor {
	struct config *c; /* NULL: it could not be read; only what needs none is checked */
	const struct keyring *keys; /* NULL: not there */
	struct store *st;           /* NULL: could not be opened */
	int64_t now;                /* of the publication's clock */
	bool offline;               /* make no connection */
	const char *mail_me;        /* send one mail to this address; NULL: none */
	/* Called before each check that may take seconds; may be NULL. */
	void (*progress)(void *ctx, const char *check);
	void *ctx;
	struct doctor_report report;
	bool no_memory;
};

/* Say what was found: for the caller's own opening of configuration, keys and database. type may be NULL only for DOCTOR_OK. */
void doctor_found(struct doctor *d, enum doctor_level level, enum doctor_side side,
    const char *check, const char *type, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
/* Everything; WRAP_ENOMEM is the only failure. The report is owned: doctor_clear. */
enum wrap_rc doctor_run(struct doctor *d, struct wrap_err *err);
void doctor_clear(struct doctor *d);

#endif
