/*
 * Borrowed spans, grown buffers with a cap, lists of strings. The buffer remembers its first failure,
 * so that composing code reads straight down and asks once at its end.
 */
#include "wrap/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct span
span_of(const char *s)
{
	return (struct span){ s, s == NULL ? 0 : strlen(s) };
}

bool
span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
span_eqs(struct span a, const char *s)
{
	return span_eq(a, span_of(s));
}

bool
span_starts(struct span a, const char *with)
{
	size_t n = strlen(with);

	return a.n >= n && memcmp(a.p, with, n) == 0;
}

static unsigned char
fold(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool
span_ieq(struct span a, struct span b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (fold(a.p[i]) != fold(b.p[i]))
			return false;
	return true;
}

bool
span_ieqs(struct span a, const char *s)
{
	return span_ieq(a, span_of(s));
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}

struct span
span_trim(struct span a)
{
	while (a.n > 0 && is_blank(a.p[0])) {
		a.p++;
		a.n--;
	}
	while (a.n > 0 && is_blank(a.p[a.n - 1]))
		a.n--;
	return a;
}

size_t
span_find(struct span hay, struct span needle)
{
	const char *at;

	if (needle.n == 0)
		return 0;
	if (hay.n < needle.n)
		return (size_t)-1;
	at = memmem(hay.p, hay.n, needle.p, needle.n);
	return at == NULL ? (size_t)-1 : (size_t)(at - hay.p);
}

size_t
span_ifind(struct span hay, struct span needle)
{
	if (needle.n == 0)
		return 0;
	for (size_t i = 0; i + needle.n <= hay.n; i++)
		if (span_ieq((struct span){ hay.p + i, needle.n }, needle))
			return i;
	return (size_t)-1;
}

bool
span_cut(struct span *rest, char sep, struct span *field)
{
	const char *at;

	if (rest->n == 0)
		return false;
	at = memchr(rest->p, sep, rest->n);
	if (at == NULL) {
		*field = *rest;
		rest->p += rest->n;
		rest->n = 0;
		return true;
	}
	*field = (struct span){ rest->p, (size_t)(at - rest->p) };
	rest->p = at + 1;
	rest->n -= field->n + 1;
	return true;
}

void
buf_init(struct buf *b, size_t max_bytes)
{
	*b = BUF_INIT(max_bytes);
}

void
buf_clear(struct buf *b)
{
	free(b->p);
	buf_init(b, b->cap);
}

void
buf_reset(struct buf *b)
{
	b->n = 0;
	b->rc = WRAP_OK;
	if (b->p != NULL)
		b->p[0] = '\0';
}

/* Make room for n more bytes and the final NUL. */
static bool
reserve(struct buf *b, size_t n)
{
	size_t cap = b->cap == 0 ? BUF_DEFAULT_CAP : b->cap, size;
	char *p;

	if (b->rc != WRAP_OK)
		return false;
	if (n > cap || b->n > cap - n) {
		b->rc = WRAP_ELIMIT;
		return false;
	}
	if (b->n + n + 1 <= b->size)
		return true;
	size = b->size < 64 ? 64 : b->size;
	while (size < b->n + n + 1)
		size *= 2;
	p = realloc(b->p, size);
	if (p == NULL) {
		b->rc = WRAP_ENOMEM;
		return false;
	}
	b->p = p;
	b->size = size;
	return true;
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	if (!reserve(b, n))
		return;
	if (n > 0)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}

void
buf_addspan(struct buf *b, struct span s)
{
	buf_add(b, s.p, s.n);
}

void
buf_adds(struct buf *b, const char *s)
{
	if (s != NULL)
		buf_add(b, s, strlen(s));
}

void
buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !reserve(b, (size_t)n))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
}

void
buf_truncate(struct buf *b, size_t n)
{
	if (n < b->n) {
		b->n = n;
		b->p[n] = '\0';
	}
}

const char *
buf_str(const struct buf *b)
{
	return b->p == NULL ? "" : b->p;
}

struct span
buf_span(const struct buf *b)
{
	return (struct span){ buf_str(b), b->n };
}

enum wrap_rc
buf_rc(const struct buf *b, struct wrap_err *err)
{
	if (b->rc == WRAP_ELIMIT)
		return wrap_fail(err, b->rc, "text grew past its limit of %zu bytes",
		    b->cap == 0 ? BUF_DEFAULT_CAP : b->cap);
	if (b->rc != WRAP_OK)
		return wrap_fail(err, b->rc, "out of memory");
	return WRAP_OK;
}

char *
buf_steal(struct buf *b)
{
	char *p;

	buf_add(b, "", 0);
	if (b->rc != WRAP_OK) {
		buf_clear(b);
		return NULL;
	}
	p = b->p;
	b->p = NULL;
	buf_clear(b);
	return p;
}

char *
str_dup(const char *s)
{
	return s == NULL ? NULL : str_dup_span(span_of(s));
}

char *
str_dup_span(struct span s)
{
	char *p = malloc(s.n + 1);

	if (p == NULL)
		return NULL;
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return p;
}

enum wrap_rc
strs_add(struct strs *l, struct span s, struct wrap_err *err)
{
	char **v, *copy;

	/* The room doubles when the count reaches a power of two, so that the struct needs no size. */
	if ((l->n & (l->n - 1)) == 0) {
		v = realloc(l->v, (l->n == 0 ? 1 : l->n * 2) * sizeof(*v));
		if (v == NULL)
			return wrap_fail(err, WRAP_ENOMEM, "out of memory");
		l->v = v;
	}
	copy = str_dup_span(s);
	if (copy == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	l->v[l->n++] = copy;
	return WRAP_OK;
}

bool
strs_has(const struct strs *l, struct span s)
{
	for (size_t i = 0; i < l->n; i++)
		if (span_eqs(s, l->v[i]))
			return true;
	return false;
}

void
strs_clear(struct strs *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
	*l = (struct strs){ 0 };
}
