/*
 * digest: the week's articles in, one edition as a Markdown document out. It chooses, sorts into topics,
 * shortens, and writes down why each story is in or out.
 */
#ifndef WRAP_DIGEST_H
#define WRAP_DIGEST_H

#include "wrap/config.h"
#include "wrap/model.h"
#include "wrap/store.h"
#include "wrap/text.h"

/* ---- summary.c ------------------------------------------------------------------------------------- */

#define SUMMARY_SENTENCES 3

struct summary_style {
	size_t words;     /* at most so many */
	size_t sentences; /* at most so many, 1 .. SUMMARY_SENTENCES */
};

/*
 * Append a summary of text: its best whole sentences in their order, verbatim but for datelines, asides and
 * trailing clauses that are left out; only a text whose every sentence is over the budget is cut inside one. title may be
 * NULL. Nothing is appended when the text has no sentence.
 */
enum wrap_rc summary_extract(struct words *w, const char *lang, const char *title, struct span text,
    const struct summary_style *style, struct buf *out, struct wrap_err *err);

/* ---- event.c ---------------------------------------------------------------------------------------- */

#define DIGEST_SAME_STORY \
	0.23 /* default of edition.same_story: measured on news in two languages */
/* One article as stories are found from it. */
struct story_text {
	struct terms title, body; /* words_terms */
	struct terms raw;         /* words_read: title and body */
	int64_t source;           /* two articles of one source are never one event; 0: not known */
};
/* In how many texts of past weeks each term was. */
struct term_counts {
	uint32_t *df; /* by term */
	size_t size;
	size_t texts; /* 0: nothing known */
};
/*
 * Find copies (near-equal texts) and events (other words, the same story). copy[i] and group[i] are the lowest number
 * among the copies and the group of i; copies are in one group. same: how alike two texts of a group must be, 0 to 1.
 * past may be NULL.
 */
enum wrap_rc stories_find(const struct words *w, const struct story_text *t, size_t n,
    const struct term_counts *past, double same, size_t *copy, size_t *group, struct wrap_err *err);

/* Append an address without what does not change the page: scheme, www. and mobile hosts, tracking, fragment, last slash. */
void digest_url_key(const char *url, struct buf *out);

/* ---- window.c --------------------------------------------------------------------------------------- */

/* The week an edition at now belongs to, and the moment it is due (the slot in that week; now's week start without a slot). */
void digest_week(const struct config *c, int64_t now, char key[EDITION_KEY], int64_t *due_at);

/* How the hold of an edition begins that an editor, not a check, put there. */
#define DIGEST_HELD_BY_EDITOR "held by the editor"
/* The word in the store (meta) that says which hold the editor was told of last. */
#define DIGEST_HOLD_TOLD "hold_told"
/* Does the document differ from what digest wrote last? Then it is the editor's and never made anew. */
bool digest_is_edited(const struct edition *e);

struct digest_report {
	size_t candidates; /* articles in the window */
	size_t chosen;
	size_t topics;
	/* what the editor should know, one to a line: a sponsor that runs out ...; "" */
	char notes[1024];
};

/*
 * Make the draft of edition key from the articles of its window, or make it anew while it is a draft
 * that no editor touched. The window runs from the last edition's cut-off (first_days before now for the first) to now.
 * Fewer than edition.min_stories: the edition is made and held, with the reason. out is owned.
 * WRAP_EEXISTS when the edition is past being a draft; out then holds it.
 */
enum wrap_rc digest_draft(struct store *st, const struct config *c, const char *key, int64_t now,
    struct edition *out, struct digest_report *rep, struct wrap_err *err);

/* ---- edit.c, decide.c: the editor's last word -------------------------------------------------------- */

#define EDIT_PROBLEMS 32

struct edit_problem {
	size_t line;
	char text[200];
};

/* What an editor's document says against the one before. */
struct edit_report {
	struct edit_problem v[EDIT_PROBLEMS];
	size_t n; /* mistakes; the document is not taken while there is one */
	size_t stories;
	size_t removed, restored,
	    added; /* taken out; put in from those left out; the editor's own */
	size_t retitled, rewritten, moved;
	bool withdrawn; /* it was approved before, and is not any more */
};

/* SHA-256 of a document, hex; out holds DIGEST_HASH. */
#define DIGEST_HASH (SHA256_BYTES * 2 + 1)
void digest_hash(struct span markdown, char out[DIGEST_HASH]);
/* Was exactly this document approved? */
bool digest_is_approved(const struct edition *e);

/* Look for mistakes only. */
enum wrap_rc digest_check(const struct config *c, int64_t now, struct span markdown,
    struct edit_report *out, struct wrap_err *err);
/*
 * Take an editor's document for edition key: its text and title, and which stories it tells. An approval ends
 * with it. WRAP_EINVAL when it has mistakes (out names them), WRAP_EEXISTS when the edition is past editing.
 * from: what the editor started with; WRAP_EBUSY when the edition has another document by now. NULL: any will do.
 */
enum wrap_rc digest_edit(struct store *st, const struct config *c, const char *key, int64_t now,
    const char *from, struct span markdown, struct edit_report *out, struct wrap_err *err);

enum digest_decision {
	DIGEST_APPROVE, /* yes to exactly this document */
	DIGEST_HOLD,
	DIGEST_CANCEL, /* its stories are free for the next */
	DIGEST_RESUME  /* back to a draft, or to approved when its document is the one that was */
};
/* why may be NULL. out is owned. WRAP_EEXISTS when the edition is past it, WRAP_ENOTFOUND. */
enum wrap_rc digest_decide(struct store *st, const char *key, enum digest_decision what,
    const char *why, struct edition *out, struct wrap_err *err);
/* Give up an editor's changes, so that the next draft is made anew; the document as it was goes to old. */
enum wrap_rc digest_discard(
    struct store *st, const char *key, struct buf *old, struct wrap_err *err);

/* ---- why.c ------------------------------------------------------------------------------------------------- */

/* What one edition made of an article. Borrowed for the call. */
struct digest_fact {
	const struct article *article;
	const char *edition; /* key; NULL: no edition has looked at it yet */
	enum edition_state state;
	int position; /* 0: out */
	const char *topic;
	const char *why; /* "word: sentence" */
};
typedef enum wrap_rc (*digest_fact_fn)(
    void *ctx, const struct digest_fact *f, struct wrap_err *err);
/* Every fact about the articles at an address, however it is spelled. WRAP_ENOTFOUND when none was ever seen. */
enum wrap_rc digest_why(struct store *st, const struct config *c, const char *url,
    digest_fact_fn each, void *ctx, struct wrap_err *err);
/*
 * Append the edition's document with the reason under each story and, at its end, what was left out and why. For
 * an editor to look at; not for readers.
 */
enum wrap_rc digest_annotate(struct store *st, const struct config *c, const struct edition *e,
    struct buf *out, struct wrap_err *err);

#endif
