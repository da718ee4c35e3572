/*
 * Reading replies of a relay: lines into one reply, a reply into a verdict. A relay is a stranger: its
 * lines are cut, its controls become blanks, what is no UTF-8 is replaced, and whatever breaks the form of RFC 5321 4.2 is an error.
 */
#include "internal.h"

#include "wrap/text.h"

#include <stdio.h>
#include <string.h>

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A small number of at most three digits; false when there is none. */
static bool
number(struct span *s, int *out)
{
	size_t n = 0;
	int v = 0;

	while (n < s->n && n < 4 && is_digit(s->p[n]))
		v = v * 10 + (s->p[n++] - '0');
	if (n == 0 || n > 3)
		return false;
	s->p += n;
	s->n -= n;
	*out = v;
	return true;
}

static bool
skip(struct span *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	s->p++;
	s->n--;
	return true;
}

int
reply_code(struct span line)
{
	int code = 0;

	for (size_t i = 0; i < 3; i++) {
		if (i >= line.n || !is_digit(line.p[i]))
			return 0;
		code = code * 10 + (line.p[i] - '0');
	}
	if (line.n > 3 && line.p[3] != ' ' && line.p[3] != '-')
		return 0;
	return code >= 200 && code <= 599 ? code : 0;
}

/*
 * "5.1.1 text": the status when it stands at the start and its class is the code's. RFC 2034 4 puts it
 * there, and a class that contradicts the code is nothing to act on.
 */
static bool
enhanced_read(struct span text, int code, int *subject, int *detail)
{
	int class;

	text = span_trim(text);
	if (!number(&text, &class) || !skip(&text, '.') || !number(&text, subject) ||
	    !skip(&text, '.') || !number(&text, detail))
		return false;
	if (text.n > 0 && text.p[0] != ' ' && text.p[0] != '\t')
		return false;
	return class == code / 100;
}

static bool
is_plain(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s < ' ' || *s > '~') /* char may have a sign or none: both ends are out */
			return false;
	return true;
}

void
reply_clean(char *text, size_t size)
{
	struct buf clean = BUF_INIT(4 * size);
	size_t n;

	if (is_plain(text))
		return;
	utf8_line(span_of(text), &clean);
	n = clean.n < size ? clean.n : size - 1;
	/* Not in the middle of a character. */
	while (n > 0 && n < clean.n && ((unsigned char)clean.p[n] & 0xc0) == 0x80)
		n--;
	memcpy(text, buf_str(&clean), n);
	text[n] = '\0';
	buf_clear(&clean);
}

/* The words of all lines, without the codes in front, blank between, cut to fit, in one line. */
static void
text_join(struct span reply, char *out, size_t size)
{
	struct span line;
	size_t n = 0;

	while (span_cut(&reply, '\n', &line)) {
		if (reply_code(line) != 0) {
			size_t cut = line.n > 3 ? 4 : 3;

			line.p += cut;
			line.n -= cut;
		}
		line = span_trim(line);
		if (n > 0 && line.n > 0 && n + 1 < size)
			out[n++] = ' ';
		for (size_t i = 0; i < line.n && n + 1 < size; i++) {
			unsigned char c = (unsigned char)line.p[i];

			out[n++] = c < ' ' || c == 0x7f ? ' ' : (char)c;
		}
	}
	out[n] = '\0';
	reply_clean(out, size);
}

struct verdict
verdict_from_reply(struct span reply, enum send_stage stage)
{
	struct verdict v = { .outcome = OUTCOME_NOT_TRIED };
	struct span rest = reply, line = { 0 }, last = { 0 };
	int subject = -1, detail = -1;

	while (span_cut(&rest, '\n', &line))
		if (line.n > 0)
			last = line;
	v.reply_code = reply_code(last);
	rest = reply;
	while (v.reply_code != 0 && v.enhanced[0] == '\0' && span_cut(&rest, '\n', &line)) {
		char status[3 * 12];

		if (line.n > 4 && enhanced_read((struct span){ line.p + 4, line.n - 4 },
				      v.reply_code, &subject, &detail)) {
			(void)snprintf(status, sizeof(status), "%d.%d.%d", v.reply_code / 100,
			    subject, detail);
			memcpy(v.enhanced, status, sizeof(v.enhanced) - 1);
		}
	}
	if (v.enhanced[0] == '\0')
		subject = detail = -1;
	text_join(reply, v.text, sizeof(v.text));
	v.outcome = policy_outcome(v.reply_code, subject, detail, stage);
	return v;
}

/* ---- lines of a connection into replies ---------------------------------------------------------- */

enum reply_state
reply_take(struct reply *r, struct span *in)
{
	while (in->n > 0) {
		const char *lf = memchr(in->p, '\n', in->n);
		size_t n = lf == NULL ? in->n : (size_t)(lf - in->p) + 1;
		struct span line;
		int code;

		r->bytes += n;
		if (r->bytes > REPLY_MAX)
			return REPLY_BROKEN;
		/* Of a long line only the head is kept; what it is cut to still has code and status. */
		if (r->line_n < sizeof(r->line)) {
			size_t room = sizeof(r->line) - r->line_n, take = n < room ? n : room;

			memcpy(r->line + r->line_n, in->p, take);
			r->line_n += take;
		}
		in->p += n;
		in->n -= n;
		if (lf == NULL)
			return REPLY_MORE;
		line = (struct span){ r->line, r->line_n };
		r->line_n = 0;
		while (line.n > 0 && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
			line.n--;
		code = reply_code(line);
		/* All lines of a reply bear one code, RFC 5321 4.2.1: two codes are two meanings. */
		if (code == 0 || (r->code != 0 && code != r->code))
			return REPLY_BROKEN;
		r->code = code;
		if (r->text_n + line.n + 1 <= sizeof(r->text)) {
			memcpy(r->text + r->text_n, line.p, line.n);
			r->text_n += line.n;
			r->text[r->text_n++] = '\n';
		}
		if (line.n < 4 || line.p[3] == ' ')
			return REPLY_WHOLE;
	}
	return REPLY_MORE;
}

struct span
reply_text(const struct reply *r)
{
	return (struct span){ r->text, r->text_n };
}

void
reply_reset(struct reply *r)
{
	r->bytes = r->line_n = r->text_n = 0;
	r->code = 0;
}
