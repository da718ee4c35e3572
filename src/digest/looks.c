/*
 * Looks: what the bare look of a sentence says, before any weighing: furniture and captions, quotations and who
 * speaks them, words that lean on the sentence before, capitals, figures.
 */
#include "digest/score.h"

#include <string.h>

#define SAYER_WORDS 2 /* "she said" */

/* Phrases that only furniture has: such a sentence is never chosen. In lower case. */
static const char *const furniture[] = { "click here", "read more", "sign up for",
	"all rights reserved", "scroll down", "photo:", "photograph:", "image:", "photo by",
	"follow us", "our newsletter", "(pictured", "\xC2\xA9", "appeared first on",
	"continue reading", "http://", "https://", "www.", "subscribe to", "lire aussi", "cliquez",
	"leia mais", "clique aqui", "hier klicken", "weiterlesen", "lees meer", "leggi anche",
	"leer más", "haz clic" };
/* Words that make one likely. */
static const char *const furniture_words[] = { "copyright", "newsletter", "pictured", "cookie",
	"advertis", "subscribe", "sign up", "à lire", "clique", "abonnieren" };

static bool
has_any(struct span s, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (span_ifind(s, span_of(list[i])) != (size_t)-1)
			return true;
	return false;
}

#define HAS_ANY(s, list) has_any(s, list, sizeof(list) / sizeof((list)[0]))

static bool
starts(struct span s, const char *what)
{
	size_t n = strlen(what);

	return s.n >= n && memcmp(s.p, what, n) == 0;
}

static bool
is_quote(struct span s)
{
	return starts(s, "\"") || starts(s, "'") || starts(s, "\xE2\x80\x9C") ||
	       starts(s, "\xE2\x80\x9E") || starts(s, "\xC2\xAB") || starts(s, "\xE2\x80\x98");
}

/* "- ", "* ", a bullet, "3. ". */
static bool
is_item(struct span s)
{
	size_t i = 0;

	if (starts(s, "- ") || starts(s, "* ") || starts(s, "\xE2\x80\xA2") ||
	    starts(s, "\xE2\x80\x93 ") || starts(s, "\xE2\x80\x94 "))
		return true;
	while (i < s.n && i < 3 && s.p[i] >= '0' && s.p[i] <= '9')
		i++;
	return i > 0 && i + 1 < s.n && (s.p[i] == '.' || s.p[i] == ')') && s.p[i + 1] == ' ';
}

/* "Victim: ...", "Pictured here: ...": up to three words and a colon, as captions and labels have them. */
static bool
is_label(struct span s)
{
	size_t words = 1;

	if (s.n == 0 || !text_is_capital(s))
		return false;
	for (size_t i = 0; i + 1 < s.n && words <= 3; i++) {
		if (s.p[i] == ':')
			return s.p[i + 1] == ' ';
		if (s.p[i] == ' ')
			words++;
		else if (strchr("\"(,.;0123456789", s.p[i]) != NULL)
			return false;
	}
	return false;
}

static struct span
bare_word(struct span t)
{
	static const char edges[] = ".,;:!?\"'()";
	bool more = true;

	while (t.n > 0 && strchr(edges, t.p[0]) != NULL && t.p[0] != '\0') {
		t.p++;
		t.n--;
	}
	while (t.n > 0 && strchr(edges, t.p[t.n - 1]) != NULL && t.p[t.n - 1] != '\0')
		t.n--;
	while (more) {
		more = false;
		if (t.n > 2 && (is_quote(t) || starts(t, "\xE2\x80\x9D"))) {
			size_t n = (unsigned char)t.p[0] == 0xC2 ? 2 : 3;

			t.p += n;
			t.n -= n;
			more = true;
		}
	}
	return t;
}

/* Quotation marks open at the end of s, when so many were before it; -1: a low one. Straight ones pair in their order. */
static int
quotes_open(struct span s, int open)
{
	for (size_t i = 0; i < s.n; i++) {
		struct span rest = { s.p + i, s.n - i };

		if (s.p[i] == '"')
			open = open > 0 ? open - 1 : 1;
		else if (starts(rest, "\xE2\x80\x9E")) /* closed by what opens one in English */
			open = -1;
		else if (open < 0 && starts(rest, "\xE2\x80\x9C"))
			open = 0;
		else if (starts(rest, "\xE2\x80\x9C") || starts(rest, "\xC2\xAB"))
			open++;
		else if ((starts(rest, "\xE2\x80\x9D") || starts(rest, "\xC2\xBB")) && open > 0)
			open--;
	}
	return open;
}

/* "It is late", she said: the words that follow a quotation say whose it was. */
static bool
says_who(struct span s)
{
	const char *e = s.p + s.n, *after = s.p;
	int open = 0, was;

	for (const char *p = s.p, *q; p < e; p = q) {
		for (q = p + 1; q < e && ((unsigned char)*q & 0xC0) == 0x80; q++)
			;
		was = open;
		open = quotes_open((struct span){ p, (size_t)(q - p) }, was);
		if (was != 0 && open == 0)
			after = q;
	}
	return open == 0 && after > s.p &&
	       blank_words((struct span){ after, (size_t)(e - after) }) >= SAYER_WORDS;
}

static void
look(struct words *w, const char *lang, struct span s, struct looks *l)
{
	const char *e = s.p + s.n;
	size_t caps = 0;

	*l = (struct looks){ .quote = is_quote(s),
		.said = is_quote(s) && says_who(s),
		.furniture = HAS_ANY(s, furniture),
		.complete = trim_is_complete(s) };
	l->bad = l->furniture || HAS_ANY(s, furniture_words);
	l->furniture = l->furniture || is_item(s);
	l->half = !trim_is_balanced(s);
	for (const char *p = s.p; p < e;) {
		const char *b;
		struct span t;
		unsigned flags;

		while (p < e && (unsigned char)*p <= ' ')
			p++;
		for (b = p; p < e && (unsigned char)*p > ' '; p++)
			l->digit |= *p >= '0' && *p <= '9';
		if (p == b)
			break;
		t = bare_word((struct span){ b, (size_t)(p - b) });
		flags = words_flags(w, lang, t);
		l->cue |= (flags & WORD_CUE) != 0;
		if (l->words++ == 0) {
			l->leans = (flags & WORD_PRONOUN) != 0;
			l->points = (flags & WORD_POINTER) != 0;
			for (size_t i = 0; i < t.n; i++) /* "C'est", "It's" */
				if (t.p[i] == '\'' ||
				    starts((struct span){ t.p + i, t.n - i }, "\xE2\x80\x99"))
					l->leans |= (words_flags(w, lang, (struct span){ t.p, i }) &
							WORD_PRONOUN) != 0;
		} else {
			caps += text_is_capital((struct span){ b, (size_t)(p - b) });
		}
	}
	/* "It's one of the best loved books in American literature": it names what it points to. */
	l->points = l->points && caps > 0;
	l->caps = l->words > 1 ? (double)caps / (double)(l->words - 1) : 0;
	while (s.n > 0 && strchr("\"' )", s.p[s.n - 1]) != NULL)
		s.n--;
	if (s.n > 3 && memcmp(s.p + s.n - 3, "\xE2\x80\x9D", 3) == 0)
		s.n -= 3;
	l->question = s.n > 0 && s.p[s.n - 1] == '?';
}

/* A sentence in the middle of somebody's words says not who speaks. */
static void
mark_speech(const struct doc *d, struct looks *l)
{
	int open = 0;

	for (size_t i = 0; i < d->n; i++) {
		if (i > 0 && d->list.v[i].paragraph != d->list.v[i - 1].paragraph)
			open = 0;
		if (open != 0)
			l[i].speech = true;
		open = quotes_open(d->list.v[i].text, open);
	}
}

void
looks_read(struct words *w, const char *lang, const struct doc *d, struct looks *out)
{
	for (size_t i = 0; i < d->n; i++) {
		look(w, lang, d->list.v[i].text, &out[i]);
		if (i > 0 && is_label(d->list.v[i].text))
			out[i].furniture = true;
	}
	mark_speech(d, out);
}
