/*
 * Header fields as they go over the wire: folded, in ASCII, and with no way for a value to end its line.
 * RFC 5322 section 2.2.3 (folding) and 3.2.4 (quoted strings), RFC 2047 (encoded words).
 */
#include "wrap/mail.h"
#include "wrap/text.h"

#include <string.h>

#define LINE_MAX_PLAIN 78
#define LINE_MAX_ENCODED 76
#define WORD_MAX 75     /* of an encoded word, RFC 2047 2 */
#define WORD_FRAME 12   /* "=?UTF-8?Q?" and "?=" */
#define LONGEST_WORD 60 /* a longer one is encoded, for then it can be folded */
#define LONGEST_LINE 996

/* A field being written: the line that is open, and how far it goes. */
struct field {
	struct buf *out;
	size_t start;  /* of the field, to take it back */
	size_t column; /* of the open line */
	size_t limit;  /* of it: lower once an encoded word stands on it */
	bool fresh;    /* only "Name:" stands on it */
};

static bool
is_safe(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7F)
			return false;
	return true;
}

static bool
is_ascii(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

static enum wrap_rc
field_open(struct field *f, struct buf *out, const char *name, struct span a, struct span b,
    struct wrap_err *err)
{
	for (const char *p = name; *p != '\0'; p++)
		if (*p <= ' ' || *p == ':' || *p > '~')
			return wrap_fail(err, WRAP_EINVAL, "not a header name: '%s'", name);
	if (!is_safe(a) || !is_safe(b))
		return wrap_fail(err, WRAP_EINVAL,
		    "header %s: control character or line end in its value", name);
	*f = (struct field){ .out = out, .start = out->n, .limit = LINE_MAX_PLAIN, .fresh = true };
	buf_adds(out, name);
	buf_addc(out, ':');
	f->column = out->n - f->start;
	return WRAP_OK;
}

static enum wrap_rc
field_close(struct field *f, struct wrap_err *err)
{
	size_t line = 0;

	buf_adds(f->out, "\r\n");
	for (size_t i = f->start; i < f->out->n; i++) {
		line = f->out->p[i] == '\n' ? 0 : line + 1;
		if (line > LONGEST_LINE) {
			buf_truncate(f->out, f->start);
			return wrap_fail(err, WRAP_ELIMIT,
			    "a header holds a word of over %d octets", LONGEST_LINE);
		}
	}
	return buf_rc(f->out, err);
}

/* Start the next word: a blank before it, or a fold when its n columns do not fit. */
static void
field_blank(struct field *f, size_t n)
{
	if (!f->fresh && f->column + 1 + n > f->limit) {
		buf_adds(f->out, "\r\n ");
		f->column = 1;
		f->limit = LINE_MAX_PLAIN;
	} else {
		buf_addc(f->out, ' ');
		f->column++;
	}
	f->fresh = false;
}

static void
field_word(struct field *f, struct span word)
{
	field_blank(f, word.n);
	buf_addspan(f->out, word);
	f->column += word.n;
}

static void
field_words(struct field *f, struct span text)
{
	for (struct span word; span_cut(&text, ' ', &word);)
		if (word.n > 0)
			field_word(f, word);
}

/* What may stand for itself in a Q word. In a phrase the alphabet is the narrow one of RFC 2047 5 (3), and we use it everywhere. */
static bool
is_q_literal(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '!' || c == '*' || c == '+' || c == '-' || c == '/';
}

static size_t
q_columns(struct span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += is_q_literal((unsigned char)s.p[i]) || s.p[i] == ' ' ? 1 : 3;
	return n;
}

static size_t
b_columns(size_t bytes)
{
	return (bytes + 2) / 3 * 4;
}

static void
q_write(struct span s, struct buf *out)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		char coded[3] = { '=', hex[c >> 4], hex[c & 15] };

		if (c == ' ')
			buf_addc(out, '_');
		else if (is_q_literal(c))
			buf_addc(out, (char)c);
		else
			buf_add(out, coded, 3);
	}
}

static void
b_write(struct span s, struct buf *out)
{
	size_t from = out->n;

	mime_base64(s, out);
	if (out->n >= from + 2)
		buf_truncate(out, out->n - 2); /* its line end */
}

/* How many bytes of text make one encoded word of at most room payload columns; whole characters, one at least. */
static size_t
word_bytes(struct span text, size_t room, bool q)
{
	size_t n = 0, columns = 0;

	while (n < text.n) {
		size_t len;

		(void)utf8_decode(text.p + n, text.n - n, &len);
		columns =
		    q ? columns + q_columns((struct span){ text.p + n, len }) : b_columns(n + len);
		if (columns > room && n > 0)
			break;
		n += len;
	}
	return n;
}

/* Write text as encoded words, as long as they may be; blanks between them are not part of it (RFC 2047 6.2). */
static void
field_encoded(struct field *f, struct span text)
{
	bool q = q_columns(text) <= b_columns(text.n);
	size_t room, n;

	while (text.n > 0) {
		size_t start;

		/* Room for a few characters is worth the rest of a line; less is not. */
		f->limit = LINE_MAX_ENCODED;
		field_blank(f, WORD_FRAME + 20);
		f->limit = LINE_MAX_ENCODED;
		room = LINE_MAX_ENCODED - f->column;
		room = (room > WORD_MAX ? WORD_MAX : room) - WORD_FRAME;
		n = word_bytes(text, room, q);
		start = f->out->n;
		buf_adds(f->out, q ? "=?UTF-8?Q?" : "=?UTF-8?B?");
		if (q)
			q_write((struct span){ text.p, n }, f->out);
		else
			b_write((struct span){ text.p, n }, f->out);
		buf_adds(f->out, "?=");
		f->column += f->out->n - start;
		text.p += n;
		text.n -= n;
	}
}

/* Must this word be encoded: not ASCII, too long to fold, or looking like an encoded word itself? */
static bool
needs_encoding(struct span word)
{
	return !is_ascii(word) || word.n > LONGEST_WORD ||
	       span_find(word, SPAN_LIT("=?")) != (size_t)-1;
}

enum wrap_rc
header_text(struct buf *out, const char *name, struct span text, struct wrap_err *err)
{
	struct span rest = text, word, plain, encoded = { 0 };
	struct field f;
	enum wrap_rc rc = field_open(&f, out, name, text, (struct span){ 0 }, err);
	bool odd_blanks =
	    span_find(text, SPAN_LIT("  ")) != (size_t)-1 || span_trim(text).n != text.n;

	if (rc != WRAP_OK)
		return rc;
	/* From the first word that needs it to the last; what stands before and after stays readable. */
	while (span_cut(&rest, ' ', &word))
		if (needs_encoding(word)) {
			if (encoded.p == NULL)
				encoded.p = word.p;
			encoded.n = (size_t)(word.p + word.n - encoded.p);
		}
	if (odd_blanks)
		encoded = text;
	plain = encoded.p == NULL ? text : (struct span){ text.p, (size_t)(encoded.p - text.p) };
	field_words(&f, plain);
	if (encoded.p != NULL) {
		field_encoded(&f, encoded);
		plain.p = encoded.p + encoded.n;
		plain.n = (size_t)(text.p + text.n - plain.p);
		field_words(&f, plain);
	}
	return field_close(&f, err);
}

/* atext and blanks only: the phrase may stand bare (RFC 5322 3.2.3). */
static bool
is_atoms(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != ' ' && strchr("()<>[]:;@\\,.\"", s.p[i]) != NULL)
			return false;
	return span_find(s, SPAN_LIT("  ")) == (size_t)-1;
}

static void
field_quoted(struct field *f, struct span s)
{
	struct buf quoted = BUF_INIT(512);

	buf_addc(&quoted, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_addc(&quoted, '\\');
		buf_addc(&quoted, s.p[i]);
	}
	buf_addc(&quoted, '"');
	if (quoted.rc != WRAP_OK && f->out->rc == WRAP_OK)
		f->out->rc = quoted.rc;
	field_word(f, buf_span(&quoted));
	buf_clear(&quoted);
}

enum wrap_rc
header_phrase(
    struct buf *out, const char *name, struct span phrase, struct span target, struct wrap_err *err)
{
	struct field f;
	enum wrap_rc rc;

	if (span_find(target, SPAN_LIT(" ")) != (size_t)-1 ||
	    span_find(target, SPAN_LIT("<")) != (size_t)-1 ||
	    span_find(target, SPAN_LIT(">")) != (size_t)-1 || target.n == 0)
		return wrap_fail(err, WRAP_EINVAL, "header %s: not an address", name);
	phrase = span_trim(phrase);
	rc = field_open(&f, out, name, phrase, target, err);
	if (rc != WRAP_OK)
		return rc;
	if (phrase.n > 0) {
		struct span rest = phrase, word;
		bool encode = false;

		while (span_cut(&rest, ' ', &word))
			encode = encode || needs_encoding(word);
		if (encode || phrase.n > LONGEST_WORD)
			field_encoded(&f, phrase);
		else if (is_atoms(phrase))
			field_words(&f, phrase);
		else
			field_quoted(&f, phrase);
		field_blank(&f, target.n + 2);
		buf_addc(out, '<');
		buf_addspan(out, target);
		buf_addc(out, '>');
	} else {
		field_word(&f, target);
	}
	return field_close(&f, err);
}

/* A link that only fits on a line of its own gets one, right after the name. */
static void
field_first(struct field *f, struct span value)
{
	struct span word = value;

	(void)span_cut(&value, ' ', &word);
	if (f->column + 1 + word.n > LINE_MAX_PLAIN && 1 + word.n <= LINE_MAX_PLAIN)
		f->fresh = false;
}

enum wrap_rc
header_words(struct buf *out, const char *name, struct span value, struct wrap_err *err)
{
	struct field f;
	enum wrap_rc rc = field_open(&f, out, name, value, (struct span){ 0 }, err);

	if (rc != WRAP_OK)
		return rc;
	if (!is_ascii(value)) {
		buf_truncate(out, f.start);
		return wrap_fail(err, WRAP_EINVAL, "header %s: not ASCII", name);
	}
	field_first(&f, value);
	field_words(&f, value);
	return field_close(&f, err);
}
