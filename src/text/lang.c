/*
 * Languages: find a table, open it as one hash, and the few questions about characters that sentences and words
 * ask. Unicode properties are libunistring's; ASCII, nearly all of what we read, never gets that far.
 */
#include "text/lang.h"

#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>

struct lang_entry {
	const char *p; /* into the table's own text; NULL: free */
	uint32_t n;
	uint32_t flags;
};

struct lang {
	const struct lang_table *table;
	struct lang_entry *v;
	size_t size; /* a power of two */
	size_t used;
};

static const struct lang_table lang_none = { .code = "" };

static const struct lang_table *const lang_main[] = { &lang_en, &lang_de, &lang_fr, &lang_es,
	&lang_it, &lang_pt, &lang_nl };

const struct lang_table *
lang_table_find(const char *code)
{
	struct span c = span_of(code);

	for (size_t i = 0; i < c.n; i++)
		if (c.p[i] == '-' || c.p[i] == '_')
			c.n = i;
	for (size_t i = 0; i < sizeof(lang_main) / sizeof(lang_main[0]); i++)
		if (span_ieqs(c, lang_main[i]->code))
			return lang_main[i];
	for (size_t i = 0; i < lang_others_n; i++)
		if (span_ieqs(c, lang_others[i].code))
			return &lang_others[i];
	return &lang_none;
}

static size_t
word_hash(const char *p, size_t n)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * 16777619U;
	return h ^ h >> 15;
}

static struct lang_entry *
lang_slot(const struct lang *l, const char *p, size_t n)
{
	size_t i = word_hash(p, n) & (l->size - 1);

	while (l->v[i].p != NULL && (l->v[i].n != n || memcmp(l->v[i].p, p, n) != 0))
		i = (i + 1) & (l->size - 1);
	return &l->v[i];
}

static size_t
list_count(const char *list)
{
	size_t n = list != NULL;

	for (; list != NULL && *list != '\0'; list++)
		n += *list == ' ';
	return n;
}

static void
lang_add(struct lang *l, const char *list, uint32_t flag)
{
	struct span rest = span_of(list), w;
	struct lang_entry *e;

	while (rest.n > 0 && span_cut(&rest, ' ', &w)) {
		if (w.n == 0)
			continue;
		e = lang_slot(l, w.p, w.n);
		if (e->p == NULL) {
			*e = (struct lang_entry){ .p = w.p, .n = (uint32_t)w.n };
			l->used++;
		}
		e->flags |= flag;
	}
}

struct lang *
lang_open(const char *code)
{
	struct lang *l = calloc(1, sizeof(*l));
	const struct lang_table *t;
	size_t n;

	if (l == NULL)
		return NULL;
	l->table = t = lang_table_find(code);
	n = list_count(t->titles) + list_count(t->numbers) + list_count(t->maybe) +
	    list_count(t->openers) + list_count(t->stop) + list_count(t->pronouns) +
	    list_count(t->pointers) + list_count(t->cues);
	for (l->size = 16; l->size < n * 2; l->size *= 2)
		;
	l->v = calloc(l->size, sizeof(*l->v));
	if (l->v == NULL) {
		free(l);
		return NULL;
	}
	lang_add(l, t->titles, WORD_TITLE);
	lang_add(l, t->numbers, WORD_NUMBER);
	lang_add(l, t->maybe, WORD_MAYBE);
	lang_add(l, t->openers, WORD_OPENER);
	lang_add(l, t->stop, WORD_STOP);
	lang_add(l, t->pronouns, WORD_PRONOUN);
	lang_add(l, t->pointers, WORD_POINTER);
	lang_add(l, t->cues, WORD_CUE);
	return l;
}

void
lang_close(struct lang **l)
{
	if (*l == NULL)
		return;
	free((*l)->v);
	free(*l);
	*l = NULL;
}

const struct lang_table *
lang_of(const struct lang *l)
{
	return l->table;
}

unsigned
lang_flags(const struct lang *l, const char *p, size_t n)
{
	return n == 0 ? 0 : lang_slot(l, p, n)->flags;
}

bool
cp_is_space(uint32_t cp)
{
	if (cp < 0x80)
		return cp == ' ' || (cp >= 9 && cp <= 13);
	return cp == 0x85 || cp == 0xA0 || cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200A) ||
	       cp == 0x2028 || cp == 0x2029 || cp == 0x202F || cp == 0x205F || cp == 0x3000;
}

bool
cp_is_upper(uint32_t cp)
{
	return cp < 0x80 ? cp >= 'A' && cp <= 'Z' : uc_is_upper(cp);
}

bool
cp_is_lower(uint32_t cp)
{
	return cp < 0x80 ? cp >= 'a' && cp <= 'z' : uc_is_lower(cp);
}

bool
cp_is_letter(uint32_t cp)
{
	if (cp < 0x80)
		return (cp | 0x20) >= 'a' && (cp | 0x20) <= 'z';
	return uc_is_general_category_withtable(cp, UC_CATEGORY_MASK_L);
}

bool
cp_is_digit(uint32_t cp)
{
	return cp < 0x80 ? cp >= '0' && cp <= '9'
			 : uc_is_general_category_withtable(cp, UC_CATEGORY_MASK_Nd);
}

uint32_t
cp_lower(uint32_t cp)
{
	if (cp < 0x80)
		return cp >= 'A' && cp <= 'Z' ? cp + 32 : cp;
	return uc_tolower(cp);
}

bool
cp_is_word(uint32_t cp)
{
	if (cp < 0x80)
		return cp_is_letter(cp) || cp_is_digit(cp);
	return uc_is_general_category_withtable(
	    cp, UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_N | UC_CATEGORY_MASK_M);
}

bool
cp_is_cjk(uint32_t cp)
{
	return (cp >= 0x3040 && cp <= 0x30FF) || (cp >= 0x3400 && cp <= 0x9FFF) ||
	       (cp >= 0xF900 && cp <= 0xFAFF) || (cp >= 0x20000 && cp <= 0x3FFFF);
}

size_t
cp_put(char *p, uint32_t cp)
{
	if (cp < 0x80) {
		p[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		p[0] = (char)(0xC0 | cp >> 6);
		p[1] = (char)(0x80 | (cp & 0x3F));
		return 2;
	}
	if (cp < 0x10000) {
		p[0] = (char)(0xE0 | cp >> 12);
		p[1] = (char)(0x80 | (cp >> 6 & 0x3F));
		p[2] = (char)(0x80 | (cp & 0x3F));
		return 3;
	}
	p[0] = (char)(0xF0 | cp >> 18);
	p[1] = (char)(0x80 | (cp >> 12 & 0x3F));
	p[2] = (char)(0x80 | (cp >> 6 & 0x3F));
	p[3] = (char)(0x80 | (cp & 0x3F));
	return 4;
}

size_t
lower_into(struct span s, char *out, size_t max)
{
	const char *e = s.p + s.n;
	size_t n = 0, len;

	for (const char *p = s.p; p < e; p += len) {
		uint32_t cp = cp_at(p, e, &len);

		if (n + 4 > max)
			break;
		n += cp_put(out + n, cp_lower(cp));
	}
	return n;
}
