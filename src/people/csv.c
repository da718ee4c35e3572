/*
 * Comma-separated values: RFC 4180, and what spreadsheets write under that name. The separator is the
 * commonest of , ; TAB | in the first line (or what Excel's own line "sep=;" says); lines end with LF,
 * CRLF or CR; the bytes are UTF-8, UTF-16 of either end with or without a mark, or Windows-1252, which is
 * told record by record: a record that is no UTF-8 can only be that.
 *
 * The text is never held whole. A quote that is opened and not closed would swallow the rest of a file:
 * when the record grows past its limit, or the file ends in it, its first line is refused and reading
 * goes on at the second.
 */
#include "internal.h"

#include "wrap/text.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW (4 * CSV_RECORD)
#define RAW ((size_t)32 << 10)

static bool
one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

enum wrap_rc
csv_open(struct csv *c, csv_source *more, void *ctx, struct wrap_err *err)
{
	*c = (struct csv){ .more = more,
		.ctx = ctx,
		.line = 1,
		.text = malloc(WINDOW + 1),
		.raw = malloc(RAW),
		.scratch = BUF_INIT(4 * CSV_RECORD) };
	if (c->text != NULL && c->raw != NULL)
		return WRAP_OK;
	csv_close(c);
	return wrap_fail(err, WRAP_ENOMEM, "out of memory");
}

void
csv_close(struct csv *c)
{
	free(c->text);
	free(c->raw);
	buf_clear(&c->scratch);
	*c = (struct csv){ 0 };
}

/* ---- bytes to text ------------------------------------------------------------------------------------ */

/* UTF-16 without a mark shows in the NULs that Western text has in every second place. */
static enum csv_coding
coding_of(const unsigned char *p, size_t n, size_t *mark)
{
	size_t even = 0, odd = 0;

	*mark = 2;
	if (n >= 2 && p[0] == 0xff && p[1] == 0xfe)
		return CSV_UTF16LE;
	if (n >= 2 && p[0] == 0xfe && p[1] == 0xff)
		return CSV_UTF16BE;
	*mark = n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	n = n > 512 ? 512 : n;
	for (size_t i = 0; i < n; i++)
		*(i % 2 == 0 ? &even : &odd) += p[i] == 0;
	if (odd > n / 8 && even < odd / 4)
		return CSV_UTF16LE;
	return even > n / 8 && odd < even / 4 ? CSV_UTF16BE : CSV_BYTES;
}

static uint32_t
unit_at(const struct csv *c, size_t i)
{
	unsigned a = (unsigned char)c->raw[i], b = (unsigned char)c->raw[i + 1];

	return c->coding == CSV_UTF16LE ? a | b << 8 : a << 8 | b;
}

/* Whole characters of raw onto the window; what is left of one waits for the next bytes. RFC 2781. */
static void
decode_utf16(struct csv *c, bool last)
{
	struct buf b = BUF_INIT(4 * RAW);
	size_t i = 0;

	while (i + 1 < c->raw_n) {
		uint32_t u = unit_at(c, i), low;

		if (u >= 0xd800 && u < 0xdc00) {
			if (i + 3 >= c->raw_n && !last)
				break;
			low = i + 3 < c->raw_n ? unit_at(c, i + 2) : 0;
			if (low >= 0xdc00 && low < 0xe000) {
				u = 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00);
				i += 2;
			} else {
				u = 0xfffd;
			}
		} else if (u >= 0xdc00 && u < 0xe000) {
			u = 0xfffd;
		}
		utf8_add(&b, u);
		i += 2;
	}
	memmove(c->raw, c->raw + i, c->raw_n - i);
	c->raw_n -= i;
	memcpy(c->text + c->n, buf_str(&b), b.n); /* three bytes at most for two: there is room */
	c->n += b.n;
	buf_clear(&b);
}

/* More text at the end of the window; what was read goes off its front. */
static enum wrap_rc
fill(struct csv *c, struct wrap_err *err)
{
	size_t got = 0, mark = 0;
	enum wrap_rc rc;

	if (c->at > 0) {
		memmove(c->text, c->text + c->at, c->n - c->at);
		c->n -= c->at;
		c->at = 0;
	}
	while (!c->ended && c->n + 2 * RAW <= WINDOW) {
		rc = c->more(c->ctx, c->raw + c->raw_n, RAW - c->raw_n, &got, err);
		if (rc != WRAP_OK)
			return rc;
		c->ended = got == 0;
		c->raw_n += got;
		if (!c->begun && !c->ended && c->raw_n < 512)
			continue; /* too little to judge by */
		if (!c->begun) {
			c->coding = coding_of((unsigned char *)c->raw, c->raw_n, &mark);
			memmove(c->raw, c->raw + mark, c->raw_n - mark);
			c->raw_n -= mark;
			c->begun = true;
		}
		if (c->coding != CSV_BYTES) {
			decode_utf16(c, c->ended);
			continue;
		}
		memcpy(c->text + c->n, c->raw, c->raw_n);
		c->n += c->raw_n;
		c->raw_n = 0;
	}
	c->text[c->n] = '\0'; /* so that the byte after the last can be looked at */
	return WRAP_OK;
}

/* ---- text to records ---------------------------------------------------------------------------------- */

/* "sep=;" as a line of its own is Excel's way to say it. */
static bool
sep_line(struct csv *c, size_t n)
{
	const char *p = c->text + c->at;

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

static size_t
line_length(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] == '\n' || p[i] == '\r')
			return i;
	return n;
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
			    broken || line_length(p + i, (size_t)(q - p) - i) < (size_t)(q - p) - i;
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
take_cell(char *p, char *end, char sep, struct span *cell, bool *was_quoted)
{
	char *q = p, *to, *from;

	while (q < end && *q == ' ')
		q++;
	*was_quoted = q < end && *q == '"';
	if (!*was_quoted) {
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
	char *p = c->text + at, *end;

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
		p = take_cell(p, end, c->sep, &out->v[out->n], &out->quoted[out->n]);
		out->n++;
	}
	return WRAP_OK;
}

/* Go past n bytes and the line end after them, counting lines. */
static void
go_past(struct csv *c, size_t n)
{
	const char *p = c->text + c->at;

	for (size_t i = 0; i < n; i++) /* a record may hold line ends of its own */
		c->line += p[i] == '\n' || (p[i] == '\r' && p[i + 1] != '\n');
	c->at += n;
	if (c->at < c->n) {
		c->line++;
		c->at += p[n] == '\r' && c->at + 1 < c->n && p[n + 1] == '\n' ? 2 : 1;
	}
}

/* A record without an end: its first line is refused, or passed over when not even that ends. */
static enum wrap_rc
refuse(struct csv *c, bool open, struct csv_record *out, struct wrap_err *err)
{
	size_t n = line_length(c->text + c->at, c->n - c->at);
	enum wrap_rc rc = WRAP_OK;

	out->bad = open ? "a quote is opened and never closed" : "it is longer than 64 kB";
	while (rc == WRAP_OK && n == c->n - c->at && !c->ended) { /* one endless line */
		c->at = c->n;
		rc = fill(c, err);
		n = line_length(c->text, c->n);
	}
	go_past(c, n);
	return rc;
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
		if (!c->ended && c->n - c->at < CSV_RECORD + 2)
			rc = fill(c, err);
		if (rc != WRAP_OK)
			return rc;
		if (c->at == c->n)
			return wrap_fail(err, WRAP_ENOTFOUND, "the end");
		n = line_length(c->text + c->at, c->n - c->at);
		if (n == 0 || (c->sep == '\0' && sep_line(c, n))) {
			go_past(c, n);
			continue;
		}
		break;
	}
	if (c->sep == '\0')
		c->sep = sep_guess(c->text + c->at, n);
	out->line = c->line;
	n = c->n - c->at < CSV_RECORD ? c->n - c->at : CSV_RECORD;
	ends = record_length(c->text + c->at, n, c->sep, &n, &open);
	if (!ends && (open || !c->ended || c->at + n < c->n))
		return refuse(c, open, out, err);
	at = c->at;
	go_past(c, n);
	return split(c, at, n, out, err);
}

/* ---- cells out -------------------------------------------------------------------------------------------- */

/*
 * What a spreadsheet may run when it opens the file: = + - @ TAB CR, and their full-width forms. A ' in
 * front makes it text. So that the guard can be taken off again without a doubt, a text that begins with
 * ' and goes on so gets one more.
 */
bool
csv_is_formula(struct span s)
{
	static const char *const wide[] = { "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
		"\xef\xbc\xa0" };

	while (s.n > 0 && s.p[0] == '\'') {
		s.p++;
		s.n--;
	}
	if (s.n == 0)
		return false;
	if (one_of(s.p[0], "=+-@\t\r"))
		return true;
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (s.n >= 3 && memcmp(s.p, wide[i], 3) == 0)
			return true;
	return false;
}

void
csv_cell(struct buf *b, struct span cell, bool guard)
{
	bool quote = cell.n > 0 && (cell.p[0] == ' ' || cell.p[cell.n - 1] == ' ');

	guard = guard && csv_is_formula(cell);
	for (size_t i = 0; i < cell.n && !quote; i++)
		quote = one_of(cell.p[i], ",;|\"\t\r\n");
	if (quote)
		buf_addc(b, '"');
	if (guard)
		buf_addc(b, '\'');
	for (size_t i = 0; i < cell.n; i++) {
		if (cell.p[i] == '"')
			buf_addc(b, '"');
		buf_addc(b, cell.p[i]);
	}
	if (quote)
		buf_addc(b, '"');
}
