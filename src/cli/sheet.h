/*
 * A page of figures, described once: facts, notes and bar charts under headings. sheet_print draws it on a
 * terminal or as plain text, sheet_html as one file with SVG charts. Bars begin at zero, and each chart
 * says what its full width stands for.
 */
#ifndef CLI_SHEET_H
#define CLI_SHEET_H

#include "wrap/text.h"

#include <stdio.h>

enum sheet_tone { SHEET_PLAIN, SHEET_GOOD, SHEET_WARN, SHEET_BAD, SHEET_QUIET };

#define SHEET_SERIES 4
/* What the parts of a chart's bars are, and how they are coloured. */
struct sheet_series {
	const char *name; /* key of a phrase; static */
	enum sheet_tone tone;
};

struct sheet;
/*
 * A page in the words of a book, borrowed. It never fails while it is made; sheet_rc tells in the end. Texts are
 * copied. language: of those words, for the HTML page.
 */
struct sheet *sheet_new(
    const struct phrasebook *words, const char *language, const char *title, const char *subtitle);
void sheet_subtitle(struct sheet *p, const char *text);
void sheet_free(struct sheet **p);
enum wrap_rc sheet_rc(const struct sheet *p, struct wrap_err *err);

/* The page's phrase for a key; with {{name}} filled in; and the form for n, which {{n}} is. Live as long as the page. */
const char *sheet_say(const struct sheet *p, const char *key);
const char *sheet_fill(
    struct sheet *p, const char *key, const struct phrase_value *v, size_t n_values);
const char *sheet_count(
    struct sheet *p, const char *key, int64_t n, const struct phrase_value *v, size_t n_values);
/* As the page's language writes them: 1,234,567; 98.5 %; 22 November 2026, 14:05; 22 Nov. Live as long as the page. */
const char *sheet_number(struct sheet *p, int64_t n);
const char *sheet_percent(struct sheet *p, double share);
const char *sheet_time(struct sheet *p, int64_t t);
const char *sheet_day(struct sheet *p, int64_t t);

void sheet_section(struct sheet *p, const char *title);
/* "label   text" */
void sheet_fact(struct sheet *p, enum sheet_tone tone, const char *label, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void sheet_note(struct sheet *p, enum sheet_tone tone, const char *text);
/* Bars follow. series must outlive the page. full: what the whole width stands for at least; 0: the longest bar. */
void sheet_chart(struct sheet *p, const char *caption, const struct sheet_series *series, size_t n,
    int64_t full);
/* One bar of n parts; its total is shown. note may be NULL. */
void sheet_bar(struct sheet *p, const char *label, const int64_t *parts, const char *note);
/* The same of one part that has a colour of its own. */
void sheet_bar_of(struct sheet *p, const struct sheet_series *one, const char *label,
    const int64_t *part, const char *note);

/* How a page is drawn: found out once from the descriptor and the environment. */
struct sheet_look {
	size_t width; /* columns */
	bool terminal;
	bool colours; /* a terminal, and NO_COLOR is not set */
	bool unicode; /* else # and letters */
};
void sheet_look_of(FILE *f, struct sheet_look *out);
enum wrap_rc sheet_print(
    const struct sheet *p, const struct sheet_look *look, FILE *f, struct wrap_err *err);
enum wrap_rc sheet_html(struct sheet *p, struct buf *out, struct wrap_err *err);

/* ---- between sheet.c and its two writers ---- */

enum sheet_kind { SHEET_SECTION, SHEET_FACT, SHEET_NOTE, SHEET_CHART, SHEET_BAR };
struct sheet_item {
	enum sheet_kind kind;
	enum sheet_tone tone;
	char *label, *text; /* of a bar: its name and note */
	char *number;       /* of a bar its total, of a chart its full width, written out */
	const struct sheet_series *series;
	size_t n_series;
	int64_t full; /* of a chart, once its bars are known */
	int64_t parts[SHEET_SERIES], total;
};
struct sheet {
	char *title, *subtitle, *language;
	const struct phrasebook *words;
	struct strs said; /* what sheet_fill and its like made */
	struct sheet_item *v;
	size_t n, chart; /* chart: position of the one that bars are added to */
	bool failed;
};

#endif
