/*
 * What sentence.c (where a text is parted) and stop.c (whether one stop ends a sentence) share.
 */
#ifndef WRAP_TEXT_SENTENCE_H
#define WRAP_TEXT_SENTENCE_H

#include "text/lang.h"

/* A pair of brackets or quotation marks. */
struct quote_pair {
	const char *open, *close; /* the marks themselves */
	bool keep;                /* no stop inside ends a sentence */
};

/* A stretch that is read as one: a paragraph or a list item, and what was found in it on the way. */
struct stretch {
	const struct lang *lang;
	bool english;
	const char *b, *e;
	struct quote_pair *pairs;
	size_t n_pairs, size_pairs;
};

enum stop_kind {
	STOP_DOT,      /* one full stop */
	STOP_ELLIPSIS, /* several, or the character */
	STOP_MARK,     /* ! or ? in any number */
	STOP_WIDE,     /* of a script that parts without blanks */
	STOP_OTHER     /* of another script */
};

struct stop {
	const char *at, *end; /* the stop and what clings to it: closing marks, footnote numbers */
	/* the first character after the blanks that follow; the stretch's end if none */
	const char *next;
	enum stop_kind kind;
	bool closed; /* a closing mark clings to it */
};

bool stop_kind_at(const struct stretch *s, const char *p, enum stop_kind *kind, size_t *n);
/* cling.c: the stop at p (which stop_kind_at found to be one), with everything that clings to it. */
void stop_read(
    const struct stretch *s, const char *p, enum stop_kind kind, size_t n, struct stop *out);
/* Does a sentence that began at start end here? */
bool stop_ends(const struct stretch *s, const char *start, const struct stop *t);

/* glued.c: does a sentence end at a stop that no blank follows? "crisis.The" yes; "Booking.com", "v2.0" no. */
bool stop_is_glued(const struct stretch *s, const struct stop *t);

const char *skip_space(const char *p, const char *e);
const char *back_space(const char *b, const char *p);
bool cp_closes(uint32_t cp);
bool cp_opens(uint32_t cp);
/* The end of a list marker at p ("1.", "a)", "(3)", "1.)", a bullet may stand before it); NULL when there is none. */
const char *marker_read(const char *p, const char *e, int *value);

/* ---- around.c: the words on both sides of a stop ---- */

#define WORD_MAX 48 /* bytes; a longer word is in no table */

struct around {
	struct span before; /* the word up to the stop, inner stops and apostrophes in it */
	char low[WORD_MAX]; /* in lower case, stops off both ends */
	size_t low_n;
	unsigned flags;  /* of low */
	const char *q;   /* the next letter, behind opening marks */
	uint32_t first;  /* it */
	uint32_t second; /* the letter after it; 0: none */
	bool opener;     /* the next word usually opens a sentence */
	char next[WORD_MAX];
	size_t next_n;
};

void around_before(const struct stretch *s, const char *start, const char *at, struct around *a);
void around_after(const struct stretch *s, const char *next, struct around *a);
/* Is the word one of a blank-parted list? */
bool listed(const char *list, const char *p, size_t n);
/* U.S, a.m, z.B, Ph.D, J.-P: short runs of letters with stops between them */
bool is_dotted(struct span w);
bool is_initial(struct span w); /* one capital alone */
bool is_digits(struct span w, size_t max);
/* "5 p.m" and "5p.m": what follows in a capital opens a sentence, but for a title or a zone. */
bool is_time(const char *start, const struct around *a);

#endif
