/*
 * What a part holds, as UTF-8 text: transfer encodings (RFC 2045), encoded words (RFC 2047), and HTML
 * laid out as lines, for it is in HTML that some servers hide the reason. Character sets are undone in
 * mimecharset.c. Everything is lenient and bounded.
 */
#include "wrap/mail.h"

#include <string.h>

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

void
mime_unquote(struct span s, bool header, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		size_t j = i + 1;

		if (header && s.p[i] == '_') {
			buf_addc(out, ' ');
			continue;
		}
		if (s.p[i] != '=') {
			buf_addc(out, s.p[i]);
			continue;
		}
		if (j + 1 < s.n && hex_digit(s.p[j]) >= 0 && hex_digit(s.p[j + 1]) >= 0) {
			buf_addc(out, (char)(hex_digit(s.p[j]) * 16 + hex_digit(s.p[j + 1])));
			i += 2;
			continue;
		}
		while (j < s.n && (s.p[j] == ' ' || s.p[j] == '\t' || s.p[j] == '\r'))
			j++;
		if (j == s.n || s.p[j] == '\n')
			i = j; /* a soft line break */
		else
			buf_addc(out, '=');
	}
}

void
mime_unbase64(struct span s, struct buf *out)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned bits = 0, n = 0;

	for (size_t i = 0; i < s.n && s.p[i] != '='; i++) {
		const char *at = s.p[i] == '\0' ? NULL : strchr(digits, s.p[i]);

		if (at == NULL)
			continue;
		bits = (bits << 6 | (unsigned)(at - digits)) & 0xffffff;
		n += 6;
		if (n >= 8) {
			n -= 8;
			buf_addc(out, (char)(bits >> n & 0xff));
		}
	}
}

/* ---- header text ----------------------------------------------------------------------------------- */

/* One encoded word at the start of s: its text goes to out, its length is returned; 0 when there is none. */
static size_t
encoded_word(struct span s, struct buf *out)
{
	struct span rest, charset, method;
	struct buf bytes = BUF_INIT(MIME_BYTES_MAX);
	char name[32];
	size_t n, star;

	if (s.n < 8 || s.p[0] != '=' || s.p[1] != '?')
		return 0;
	if (s.n > 1024) /* RFC 2047 allows 75; the bound keeps a field of "=?=?=?" linear */
		s.n = 1024;
	rest = (struct span){ s.p + 2, s.n - 2 };
	if (!span_cut(&rest, '?', &charset) || !span_cut(&rest, '?', &method) || method.n != 1 ||
	    charset.n >= sizeof(name))
		return 0;
	n = span_find(rest, SPAN_LIT("?="));
	if (n == (size_t)-1)
		return 0;
	star = span_find(charset, SPAN_LIT("*")); /* RFC 2231 5: the language is of no use here */
	if (star != (size_t)-1)
		charset.n = star;
	memcpy(name, charset.p, charset.n);
	name[charset.n] = '\0';
	if ((method.p[0] | 32) == 'b')
		mime_unbase64((struct span){ rest.p, n }, &bytes);
	else
		mime_unquote((struct span){ rest.p, n }, true, &bytes);
	mime_charset(buf_span(&bytes), name, out);
	buf_clear(&bytes);
	return (size_t)(rest.p + n + 2 - s.p);
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void
mime_words(struct span raw, struct buf *out)
{
	struct buf word = BUF_INIT(MIME_BYTES_MAX);
	bool after_word = false;

	for (size_t i = 0; i < raw.n;) {
		size_t at = i, len;

		while (at < raw.n && is_space(raw.p[at]))
			at++;
		len = encoded_word((struct span){ raw.p + at, raw.n - at }, &word);
		if (at > i &&
		    !(len > 0 && after_word)) /* blanks between two encoded words are not text */
			buf_addc(out, ' ');
		after_word = len > 0;
		if (len == 0 && at < raw.n) {
			for (len = 1; at + len < raw.n && !is_space(raw.p[at + len]); len++)
				if (raw.p[at + len] == '=' && raw.p[at + len - 1] != '?')
					break;
			mime_charset((struct span){ raw.p + at, len }, "", &word);
		}
		buf_addspan(out, buf_span(&word));
		buf_reset(&word);
		i = at + len;
	}
	buf_clear(&word);
}

/* ---- bodies ---------------------------------------------------------------------------------------- */

static bool
tag_is(struct span tag, const char *name)
{
	size_t n = strlen(name);

	return tag.n >= n && span_ieqs((struct span){ tag.p, n }, name) &&
	       (tag.n == n || is_space(tag.p[n]) || tag.p[n] == '/');
}

static size_t
entity(struct span s, struct buf *out)
{
	static const struct {
		const char *name, *text;
	} known[] = { { "&lt;", "<" }, { "&gt;", ">" }, { "&amp;", "&" }, { "&quot;", "\"" },
		{ "&nbsp;", " " }, { "&#39;", "'" }, { "&#43;", "+" }, { "&#64;", "@" },
		{ "&#8203;", "" } };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t n = strlen(known[i].name);

		if (s.n >= n && memcmp(s.p, known[i].name, n) == 0) {
			buf_adds(out, known[i].text);
			return n;
		}
	}
	buf_addc(out, '&');
	return 1;
}

static bool
ends_line(struct span tag)
{
	static const char *const block[] = { "br", "p", "/p", "div", "/div", "tr", "/tr", "td",
		"/td", "li", "/h1", "/h2", "/h3", "hr", "/table", "pre", "/pre" };

	for (size_t i = 0; i < sizeof(block) / sizeof(block[0]); i++)
		if (tag_is(tag, block[i]))
			return true;
	return false;
}

/* Tags away, block ends as line ends, style and script dropped: enough to read a server's sentence. */
static void
html_text(struct span s, struct buf *out)
{
	const char *skip = NULL;

	for (size_t i = 0; i < s.n;) {
		struct span tag;
		size_t close;

		if (s.p[i] == '&' && skip == NULL) {
			i += entity((struct span){ s.p + i, s.n - i }, out);
			continue;
		}
		if (s.p[i] != '<') {
			if (skip == NULL)
				buf_addc(out, (char)(s.p[i] == '\n' ? ' ' : s.p[i]));
			i++;
			continue;
		}
		close = span_find((struct span){ s.p + i, s.n - i }, SPAN_LIT(">"));
		if (close == (size_t)-1)
			break;
		tag = (struct span){ s.p + i + 1, close - 1 };
		i += close + 1;
		if (skip != NULL) {
			skip = tag_is(tag, skip) ? NULL : skip;
			continue;
		}
		if (tag_is(tag, "style"))
			skip = "/style";
		else if (tag_is(tag, "script"))
			skip = "/script";
		else if (ends_line(tag))
			buf_addc(out, '\n');
	}
}

void
mime_text(const struct mime_part *part, size_t max, struct buf *out)
{
	/* Base64 and HTML shrink when they are undone: look at no more bytes than could still be shown. */
	bool html = strcmp(part->type, "text/html") == 0;
	size_t look = html ? max * 4 : max;
	struct span body = part->body;
	struct buf bytes = BUF_INIT(MIME_BYTES_MAX * 2), text = BUF_INIT(MIME_BYTES_MAX * 4);

	if (part->encoding != MIME_PLAIN)
		look = look / 2 * 3;
	if (body.n > look)
		body.n = look;
	if (part->encoding == MIME_QUOTED)
		mime_unquote(body, false, &bytes);
	else if (part->encoding == MIME_BASE64)
		mime_unbase64(body, &bytes);
	mime_charset(part->encoding == MIME_PLAIN ? body : buf_span(&bytes), part->charset, &text);
	buf_reset(&bytes);
	if (html)
		html_text(buf_span(&text), &bytes);
	else
		mime_normal(buf_span(&text), &bytes); /* CRLF inside base64 */
	buf_add(out, buf_str(&bytes), bytes.n > max ? max : bytes.n);
	buf_clear(&bytes);
	buf_clear(&text);
}
