/*
 * theme.conf: the look of the mail as text an owner can change. Colours have names and a dark twin; styles
 * of elements use the names. Whatever declaration uses a colour that has a dark twin is repeated, with
 * it, in the style block for dark mode, so that light and dark cannot drift apart.
 */
#include "conf.h"
#include "internal.h"

#include <stdlib.h>
#include <string.h>

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
expand(const struct theme_reader *t, const struct conf_line *l, struct span value, bool in_dark,
    bool rtl, bool *dark, struct buf *out, struct wrap_err *err)
{
	for (size_t i = 0; i < value.n; i++) {
		struct span name = { value.p + i + 1, 0 };
		const struct pair *light, *twin;

		if (value.p[i] != '$') {
			buf_addc(out, value.p[i]);
			continue;
		}
		while (i + 1 + name.n < value.n && conf_is_word(name.p[name.n]))
			name.n++;
		i += name.n;
		if (span_eqs(name, "start") || span_eqs(name, "end")) {
			buf_adds(out, span_eqs(name, "start") != rtl ? "left" : "right");
			continue;
		}
		light = pair_find(&t->colours, name);
		twin = pair_find(&t->dark, name);
		if (light == NULL)
			return conf_refuse(l, "no colour is called", name, err);
		*dark = *dark || twin != NULL;
		buf_addspan(out, in_dark && twin != NULL ? twin->value : light->value);
	}
	return WRAP_OK;
}

/* The declarations of a style that look different in the dark. */
static enum wrap_rc
darken(
    const struct theme_reader *t, const struct conf_line *l, struct buf *out, struct wrap_err *err)
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
add_style(struct theme_reader *t, const struct conf_line *l, struct wrap_err *err)
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
theme_line(void *ctx, const struct conf_line *l, struct wrap_err *err)
{
	struct theme_reader *t = ctx;
	struct pairs *to = span_eqs(l->section, "colours") ? &t->colours
			   : span_eqs(l->section, "dark")  ? &t->dark
			   : span_eqs(l->section, "small") ? &t->small
							   : NULL;

	if (!conf_is_key(l->key))
		return conf_refuse(l, "a key is of a-z, 0-9 and _, not", l->key, err);
	if (!is_style(l->value))
		return conf_refuse(l, "this has no place in a style:", l->value, err);
	if (span_eqs(l->section, "styles"))
		return add_style(t, l, err);
	if (to == NULL)
		return conf_refuse(
		    l, "sections are [colours] [dark] [styles] [small], not", l->section, err);
	if (to == &t->dark && pair_find(&t->colours, l->key) == NULL)
		return conf_refuse(l, "[colours] has no", l->key, err);
	if (to->n == PAIRS_MAX)
		return conf_refuse(l, "too many entries at", l->key, err);
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
