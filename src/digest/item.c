/*
 * Items: the words of the articles on the bench, read once, and why one is set aside.
 */
#include "digest/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* News says what it is about in its first words; in a week of thousands fewer of them must do. */
#define BODY_BYTES 4000
#define MANY 2000
#define BODY_BYTES_MANY 1500

static struct span
body_of(const struct bench *b, const struct article *a)
{
	struct span s = text_span(a->summary), t = text_span(a->text);
	size_t most = b->articles.n > MANY ? BODY_BYTES_MANY : BODY_BYTES;

	if (t.n < s.n)
		t = s;
	if (t.n > most) {
		t.n = most;
		while (t.n > 0 && ((unsigned char)t.p[t.n] & 0xC0) == 0x80)
			t.n--;
	}
	return t;
}

const char *
item_language(const struct bench *b, const struct item *i)
{
	struct span s = body_of(b, i->a);

	return words_guess(b->words, i->lang, s.n > 0 ? s : text_span(i->a->title));
}

enum wrap_rc
item_words(struct bench *b, const struct article *a, struct terms *terms, struct terms *raw,
    struct wrap_err *err)
{
	const char *lang = a->language != NULL ? a->language : b->c->publication.language;
	enum wrap_rc rc = words_read(b->words, lang, text_span(a->title), terms, raw, err);

	return rc == WRAP_OK ? words_read(b->words, lang, body_of(b, a), terms, raw, err) : rc;
}

enum wrap_rc
items_read(struct bench *b, struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;

	for (size_t k = 0; rc == WRAP_OK && k < b->n; k++) {
		struct item *i = &b->v[k];

		if (!item_is_in(i))
			continue;
		i->words = blank_words(text_span(i->a->text));
		rc = words_read(b->words, i->lang, text_span(i->a->title), &i->title, &i->raw, err);
		if (rc == WRAP_OK)
			rc =
			    words_read(b->words, i->lang, body_of(b, i->a), &i->body, &i->raw, err);
	}
	return rc;
}

enum wrap_rc
told_add(struct bench *b, const char *edition, const struct article *a, struct wrap_err *err)
{
	struct told *v = realloc(b->told, (b->n_told + 1) * sizeof(*v)), *t;
	const char *lang = a->language != NULL ? a->language : b->c->publication.language;
	enum wrap_rc rc;

	if (v == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "no memory for last week's stories");
	b->told = v;
	t = &v[b->n_told++];
	*t = (struct told){ .feed_id = a->feed_id,
		.url = str_dup(a->url),
		.title_text = str_dup(a->title),
		.date = a->published_at > 0 && a->published_at <= a->seen_at ? a->published_at
									     : a->seen_at };
	(void)snprintf(t->edition, sizeof(t->edition), "%s", edition);
	if (t->title_text == NULL || (a->url != NULL && t->url == NULL))
		return wrap_fail(err, WRAP_ENOMEM, "no memory for last week's stories");
	rc = words_read(b->words, lang, text_span(a->title), &t->title, &t->raw, err);
	return rc == WRAP_OK ? words_read(b->words, lang, body_of(b, a), &t->body, &t->raw, err)
			     : rc;
}

char *
text_format(const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	return s;
}

void
item_drop(struct item *i, enum reason r, const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;

	if (!item_is_in(i))
		return;
	i->reason = r;
	free(i->why);
	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	i->why = s;
}

struct span
text_span(const char *s)
{
	return s == NULL ? (struct span){ "", 0 } : span_of(s);
}
