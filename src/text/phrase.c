/*
 * Phrases: all words of our own, of editions, mails, letters and readers' pages, and how dates and numbers are
 * written, by language; a new language is a new file.
 * A file words.LANG holds lines "key = text"; '#' opens a comment. The English one that is built in says which
 * keys there are; every other file replaces texts of it: first the language (words.pt), then its variant
 * (words.pt-br), and of each the owner's after the built-in one. So a key that is missing falls back to the
 * next best, and a key that nobody would read is refused with its line.
 */
#include "wrap/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX ((size_t)1 << 18)

struct entry {
	char *key, *text;
	size_t seen; /* the last file that had it */
};

struct phrasebook {
	struct entry *v;
	size_t n;
	size_t files;
	bool speaks;
};

struct word_list {
	const char *key;
	size_t n;
};
static const struct word_list lists[] = { { "months", 12 }, { "months_short", 12 },
	{ "weekdays", 7 }, { "weekdays_short", 7 } };
/* What those of the report (report_...) may hold besides. */
#define FIGURE_PARTS 7
static const char *const figure_parts[FIGURE_PARTS] = { "open", "held", "known", "failing",
	"articles", "date", "why" };
/* What any other text may hold; templates/words.en says where. */
static const char *const text_parts[] = { "publication", "who", "n" };
#define TEXT_PARTS (sizeof(text_parts) / sizeof(text_parts[0]))
static const char *const date_keys[] = { "date", "date_short", "date_time" };
enum date_part { DAY, MONTH, MON, YEAR, WEEKDAY, WDAY, HOUR, MINUTE, DATE_PARTS };
static const char *const date_parts[DATE_PARTS] = { "day", "month", "mon", "year", "weekday",
	"wday", "hour", "minute" };

static struct entry *
find(const struct phrasebook *p, struct span key)
{
	for (size_t i = 0; i < p->n; i++)
		if (span_eqs(key, p->v[i].key))
			return &p->v[i];
	return NULL;
}

const char *
phrase_find(const struct phrasebook *p, struct span key)
{
	const struct entry *e = find(p, key);

	return e != NULL ? e->text : NULL;
}

const char *
phrase(const struct phrasebook *p, const char *key)
{
	const char *text = phrase_find(p, span_of(key));

	return text != NULL ? text : key;
}

/* ---- reading ---------------------------------------------------------------------------------------- */

/* Cut text at the next {{name}}; false when there is none, and text is all before. */
static bool
cut_mark(struct span *text, struct span *before, struct span *name)
{
	size_t open = span_find(*text, SPAN_LIT("{{")), end;
	struct span rest;

	*before = *text;
	if (open == (size_t)-1)
		return false;
	rest = (struct span){ text->p + open + 2, text->n - open - 2 };
	end = span_find(rest, SPAN_LIT("}}"));
	if (end == (size_t)-1)
		return false;
	before->n = open;
	*name = span_trim((struct span){ rest.p, end });
	*text = (struct span){ rest.p + end + 2, rest.n - end - 2 };
	return true;
}

static bool
is_one_of(struct span s, const char *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (span_eqs(s, v[i]))
			return true;
	return false;
}

static bool
figure_text(struct span key)
{
	return span_find(key, SPAN_LIT("report_")) == 0;
}

/* What is wrong with a text of ours that code takes apart; NULL: nothing. */
static const char *
text_fault(struct span key, struct span text)
{
	struct span rest = text, word, before;
	size_t n = 0;
	bool dated;

	if (text.n == 0)
		return "has no text";
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (!span_eqs(key, lists[i].key))
			continue;
		for (; span_cut(&text, ',', &word); n++)
			if (span_trim(word).n == 0)
				return "has an empty word";
		return n == lists[i].n ? NULL : "does not name them all, parted by commas";
	}
	dated = is_one_of(key, date_keys, sizeof(date_keys) / sizeof(date_keys[0]));
	while (cut_mark(&rest, &before, &word)) {
		if (dated && !is_one_of(word, date_parts, DATE_PARTS))
			return "may hold {{day}}, {{month}}, {{mon}}, {{year}}, {{weekday}}, "
			       "{{wday}}, {{hour}} and {{minute}} only";
		if (figure_text(key) && is_one_of(word, figure_parts, FIGURE_PARTS))
			continue;
		if (!dated && !is_one_of(word, text_parts, TEXT_PARTS))
			return "may hold {{publication}}, {{who}} and {{n}} only";
	}
	if (span_eqs(key, "group_from") || span_eqs(key, "singular"))
		for (size_t i = 0; i < text.n; i++)
			if (text.p[i] != ' ' && (text.p[i] < '0' || text.p[i] > '9'))
				return "is of digits and blanks";
	return NULL;
}

static enum wrap_rc
entry_set(
    struct phrasebook *p, struct entry *e, struct span key, struct span text, struct wrap_err *err)
{
	if (e == NULL) {
		struct entry *grown = realloc(p->v, (p->n + 1) * sizeof(*grown));

		if (grown == NULL)
			return wrap_fail(err, WRAP_ENOMEM, "out of memory");
		p->v = grown;
		e = &p->v[p->n++];
		*e = (struct entry){ .key = str_dup_span(key) };
	}
	free(e->text);
	e->text = str_dup_span(text);
	e->seen = p->files;
	if (e->key == NULL || e->text == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	return WRAP_OK;
}

static enum wrap_rc
file_take(struct phrasebook *p, const char *name, struct span rest, struct wrap_err *err)
{
	struct span raw, key, text;
	enum wrap_rc rc = WRAP_OK;

	p->files++;
	for (size_t line = 1; rc == WRAP_OK && span_cut(&rest, '\n', &raw); line++) {
		struct entry *e;
		const char *fault;

		text = span_trim(raw);
		if (text.n == 0 || text.p[0] == '#')
			continue;
		if (memchr(text.p, '=', text.n) == NULL)
			return wrap_fail(
			    err, WRAP_ECONFIG, "%s:%zu: not a line \"key = text\"", name, line);
		(void)span_cut(&text, '=', &key);
		key = span_trim(key);
		text = span_trim(text);
		e = find(p, key);
		fault = !utf8_valid(text) ? "is no UTF-8" : text_fault(key, text);
		if (e == NULL && p->files > 1)
			fault = "is no key: words.en has them all";
		if (e != NULL && e->seen == p->files)
			fault = "is there twice";
		rc = fault == NULL ? entry_set(p, e, key, text, err)
				   : wrap_fail(err, WRAP_ECONFIG, "%s:%zu: '%.*s' %s", name, line,
					 (int)(key.n > 60 ? 60 : key.n), key.p, fault);
	}
	return rc;
}

/* The built-in file of a language, then the owner's. */
static enum wrap_rc
language_take(struct phrasebook *p, struct span language, phrasebook_load_fn load, void *ctx,
    struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;
	char name[64];

	(void)snprintf(
	    name, sizeof(name), "words.%.*s", (int)(language.n > 40 ? 40 : language.n), language.p);
	for (int own = 0; own < 2 && rc == WRAP_OK; own++) {
		struct buf b = BUF_INIT(FILE_MAX);
		struct wrap_err why;

		rc = load(ctx, name, own == 1, &b, &why);
		if (rc == WRAP_OK)
			rc = file_take(p, name, buf_span(&b), err);
		else if (rc == WRAP_ENOTFOUND && p->files > 0)
			rc = WRAP_OK;
		else
			rc = wrap_fail(err, rc, "%s", why.text);
		buf_clear(&b);
	}
	return rc;
}

enum wrap_rc
phrasebook_open(const char *language, phrasebook_load_fn load, void *ctx, struct phrasebook **out,
    struct wrap_err *err)
{
	struct phrasebook *p = calloc(1, sizeof(*p));
	char tag[41] = "";
	size_t n = 0, primary = 0, english;
	enum wrap_rc rc;

	*out = NULL;
	if (p == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	/* It becomes part of a file's name. */
	for (const char *s = language; s != NULL && n + 1 < sizeof(tag); s++) {
		char c = (char)(*s >= 'A' && *s <= 'Z' ? *s | 0x20 : *s == '_' ? '-' : *s);

		if (c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9'))
			break;
		tag[n++] = c;
	}
	tag[n] = '\0';
	primary = strcspn(tag, "-");
	rc = language_take(p, SPAN_LIT("en"), load, ctx, err);
	p->speaks = span_eqs((struct span){ tag, primary }, "en");
	english = p->files;
	if (rc == WRAP_OK && primary > 0 && !p->speaks)
		rc = language_take(p, (struct span){ tag, primary }, load, ctx, err);
	if (rc == WRAP_OK && n > primary)
		rc = language_take(p, (struct span){ tag, n }, load, ctx, err);
	p->speaks = p->speaks || p->files > english;
	if (rc == WRAP_OK)
		*out = p;
	else
		phrasebook_close(&p);
	return rc;
}

bool
phrasebook_speaks(const struct phrasebook *p)
{
	return p->speaks;
}

void
phrasebook_close(struct phrasebook **p)
{
	if (*p == NULL)
		return;
	for (size_t i = 0; i < (*p)->n; i++) {
		free((*p)->v[i].key);
		free((*p)->v[i].text);
	}
	free((*p)->v);
	free(*p);
	*p = NULL;
}

/* ---- writing ---------------------------------------------------------------------------------------- */

/* The nth of a list of words, from 0. */
static struct span
listed(const struct phrasebook *p, const char *key, int n)
{
	struct span rest = span_of(phrase(p, key)), word = { "", 0 };

	while (n-- >= 0 && span_cut(&rest, ',', &word))
		;
	return span_trim(word);
}

static void
date_part_add(const struct phrasebook *p, const struct tm *tm, struct span name, struct buf *out)
{
	enum date_part part = DAY;

	while (part < DATE_PARTS && !span_eqs(name, date_parts[part]))
		part++;
	switch (part) {
	case DAY:
		if (tm->tm_mday == 1)
			buf_adds(out, phrase(p, "first_day"));
		else
			buf_addf(out, "%d", tm->tm_mday);
		break;
	case MONTH: buf_addspan(out, listed(p, "months", tm->tm_mon)); break;
	case MON: buf_addspan(out, listed(p, "months_short", tm->tm_mon)); break;
	case YEAR: buf_addf(out, "%d", tm->tm_year + 1900); break;
	case WEEKDAY: buf_addspan(out, listed(p, "weekdays", (tm->tm_wday + 6) % 7)); break;
	case WDAY: buf_addspan(out, listed(p, "weekdays_short", (tm->tm_wday + 6) % 7)); break;
	case HOUR: buf_addf(out, "%02d", tm->tm_hour); break;
	case MINUTE: buf_addf(out, "%02d", tm->tm_min); break;
	case DATE_PARTS: break;
	}
}

void
phrase_date(
    const struct phrasebook *p, const struct tm *tm, enum phrase_date_form form, struct buf *out)
{
	struct span text = span_of(phrase(p, date_keys[form])), before, name;

	while (cut_mark(&text, &before, &name)) {
		buf_addspan(out, before);
		date_part_add(p, tm, name, out);
	}
	buf_addspan(out, before);
}

void
phrase_number(const struct phrasebook *p, long long n, struct buf *out)
{
	const char *mark = phrase(p, "thousands");
	char digits[32];
	size_t from = strtoul(phrase(p, "group_from"), NULL, 10), len;

	(void)snprintf(digits, sizeof(digits), "%llu",
	    n < 0 ? 0ULL - (unsigned long long)n : (unsigned long long)n);
	len = strlen(digits);
	if (n < 0)
		buf_adds(out, "\xE2\x88\x92"); /* U+2212 */
	for (size_t i = 0; i < len; i++) {
		if (i > 0 && len >= from && (len - i) % 3 == 0)
			buf_adds(out, strcmp(mark, "blank") == 0 ? "\xC2\xA0" : mark);
		buf_addc(out, digits[i]);
	}
}

/* KEY_one or KEY_other, as the language counts n. */
const char *
phrase_plural(const struct phrasebook *p, const char *key, long long n)
{
	struct span rest = span_of(phrase(p, "singular")), word;
	const char *text;
	char name[64];
	bool one = false;

	while (!one && span_cut(&rest, ' ', &word))
		one = word.n > 0 && strtoll(word.p, NULL, 10) == n;
	(void)snprintf(name, sizeof(name), "%s_%s", key, one ? "one" : "other");
	text = phrase_find(p, span_of(name));
	return text != NULL ? text : key;
}

void
phrase_fill(const char *text, const struct phrase_value *v, size_t n, struct buf *out)
{
	struct span rest = span_of(text), before, name;

	while (cut_mark(&rest, &before, &name)) {
		buf_addspan(out, before);
		for (size_t i = 0; i < n; i++)
			if (span_eqs(name, v[i].name))
				buf_adds(out, v[i].text);
	}
	buf_addspan(out, before);
}

void
phrase_count(const struct phrasebook *p, const char *key, long long n, struct buf *out)
{
	struct buf number = BUF_INIT(256);

	phrase_number(p, n, &number);
	phrase_fill(
	    phrase_plural(p, key, n), &(struct phrase_value){ "n", buf_str(&number) }, 1, out);
	buf_clear(&number);
}
