/*
 * Transfer encodings of RFC 2045, and the gate each finished message passes. Quoted-printable is written so
 * that no relay has a reason to touch it: short lines, no blanks at their ends, no leading dot or "From ".
 */
#include "wrap/mail.h"

#include <string.h>

#define QP_LINE 76
#define BASE64_LINE_BYTES 57 /* make 76 columns */
#define LONGEST_LINE 998

bool
mime_prefers_base64(struct span text)
{
	size_t qp = 0;

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		qp += c >= 0x80 || c == '=' ? 3 : 1;
	}
	/* Soft breaks cost quoted-printable 3 in 76, line ends base64 2 in 78. */
	return qp + qp / 25 > text.n / 3 * 4 + text.n / 29;
}

void
mime_qp_break(size_t *column, struct buf *out)
{
	if (*column > 0)
		buf_add(out, "=\r\n", 3);
	*column = 0;
}

/* May the byte at i stand for itself? At the start of a line and before its end there is more to heed. */
static bool
qp_is_literal(struct span s, size_t i, size_t column)
{
	unsigned char c = (unsigned char)s.p[i];

	if (c == '=' || c < 0x20 || c > 0x7E)
		return false;
	if (c ==
	    ' ') /* not at the start of a line, for it may have been one's end; none after another */
		return column > 0 && i > 0 && s.p[i - 1] != ' ' && i + 1 < s.n &&
		       s.p[i + 1] != '\n' && s.p[i + 1] != '\r';
	if (column == 0 && (c == '.' || c == 'F'))
		return false;
	return true;
}

void
mime_qp(struct span text, size_t *column, struct buf *out)
{
	static const char hex[] = "0123456789ABCDEF";
	char line[QP_LINE + 4];
	size_t n = 0, start = *column;

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		bool crlf = c == '\r' && i + 1 < text.n && text.p[i + 1] == '\n';
		bool literal, last;

		if (c == '\n' || crlf) {
			i += crlf ? 1 : 0;
			buf_add(out, line, n);
			buf_add(out, "\r\n", 2);
			n = start = 0;
			continue;
		}
		literal = qp_is_literal(text, i, start + n);
		/* The last column is for the '=' of a soft break, unless the line ends here anyway. */
		last = i + 1 == text.n || (text.p[i + 1] != '\n' && text.p[i + 1] != '\r');
		if (start + n + (literal ? 1 : 3) > (last ? QP_LINE - 1 : QP_LINE)) {
			buf_add(out, line, n);
			buf_add(out, "=\r\n", 3);
			n = start = 0;
			literal = qp_is_literal(text, i, 0);
		}
		if (literal) {
			line[n++] = (char)c;
		} else {
			line[n++] = '=';
			line[n++] = hex[c >> 4];
			line[n++] = hex[c & 15];
		}
	}
	buf_add(out, line, n);
	*column = start + n;
}

void
mime_base64(struct span bytes, struct buf *out)
{
	static const char alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = (const unsigned char *)bytes.p;
	char line[QP_LINE + 2];

	for (size_t left = bytes.n; left > 0;) {
		size_t take = left > BASE64_LINE_BYTES ? BASE64_LINE_BYTES : left, n = 0;

		for (size_t i = 0; i < take; i += 3) {
			size_t have = take - i;
			unsigned v = (unsigned)p[i] << 16 |
				     (have > 1 ? (unsigned)p[i + 1] << 8 : 0) |
				     (have > 2 ? (unsigned)p[i + 2] : 0);

			line[n++] = alphabet[v >> 18];
			line[n++] = alphabet[v >> 12 & 63];
			line[n++] = have > 1 ? alphabet[v >> 6 & 63] : '=';
			line[n++] = have > 2 ? alphabet[v & 63] : '=';
		}
		line[n++] = '\r';
		line[n++] = '\n';
		buf_add(out, line, n);
		p += take;
		left -= take;
	}
}

bool
mime_lines(struct span s, struct mime_lines *out)
{
	enum { BLOCK = 64 };
	size_t i = 0;
	unsigned char bad = 0, dot = 0, all = 0, nul = 0;

	*out = (struct mime_lines){ 0 };
	if (s.n == 0)
		return true;
	for (; i + BLOCK < s.n; i += BLOCK) {
		for (size_t k = i; k < i + BLOCK; k++) {
			bad |= (unsigned char)((s.p[k] == '\r') ^ (s.p[k + 1] == '\n'));
			dot |= (unsigned char)((s.p[k] == '\n') & (s.p[k + 1] == '.'));
			nul |= (unsigned char)(s.p[k] == '\0');
			all |= (unsigned char)s.p[k];
		}
	}
	for (; i + 1 < s.n; i++) {
		bad |= (unsigned char)((s.p[i] == '\r') ^ (s.p[i + 1] == '\n'));
		dot |= (unsigned char)((s.p[i] == '\n') & (s.p[i + 1] == '.'));
		nul |= (unsigned char)(s.p[i] == '\0');
		all |= (unsigned char)s.p[i];
	}
	out->nul = nul != 0 || s.p[s.n - 1] == '\0';
	out->dots = dot != 0;
	out->high = ((all | (unsigned char)s.p[s.n - 1]) & 0x80) != 0;
	return bad == 0 && s.p[0] != '\n' && s.p[s.n - 1] != '\r';
}

/* Does a line end within every stretch of the longest line? One look for many lines: ours are short. */
static bool
lines_are_short(struct span s)
{
	while (s.n > LONGEST_LINE + 2) {
		const char *lf = memrchr(s.p, '\n', LONGEST_LINE + 2);

		if (lf == NULL)
			return false;
		s.n -= (size_t)(lf - s.p) + 1;
		s.p = lf + 1;
	}
	return true;
}

static bool
is_7bit(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (((unsigned char)s.p[i] & 0x80) != 0)
			return false;
	return true;
}

/* The first line that may not go out, named. */
static enum wrap_rc
find_fault(struct span message, bool utf8_headers, struct wrap_err *err)
{
	const char *p = message.p, *end = message.p + message.n;
	size_t head = span_find(message, SPAN_LIT("\r\n\r\n")), crs = 0, lines = 0;

	for (; p < end; lines++) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));

		if (lf == NULL || lf == p || lf[-1] != '\r')
			return wrap_fail(
			    err, WRAP_EPROTO, "message line %zu does not end in CR LF", lines + 1);
		if ((size_t)(lf - p) - 1 > LONGEST_LINE)
			return wrap_fail(err, WRAP_EPROTO, "message line %zu has %zu octets",
			    lines + 1, (size_t)(lf - p) - 1);
		p = lf + 1;
	}
	/* Each LF has its CR; more of those, and one stands alone. */
	for (p = message.p; p < end && (p = memchr(p, '\r', (size_t)(end - p))) != NULL; p++)
		crs++;
	if (crs != lines || (message.n > 0 && memchr(message.p, '\0', message.n) != NULL))
		return wrap_fail(err, WRAP_EPROTO, "the message holds a bare CR or NUL");
	head = !utf8_headers || head == (size_t)-1 ? 0 : head;
	if (!is_7bit((struct span){ message.p + head, message.n - head }))
		return wrap_fail(err, WRAP_EPROTO, "the message is not 7-bit");
	return WRAP_OK;
}

enum wrap_rc
mime_gate(struct span message, bool utf8_headers, struct wrap_err *err)
{
	struct mime_lines lines;

	/* Every byte of every mail goes by here, and nearly all are in order. */
	if (mime_lines(message, &lines) && !lines.nul && !lines.high &&
	    (message.n == 0 || message.p[message.n - 1] == '\n') && lines_are_short(message))
		return WRAP_OK;
	return find_fault(message, utf8_headers, err);
}
