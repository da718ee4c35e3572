/* Addresses in running text, rows by recipient, folded text: the tools of the readers of returned mail. */
#include "mail/reading.h"

#include <stdlib.h>
#include <string.h>

static const size_t nowhere = (size_t)-1;

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (unsigned char)c >= 0x80;
}

/* RFC 5322 3.2.3 atext, the dot, and UTF-8. */
static bool
is_local(char c)
{
	return is_alnum(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

static bool
is_domain(char c)
{
	return is_alnum(c) || c == '.' || c == '-';
}

/* A letter or sign of a script that writes no blanks: U+2E80 and above, three or four bytes of UTF-8. */
static size_t
wide_length(struct span s)
{
	unsigned char c = s.n > 0 ? (unsigned char)s.p[0] : 0;

	if (c >= 0xf0 && s.n >= 4)
		return 4;
	return s.n >= 3 && (c > 0xe2 || (c == 0xe2 && (unsigned char)s.p[1] >= 0xba)) ? 3 : 0;
}

/* A quotation mark that is none of ASCII: U+00AB, U+00BB, U+2018 to U+201F. */
static size_t
quote_length(struct span s)
{
	if (s.n >= 2 && s.p[0] == '\xc2' && (s.p[1] == '\xab' || s.p[1] == '\xbb'))
		return 2;
	return s.n >= 3 && s.p[0] == '\xe2' && s.p[1] == '\x80' && (unsigned char)s.p[2] >= 0x98 &&
		       (unsigned char)s.p[2] <= 0x9f
		   ? 3
		   : 0;
}

/* What stands before an address without a blank: punctuation of theirs, or their words before ASCII ones. */
static size_t
skip_wide(struct span text, size_t from, size_t at)
{
	size_t cut = from;

	for (size_t i = from, n; i<at; i += n> 0 ? n : 1) {
		n = quote_length((struct span){ text.p + i, at - i });
		if (n > 0) {
			cut = i + n;
			continue;
		}
		n = wide_length((struct span){ text.p + i, at - i });
		if (n == 0 || i + n > at)
			continue;
		/* U+3000 to U+303F and U+FF00 to U+FFEF are no letters. */
		if (memcmp(text.p + i, "\xe3\x80", 2) == 0 ||
		    memcmp(text.p + i, "\xef\xbc", 2) == 0 ||
		    memcmp(text.p + i, "\xef\xbd", 2) == 0 ||
		    (i + n < at && (unsigned char)text.p[i + n] < 0x80 && is_alnum(text.p[i + n])))
			cut = i + n;
	}
	return cut < at ? cut : from;
}

/* Where a domain ends when words follow without a blank: a label that began in ASCII does not go on in theirs. */
static size_t
domain_end(struct span text, size_t from, size_t to)
{
	bool ascii = false;

	for (size_t i = from; i < to; i++) {
		size_t n = wide_length((struct span){ text.p + i, to - i });

		if (quote_length((struct span){ text.p + i, to - i }) > 0)
			return i;
		if (text.p[i] == '.')
			ascii = false;
		else if (n > 0 && (ascii || memcmp(text.p + i, "\xe3\x80", 2) == 0 ||
				      memcmp(text.p + i, "\xef\xbc", 2) == 0))
			return i;
		else if (n > 0)
			i += n - 1;
		else
			ascii = true;
	}
	return to;
}

/* The address around the '@' at that place, empty when it is none. */
static struct span
address_around(struct span text, size_t at)
{
	size_t from = at, to = at + 1, dot = nowhere;
	bool bracketed;

	while (from > 0 && at - from < 320 && is_local(text.p[from - 1]))
		from--;
	while (from < at && strchr("'`.*-=/|", text.p[from]) != NULL &&
	       !(text.p[from] == '=' && from + 1 < at && text.p[from + 1] == '?'))
		from++; /* what stood before the word: quotes, bullets */
	from = skip_wide(text, from, at);
	while (to < text.n && to - at < 256 && is_domain(text.p[to]))
		to++;
	to = domain_end(text, at + 1, to);
	while (to > at + 1 && (text.p[to - 1] == '.' || text.p[to - 1] == '-'))
		to--;
	for (size_t i = at + 1; i < to; i++)
		if (text.p[i] == '.')
			dot = i;
	bracketed = from > 0 && text.p[from - 1] == '<' && to < text.n && text.p[to] == '>';
	if (from == at || to == at + 1 || (dot == nowhere && !bracketed))
		return (struct span){ text.p, 0 };
	return (struct span){ text.p + from, to - from };
}

bool
address_next(struct span text, size_t *at, struct span *address)
{
	while (*at < text.n) {
		const char *sign = memchr(text.p + *at, '@', text.n - *at);

		if (sign == NULL)
			break;
		*at = (size_t)(sign - text.p) + 1;
		*address = address_around(text, *at - 1);
		if (address->n > 0) {
			*at = (size_t)(address->p - text.p) + address->n;
			return true;
		}
	}
	*at = text.n;
	return false;
}

struct span
address_bare(struct span value)
{
	size_t semi = span_find(value, SPAN_LIT(";")), at = span_find(value, SPAN_LIT("@")), open,
	       close;

	if (semi != nowhere && (at == nowhere || semi < at)) {
		value.p += semi + 1;
		value.n -= semi + 1;
	}
	value = span_trim(value);
	open = span_find(value, SPAN_LIT("<"));
	close = span_find(value, SPAN_LIT(">"));
	if (open != nowhere && close != nowhere && close > open)
		value = (struct span){ value.p + open + 1, close - open - 1 };
	else { /* a comment or a second word is not of the address */
		size_t i = 0;

		while (i < value.n && (unsigned char)value.p[i] > ' ' && value.p[i] != '(')
			i++;
		if (i > 0)
			value.n = i;
	}
	while (value.n > 0 && strchr("\"'<>,;.:", value.p[value.n - 1]) != NULL)
		value.n--;
	while (value.n > 1 && strchr("'<", value.p[0]) != NULL) {
		value.p++;
		value.n--;
	}
	if (value.n > 7 && span_ieqs((struct span){ value.p, 7 }, "mailto:")) {
		value.p += 7;
		value.n -= 7;
	}
	at = span_find(value, SPAN_LIT("@"));
	if (at == nowhere || at == 0 || at + 1 == value.n || value.n > 512)
		return (struct span){ value.p, 0 };
	return value;
}

static void
add_utf8(struct buf *out, unsigned cp)
{
	if (cp < 0x80) {
		buf_addc(out, (char)cp);
		return;
	}
	if (cp >= 0x10000) {
		buf_addc(out, (char)(0xf0 | cp >> 18));
		buf_addc(out, (char)(0x80 | (cp >> 12 & 0x3f)));
	} else if (cp >= 0x800)
		buf_addc(out, (char)(0xe0 | cp >> 12));
	if (cp >= 0x800)
		buf_addc(out, (char)(0x80 | (cp >> 6 & 0x3f)));
	else
		buf_addc(out, (char)(0xc0 | cp >> 6));
	buf_addc(out, (char)(0x80 | (cp & 0x3f)));
}

char *
address_of_field(struct span value)
{
	struct span bare = address_bare(value);
	struct buf out = BUF_INIT(2048);

	if (bare.n == 0)
		return NULL;
	for (size_t i = 0; i < bare.n; i++) {
		unsigned cp = 0;
		size_t j = i + 3;

		if (i + 4 >= bare.n || memcmp(bare.p + i, "\\x{", 3) != 0) {
			buf_addc(&out, bare.p[i]);
			continue;
		}
		for (; j < bare.n && j < i + 9 && bare.p[j] != '}'; j++) {
			const char *hex = "0123456789ABCDEF",
				   *d = strchr(hex, bare.p[j] & ~(bare.p[j] >= 'a' ? 32 : 0));

			if (d == NULL || *d == '\0')
				break;
			cp = cp * 16 + (unsigned)(d - hex);
		}
		if (j >= bare.n || bare.p[j] != '}' || cp < 0x20 || cp > 0x10ffff ||
		    (cp >= 0xd800 && cp < 0xe000)) {
			buf_addc(&out, bare.p[i]);
			continue;
		}
		add_utf8(&out, cp);
		i = j;
	}
	return buf_steal(&out);
}

struct report_row *
row_find(struct report *r, struct span recipient)
{
	for (size_t i = 0; i < r->n; i++)
		if ((r->rows[i].recipient != NULL && span_ieqs(recipient, r->rows[i].recipient)) ||
		    (r->rows[i].original != NULL && span_ieqs(recipient, r->rows[i].original)))
			return &r->rows[i];
	return NULL;
}

struct report_row *
row_for(struct report *r, struct span recipient)
{
	struct report_row *v = recipient.n == 0 ? NULL : row_find(r, recipient);

	if (v != NULL)
		return v;
	if (r->n == REPORT_ROWS_MAX)
		return NULL;
	if ((r->n & (r->n - 1)) == 0) {
		v = realloc(r->rows, (r->n == 0 ? 1 : r->n * 2) * sizeof(*v));
		if (v == NULL)
			return NULL;
		r->rows = v;
	}
	v = &r->rows[r->n];
	memset(v, 0, sizeof(*v));
	if (recipient.n > 0) {
		v->recipient = str_dup_span(recipient);
		if (v->recipient == NULL)
			return NULL;
	}
	r->n++;
	return v;
}

void
row_text(char **text, struct span more)
{
	struct buf b = BUF_INIT(PROSE_MAX * 2);
	bool blank = true;

	if (*text != NULL) {
		buf_adds(&b, *text);
		buf_addc(&b, ' ');
	}
	for (size_t i = 0; i < more.n && b.n < PROSE_MAX; i++) {
		bool space = (unsigned char)more.p[i] <= ' ';

		if (!space)
			buf_addc(&b, more.p[i]);
		else if (!blank)
			buf_addc(&b, ' ');
		blank = space;
	}
	while (b.n > 0 && b.p[b.n - 1] == ' ')
		buf_truncate(&b, b.n - 1);
	if (b.rc == WRAP_OK && b.n > 0) {
		free(*text);
		*text = buf_steal(&b);
	}
	buf_clear(&b);
}

bool
is_bystander(const struct bystanders *b, struct span address)
{
	for (size_t i = 0; i < b->list.n; i++)
		if (span_ieqs(address, b->list.v[i]))
			return true;
	return false;
}

void
bystander_add(struct bystanders *b, struct span address)
{
	if (address.n > 0 && b->list.n < 64 && !is_bystander(b, address))
		(void)strs_add(&b->list, address, NULL);
}

void
fold_text(struct span s, struct buf *out)
{
	bool blank = true;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool space = (unsigned char)c <= ' ';

		if (!space)
			buf_addc(out, (char)(c >= 'A' && c <= 'Z' ? c + 32 : c));
		else if (!blank)
			buf_addc(out, ' ');
		blank = space;
	}
}

bool
has_any(struct span folded, const char *words)
{
	struct span rest = span_of(words), word;

	while (span_cut(&rest, '|', &word))
		if (span_find(folded, word) != nowhere)
			return true;
	return false;
}

/* Where text stands in the servers' own sentences, latest stage first: an error after DATA is the message's. */
enum report_command
command_of(struct span folded)
{
	if (has_any(folded, "in reply to mail from|after mail from|our mail from|mail from command|"
			    "after sender|response to mail from|>>> mail from|[mail_from]"))
		return REPORT_AT_MAIL;
	if (has_any(folded,
		"in reply to rcpt to|after rcpt to|our rcpt to|rcpt to command|after rcpt|"
		"does not like recipient|following rcpt command|>>> rcpt to|[rcpt_to]"))
		return REPORT_AT_RCPT;
	if (has_any(folded,
		"in reply to end of data|in reply to data|after end of data|after data|"
		"final data|after pipelined|failed after i sent the message|text command|>>> data"))
		return REPORT_AT_DATA;
	if (has_any(folded, "refused to talk to me|after initial connection|after ehlo|after helo|"
			    "in reply to ehlo|in reply to helo|connected to * but greeting failed|"
			    "but greeting failed|initial server greeting|after connect"))
		return REPORT_AT_CONNECT;
	return REPORT_AT_NONE;
}
