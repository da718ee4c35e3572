/*
 * JSON that a strict parser refuses, made readable where only one reading is possible: line ends and other
 * controls in strings, escapes that are none, halves of surrogate pairs, a comma before a closing bracket,
 * what JavaScript allows and JSON does not (comments, strings in ', names without quotes, NaN), numbers that
 * are longer than a machine's, and a document that was cut off, of which every finished item stays.
 */
#include "internal.h"

#include <string.h>

#define DEPTH_MOST 64

struct mend {
	struct span s;
	size_t at;
	struct buf *out;
	char open[DEPTH_MOST]; /* '{' and '[' */
	size_t n;
	size_t whole;   /* out's length after the last item that ended */
	size_t n_whole; /* brackets open there */
};

static int
hex4(struct span s, size_t at)
{
	int v = 0;

	for (size_t i = at; i < at + 4; i++) {
		char c = i < s.n ? s.p[i] : '\0';
		int d = c >= '0' && c <= '9'                 ? c - '0'
			: (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
							     : -1;
		if (d < 0)
			return -1;
		v = v * 16 + d;
	}
	return v;
}

/* "\u" at at. Halves of pairs that stand alone become U+FFFD, as in any other text. */
static void
unicode_escape(struct mend *m)
{
	int v = hex4(m->s, m->at + 2), next;

	if (v < 0) {
		buf_adds(m->out, "u");
		m->at += 2;
		return;
	}
	if (v >= 0xD800 && v <= 0xDBFF && m->at + 7 < m->s.n && m->s.p[m->at + 6] == '\\' &&
	    m->s.p[m->at + 7] == 'u') {
		next = hex4(m->s, m->at + 8);
		if (next >= 0xDC00 && next <= 0xDFFF) {
			buf_add(m->out, m->s.p + m->at, 12);
			m->at += 12;
			return;
		}
	}
	if (v >= 0xD800 && v <= 0xDFFF)
		buf_adds(m->out, "\\ufffd");
	else
		buf_add(m->out, m->s.p + m->at, 6);
	m->at += 6;
}

/* The string whose '"' or '\'' is at at. false: it never ends. */
static bool
string(struct mend *m)
{
	char quote = m->s.p[m->at];

	buf_addc(m->out, '"');
	for (m->at++; m->at < m->s.n;) {
		char c = m->s.p[m->at];
		if (c == quote) {
			buf_addc(m->out, '"');
			m->at++;
			return true;
		}
		if (c == '\\' && m->at + 1 < m->s.n) {
			char e = m->s.p[m->at + 1];
			if (e == 'u') {
				unicode_escape(m);
				continue;
			}
			if (strchr("\"\\/bfnrt", e) != NULL && e != '\0')
				buf_addc(m->out, '\\'), buf_addc(m->out, e);
			else
				buf_addc(m->out, (unsigned char)e < 0x20 ? ' ' : e);
			m->at += 2;
			continue;
		}
		if (c == '"')
			buf_adds(m->out, "\\\"");
		else if ((unsigned char)c < 0x20)
			buf_adds(m->out, c == '\n' ? "\\n" : " ");
		else
			buf_addc(m->out, c);
		m->at++;
	}
	return false;
}

/* A comment of JavaScript at at is passed over. */
static bool
comment(struct mend *m)
{
	struct span rest = { m->s.p + m->at, m->s.n - m->at };
	bool line = rest.n > 1 && rest.p[0] == '/' && rest.p[1] == '/';
	size_t end;

	if (!line && !(rest.n > 1 && rest.p[0] == '/' && rest.p[1] == '*'))
		return false;
	end = span_find(rest, line ? SPAN_LIT("\n") : SPAN_LIT("*/"));
	m->at = end == (size_t)-1 ? m->s.n : m->at + end + (line ? 1 : 2);
	return true;
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '$' || c == '-' || c == '+' || c == '.' || (unsigned char)c >= 0x80;
}

#define DIGITS_MOST 18 /* that fit into 63 bits */

/* A run of letters and digits at at: a number, a word of JSON, the name of a member, or a value that JSON has none for. */
static void
word(struct mend *m)
{
	size_t from = m->at, next;
	struct span s;

	while (m->at < m->s.n && is_word(m->s.p[m->at]))
		m->at++;
	s = (struct span){ m->s.p + from, m->at - from };
	for (next = m->at; next < m->s.n && strchr(" \t\r\n", m->s.p[next]) != NULL; next++)
		;
	if (next < m->s.n && m->s.p[next] == ':') {
		buf_addf(m->out, "\"%.*s\"", (int)(s.n > 100 ? 100 : s.n), s.p);
	} else if (span_eqs(s, "true") || span_eqs(s, "false") || span_eqs(s, "null")) {
		buf_addspan(m->out, s);
	} else if (strchr("-0123456789", s.p[0]) == NULL) {
		buf_adds(m->out, "null");
	} else if (s.n > DIGITS_MOST && memchr(s.p, '.', s.n) == NULL) {
		buf_addc(m->out, '"'); /* an id: every digit counts */
		buf_addspan(m->out, s);
		buf_addc(m->out, '"');
	} else {
		buf_addspan(m->out, s);
	}
}

static void
close_open(struct mend *m, size_t n)
{
	while (n > 0)
		buf_addc(m->out, m->open[--n] == '{' ? '}' : ']');
}

/* Outside of strings. false: no more of it can be read. */
static bool
sign(struct mend *m, char c)
{
	if (c == '{' || c == '[') {
		if (m->n == DEPTH_MOST)
			return false;
		m->open[m->n++] = c;
	} else if (c == '}' || c == ']') {
		if (m->n == 0 || m->open[m->n - 1] != (c == '}' ? '{' : '['))
			return false;
		m->n--;
		/* A comma before it belongs to nothing. */
		while (m->out->n > 0 && strchr(" \t\r\n,", m->out->p[m->out->n - 1]) != NULL)
			buf_truncate(m->out, m->out->n - 1);
	}
	buf_addc(m->out, c);
	m->at++;
	/* The document, its list, an item of it: what has ended at the second level is worth keeping. */
	if (c == '}' && m->n == 2) {
		m->whole = m->out->n;
		m->n_whole = m->n;
	}
	return true;
}

bool
json_mend(struct span s, struct buf *out)
{
	struct mend m = { .s = s, .out = out };

	while (m.at < s.n) {
		char c = s.p[m.at];
		if (is_word(c)) {
			word(&m);
			continue;
		}
		if (comment(&m))
			continue;
		if (c == '"' || c == '\'' ? !string(&m) : !sign(&m, c))
			break;
		if (m.n == 0 && (c == '}' || c == ']'))
			return out->rc == WRAP_OK;
	}
	/* It was cut off, or is damaged beyond this point. */
	if (m.whole == 0 || out->rc != WRAP_OK)
		return false;
	buf_truncate(out, m.whole);
	close_open(&m, m.n_whole);
	return out->rc == WRAP_OK;
}
