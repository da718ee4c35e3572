/*
 * theme.conf: the look of the mail as text an owner can change. Colours have names and a dark twin; styles
 * of elements use the names. Whatever declaration uses a colour that has a dark twin is repeated, with
 * it, in the style block for dark mode, so that light and dark cannot drift apart. phrases.conf: the few
 * words of the shells, by language. Both are lines of "key = value" under "[section]", '#' opens a comment.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

struct line {
	const char *file;
	size_t number;
	struct span section, key, value;
};

/* Call each for every entry of the file. Stops at its first failure. */
static enum wrap_rc
conf_each(const char *file, const char *text,
    enum wrap_rc (*each)(void *ctx, const struct line *l, struct wrap_err *err), void *ctx,
    struct wrap_err *err)
{
	struct span rest = span_of(text), raw;
	struct line l = { .file = file };
	enum wrap_rc rc = WRAP_OK;

	while (rc == WRAP_OK && span_cut(&rest, '\n', &raw)) {
		struct span s = span_trim(raw);

		l.number++;
		if (s.n == 0 || s.p[0] == '#')
			continue;
		if (s.p[0] == '[' && s.p[s.n - 1] == ']') {
			l.section = span_trim((struct span){ s.p + 1, s.n - 2 });
			continue;
		}
		l.value = s;
		if (!span_cut(&l.value, '=', &l.key) || l.key.n == s.n)
			return wrap_fail(err, WRAP_ECONFIG,
			    "%s:%zu: not a [section], nor key = value", file, l.number);
		l.key = span_trim(l.key);
		l.value = span_trim(l.value);
		rc = each(ctx, &l, err);
	}
	return rc;
}

static enum wrap_rc
complain(const struct line *l, const char *what, struct span word, struct wrap_err *err)
{
	return wrap_fail(err, WRAP_ECONFIG, "%s:%zu: %s '%.*s'", l->file, l->number, what,
	    (int)(word.n > 60 ? 60 : word.n), word.p);
}

/* ---- the theme ---------------------------------------------------------------------------------- */

struct pair {
	struct span key, value;
};

#define PAIRS_MAX 100

struct pairs {
	struct pair v[PAIRS_MAX];
	size_t n;
};

struct theme_reader {
	struct pairs colours, dark, small;
	struct theme *out;
};

static const struct pair *
pair_find(const struct pairs *l, struct span key)
{
	for (size_t i = l->n; i-- > 0;)
		if (span_eq(l->v[i].key, key))
			return &l->v[i];
	return NULL;
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* Letters, digits and '_' only: a key becomes the name of a class and of a placeholder. */
static bool
is_key(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_word(s.p[i]))
			return false;
	return s.n > 0 && s.n < 40 && s.p[0] >= 'a' && s.p[0] <= 'z';
}

/* What could leave a style attribute, or fetch something. */
static bool
is_style(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (strchr("<>\"{}@\\&", s.p[i]) != NULL || (unsigned char)s.p[i] < 0x20)
			return false;
	return span_ifind(s, SPAN_LIT("url(")) == (size_t)-1 &&
	       span_ifind(s, SPAN_LIT("expression(")) == (size_t)-1;
}

/* Put value into out with its $names replaced; *dark tells whether one of them has a dark twin. */
static enum wrap_rc
expand(const struct theme_reader *t, const struct line *l, struct span value, bool in_dark,
    bool rtl, bool *dark, struct buf *out, struct wrap_err *err)
{
	for (size_t i = 0; i < value.n; i++) {
		struct span name = { value.p + i + 1, 0 };
		const struct pair *light, *twin;

		if (value.p[i] != '$') {
			buf_addc(out, value.p[i]);
			continue;
		}
		while (i + 1 + name.n < value.n && is_word(name.p[name.n]))
			name.n++;
		i += name.n;
		if (span_eqs(name, "start") || span_eqs(name, "end")) {
			buf_adds(out, span_eqs(name, "start") != rtl ? "left" : "right");
			continue;
		}
		light = pair_find(&t->colours, name);
		twin = pair_find(&t->dark, name);
		if (light == NULL)
			return complain(l, "no colour is called", name, err);
		*dark = *dark || twin != NULL;
		buf_addspan(out, in_dark && twin != NULL ? twin->value : light->value);
	}
	return WRAP_OK;
}

/* The declarations of a style that look different in the dark. */
static enum wrap_rc
darken(const struct theme_reader *t, const struct line *l, struct buf *out, struct wrap_err *err)
{
	struct span rest = l->value, one;
	enum wrap_rc rc = WRAP_OK;

	while (rc == WRAP_OK && span_cut(&rest, ';', &one)) {
		size_t start = out->n;
		bool dark = false;

		rc = expand(t, l, span_trim(one), true, false, &dark, out, err);
		if (dark)
			buf_adds(out, "!important;");
		else
			buf_truncate(out, start);
	}
	return rc;
}

static enum wrap_rc
add_style(struct theme_reader *t, const struct line *l, struct wrap_err *err)
{
	struct theme_entry *grown = realloc(t->out->v, (t->out->n + 1) * sizeof(*grown)), *e;
	struct buf b = BUF_INIT(4096);
	bool dark = false;
	enum wrap_rc rc = WRAP_OK;

	if (grown == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	t->out->v = grown;
	e = &t->out->v[t->out->n++];
	*e = (struct theme_entry){ .key = str_dup_span(l->key) };
	for (int rtl = 0; rtl < 2 && rc == WRAP_OK; rtl++) {
		rc = expand(t, l, l->value, false, rtl == 1, &dark, &b, err);
		e->style[rtl] = buf_steal(&b);
	}
	if (rc == WRAP_OK)
		rc = darken(t, l, &b, err);
	e->dark = buf_steal(&b);
	if (rc == WRAP_OK &&
	    (e->key == NULL || e->style[0] == NULL || e->style[1] == NULL || e->dark == NULL))
		rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
	return rc;
}

static enum wrap_rc
theme_line(void *ctx, const struct line *l, struct wrap_err *err)
{
	struct theme_reader *t = ctx;
	struct pairs *to = span_eqs(l->section, "colours") ? &t->colours
			   : span_eqs(l->section, "dark")  ? &t->dark
			   : span_eqs(l->section, "small") ? &t->small
							   : NULL;

	if (!is_key(l->key))
		return complain(l, "a key is of a-z, 0-9 and _, not", l->key, err);
	if (!is_style(l->value))
		return complain(l, "this has no place in a style:", l->value, err);
	if (span_eqs(l->section, "styles"))
		return add_style(t, l, err);
	if (to == NULL)
		return complain(
		    l, "sections are [colours] [dark] [styles] [small], not", l->section, err);
	if (to == &t->dark && pair_find(&t->colours, l->key) == NULL)
		return complain(l, "[colours] has no", l->key, err);
	if (to->n == PAIRS_MAX)
		return complain(l, "too many entries at", l->key, err);
	to->v[to->n++] = (struct pair){ l->key, l->value };
	return WRAP_OK;
}

/* Is there an element of this class in html? */
static bool
is_used(struct span html, const char *key)
{
	struct buf b = BUF_INIT(64);
	bool used;

	buf_addf(&b, " class=\"%s\"", key);
	used = span_find(html, buf_span(&b)) != (size_t)-1;
	buf_clear(&b);
	return used;
}

static const char *
declarations(const struct theme_entry *e, bool dark)
{
	return dark ? e->dark : e->small;
}

/* One rule for each set of declarations, with all classes that have it. */
static void
add_rules(const struct theme *t, const struct span *html, bool dark, struct buf *out)
{
	for (size_t i = 0; i < t->n; i++) {
		const char *d = declarations(&t->v[i], dark);
		size_t from = out->n, k;

		for (k = 0; k < i && strcmp(declarations(&t->v[k], dark), d) != 0; k++)
			;
		if (d[0] == '\0' || k < i)
			continue;
		for (k = i; k < t->n; k++)
			if (strcmp(declarations(&t->v[k], dark), d) == 0 &&
			    (html == NULL || is_used(*html, t->v[k].key)))
				buf_addf(out, "%s.%s", out->n > from ? "," : "", t->v[k].key);
		if (out->n > from)
			buf_addf(out, "{%s}\n", d);
	}
}

void
theme_sheet(const struct theme *t, const struct span *html, struct buf *out)
{
	buf_adds(out, ":root{color-scheme:light dark;supported-color-schemes:light dark}\n"
		      "@media (prefers-color-scheme:dark){\n");
	add_rules(t, html, true, out);
	buf_adds(out, "}\n@media (max-width:480px){\n");
	add_rules(t, html, false, out);
	buf_adds(out, "}");
}

/* The declarations of [small], each made to win over the inline style. */
static enum wrap_rc
add_small(const struct theme_reader *t, struct wrap_err *err)
{
	for (size_t i = 0; i < t->out->n; i++) {
		struct theme_entry *e = &t->out->v[i];
		const struct pair *p = pair_find(&t->small, span_of(e->key));
		struct span rest = p == NULL ? (struct span){ 0 } : p->value, one;
		struct buf b = BUF_INIT(4096);

		while (span_cut(&rest, ';', &one)) {
			one = span_trim(one);
			buf_addspan(&b, one);
			buf_adds(&b, one.n > 0 ? "!important;" : "");
		}
		e->small = buf_steal(&b);
		if (e->small == NULL)
			return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	}
	for (size_t i = 0; i < t->small.n; i++) {
		struct buf key = BUF_INIT(64);
		bool known;

		buf_addspan(&key, t->small.v[i].key);
		known = theme_find(t->out, buf_str(&key)) != NULL;
		buf_clear(&key);
		if (!known)
			return wrap_fail(err, WRAP_ECONFIG,
			    "[small] names '%.*s', which [styles] has not",
			    (int)t->small.v[i].key.n, t->small.v[i].key.p);
	}
	return WRAP_OK;
}

/* The keys the walkers use; a theme must have them all. */
static const char *const needed[] = { "a", "byline", "code", "figure", "h1", "h2", "h3", "h3_link",
	"h4", "hr", "image", "item", "list", "note", "p", "pre", "quote", "small_link", "sponsor" };

enum wrap_rc
theme_open(const char *name, const char *text, struct theme *out, struct wrap_err *err)
{
	struct theme_reader *t = calloc(1, sizeof(*t));
	struct buf sheet = BUF_INIT(16384);
	enum wrap_rc rc;

	*out = (struct theme){ 0 };
	if (t == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	t->out = out;
	rc = conf_each(name, text, theme_line, t, err);
	for (size_t i = 0; rc == WRAP_OK && i < sizeof(needed) / sizeof(needed[0]); i++)
		if (theme_find(out, needed[i]) == NULL)
			rc = wrap_fail(
			    err, WRAP_ECONFIG, "%s: [styles] lacks '%s'", name, needed[i]);
	if (rc == WRAP_OK)
		rc = wrap_while(err, add_small(t, err), "%s", name);
	if (rc == WRAP_OK) {
		theme_sheet(out, NULL, &sheet);
		/* Gmail drops a style block of 8192 characters or more. */
		if (sheet.n >= 8192)
			rc = wrap_fail(err, WRAP_ECONFIG,
			    "%s: the style block has %zu characters, mail clients drop it from 8192",
			    name, sheet.n);
	}
	buf_clear(&sheet);
	free(t);
	if (rc != WRAP_OK)
		theme_close(out);
	return rc;
}

void
theme_close(struct theme *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->v[i].key);
		free(t->v[i].style[0]);
		free(t->v[i].style[1]);
		free(t->v[i].dark);
		free(t->v[i].small);
	}
	free(t->v);
	*t = (struct theme){ 0 };
}

const struct theme_entry *
theme_find(const struct theme *t, const char *key)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].key != NULL && strcmp(t->v[i].key, key) == 0)
			return &t->v[i];
	return NULL;
}

/* ---- phrases ------------------------------------------------------------------------------------ */

struct phrase_reader {
	struct span language; /* that is wanted in this pass */
	struct phrases *out;
	bool adds; /* the first pass makes the keys, later ones replace their texts */
};

static enum wrap_rc
phrase_line(void *ctx, const struct line *l, struct wrap_err *err)
{
	struct phrase_reader *r = ctx;
	struct phrases *p = r->out;
	size_t i;
	char **grown;

	if (!is_key(l->key))
		return complain(l, "a key is of a-z, 0-9 and _, not", l->key, err);
	if (!span_ieq(l->section, r->language))
		return WRAP_OK;
	for (i = 0; i < p->n && !span_eqs(l->key, p->v[2 * i]); i++)
		;
	if (i == p->n && !r->adds)
		return complain(l, "[en] has no", l->key, err);
	if (i == p->n) {
		grown = realloc(p->v, (p->n + 1) * 2 * sizeof(*grown));
		if (grown == NULL)
			return wrap_fail(err, WRAP_ENOMEM, "out of memory");
		p->v = grown;
		p->v[2 * p->n] = str_dup_span(l->key);
		p->v[2 * p->n + 1] = NULL;
		p->n++;
	}
	free(p->v[2 * i + 1]);
	p->v[2 * i + 1] = str_dup_span(l->value);
	if (p->v[2 * i] == NULL || p->v[2 * i + 1] == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	return WRAP_OK;
}

enum wrap_rc
phrases_open(const char *name, const char *text, const char *language, struct phrases *out,
    struct wrap_err *err)
{
	struct span full = span_of(language), primary = { full.p, 0 };
	struct phrase_reader r = { .language = SPAN_LIT("en"), .out = out, .adds = true };
	enum wrap_rc rc;

	*out = (struct phrases){ 0 };
	while (primary.n < full.n && full.p[primary.n] != '-')
		primary.n++;
	rc = conf_each(name, text, phrase_line, &r, err);
	r.adds = false;
	r.language = primary;
	if (rc == WRAP_OK)
		rc = conf_each(name, text, phrase_line, &r, err);
	r.language = full;
	if (rc == WRAP_OK && full.n != primary.n)
		rc = conf_each(name, text, phrase_line, &r, err);
	if (rc == WRAP_OK && out->n == 0)
		rc = wrap_fail(err, WRAP_ECONFIG, "%s: there is no section [en]", name);
	if (rc != WRAP_OK)
		phrases_close(out);
	return rc;
}

void
phrases_close(struct phrases *p)
{
	for (size_t i = 0; i < 2 * p->n; i++)
		free(p->v[i]);
	free(p->v);
	*p = (struct phrases){ 0 };
}
