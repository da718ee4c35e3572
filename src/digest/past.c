/*
 * The past: in how many texts each word was over the last twelve weeks, so that a quiet week's few articles do not
 * decide by themselves what is rare. One text a week and language under "df:LANG:KEY" in the store: the number of
 * articles, then "word count" a line for words of two articles or more.
 */
#include "digest/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WEEKS 12
#define WEEK_S (7 * 86400)
#define NAME 64
#define WORDS_MAX 20000 /* a week that are kept */

static void
counts_name(const struct bench *b, const char *key, char out[NAME])
{
	(void)snprintf(out, NAME, "df:%.20s:%s", b->c->publication.language, key);
}

static bool
counts_line(struct bench *b, struct span line, struct wrap_err *err)
{
	struct span word;
	uint32_t term;
	unsigned long n;
	char *end;

	if (!span_cut(&line, ' ', &word) || word.n == 0 || line.n == 0)
		return true;
	n = strtoul(line.p, &end, 10);
	term = words_number(b->words, word);
	if (n == 0 || n > 1000000 || term == 0)
		return true;
	if (term >= b->past.size) {
		size_t size = (size_t)term * 2 + 1024;
		uint32_t *v = realloc(b->past.df, size * sizeof(*v));

		if (v == NULL) {
			(void)wrap_fail(err, WRAP_ENOMEM, "no memory for past weeks");
			return false;
		}
		memset(v + b->past.size, 0, (size - b->past.size) * sizeof(*v));
		b->past.df = v;
		b->past.size = size;
	}
	b->past.df[term] += (uint32_t)n;
	return true;
}

enum wrap_rc
past_counts_read(struct bench *b, struct wrap_err *err)
{
	for (int i = 1; i <= WEEKS; i++) {
		char name[NAME], key[EDITION_KEY], *text = NULL;
		struct span rest, line;
		int64_t due;
		enum wrap_rc rc;

		digest_week(b->c, b->to - (int64_t)i * WEEK_S, key, &due);
		counts_name(b, key, name);
		rc = meta_get(b->st, name, &text, err);
		if (rc == WRAP_ENOTFOUND)
			continue;
		if (rc != WRAP_OK)
			return rc;
		rest = span_of(text);
		if (span_cut(&rest, '\n', &line))
			b->past.texts += strtoul(line.p, NULL, 10);
		while (rest.n > 0 && span_cut(&rest, '\n', &line))
			if (!counts_line(b, line, err)) {
				free(text);
				return WRAP_ENOMEM;
			}
		free(text);
	}
	return WRAP_OK;
}

/* Count each term once an item. */
static bool
counts_make(const struct bench *b, uint32_t *df, size_t *texts)
{
	uint32_t *room = NULL;
	size_t size = 0;

	for (size_t i = 0; i < b->n; i++) {
		const struct item *it = &b->v[i];
		size_t n = it->title.n + it->body.n;

		if (it->raw.n == 0 || it->reason == REASON_COPY)
			continue;
		if (n > size) {
			uint32_t *v = realloc(room, n * 2 * sizeof(*v));

			if (v == NULL) {
				free(room);
				return false;
			}
			room = v;
			size = n * 2;
		}
		if (room != NULL && it->title.n > 0)
			memcpy(room, it->title.v, it->title.n * sizeof(*room));
		if (room != NULL && it->body.n > 0)
			memcpy(room + it->title.n, it->body.v, it->body.n * sizeof(*room));
		if (room != NULL && n > 0)
			terms_sort(room, n);
		for (size_t k = 0; room != NULL && k < n; k++)
			df[room[k]] += k == 0 || room[k] != room[k - 1];
		(*texts)++;
	}
	free(room);
	return true;
}

enum wrap_rc
past_counts_write(struct bench *b, const char *key, struct wrap_err *err)
{
	uint32_t *df = calloc(words_known(b->words) + 1, sizeof(*df));
	struct buf out = BUF_INIT((size_t)4 << 20);
	size_t texts = 0, kept = 0;
	char name[NAME];
	enum wrap_rc rc;

	if (df == NULL || !counts_make(b, df, &texts)) {
		free(df);
		return wrap_fail(err, WRAP_ENOMEM, "no memory for this week's words");
	}
	buf_addf(&out, "%zu\n", texts);
	for (uint32_t t = 1; t <= words_known(b->words) && kept < WORDS_MAX; t++)
		if (df[t] > 1) {
			buf_addspan(&out, words_term(b->words, t));
			buf_addf(&out, " %u\n", df[t]);
			kept++;
		}
	free(df);
	counts_name(b, key, name);
	rc = buf_rc(&out, err);
	if (rc == WRAP_OK)
		rc = meta_set(b->st, name, buf_str(&out), err);
	buf_clear(&out);
	return rc;
}
