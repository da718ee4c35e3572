/*
 * In which direction a text runs and in which script it stands, by its letters. A mixed edition names both
 * for each title and paragraph, so that a Hebrew headline in an English mail is laid out and read out right.
 */
#include "internal.h"

#include <string.h>
#include <unictype.h>

#define LETTERS_MIN 3 /* fewer say nothing about a text */

/* The direction a letter has of itself; NONE for digits, blanks and signs. */
static enum direction
letter_direction(uint32_t cp)
{
	switch (uc_bidi_category(cp)) {
	case UC_BIDI_L: return DIRECTION_LTR;
	case UC_BIDI_R:
	case UC_BIDI_AL: return DIRECTION_RTL;
	default: return DIRECTION_NONE;
	}
}

static bool
is_joined(char c)
{
	return (unsigned char)c > 0x20 && (unsigned char)c < 0x7F;
}

/* Wide letters and signs of scripts that write no blanks; Korean writes them. */
static bool
writes_no_blanks(uint32_t cp)
{
	bool hangul = (cp >= 0x1100 && cp < 0x1200) || (cp >= 0xAC00 && cp < 0xD7B0);

	return cp >= 0x2E80 && utf8_width(cp) == 2 && !hangul && cp < 0x1F000;
}

bool
break_is_seamless(cmark_node *soft)
{
	cmark_node *before = cmark_node_previous(soft), *after = cmark_node_next(soft);
	struct span a, b;
	size_t len, i;

	if (before == NULL || after == NULL || cmark_node_get_type(before) != CMARK_NODE_TEXT ||
	    cmark_node_get_type(after) != CMARK_NODE_TEXT)
		return false;
	a = span_of(cmark_node_get_literal(before));
	b = span_of(cmark_node_get_literal(after));
	if (a.n == 0 || b.n == 0)
		return false;
	for (i = a.n - 1; i > 0 && ((unsigned char)a.p[i] & 0xC0) == 0x80; i--)
		;
	return writes_no_blanks(utf8_decode(a.p + i, a.n - i, &len)) &&
	       writes_no_blanks(utf8_decode(b.p, b.n, &len));
}

bool
opposite_run(struct span s, enum direction base, struct span *run)
{
	size_t from = s.n, to = 0;

	for (size_t i = 0, len; i < s.n; i += len) {
		uint32_t cp = utf8_decode(s.p + i, s.n - i, &len);
		enum direction d = letter_direction(cp);

		if (d == base && from < s.n)
			break;
		if (d != DIRECTION_NONE && d != base) {
			from = from == s.n ? i : from;
			to = i + len;
		} else if (from < s.n && base == DIRECTION_RTL && cp >= '0' && cp <= '9') {
			to = i +
			     len; /* RFC 5321, IPv6: a number belongs to the Latin word before it */
		}
	}
	if (from == s.n)
		return false;
	if (base == DIRECTION_RTL) { /* 5G, .org, C++ */
		while (from > 0 && is_joined(s.p[from - 1]) &&
		       strchr("()[]{}\"'<>,;:!?", s.p[from - 1]) == NULL)
			from--;
		while (to < s.n && strchr("+#%*=", s.p[to]) != NULL && s.p[to] != '\0')
			to++;
	}
	*run = (struct span){ s.p + from, to - from };
	return true;
}

enum direction
text_direction(struct span s)
{
	size_t left = 0, right = 0;

	for (size_t i = 0, len; i < s.n; i += len) {
		uint32_t cp = utf8_decode(s.p + i, s.n - i, &len);

		left += letter_direction(cp) == DIRECTION_LTR ? 1 : 0;
		right += letter_direction(cp) == DIRECTION_RTL ? 1 : 0;
	}
	if (left + right < LETTERS_MIN)
		return DIRECTION_NONE;
	return right > left ? DIRECTION_RTL : DIRECTION_LTR;
}

static struct span
primary(const char *language)
{
	struct span s = span_of(language), head = s;

	(void)span_cut(&s, '-', &head);
	return head;
}

enum direction
language_direction(const char *language)
{
	static const char *const rtl[] = { "ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "nqo",
		"ps", "sd", "syr", "ug", "ur", "yi" };
	struct span head = primary(language), rest = span_of(language), part;

	/* A script in the tag decides: az-Arab, pa-Arab, but also ks-Deva. */
	while (span_cut(&rest, '-', &part))
		if (part.n == 4 && (part.p[0] < '0' || part.p[0] > '9'))
			return span_ieqs(part, "Arab") || span_ieqs(part, "Hebr") ||
				       span_ieqs(part, "Thaa") || span_ieqs(part, "Syrc") ||
				       span_ieqs(part, "Nkoo")
				   ? DIRECTION_RTL
				   : DIRECTION_LTR;
	for (size_t i = 0; i < sizeof(rtl) / sizeof(rtl[0]); i++)
		if (span_ieqs(head, rtl[i]))
			return DIRECTION_RTL;
	return DIRECTION_LTR;
}

/* Scripts we can name. Where a script is one language's, that language; else und- and the script (BCP 47). */
static const struct script {
	const char *script; /* of libunistring */
	const char *lang;
	/* primary languages written in it, between blanks; NULL: most of those not listed elsewhere */
	const char *of;
} scripts[] = {
	{ "Latin", "und-Latn", NULL },
	{ "Hebrew", "he", " he iw yi " },
	{ "Arabic", "und-Arab", " ar fa ur ps ckb ug sd ks az pa ku ms " },
	{ "Cyrillic", "und-Cyrl", " ru uk be bg sr mk kk ky mn tg uz az bs tt ba ce " },
	{ "Greek", "el", " el grc " },
	{ "Hiragana", "ja", " ja " },
	{ "Katakana", "ja", " ja " },
	{ "Hangul", "ko", " ko " },
	{ "Han", "und-Hani", " zh ja ko yue wuu " },
	{ "Thai", "th", " th " },
	{ "Devanagari", "und-Deva", " hi mr ne sa kok mai bho " },
	{ "Armenian", "hy", " hy " },
	{ "Georgian", "ka", " ka " },
};
#define SCRIPTS (sizeof(scripts) / sizeof(scripts[0]))

static bool
writes(const struct script *s, struct span language)
{
	size_t at;

	if (s->of != NULL) {
		at = span_ifind(span_of(s->of), language);
		return at != (size_t)-1 && at > 0 && s->of[at - 1] == ' ' &&
		       s->of[at + language.n] == ' ';
	}
	for (size_t i = 0; i < SCRIPTS; i++)
		if (scripts[i].of != NULL && writes(&scripts[i], language) &&
		    !span_ieqs(language, "sr") && !span_ieqs(language, "az") &&
		    !span_ieqs(language, "uz") && !span_ieqs(language, "bs") &&
		    !span_ieqs(language, "ku") && !span_ieqs(language, "ms"))
			return false;
	return true;
}

const char *
text_language(struct span s, const char *page)
{
	size_t count[SCRIPTS] = { 0 }, all = 0, best = 0;

	for (size_t i = 0, len; i < s.n; i += len) {
		uint32_t cp = utf8_decode(s.p + i, s.n - i, &len);
		const uc_script_t *script = cp < 0x41 ? NULL : uc_script(cp);

		for (size_t k = 0; script != NULL && k < SCRIPTS; k++)
			if (strcmp(script->name, scripts[k].script) == 0) {
				count[k]++;
				all++;
			}
	}
	for (size_t k = 1; k < SCRIPTS; k++)
		if (count[k] > count[best])
			best = k;
	/* Kana among Han is Japanese, however few. */
	for (size_t k = 0; k < SCRIPTS; k++)
		if (strcmp(scripts[k].lang, "ja") == 0 && count[k] > 0 &&
		    strcmp(scripts[best].script, "Han") == 0)
			best = k;
	if (all < LETTERS_MIN || count[best] * 2 < all || writes(&scripts[best], primary(page)))
		return NULL;
	return scripts[best].lang;
}
