/*
 * What the files of digest share: texts as vectors of terms, the shorter forms of a sentence, and the steps from
 * articles to an edition.
 */
#ifndef WRAP_DIGEST_INTERNAL_H
#define WRAP_DIGEST_INTERNAL_H

#include "wrap/digest.h"
#include "wrap/text.h"

/* ---- doc.c: one article as sentences with weighted terms ---- */

#define DOC_SENTENCES 120 /* further ones are not looked at */

struct doc_term {
	uint32_t term; /* local: 0 .. n_terms - 1, in the order of the run's numbers */
	uint32_t tf;
	double w; /* tf x idf, the sentence's vector has length 1 */
};

struct doc {
	struct sentences list;
	size_t n;
	struct doc_term *v; /* by sentence, then term */
	size_t at[DOC_SENTENCES + 1];
	uint32_t *words; /* run's number of each local term, rising */
	double *idf;
	uint32_t *total; /* occurrences in the article */
	size_t n_terms, n_all;
	double sim[DOC_SENTENCES][DOC_SENTENCES]; /* cosine */
};

enum wrap_rc doc_read(
    struct words *w, const char *lang, struct span text, struct doc **out, struct wrap_err *err);
void doc_free(struct doc **d);
/* The local number of a term of the run; -1 when the article has it not. */
int doc_find(const struct doc *d, uint32_t term);

/* ---- trim.c: shorter forms of a sentence that assert the same ---- */

#define TRIM_FORMS 6

/* A form is the sentence with stretches left out: up to three pieces, then an optional full stop. */
struct trim_form {
	struct span piece[3];
	size_t n_pieces;
	bool stop; /* a full stop is added */
	size_t words;
	double weight; /* 1 for the sentence as it stands */
};
/* The forms of a sentence, the whole one (less its dateline) first. Returns how many. */
size_t trim_forms(const char *lang, struct span s, struct trim_form out[TRIM_FORMS]);
void trim_write(const struct trim_form *f, struct buf *out);
bool trim_is_complete(struct span s); /* ends in closing punctuation */
bool trim_is_balanced(struct span s); /* quotation marks and brackets pair */

/* ---- reasons: one word each, first in story.why, so that people and programs can tell them apart ---- */

enum reason {
	REASON_CHOSEN,
	REASON_PINNED,
	REASON_OLD,
	REASON_TITLE,
	REASON_BLOCKED,
	REASON_TOPIC,
	REASON_TOLD,
	REASON_COPY,
	REASON_STORY,
	REASON_SOURCE_CAP,
	REASON_TOPIC_CAP,
	REASON_EDITION_CAP,
	REASON_EDITOR
};
const char *reason_word(enum reason r);
bool reason_is_cap(const char *why); /* of a row in story: left out for a cap alone */

/* Does the sponsor stand in an edition of that day? */
static inline bool
sponsor_stands(const struct config_sponsor *s, int64_t when)
{
	return s->name != NULL && (s->from == 0 || when >= s->from) &&
	       (s->until == 0 || when < s->until);
}

/* ---- the week on the bench ---- */

struct item {
	const struct article *a;
	const struct config_feed *feed; /* NULL: no longer configured */
	const char *lang;
	int64_t
	    date;    /* when it counts: published; first seen when undated or dated in the future */
	bool rolled; /* left out by a cap of the last edition */
	bool pinned;
	int topic;     /* of the configuration; its n_topics: the topic for others; -1: none */
	double weight; /* by rules */
	int keyword_score;
	char *topic_why;          /* one phrase */
	struct terms title, body; /* stems */
	struct terms raw;         /* hashes of all words of both */
	size_t words;             /* of the text */
	struct item *head;        /* who stands for the story; itself when it does */
	size_t copies;            /* others of its story */
	size_t sources;           /* other feeds among them */
	double score;
	char *score_why;
	enum reason reason;
	char *why; /* beside the reason */
	int position;
};

/* A story of the last edition: its copies are not told again. Owned. */
struct told {
	char edition[EDITION_KEY];
	char *url, *title_text;
	struct terms title, body, raw; /* as of an item */
	int64_t feed_id, date;
};

struct bench {
	struct store *st;
	const struct config *c;
	struct words *words;
	struct phrasebook *say; /* our own words, in the publication's language */
	int64_t from, to;       /* the window */
	int64_t due;            /* the slot of its week; 0: another week is drafted */
	int64_t when;   /* the edition is for: its slot when that is still to come, else now */
	int64_t oldest; /* the earliest date that is taken */
	bool first;     /* there was no edition before */
	bool learnt;    /* past editions were read */
	struct articles articles;
	struct item *v;
	size_t n;
	struct told *told;
	size_t n_told;
	struct term_counts past;
};

/* Set an item aside for a reason; the first reason stays. */
__attribute__((format(printf, 3, 4))) void item_drop(
    struct item *i, enum reason r, const char *fmt, ...);
static inline bool
item_is_in(const struct item *i)
{
	return i->reason == REASON_CHOSEN || i->reason == REASON_PINNED;
}
struct span text_span(const char *s); /* empty for NULL */
__attribute__((format(printf, 1, 2))) char *text_format(
    const char *fmt, ...); /* owned; NULL on no memory */

/* window.c */
enum wrap_rc window_open(struct bench *b, int64_t now, struct wrap_err *err);
/* item.c */
enum wrap_rc items_read(struct bench *b, struct wrap_err *err); /* terms of every item that is in */
/* What an item is written in: as its words have it, where what was declared cannot be right. */
const char *item_language(const struct bench *b, const struct item *i);
/* The words of an article, title first: stems to terms, hashes to raw; either may be NULL. */
enum wrap_rc item_words(struct bench *b, const struct article *a, struct terms *terms,
    struct terms *raw, struct wrap_err *err);
enum wrap_rc told_add(
    struct bench *b, const char *edition, const struct article *a, struct wrap_err *err);
void bench_clear(struct bench *b);
/* rule.c */
enum wrap_rc rules_apply(struct bench *b, struct wrap_err *err);
/* section.c */
int section_index(const struct bench *b, const char *name); /* -1: no topic of that name */
enum wrap_rc section_choose(struct bench *b, struct wrap_err *err);
const char *section_name(const struct bench *b, int topic);
/* event.c */
enum wrap_rc events_find(const struct words *w, const struct story_text *t, size_t n,
    const struct term_counts *past, double same, size_t *group, struct wrap_err *err);
/* story.c */
enum wrap_rc story_group(struct bench *b, struct wrap_err *err);
/* rank.c */
enum wrap_rc rank_score(struct bench *b, struct wrap_err *err);
/* choose.c */
enum wrap_rc choose_stories(struct bench *b, struct wrap_err *err);
/* learn.c */
struct learner;
enum wrap_rc learner_open(struct bench *b, struct learner **out,
    struct wrap_err *err); /* NULL when too little is known */
void learner_close(struct learner **l);
/* The topic that past editions speak for, with a margin; -1 when they do not. */
int learner_topic(const struct learner *l, const struct item *i);
/* past.c */
enum wrap_rc past_counts_read(struct bench *b, struct wrap_err *err);
enum wrap_rc past_counts_write(struct bench *b, const char *key, struct wrap_err *err);
/* coverage.c */
enum wrap_rc coverage_check(
    struct bench *b, char **why, struct wrap_err *err); /* owned reason to hold, or NULL */
void sponsor_notes(const struct bench *b, char *out, size_t size);
int item_order(
    const struct item *a, const struct item *b); /* the better first, never 0 for two articles */
/* teaser.c */
enum wrap_rc teaser_write(
    struct bench *b, const struct item *i, struct buf *out, struct wrap_err *err);
/* document_template.c */
enum wrap_rc document_template(const struct bench *b, struct template **out, struct wrap_err *err);
/* document.c */
#define EDITION_TEMPLATE "edition.md"
enum wrap_rc document_title(
    struct bench *b, const char *key, struct buf *out, struct wrap_err *err);
enum wrap_rc document_write(
    struct bench *b, const char *key, const char *title, struct buf *out, struct wrap_err *err);
/* Our own words in the publication's language. */
enum wrap_rc say_open(const struct config *c, struct phrasebook **out, struct wrap_err *err);

#endif
