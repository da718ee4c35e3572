/*
 * digest: the week's articles in, one edition as a Markdown document out. It chooses, sorts into topics,
 * shortens, and writes down why each story is in or out.
 */
#ifndef WRAP_DIGEST_H
#define WRAP_DIGEST_H

#include "wrap/config.h"
#include "wrap/model.h"
#include "wrap/store.h"

/* ---- summary.c ------------------------------------------------------------------------------------- */

#define SUMMARY_SENTENCES 3

struct summary_style {
	size_t words;     /* at most so many */
	size_t sentences; /* at most so many, 1 .. SUMMARY_SENTENCES */
};

struct words; /* text.h */
/*
 * Append a summary of text: its best whole sentences in their order, verbatim but for datelines, asides and
 * trailing clauses that are left out; only a text whose every sentence is over the budget is cut inside one. title may be
 * NULL. Nothing is appended when the text has no sentence.
 */
enum wrap_rc summary_extract(struct words *w, const char *lang, const char *title, struct span text,
    const struct summary_style *style, struct buf *out, struct wrap_err *err);

/* ---- window.c --------------------------------------------------------------------------------------- */

/* The week an edition at now belongs to, and the moment it is due (the slot in that week; now's week start without a slot). */
void digest_week(const struct config *c, int64_t now, char key[EDITION_KEY], int64_t *due_at);

/* How the hold of an edition begins that an editor, not a check, put there. */
#define DIGEST_HELD_BY_EDITOR "held by the editor"
/* Does the document differ from what digest wrote last? Then it is the editor's and never made anew. */
bool digest_is_edited(const struct edition *e);

struct digest_report {
	size_t candidates; /* articles in the window */
	size_t chosen;
	size_t topics;
};

/*
 * Make the draft of edition key from the articles of its window, or make it anew while it is a draft
 * that no editor touched. The window runs from the last edition's cut-off (first_days before now for the first) to now.
 * Fewer than edition.min_stories: the edition is made and held, with the reason. out is owned.
 * WRAP_EEXISTS when the edition is past being a draft; out then holds it.
 */
enum wrap_rc digest_draft(struct store *st, const struct config *c, const char *key, int64_t now,
    struct edition *out, struct digest_report *rep, struct wrap_err *err);

#endif
