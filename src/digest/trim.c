/*
 * Shorter forms of a sentence that assert the same: without its dateline, without a bracketed aside, without a
 * trailing relative clause. A cut leaves at least nine words with balanced quotes and brackets. Nothing is cut at
 * but, although, unless, if, except or because, nor where the tail says who said it: that would change what is
 * asserted. What is left stays verbatim; only a full stop is added.
 */
#include "digest/internal.h"

#include <string.h>

#define LEFT_WORDS 9
#define ASIDE_MIN 3
#define ASIDE_MAX 80

/* What opens a trailing clause, behind ", ": words parted by '|'; and words in it that forbid the cut. */
static const struct trim_lang {
	const char *code, *tails, *said;
} trim_langs[] = {
	{ "en",
	    "which|who|whose|where|including|adding|noting|making|bringing|leaving|giving|allowing|"
	    "following|along with|as well as",
	    "said|says|say|according|told|reported|but|although|unless|except|because|not|however" },
	{ "fr", "qui|dont|où|notamment|ainsi que|précisant|ajoutant|y compris",
	    "selon|dit|déclaré|affirmé|mais|sauf|sinon|pas" },
	{ "pt", "que|cujo|cuja|onde|incluindo|além de|acrescentando|entre eles|entre elas",
	    "segundo|disse|afirmou|mas|exceto|porque|não" },
	{ "es",
	    "cuyo|cuya|donde|incluyendo|incluido|incluida|así como|además de|entre ellos|entre ellas",
	    "según|dijo|afirmó|pero|excepto|salvo|porque|no" },
	{ "it", "dove|inclusi|incluse|compreso|compresi|tra cui|fra cui|oltre a",
	    "secondo|detto|ma|eccetto|tranne|perché|non" },
	{ "de", "darunter|wobei|einschließlich|sowie",
	    "laut|sagte|aber|außer|weil|nicht|obwohl|wenn" },
	{ "nl", "waaronder|waarbij|inclusief|evenals",
	    "volgens|zei|maar|behalve|omdat|niet|hoewel|als" },
};

static const struct trim_lang *
trim_lang_find(const char *lang)
{
	struct span c = span_of(lang == NULL || *lang == '\0' ? "en" : lang);

	for (size_t i = 0; i < sizeof(trim_langs) / sizeof(trim_langs[0]); i++)
		if (c.n >= 2 && span_ieqs((struct span){ c.p, 2 }, trim_langs[i].code) &&
		    (c.n == 2 || c.p[2] == '-' || c.p[2] == '_'))
			return &trim_langs[i];
	return NULL;
}

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
is_alpha(char c)
{
	return is_upper(c) || (c >= 'a' && c <= 'z');
}

/* "--", "—", "–", "-" at p: its length. */
static size_t
dash_len(const char *p, const char *e)
{
	if (e - p >= 2 && p[0] == '-' && p[1] == '-')
		return 2;
	if (e - p >= 3 && (memcmp(p, "\xE2\x80\x94", 3) == 0 || memcmp(p, "\xE2\x80\x93", 3) == 0))
		return 3;
	return e - p >= 1 && *p == '-' ? 1 : 0;
}

static const char *
blanks(const char *p, const char *e)
{
	while (p < e && (*p == ' ' || *p == '\n' || *p == '\t'))
		p++;
	return p;
}

/* "(Agency)" at p: its end, or NULL. */
static const char *
agency_end(const char *p, const char *e)
{
	const char *q = p;

	if (q >= e || *q != '(')
		return NULL;
	for (q++; q < e && q - p < 30 && (is_alpha(*q) || *q == ' ' || *q == '.'); q++)
		;
	return q < e && *q == ')' && q - p > 2 ? q + 1 : NULL;
}

/*
 * "LONDON (Reuters) - ", "SPRINGFIELD, Ore. -- ", "(CNN) ": where the sentence proper begins; s.p when there
 * is no dateline. The place is in capitals, at least three of them.
 */
static const char *
dateline_end(struct span s)
{
	const char *p = s.p, *e = s.p + s.n, *q, *a;
	size_t caps = 0, n;

	if ((a = agency_end(p, e)) != NULL) {
		q = blanks(a, e);
		n = dash_len(q, e);
		return blanks(q + n, e);
	}
	for (q = p; q < e && q - p < 40 &&
		    (is_upper(*q) || *q == ' ' || *q == '.' || *q == '\'' || *q == '-');
	     q++)
		caps += is_upper(*q);
	if (caps < 3)
		return s.p;
	if (q < e && *q == ',')
		for (q++; q < e && q - p < 60 && (is_alpha(*q) || *q == ' ' || *q == '.'); q++)
			;
	q = q > p && q[-1] == ' ' ? q : blanks(q, e);
	if ((a = agency_end(q, e)) != NULL)
		q = blanks(a, e);
	while (q > p && q[-1] == '-')
		q--;
	n = dash_len(q, e);
	if (n == 0 || q + n >= e || q[n] != ' ')
		return s.p;
	return blanks(q + n, e);
}

bool
trim_is_complete(struct span s)
{
	static const char *const close[] = { "\"", "'", ")", "]", "\xE2\x80\x9D", "\xE2\x80\x99",
		"\xC2\xBB" };
	static const char *const stop[] = { ".", "!", "?", "\xE2\x80\xA6", "\xE3\x80\x82",
		"\xEF\xBC\x9F", "\xEF\xBC\x81" };
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < sizeof(close) / sizeof(close[0]); i++) {
			size_t n = strlen(close[i]);

			if (s.n > n && memcmp(s.p + s.n - n, close[i], n) == 0) {
				s.n -= n;
				more = true;
			}
		}
		while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\n'))
			s.n--;
	}
	for (size_t i = 0; i < sizeof(stop) / sizeof(stop[0]); i++) {
		size_t n = strlen(stop[i]);

		if (s.n >= n && memcmp(s.p + s.n - n, stop[i], n) == 0)
			return true;
	}
	return false;
}

static size_t
count(struct span s, const char *what)
{
	struct span w = span_of(what);
	size_t n = 0, at;

	while ((at = span_find(s, w)) != (size_t)-1) {
		n++;
		s.p += at + w.n;
		s.n -= at + w.n;
	}
	return n;
}

bool
trim_is_balanced(struct span s)
{
	return count(s, "\"") % 2 == 0 && count(s, "\xE2\x80\x9C") == count(s, "\xE2\x80\x9D") &&
	       count(s, "\xC2\xAB") == count(s, "\xC2\xBB") && count(s, "(") == count(s, ")") &&
	       count(s, "[") == count(s, "]");
}

static bool
in_word(unsigned char c)
{
	return c >= 0x80 || is_alpha((char)c) || (c >= '0' && c <= '9');
}

/* Does one of list stand at p as whole words? Its length, or 0. */
static size_t
listed_at(const char *list, const char *p, const char *e)
{
	struct span rest = span_of(list), w;

	while (rest.n > 0 && span_cut(&rest, '|', &w))
		if ((size_t)(e - p) > w.n && memcmp(p, w.p, w.n) == 0 &&
		    !in_word((unsigned char)p[w.n]))
			return w.n;
	return 0;
}

static bool
has_listed(const char *list, struct span s)
{
	for (const char *p = s.p, *e = s.p + s.n; p < e; p++)
		if ((p == s.p || !in_word((unsigned char)p[-1])) && listed_at(list, p, e) > 0)
			return true;
	return false;
}

/* May the sentence end before p? tail is what would go. */
static bool
may_cut(struct span head, struct span tail, const struct trim_lang *l)
{
	const char *last;

	if (blank_words(head) < LEFT_WORDS || !trim_is_balanced(head))
		return false;
	last = head.p + head.n - 1;
	if (!in_word((unsigned char)*last))
		return false;
	return l == NULL || !has_listed(l->said, tail);
}

static void
form_measure(struct trim_form *f, double weight)
{
	f->words = 0;
	for (size_t i = 0; i < f->n_pieces; i++)
		f->words += blank_words(f->piece[i]);
	f->weight = weight;
}

/* The form base ended before p, which lies in its last piece. */
static bool
form_cut(const struct trim_form *base, const char *p, struct trim_form *out)
{
	*out = *base;
	out->piece[out->n_pieces - 1].n = (size_t)(p - out->piece[out->n_pieces - 1].p);
	out->stop = true;
	form_measure(out, 0.9);
	return out->words >= LEFT_WORDS;
}

/* " (an aside)" followed by a blank, comma or stop: the form without the first such. */
static bool
form_aside(const struct trim_form *base, struct trim_form *out)
{
	struct span s = base->piece[0];
	const char *e = s.p + s.n, *q;

	for (const char *p = s.p; p + 2 < e; p++) {
		if (p[0] != ' ' || p[1] != '(')
			continue;
		for (q = p + 2; q < e && *q != ')' && *q != '('; q++)
			;
		if (q + 1 >= e || *q != ')' || q - p < ASIDE_MIN + 2 || q - p > ASIDE_MAX + 2 ||
		    strchr(" ,.;", q[1]) == NULL)
			continue;
		*out = (struct trim_form){ .piece = { { s.p, (size_t)(p - s.p) },
					       { q + 1, (size_t)(e - q - 1) } },
			.n_pieces = 2 };
		form_measure(out, 0.9);
		return out->words >= 8;
	}
	return false;
}

/* Where a trailing clause begins that may go: ", which ...", "; ...", " - ..."; NULL when there is none at or after p. */
static const char *
tail_next(const char *p, const char *e, const struct trim_lang *l)
{
	size_t dash;

	for (; p + 3 < e; p++) {
		if (*p == ';' && p[1] == ' ')
			return p;
		dash = dash_len(p + 1, e);
		if (*p == ' ' && dash > 1 && p + 1 + dash < e && p[1 + dash] == ' ')
			return p;
		/* A comma further on may lead back into the main clause. */
		if (*p == ',' && p[1] == ' ' && l != NULL && listed_at(l->tails, p + 2, e) > 0)
			return p;
	}
	return NULL;
}

/* The tail holds a comma or dash that may close it and take the main clause up again. */
static bool
tail_returns(struct span tail)
{
	const char *e = tail.p + tail.n;

	for (const char *p = tail.p + 2; p < e; p++)
		if ((*p == ',' && p + 1 < e && p[1] == ' ') ||
		    (*p == ' ' && dash_len(p + 1, e) > 1))
			return true;
	return false;
}

size_t
trim_forms(const char *lang, struct span s, struct trim_form out[TRIM_FORMS])
{
	const struct trim_lang *l = trim_lang_find(lang);
	const char *b = dateline_end(s), *e = s.p + s.n;
	struct span rest = { b, (size_t)(e - b) };
	struct trim_form base;
	size_t n = 1;

	if (blank_words(rest) < 8)
		rest = s;
	out[0] = (struct trim_form){ .piece = { rest }, .n_pieces = 1 };
	form_measure(&out[0], 1);
	if (form_aside(&out[0], &out[n]))
		n++;
	base = out[n - 1];
	rest = base.piece[base.n_pieces - 1];
	for (const char *p = rest.p; n < TRIM_FORMS && (p = tail_next(p, e, l)) != NULL; p++) {
		struct span head = { out[0].piece[0].p, (size_t)(p - out[0].piece[0].p) };
		struct span tail = { p, (size_t)(e - p) };

		if (may_cut(head, tail, l) && !(*p == ',' && tail_returns(tail)) &&
		    form_cut(&base, p, &out[n]))
			n++;
	}
	return n;
}

void
trim_write(const struct trim_form *f, struct buf *out)
{
	struct buf raw = BUF_INIT(0);

	for (size_t i = 0; i < f->n_pieces; i++)
		buf_addspan(&raw, f->piece[i]);
	text_fold(buf_span(&raw), out);
	if (f->stop)
		buf_addc(out, '.');
	if (raw.rc != WRAP_OK)
		out->rc = raw.rc;
	buf_clear(&raw);
}
