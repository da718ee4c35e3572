/*
 * A look at the first rows of a list before its columns are learned: where addresses stand whatever the header
 * says, whether "state" means that of a reader or that of America, and whether 03/04/2020 is in March.
 */
#include "import.h"

#include "wrap/mail.h"

#include <stdlib.h>
#include <string.h>

#define ROWS 500 /* at most; fewer when the window holds fewer */

/* The window's text as a source of its own: reading it must not move what is yet to be imported. */
struct text {
	const char *p;
	size_t n;
};

static enum wrap_rc
more(void *ctx, char *p, size_t max, size_t *got, struct wrap_err *err)
{
	struct text *t = ctx;

	(void)err;
	*got = t->n < max ? t->n : max;
	memcpy(p, t->p, *got);
	t->p += *got;
	t->n -= *got;
	return WRAP_OK;
}

static size_t
digits(struct span s, size_t at)
{
	size_t n = 0;

	while (at + n < s.n && s.p[at + n] >= '0' && s.p[at + n] <= '9')
		n++;
	return n;
}

bool
look_slashes(struct span s, int *first, int *second)
{
	size_t a, b;

	s = column_trim(s);
	a = digits(s, 0);
	b = a > 0 && a + 1 < s.n && s.p[a] == '/' ? digits(s, a + 1) : 0;
	if (a == 0 || a > 2 || b == 0 || b > 2 || a + b + 2 >= s.n || s.p[a + b + 1] != '/' ||
	    digits(s, a + b + 2) < 2)
		return false;
	*first = (int)strtol(s.p, NULL, 10);
	*second = (int)strtol(s.p + a + 1, NULL, 10);
	return true;
}

static void
look_at(struct column_look *c, struct span cell, uint64_t line, const char *words)
{
	enum subscriber_state state;
	struct span s = column_trim(cell);
	int first, second;

	if (s.n == 0)
		return;
	c->filled++;
	c->addresses += column_is_address(s);
	c->states += s.n < 60 && column_state(s, words, &state);
	if (!look_slashes(s, &first, &second))
		return;
	c->slashes++;
	if (first > 12 && c->day_line == 0)
		c->day_line = line;
	if (second > 12 && c->month_line == 0)
		c->month_line = line;
}

static void
look_row(struct look *out, const struct csv_record *r, const char *words)
{
	for (size_t i = 0; r->bad == NULL && i < r->n; i++)
		look_at(&out->v[i], r->v[i], r->line, words);
	out->rows++;
}

static enum wrap_rc
look_objects(struct look *out, struct stream *s, struct csv_record *r, const char *words,
    struct wrap_err *err)
{
	struct objects *o = NULL;
	enum wrap_rc rc = objects_open(&o, s, r, err);

	while (rc == WRAP_OK && out->rows < ROWS && (rc = objects_next(o, r, err)) == WRAP_OK)
		look_row(out, r, words);
	objects_close(&o);
	return rc;
}

enum wrap_rc
look_ahead(const struct stream *w, const char *words, struct look *out, struct wrap_err *err)
{
	struct text t = { w->text + w->at, w->n - w->at };
	struct csv_record *r = calloc(1, sizeof(*r));
	struct csv c;
	enum wrap_rc rc;

	*out = (struct look){ .rows = 0 };
	if (r == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	rc = csv_open(&c, more, &t, err);
	if (rc == WRAP_OK) {
		c.w.line = w->line;
		rc = stream_fill(&c.w, err);
		if (rc == WRAP_OK && objects_begin(&c.w))
			rc = look_objects(out, &c.w, r, words, err);
		while (rc == WRAP_OK && out->rows < ROWS && (rc = csv_next(&c, r, err)) == WRAP_OK)
			look_row(out, r, words);
		out->semicolons = c.sep == ';';
		csv_close(&c);
	}
	free(r);
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}
