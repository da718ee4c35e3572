/*
 * What is known of a language: small word tables, compiled in (words_LANG.c), and one hash over them. Shared by
 * sentence.c, words.c and the summariser through words_flags. Tables hold words in lower case, parted by blanks;
 * abbreviations are written without their last stop ("a.m", "dr").
 */
#ifndef WRAP_TEXT_LANG_H
#define WRAP_TEXT_LANG_H

#include "wrap/text.h"

/* One language as it stands in the source. NULL: nothing known. */
struct lang_table {
	const char *code;     /* ISO 639-1 */
	const char *snowball; /* name of the stemmer; NULL: none */
	const char *titles;   /* stand before a name: never the end of a sentence */
	const char *numbers;  /* stand before a number */
	const char *maybe;    /* end a sentence when the next word is a usual opener */
	const char *openers;  /* words that usually open a sentence when they have a capital */
	const char *stop;     /* carry no topic */
	const char *pronouns; /* as the first word they lean on the sentence before */
	/* those of them that may open a text of their own: "This is the moment" */
	const char *pointers;
	const char *cues; /* verbs of news */
	bool ordinals;    /* "3. Oktober": a number with a stop is an ordinal */
};

extern const struct lang_table lang_en, lang_de, lang_fr, lang_es, lang_it, lang_pt, lang_nl;
extern const struct lang_table lang_others[];
extern const size_t lang_others_n;

/* A language opened: its words in one hash. */
struct lang;
const struct lang_table *lang_table_find(const char *code);
struct lang *lang_open(const char *code);
void lang_close(struct lang **l);
const struct lang_table *lang_of(const struct lang *l);
/* WORD_* of a word in lower case; 0 when it is in no table. */
unsigned lang_flags(const struct lang *l, const char *p, size_t n);

/* The language of a run's dictionary, opened when first asked for; NULL on no memory. */
const struct lang *words_lang(struct words *w, const char *lang);

/* ---- characters ---- */

/* Decode at p < e; *n is the length. Bad bytes give U+FFFD and length 1. */
static inline uint32_t
cp_at(const char *p, const char *e, size_t *n)
{
	unsigned char c = (unsigned char)*p;
	size_t left = (size_t)(e - p);

#define CP_TAIL(k) ((uint32_t)((unsigned char)p[k] & 0x3F))
#define CP_IS_TAIL(k) (((unsigned char)p[k] & 0xC0) == 0x80)
	*n = 1;
	if (c < 0x80)
		return c;
	if (c >= 0xC2 && c < 0xE0 && left > 1 && CP_IS_TAIL(1)) {
		*n = 2;
		return (uint32_t)(c & 0x1F) << 6 | CP_TAIL(1);
	}
	if (c >= 0xE0 && c < 0xF0 && left > 2 && CP_IS_TAIL(1) && CP_IS_TAIL(2)) {
		*n = 3;
		return (uint32_t)(c & 0x0F) << 12 | CP_TAIL(1) << 6 | CP_TAIL(2);
	}
	if (c >= 0xF0 && c < 0xF5 && left > 3 && CP_IS_TAIL(1) && CP_IS_TAIL(2) && CP_IS_TAIL(3)) {
		*n = 4;
		return (uint32_t)(c & 0x07) << 18 | CP_TAIL(1) << 12 | CP_TAIL(2) << 6 | CP_TAIL(3);
	}
	return 0xFFFD;
#undef CP_TAIL
#undef CP_IS_TAIL
}

/* The character that ends at p > b. */
static inline uint32_t
cp_before(const char *b, const char *p, size_t *n)
{
	const char *q = p - 1;
	size_t len;
	uint32_t cp;

	while (q > b && p - q < 4 && ((unsigned char)*q & 0xC0) == 0x80)
		q--;
	cp = cp_at(q, p, &len);
	if (q + len != p) {
		*n = 1;
		return 0xFFFD;
	}
	*n = len;
	return cp;
}

bool cp_is_space(uint32_t cp);
bool cp_is_upper(uint32_t cp);
bool cp_is_lower(uint32_t cp);
bool cp_is_letter(uint32_t cp);
bool cp_is_digit(uint32_t cp);
uint32_t cp_lower(uint32_t cp);
/* Letters and digits and the marks that sit on them. */
bool cp_is_word(uint32_t cp);
/* Han, kana, hangul syllables are words of one character for us. */
bool cp_is_cjk(uint32_t cp);

/* Write cp at p (at least 4 bytes) and give its length. */
size_t cp_put(char *p, uint32_t cp);
/* Lower case of s into out, at most max bytes, cut at a character. Returns the length. */
size_t lower_into(struct span s, char *out, size_t max);

#endif
