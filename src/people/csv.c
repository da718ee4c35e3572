/*
 * Comma-separated values: RFC 4180, and what spreadsheets write under that name. The separator is the
 * commonest of , ; TAB | in the first line (or what Excel's own line "sep=;" says); lines end with LF,
 * CRLF or CR. A record that is no UTF-8 can only be Windows-1252.
 *
 * A quote that is opened and not closed would swallow the rest of a file: when the record grows past its
 * limit, or the file ends in it, its first line is refused and reading goes on at the second.
 */
#include "internal.h"

#include "wrap/text.h"

#include <stdlib.h>
#include <string.h>

static bool
one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

enum wrap_rc
csv_open(struct csv *c, csv_source *more, void *ctx, struct wrap_err *err)
{
	*c = (struct csv){ .scratch = BUF_INIT(4 * CSV_RECORD) };
	return stream_open(&c->w, more, ctx, err);
}

void
csv_close(struct csv *c)
{
	stream_close(&c->w);
	buf_clear(&c->scratch);
	*c = (struct csv){ 0 };
}

/* "sep=;" as a line of its own is Excel's way to say it. */
static bool
sep_line(struct csv *c, size_t n)
{
	const char *p = c->w.text + c->w.at;

	if (n != 5 || strncasecmp(p, "sep=", 4) != 0)
		return false;
	c->sep = p[4];
	return true;
}

static char
sep_guess(const char *p, size_t n)
{
	static const char all[] = ",;\t|";
	size_t count[4] = { 0 }, best = 0;
	bool quoted = false;

	for (size_t i = 0; i < n; i++) {
		const char *s = p[i] == '\0' ? NULL : strchr(all, p[i]);

		if (p[i] == '"')
			quoted = !quoted;
		else if (s != NULL && !quoted)
			count[s - all]++;
	}
	for (size_t i = 1; i < 4; i++)
		if (count[i] > count[best])
			best = i;
	return all[best];
}

/*
 * How long is the record at p, without its line end? false when it does not end within n. A quote opens
 * only at the beginning of a cell: elsewhere it is a character like others. One that goes over lines and
 * ends before a letter is no pair: the first was never closed, and the other opened a cell of a later row.
 */
static bool
record_length(const char *p, size_t n, char sep, size_t *len, bool *open)
{
	bool start = true, quoted = false, broken = false;

	for (size_t i = 0; i < n; i++) {
		char ch = p[i];

		if (quoted) {
			const char *q = memchr(p + i, '"', n - i);

			if (q == NULL)
				break;
			broken =
			    broken || stream_line(p + i, (size_t)(q - p) - i) < (size_t)(q - p) - i;
			i = (size_t)(q - p);
			if (i + 1 < n && p[i + 1] == '"')
				i++;
			else if (broken && i + 1 < n && p[i + 1] != sep &&
				 !one_of(p[i + 1], "\r\n "))
				break;
			else
				quoted = false;
			continue;
		}
		if (ch == '\n' || ch == '\r') {
			*len = i;
			*open = false;
			return true;
		}
		if (ch == '"' && start) {
			quoted = true;
			broken = false;
		}
		start = ch == sep || (start && ch == ' ');
	}
	*len = n;
	*open = quoted;
	return false;
}

/* One cell out of a record, unquoted in place. Gives where the next begins, or NULL after the last. */
static char *
take_cell(char *p, char *end, char sep, struct span *cell)
{
	char *q = p, *to, *from;

	while (q < end && *q == ' ')
		q++;
	if (q == end || *q != '"') {
		q = memchr(p, sep, (size_t)(end - p));
		q = q == NULL ? end : q;
		*cell = (struct span){ p, (size_t)(q - p) };
		return q == end ? NULL : q + 1;
	}
	to = from = q + 1;
	p = to;
	while (from < end) {
		if (*from == '"' && from + 1 < end && from[1] == '"')
			from++;
		else if (*from == '"')
			break;
		*to++ = *from++;
	}
	/* What follows the closing quote belongs to it, as spreadsheets have it; blanks do not. */
	for (from++; from < end && *from != sep; from++)
		if (*from != ' ')
			*to++ = *from;
	*cell = (struct span){ p, (size_t)(to - p) };
	return from < end ? from + 1 : NULL;
}

static bool
is_ascii(const char *p, size_t n)
{
	unsigned char all = 0;

	for (size_t i = 0; i < n; i++)
		all |= (unsigned char)p[i];
	return all < 0x80;
}

/* A record that is no UTF-8, as the Windows-1252 it must be; NULL on no memory. */
static char *
recode(struct csv *c, const char *p, size_t *n)
{
	buf_reset(&c->scratch);
	for (size_t i = 0; i < *n; i++)
		utf8_add(&c->scratch, charset_windows((unsigned char)p[i]));
	*n = c->scratch.n;
	c->recoded++;
	return c->scratch.rc == WRAP_OK ? c->scratch.p : NULL;
}

static enum wrap_rc
split(struct csv *c, size_t at, size_t n, struct csv_record *out, struct wrap_err *err)
{
	char *p = c->w.text + at, *end;

	if (memchr(p, '\0', n) != NULL) {
		out->bad = "a NUL stands in it";
		return WRAP_OK;
	}
	if (!is_ascii(p, n) && !utf8_valid((struct span){ p, n }) && (p = recode(c, p, &n)) == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	end = p + n;
	while (p != NULL) {
		if (out->n == CSV_COLUMNS) {
			out->bad = "it has more than 256 columns";
			break;
		}
		p = take_cell(p, end, c->sep, &out->v[out->n]);
		out->n++;
	}
	return WRAP_OK;
}

/* A record without an end: its first line is refused, or passed over when not even that ends. */
static enum wrap_rc
refuse(struct csv *c, bool open, struct csv_record *out, struct wrap_err *err)
{
	out->bad = open ? "a quote is opened and never closed" : "it is longer than 64 kB";
	return stream_past_line(&c->w, err);
}

enum wrap_rc
csv_next(struct csv *c, struct csv_record *out, struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;
	bool open = false, ends;
	size_t n, at;

	out->n = 0;
	out->bad = NULL;
	for (;;) {
		/* One byte more than the longest record, so that its line end is seen whole. */
		if (!c->w.ended && c->w.n - c->w.at < CSV_RECORD + 2)
			rc = stream_fill(&c->w, err);
		if (rc != WRAP_OK)
			return rc;
		if (c->w.at == c->w.n)
			return wrap_fail(err, WRAP_ENOTFOUND, "the end");
		n = stream_line(c->w.text + c->w.at, c->w.n - c->w.at);
		if (n == 0 || (c->sep == '\0' && sep_line(c, n))) {
			stream_pass(&c->w, n);
			continue;
		}
		break;
	}
	if (c->sep == '\0')
		c->sep = sep_guess(c->w.text + c->w.at, n);
	out->line = c->w.line;
	n = c->w.n - c->w.at < CSV_RECORD ? c->w.n - c->w.at : CSV_RECORD;
	ends = record_length(c->w.text + c->w.at, n, c->sep, &n, &open);
	if (!ends && (open || !c->w.ended || c->w.at + n < c->w.n))
		return refuse(c, open, out, err);
	at = c->w.at;
	stream_pass(&c->w, n);
	return split(c, at, n, out, err);
}
