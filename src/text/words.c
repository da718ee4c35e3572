/*
 * Words: the dictionary of a run. A text becomes numbers, one for each stem, so that everything after it
 * (summaries, copies, stories, topics) compares integers. Each spelling is stemmed once and then remembered.
 */
#include "text/lang.h"

#include <libstemmer.h>
#include <stdlib.h>
#include <string.h>

#define SPELLING_MAX 64 /* bytes of a word that count */
#define LANGS_MAX 24    /* opened in one run; further ones share the last slot's table of none */
#define POOL_CHUNK 65536
#define TERM_NONE UINT32_MAX /* a stop word */

/* Texts live in chunks that never move, so spans into them stay. */
struct pool {
	char **v;
	size_t n, used;
};

struct spelling {
	const char *p; /* NULL: free */
	uint32_t n;
	uint32_t hash;
	uint32_t lang; /* stems: 0 */
	uint32_t term;
};

struct table {
	struct spelling *v;
	size_t size, used;
};

struct words {
	struct lang *lang[LANGS_MAX];
	struct sb_stemmer *stemmer[LANGS_MAX];
	size_t n_lang;
	struct table spellings; /* word and language to term */
	struct table stems;     /* stem to term */
	struct pool pool;
	struct span *term; /* stems by number; term[0] unused */
	size_t n_term, size_term;
};

struct words *
words_new(void)
{
	struct words *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->spellings.size = w->stems.size = 4096;
	w->spellings.v = calloc(w->spellings.size, sizeof(*w->spellings.v));
	w->stems.v = calloc(w->stems.size, sizeof(*w->stems.v));
	w->size_term = 4096;
	w->term = calloc(w->size_term, sizeof(*w->term));
	w->n_term = 1;
	if (w->spellings.v == NULL || w->stems.v == NULL || w->term == NULL)
		words_free(&w);
	return w;
}

void
words_free(struct words **wp)
{
	struct words *w = *wp;

	if (w == NULL)
		return;
	for (size_t i = 0; i < w->n_lang; i++) {
		lang_close(&w->lang[i]);
		if (w->stemmer[i] != NULL)
			sb_stemmer_delete(w->stemmer[i]);
	}
	for (size_t i = 0; i < w->pool.n; i++)
		free(w->pool.v[i]);
	free(w->pool.v);
	free(w->spellings.v);
	free(w->stems.v);
	free(w->term);
	free(w);
	*wp = NULL;
}

/* The slot of a language, opened when new; -1 on no memory. */
static int
lang_index(struct words *w, const char *code)
{
	const struct lang_table *t = lang_table_find(code == NULL || *code == '\0' ? "en" : code);

	for (size_t i = 0; i < w->n_lang; i++)
		if (lang_of(w->lang[i]) == t)
			return (int)i;
	if (w->n_lang == LANGS_MAX)
		return LANGS_MAX - 1;
	w->lang[w->n_lang] = lang_open(t->code);
	if (w->lang[w->n_lang] == NULL)
		return -1;
	if (t->snowball != NULL)
		w->stemmer[w->n_lang] = sb_stemmer_new(t->snowball, "UTF_8");
	return (int)w->n_lang++;
}

const struct lang *
words_lang(struct words *w, const char *lang)
{
	int i = lang_index(w, lang);

	return i < 0 ? NULL : w->lang[i];
}

static const char *
pool_add(struct pool *p, const char *s, size_t n)
{
	char *at;

	if (p->n == 0 || p->used + n > POOL_CHUNK) {
		char **v = realloc(p->v, (p->n + 1) * sizeof(*v));

		if (v == NULL)
			return NULL;
		p->v = v;
		p->v[p->n] = malloc(POOL_CHUNK);
		if (p->v[p->n] == NULL)
			return NULL;
		p->n++;
		p->used = 0;
	}
	at = p->v[p->n - 1] + p->used;
	memcpy(at, s, n);
	p->used += n;
	return at;
}

static struct spelling *
table_slot(const struct table *t, const char *p, size_t n, uint32_t hash, uint32_t lang)
{
	size_t i = hash & (t->size - 1);

	while (t->v[i].p != NULL && (t->v[i].hash != hash || t->v[i].n != n ||
					t->v[i].lang != lang || memcmp(t->v[i].p, p, n) != 0))
		i = (i + 1) & (t->size - 1);
	return &t->v[i];
}

static bool
table_grow(struct table *t)
{
	struct table big = { .size = t->size * 2, .used = t->used };

	if (t->used * 2 < t->size)
		return true;
	big.v = calloc(big.size, sizeof(*big.v));
	if (big.v == NULL)
		return false;
	for (size_t i = 0; i < t->size; i++)
		if (t->v[i].p != NULL)
			*table_slot(&big, t->v[i].p, t->v[i].n, t->v[i].hash, t->v[i].lang) =
			    t->v[i];
	free(t->v);
	*t = big;
	return true;
}

static uint32_t
text_hash(const char *p, size_t n)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * 16777619U;
	return h ^ h >> 15;
}

/* The term of a stem, numbered when new; 0 on no memory. */
static uint32_t
term_of(struct words *w, const char *p, size_t n)
{
	uint32_t hash = text_hash(p, n);
	struct spelling *s;

	if (!table_grow(&w->stems))
		return 0;
	s = table_slot(&w->stems, p, n, hash, 0);
	if (s->p != NULL)
		return s->term;
	if (w->n_term == w->size_term) {
		struct span *v = realloc(w->term, w->size_term * 2 * sizeof(*v));

		if (v == NULL)
			return 0;
		w->term = v;
		w->size_term *= 2;
	}
	p = pool_add(&w->pool, p, n);
	if (p == NULL)
		return 0;
	*s = (struct spelling){
		.p = p, .n = (uint32_t)n, .hash = hash, .term = (uint32_t)w->n_term
	};
	w->stems.used++;
	w->term[w->n_term] = (struct span){ p, n };
	return (uint32_t)w->n_term++;
}

/* The term of a word in lower case; TERM_NONE for a stop word; 0 on no memory. */
static uint32_t
word_term(struct words *w, uint32_t lang, const char *p, size_t n, uint32_t hash)
{
	struct spelling *s = table_slot(&w->spellings, p, n, hash, lang);
	const char *stem = p;
	size_t stem_n = n, letters = 0;
	uint32_t term;

	if (s->p != NULL)
		return s->term;
	for (size_t i = 0; i < n; i++)
		letters += ((unsigned char)p[i] & 0xC0) != 0x80;
	if ((lang_flags(w->lang[lang], p, n) & WORD_STOP) ||
	    (letters == 1 && !(*p >= '0' && *p <= '9') && (unsigned char)*p < 0xE3)) {
		term = TERM_NONE;
	} else {
		if (w->stemmer[lang] != NULL && letters > 1) {
			stem = (const char *)sb_stemmer_stem(
			    w->stemmer[lang], (const sb_symbol *)p, (int)n);
			if (stem == NULL)
				return 0;
			stem_n = (size_t)sb_stemmer_length(w->stemmer[lang]);
		}
		term = term_of(w, stem, stem_n);
		if (term == 0)
			return 0;
	}
	if (!table_grow(&w->spellings))
		return 0;
	s = table_slot(&w->spellings, p, n, hash, lang);
	p = pool_add(&w->pool, p, n);
	if (p == NULL)
		return 0;
	*s =
	    (struct spelling){ .p = p, .n = (uint32_t)n, .hash = hash, .lang = lang, .term = term };
	w->spellings.used++;
	return term;
}

static bool
terms_add(struct terms *t, uint32_t term)
{
	if (t->n == t->size) {
		size_t size = t->size ? t->size * 2 : 64;
		uint32_t *v = realloc(t->v, size * sizeof(*v));

		if (v == NULL)
			return false;
		t->v = v;
		t->size = size;
	}
	t->v[t->n++] = term;
	return true;
}

void
terms_clear(struct terms *t)
{
	free(t->v);
	*t = (struct terms){ 0 };
}

/* Bytes that are a letter or digit of ASCII, in lower case; 0 for any other. */
static inline char
ascii_word(unsigned char c)
{
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
		return (char)c;
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : 0;
}

/* Read the next word at *at into low (lower case); 0 at the end. */
static size_t
word_next(const char **at, const char *e, char low[SPELLING_MAX + 4], uint32_t *hash)
{
	const char *p = *at;
	size_t n = 0, len;
	uint32_t h = 2166136261U;
	char c;

	while (p < e) {
		if ((unsigned char)*p < 0x80) {
			c = ascii_word((unsigned char)*p);
			if (c == 0 && n > 0)
				break;
			if (c != 0 && n < SPELLING_MAX) {
				low[n++] = c;
				h = (h ^ (unsigned char)c) * 16777619U;
			}
			p++;
		} else {
			uint32_t cp = cp_at(p, e, &len);
			bool cjk = cp_is_cjk(cp), word = cp_is_word(cp);

			if ((cjk || !word) && n > 0)
				break;
			p += len;
			if (!word || n >= SPELLING_MAX)
				continue;
			len = cp_put(low + n, cp_lower(cp));
			for (; len > 0; len--)
				h = (h ^ (unsigned char)low[n++]) * 16777619U;
			if (cjk)
				break;
		}
	}
	*at = p;
	*hash = h ^ h >> 15;
	return n;
}

enum wrap_rc
words_read(struct words *w, const char *lang, struct span text, struct terms *terms,
    struct terms *raw, struct wrap_err *err)
{
	const char *p = text.p, *e = text.p + text.n;
	int l = lang_index(w, lang);
	char low[SPELLING_MAX + 4];
	uint32_t hash, term;
	size_t n;

	if (l < 0)
		return wrap_fail(err, WRAP_ENOMEM, "no memory for a language");
	while ((n = word_next(&p, e, low, &hash)) > 0) {
		term = terms == NULL ? TERM_NONE : word_term(w, (uint32_t)l, low, n, hash);
		if (term == 0 || (term != TERM_NONE && !terms_add(terms, term)) ||
		    (raw != NULL && !terms_add(raw, hash)))
			return wrap_fail(err, WRAP_ENOMEM, "no memory for words");
	}
	return WRAP_OK;
}

enum wrap_rc
words_terms(
    struct words *w, const char *lang, struct span text, struct terms *out, struct wrap_err *err)
{
	return words_read(w, lang, text, out, NULL, err);
}

uint32_t
words_number(struct words *w, struct span stem)
{
	return stem.n > SPELLING_MAX ? 0 : term_of(w, stem.p, stem.n);
}

size_t
words_known(const struct words *w)
{
	return w->n_term - 1;
}

struct span
words_term(const struct words *w, uint32_t term)
{
	return term > 0 && term < w->n_term ? w->term[term] : (struct span){ "", 0 };
}

unsigned
words_flags(struct words *w, const char *lang, struct span word)
{
	const struct lang *l = words_lang(w, lang);
	char low[SPELLING_MAX];

	return l == NULL ? 0 : lang_flags(l, low, lower_into(word, low, sizeof(low)));
}

bool
text_is_capital(struct span word)
{
	size_t n;

	return word.n > 0 && cp_is_upper(cp_at(word.p, word.p + word.n, &n));
}

size_t
blank_words(struct span text)
{
	const char *e = text.p + text.n;
	size_t words = 0, n;
	bool in = false;

	for (const char *p = text.p; p < e; p += n) {
		bool space = cp_is_space(cp_at(p, e, &n));

		words += !space && !in;
		in = !space;
	}
	return words;
}

void
text_fold(struct span s, struct buf *out)
{
	const char *e = s.p + s.n, *run = s.p;
	size_t n;
	bool any = false;

	for (const char *p = s.p; p < e;) {
		if (!cp_is_space(cp_at(p, e, &n))) {
			p += n;
			continue;
		}
		if (p > run) {
			if (any)
				buf_addc(out, ' ');
			buf_add(out, run, (size_t)(p - run));
			any = true;
		}
		run = p += n;
	}
	if (e > run) {
		if (any)
			buf_addc(out, ' ');
		buf_add(out, run, (size_t)(e - run));
	}
}
