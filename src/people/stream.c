/*
 * A long text through a short window, so that a list of any size is read in the same memory. The bytes are
 * UTF-8, or UTF-16 of either end with or without a mark, which becomes UTF-8 here; a mark is taken off.
 */
#include "internal.h"

#include "wrap/text.h"

#include <stdlib.h>
#include <string.h>

#define RAW ((size_t)32 << 10)

enum wrap_rc
stream_open(struct stream *w, csv_source *more, void *ctx, struct wrap_err *err)
{
	*w = (struct stream){ .more = more,
		.ctx = ctx,
		.line = 1,
		.text = malloc(STREAM_WINDOW + 1),
		.raw = malloc(RAW) };
	if (w->text != NULL && w->raw != NULL)
		return WRAP_OK;
	stream_close(w);
	return wrap_fail(err, WRAP_ENOMEM, "out of memory");
}

void
stream_close(struct stream *w)
{
	free(w->text);
	free(w->raw);
	*w = (struct stream){ 0 };
}

/* UTF-16 without a mark shows in the NULs that Western text has in every second place. */
static enum stream_coding
coding_of(const unsigned char *p, size_t n, size_t *mark)
{
	size_t even = 0, odd = 0;

	*mark = 2;
	if (n >= 2 && p[0] == 0xff && p[1] == 0xfe)
		return STREAM_UTF16LE;
	if (n >= 2 && p[0] == 0xfe && p[1] == 0xff)
		return STREAM_UTF16BE;
	*mark = n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	n = n > 512 ? 512 : n;
	for (size_t i = 0; i < n; i++)
		*(i % 2 == 0 ? &even : &odd) += p[i] == 0;
	if (odd > n / 8 && even < odd / 4)
		return STREAM_UTF16LE;
	return even > n / 8 && odd < even / 4 ? STREAM_UTF16BE : STREAM_BYTES;
}

static uint32_t
unit_at(const struct stream *w, size_t i)
{
	unsigned a = (unsigned char)w->raw[i], b = (unsigned char)w->raw[i + 1];

	return w->coding == STREAM_UTF16LE ? a | b << 8 : a << 8 | b;
}

/* Whole characters of raw onto the window; what is left of one waits for the next bytes. RFC 2781. */
static void
decode_utf16(struct stream *w, bool last)
{
	struct buf b = BUF_INIT(4 * RAW);
	size_t i = 0;

	while (i + 1 < w->raw_n) {
		uint32_t u = unit_at(w, i), low;

		if (u >= 0xd800 && u < 0xdc00) {
			if (i + 3 >= w->raw_n && !last)
				break;
			low = i + 3 < w->raw_n ? unit_at(w, i + 2) : 0;
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
	memmove(w->raw, w->raw + i, w->raw_n - i);
	w->raw_n -= i;
	memcpy(w->text + w->n, buf_str(&b), b.n); /* three bytes at most for two: there is room */
	w->n += b.n;
	buf_clear(&b);
}

/* More text at the end of the window; what was read goes off its front. */
enum wrap_rc
stream_fill(struct stream *w, struct wrap_err *err)
{
	size_t got = 0, mark = 0;
	enum wrap_rc rc;

	if (w->at > 0) {
		memmove(w->text, w->text + w->at, w->n - w->at);
		w->n -= w->at;
		w->at = 0;
	}
	while (!w->ended && w->n + 2 * RAW <= STREAM_WINDOW) {
		rc = w->more(w->ctx, w->raw + w->raw_n, RAW - w->raw_n, &got, err);
		if (rc != WRAP_OK)
			return rc;
		w->ended = got == 0;
		w->raw_n += got;
		if (!w->begun && !w->ended && w->raw_n < 512)
			continue; /* too little to judge by */
		if (!w->begun) {
			w->coding = coding_of((unsigned char *)w->raw, w->raw_n, &mark);
			memmove(w->raw, w->raw + mark, w->raw_n - mark);
			w->raw_n -= mark;
			w->begun = true;
		}
		if (w->coding != STREAM_BYTES) {
			decode_utf16(w, w->ended);
			continue;
		}
		memcpy(w->text + w->n, w->raw, w->raw_n);
		w->n += w->raw_n;
		w->raw_n = 0;
	}
	w->text[w->n] = '\0'; /* so that the byte after the last can be looked at */
	return WRAP_OK;
}

size_t
stream_line(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] == '\n' || p[i] == '\r')
			return i;
	return n;
}

void
stream_skip(struct stream *w, size_t n)
{
	const char *p = w->text + w->at;

	for (size_t i = 0; i < n; i++)
		w->line += p[i] == '\n' || (p[i] == '\r' && p[i + 1] != '\n');
	w->at += n;
}

void
stream_pass(struct stream *w, size_t n)
{
	const char *p = w->text + w->at + n;

	stream_skip(w, n); /* a record may hold line ends of its own */
	if (w->at < w->n) {
		w->line++;
		w->at += p[0] == '\r' && w->at + 1 < w->n && p[1] == '\n' ? 2 : 1;
	}
}

enum wrap_rc
stream_past_line(struct stream *w, struct wrap_err *err)
{
	size_t n = stream_line(w->text + w->at, w->n - w->at);
	enum wrap_rc rc = WRAP_OK;

	while (rc == WRAP_OK && n == w->n - w->at && !w->ended) { /* one endless line */
		w->at = w->n;
		rc = stream_fill(w, err);
		n = stream_line(w->text, w->n);
	}
	stream_pass(w, n);
	return rc;
}
