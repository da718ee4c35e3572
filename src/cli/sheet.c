/*
 * A page of figures as a list of items; sheet_term.c and sheet_html.c draw it.
 */
#include "sheet.h"

#include <stdlib.h>
#include <string.h>

struct sheet *
sheet_new(
    const struct phrasebook *words, const char *language, const char *title, const char *subtitle)
{
	struct sheet *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->words = words;
	p->language = str_dup(language);
	p->title = str_dup(title);
	p->subtitle = str_dup(subtitle == NULL ? "" : subtitle);
	p->failed = p->title == NULL || p->subtitle == NULL || p->language == NULL;
	return p;
}

void
sheet_subtitle(struct sheet *p, const char *text)
{
	free(p->subtitle);
	p->subtitle = str_dup(text);
	p->failed = p->failed || p->subtitle == NULL;
}

void
sheet_free(struct sheet **pp)
{
	struct sheet *p = *pp;

	if (p == NULL)
		return;
	*pp = NULL;
	for (size_t i = 0; i < p->n; i++) {
		free(p->v[i].label);
		free(p->v[i].text);
		free(p->v[i].number);
	}
	free(p->v);
	free(p->title);
	free(p->subtitle);
	free(p->language);
	strs_clear(&p->said);
	free(p);
}

enum wrap_rc
sheet_rc(const struct sheet *p, struct wrap_err *err)
{
	return p == NULL || p->failed ? wrap_fail(err, WRAP_ENOMEM, "out of memory") : WRAP_OK;
}

/* One line of sound text: names and reasons come from elsewhere. */
static char *
one_line(const char *text)
{
	struct buf b = BUF_INIT(1 << 16);

	utf8_line(span_of(text), &b);
	return buf_steal(&b);
}

/* A new item, or NULL when there is no memory. */
static struct sheet_item *
add(struct sheet *p, enum sheet_kind kind, enum sheet_tone tone, const char *label,
    const char *text)
{
	struct sheet_item *grown, *it;

	if (p == NULL || p->failed)
		return NULL;
	grown = realloc(p->v, (p->n + 1) * sizeof(*grown));
	if (grown == NULL) {
		p->failed = true;
		return NULL;
	}
	p->v = grown;
	it = &p->v[p->n++];
	*it = (struct sheet_item){
		.kind = kind, .tone = tone, .label = one_line(label), .text = one_line(text)
	};
	p->failed = it->label == NULL || it->text == NULL;
	return p->failed ? NULL : it;
}

/* ---- words, numbers and dates ----------------------------------------------------------------------------- */

/* What a buf holds, kept until the page goes; clears the buf. */
static const char *
keep(struct sheet *p, struct buf *b)
{
	bool kept = !p->failed && strs_add(&p->said, buf_span(b), NULL) == WRAP_OK;

	buf_clear(b);
	p->failed = !kept;
	return kept ? p->said.v[p->said.n - 1] : "";
}

const char *
sheet_say(const struct sheet *p, const char *key)
{
	return phrase(p->words, key);
}

const char *
sheet_fill(struct sheet *p, const char *key, const struct phrase_value *v, size_t n_values)
{
	struct buf b = BUF_INIT(1 << 16);

	phrase_fill(phrase(p->words, key), v, n_values, &b);
	return keep(p, &b);
}

const char *
sheet_count(
    struct sheet *p, const char *key, int64_t n, const struct phrase_value *v, size_t n_values)
{
	struct phrase_value all[8] = { { "n", sheet_number(p, n) } };
	struct buf b = BUF_INIT(1 << 16);

	for (size_t i = 0; i < n_values && i < 7; i++)
		all[i + 1] = v[i];
	phrase_fill(phrase_plural(p->words, key, n), all, n_values + 1, &b);
	return keep(p, &b);
}

const char *
sheet_number(struct sheet *p, int64_t n)
{
	struct buf b = BUF_INIT(256);

	phrase_number(p->words, n, &b);
	return keep(p, &b);
}

const char *
sheet_percent(struct sheet *p, double share)
{
	struct buf b = BUF_INIT(256);
	long long tenths = (long long)(1000 * share + 0.5);

	phrase_number(p->words, tenths / 10, &b);
	buf_addf(&b, "%s%lld\xC2\xA0%%", phrase(p->words, "decimal"), tenths % 10);
	return keep(p, &b);
}

static const char *
date(struct sheet *p, int64_t t, enum phrase_date_form form)
{
	struct buf b = BUF_INIT(256);
	struct tm tm = clock_local(t);

	if (t == 0)
		return sheet_say(p, "report_never");
	phrase_date(p->words, &tm, form, &b);
	return keep(p, &b);
}

const char *
sheet_time(struct sheet *p, int64_t t)
{
	return date(p, t, PHRASE_DATE_TIME);
}

const char *
sheet_day(struct sheet *p, int64_t t)
{
	return date(p, t, PHRASE_DATE_SHORT);
}

/* ---- items --------------------------------------------------------------------------------------------------- */

void
sheet_section(struct sheet *p, const char *title)
{
	(void)add(p, SHEET_SECTION, SHEET_PLAIN, title, NULL);
}

void
sheet_fact(struct sheet *p, enum sheet_tone tone, const char *label, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)add(p, SHEET_FACT, tone, label, text);
}

void
sheet_note(struct sheet *p, enum sheet_tone tone, const char *text)
{
	(void)add(p, SHEET_NOTE, tone, NULL, text);
}

void
sheet_chart(
    struct sheet *p, const char *caption, const struct sheet_series *series, size_t n, int64_t full)
{
	struct sheet_item *it = add(p, SHEET_CHART, SHEET_PLAIN, caption, NULL);

	if (it == NULL)
		return;
	it->series = series;
	it->n_series = n;
	it->full = full;
	p->chart = p->n - 1;
}

static void
add_bar(struct sheet *p, const struct sheet_series *series, const char *label, const int64_t *parts,
    const char *note)
{
	struct sheet_item *it = add(p, SHEET_BAR, SHEET_PLAIN, label, note), *chart;

	if (it == NULL)
		return;
	chart = &p->v[p->chart];
	it->series = series == NULL ? chart->series : series;
	it->n_series = chart->n_series;
	for (size_t i = 0; i < it->n_series; i++) {
		it->parts[i] = parts[i];
		it->total += parts[i];
	}
	it->number = str_dup(sheet_number(p, it->total));
	p->failed = p->failed || it->number == NULL;
	if (chart->full < it->total)
		chart->full = it->total;
	free(chart->number);
	chart->number = str_dup(sheet_number(p, chart->full));
	p->failed = p->failed || chart->number == NULL;
}

void
sheet_bar(struct sheet *p, const char *label, const int64_t *parts, const char *note)
{
	add_bar(p, NULL, label, parts, note);
}

void
sheet_bar_of(struct sheet *p, const struct sheet_series *one, const char *label,
    const int64_t *part, const char *note)
{
	add_bar(p, one, label, part, note);
}
