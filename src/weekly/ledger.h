/*
 * The ledger's side of sending, shared by its four files. deliver.c is a pass from its start to its end; ledger.c is
 * the source that send draws from; writer.c is the one thread that claims and commits while mail is on its way;
 * spill.c keeps results that the database could not take.
 *
 * A row's road: queued -> claimed by the writer (sending, in a slot) -> given to send -> made by one of
 * its threads -> judged -> committed, slot free. Claims and results share transactions.
 */
#ifndef WEEKLY_LEDGER_H
#define WEEKLY_LEDGER_H

#include "internal.h"

#include <pthread.h>

#define GROUP \
	64 /* results in a commit, and the most that may be uncommitted when a message begins */
#define GROUP_MS 10 /* a result waits no longer for its commit */
#define CLAIM 64    /* rows claimed at a time */

/* A compiled message, shared by the readers of one set of topics. */
struct ledger_message {
	int64_t id;
	struct compiled *m;
	size_t refs; /* slots that need it */
};

/* One delivery from claim to commit. */
struct slot {
	struct claim claim;
	struct ledger_message *message;
	struct buf *bytes; /* lent while the message is on its way */
	char name[96], mail_from[320];
	struct verdict verdict;
	int64_t judged_at;
	bool at_once;      /* it was we who ended the run: it need not wait for its next try */
	struct slot *next; /* in a list */
};

struct slots {
	struct slot *head, *tail;
	size_t n;
};

struct ledger {
	struct weekly *w;
	const struct edition *e;
	struct weekly_signer signer;
	/* the writer's own, and after its end the pass's */
	int64_t after; /* the last key claimed in this pass */
	struct ledger_message *messages;
	size_t n_messages;
	/* shared, under lock */
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct slot *slots;
	size_t n_slots;
	struct slots free, claimed, judged;
	size_t uncommitted; /* judged and not yet safe */
	int64_t first_judged_ms;
	bool none_left;  /* nothing more to claim in this pass */
	bool held;       /* the edition was held or cancelled meanwhile */
	bool ending;     /* the writer is to leave */
	bool trouble;    /* commits fail; begin nothing */
	enum wrap_rc rc; /* the writer gave up */
	struct wrap_err why;
	int wake; /* event descriptor: something changed for send */
	/* lent out by prepare, taken back by done */
	pthread_mutex_t bytes_lock;
	struct buf *bytes; /* n_slots of them, the first n_bytes free */
	struct buf **free_bytes;
	size_t n_bytes;
	int64_t total;
	int64_t closes_at; /* end of send.hours */
	bool cut;          /* by a hold or the end of the hours */
	bool begun;        /* some of this edition was taken before */
	struct send_domain *domains;
};

void slots_push(struct slots *l, struct slot *s);
struct slot *slots_pop(struct slots *l);
void slots_join(struct slots *to, struct slots *from, bool front); /* from is empty after */
void slot_release(struct slot *s);

/* The source that send draws from; it borrows the ledger, which is open. */
struct send_source ledger_source(struct ledger *l);
/* What a verdict does to its row; kinds of retry and their times are the ledger's, the meaning of replies is send's. */
struct delivery_move ledger_move(const struct ledger *l, const struct slot *s);

/* The thread; ctx is the ledger. */
void *writer_run(void *ctx);
/* One transaction: these results, the claims not begun back to queued, and up to `claims` new claims into *out. */
enum wrap_rc writer_commit(struct ledger *l, const struct slots *judged, const struct slots *unused,
    size_t claims, struct claim *out, size_t *n, bool *held, struct wrap_err *err);

/* Make room on the disk for what a failing database would leave over. WRAP_ESYS when there is too little. */
enum wrap_rc spill_reserve(const struct weekly *w, struct wrap_err *err);
/* Keep what could not be committed; the next run puts it into the ledger. */
enum wrap_rc spill_write(const struct ledger *l, const struct slots *judged,
    const struct slots *unused, struct wrap_err *err);
/* Put what an earlier run kept into the ledger. *n results. */
enum wrap_rc spill_replay(struct weekly *w, int64_t *n, struct wrap_err *err);
void spill_drop(const struct weekly *w);

#endif
