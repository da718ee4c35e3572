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

/*
 * A word as it was spelled. 64 bits of hash stand for it: it is met too often to fetch its letters as well, and
 * that two words of one run share a hash is less likely than the machine failing.
 */
struct spelling {
	uint64_t hash;
	uint32_t lang;
	uint32_t term; /* 0: free */
};

struct stem {
	const char *p; /* NULL: free */
	uint32_t n;
	uint32_t hash;
	uint32_t term;
};

struct words {
	struct lang *lang[LANGS_MAX];
	struct sb_stemmer *stemmer[LANGS_MAX];
	size_t n_lang;
	struct spelling *spelling; /* word and language to term; sizes are powers of two */
	size_t n_spelling, size_spelling;
	struct stem *stem; /* stem to term */
	size_t n_stem, size_stem;
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
	w->size_spelling = w->size_stem = 4096;
	w->spelling = calloc(w->size_spelling, sizeof(*w->spelling));
	w->stem = calloc(w->size_stem, sizeof(*w->stem));
	w->size_term = 4096;
	w->term = calloc(w->size_term, sizeof(*w->term));
	w->n_term = 1;
	if (w->spelling == NULL || w->stem == NULL || w->term == NULL)
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
	free(w->spelling);
	free(w->stem);
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
spelling_slot(struct spelling *v, size_t size, uint64_t hash, uint32_t lang)
{
	size_t i = (size_t)(hash ^ hash >> 32) & (size - 1);

	while (v[i].term != 0 && (v[i].hash != hash || v[i].lang != lang))
		i = (i + 1) & (size - 1);
	return &v[i];
}

static bool
spelling_grow(struct words *w)
{
	size_t size = w->size_spelling * 2;
	struct spelling *v;

	if (w->n_spelling * 2 < w->size_spelling)
		return true;
	v = calloc(size, sizeof(*v));
	if (v == NULL)
		return false;
	for (size_t i = 0; i < w->size_spelling; i++)
		if (w->spelling[i].term != 0)
			*spelling_slot(v, size, w->spelling[i].hash, w->spelling[i].lang) =
			    w->spelling[i];
	free(w->spelling);
	w->spelling = v;
	w->size_spelling = size;
	return true;
}

static struct stem *
stem_slot(struct stem *v, size_t size, const char *p, size_t n, uint32_t hash)
{
	size_t i = hash & (size - 1);

	while (v[i].p != NULL && (v[i].hash != hash || v[i].n != n || memcmp(v[i].p, p, n) != 0))
		i = (i + 1) & (size - 1);
	return &v[i];
}

static bool
stem_grow(struct words *w)
{
	size_t size = w->size_stem * 2;
	struct stem *v;

	if (w->n_stem * 2 < w->size_stem)
		return true;
	v = calloc(size, sizeof(*v));
	if (v == NULL)
		return false;
	for (size_t i = 0; i < w->size_stem; i++)
		if (w->stem[i].p != NULL)
			*stem_slot(v, size, w->stem[i].p, w->stem[i].n, w->stem[i].hash) =
			    w->stem[i];
	free(w->stem);
	w->stem = v;
	w->size_stem = size;
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
	struct stem *s;

	if (!stem_grow(w))
		return 0;
	s = stem_slot(w->stem, w->size_stem, p, n, hash);
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
	*s = (struct stem){ .p = p, .n = (uint32_t)n, .hash = hash, .term = (uint32_t)w->n_term };
	w->n_stem++;
	w->term[w->n_term] = (struct span){ p, n };
	return (uint32_t)w->n_term++;
}

/* The term of a word in lower case; TERM_NONE for a stop word; 0 on no memory. */
static uint32_t
word_term(struct words *w, uint32_t lang, const char *p, size_t n, uint64_t hash)
{
	struct spelling *s = spelling_slot(w->spelling, w->size_spelling, hash, lang);
	const char *stem = p;
	size_t stem_n = n, letters = 0;
	uint32_t term;

	if (s->term != 0)
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
	if (!spelling_grow(w))
		return 0;
	*spelling_slot(w->spelling, w->size_spelling, hash, lang) =
	    (struct spelling){ .hash = hash, .lang = lang, .term = term };
	w->n_spelling++;
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
word_next(const char **at, const char *e, char low[SPELLING_MAX + 4], uint64_t *hash)
{
	const char *p = *at;
	size_t n = 0, len;
	uint64_t h = 14695981039346656037U;
	char c;

	while (p < e) {
		if ((unsigned char)*p < 0x80) {
			c = ascii_word((unsigned char)*p);
			if (c == 0 && n > 0)
				break;
			if (c != 0 && n < SPELLING_MAX) {
				low[n++] = c;
				h = (h ^ (unsigned char)c) * 1099511628211U;
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
				h = (h ^ (unsigned char)low[n++]) * 1099511628211U;
			if (cjk)
				break;
		}
	}
	*at = p;
	*hash = h;
	return n;
}

enum wrap_rc
words_read(struct words *w, const char *lang, struct span text, struct terms *terms,
    struct terms *raw, struct wrap_err *err)
{
	const char *p = text.p, *e = text.p + text.n;
	int l = lang_index(w, lang);
	char low[SPELLING_MAX + 4];
	uint64_t hash;
	uint32_t term;
	size_t n;

	if (l < 0)
		return wrap_fail(err, WRAP_ENOMEM, "no memory for a language");
	while ((n = word_next(&p, e, low, &hash)) > 0) {
		term = terms == NULL ? TERM_NONE : word_term(w, (uint32_t)l, low, n, hash);
		if (term == 0 || (term != TERM_NONE && !terms_add(terms, term)) ||
		    (raw != NULL && !terms_add(raw, (uint32_t)(hash ^ hash >> 32))))
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

static int
u32_cmp(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

void
terms_sort(uint32_t *v, size_t n)
{
	uint32_t room[1024], *from = v, *to = room, *t;

	if (n < 32 || n > sizeof(room) / sizeof(room[0])) {
		if (n > 1)
			qsort(v, n, sizeof(*v), u32_cmp);
		return;
	}
	for (unsigned shift = 0; shift < 32; shift += 8) {
		uint32_t at[257] = { 0 };

		for (size_t i = 0; i < n; i++)
			at[(from[i] >> shift & 0xFF) + 1]++;
		if (at[(from[0] >> shift & 0xFF) + 1] == n)
			continue; /* all alike in this byte */
		for (size_t i = 0; i < 256; i++)
			at[i + 1] += at[i];
		for (size_t i = 0; i < n; i++)
			to[at[from[i] >> shift & 0xFF]++] = from[i];
		t = from;
		from = to;
		to = t;
	}
	if (from != v)
		memcpy(v, from, n * sizeof(*v));
}
