/*
 * What the pages share in making an answer: values that every page has, phrases with something put in, masked
 * addresses, the topics as a list of boxes.
 */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
visit_reset(struct visit *v)
{
	v->status = 0;
	v->type = NULL;
	v->file = NULL;
	v->location[0] = v->etag[0] = '\0';
	v->open = v->styled = v->letters = false;
	buf_clear(&v->body);
	buf_init(&v->body, (size_t)4 << 20);
}

/* What may stand in a phrase. */
static const struct template_name phrase_names[] = {
	{ "publication", TEMPLATE_TEXT, NULL },
	{ "who", TEMPLATE_TEXT, NULL },
	{ NULL, TEMPLATE_TEXT, NULL },
};

void
say(const struct visit *v, const char *key, const char *who, struct buf *out)
{
	struct template_source src = { .name = key,
		.text = span_of(phrase(v->tongue->book, key)),
		.escape = TEMPLATE_ESCAPE_LINE,
		.names = phrase_names };
	struct value *values = value_new();
	struct template *t = NULL;

	value_texts(values, "publication", v->site->c->publication.name);
	value_texts(values, "who", who);
	if (template_compile(&src, &t, NULL) != WRAP_OK ||
	    template_render(t, values, out, NULL) != WRAP_OK)
		buf_addspan(out, src.text);
	template_free(&t);
	value_free(&values);
}

void
value_say(
    struct value *values, const char *name, const struct visit *v, const char *key, const char *who)
{
	struct buf b = BUF_INIT(8192);

	say(v, key, who, &b);
	value_text(values, name, buf_span(&b));
	buf_clear(&b);
}

void
value_path(struct value *values, const char *name, const struct visit *v, const char *path)
{
	struct buf b = BUF_INIT(8192);

	buf_addspan(&b, v->site->base);
	buf_adds(&b, path);
	value_text(values, name, buf_span(&b));
	buf_clear(&b);
}

static bool
right_to_left(const char *language)
{
	static const char *const rtl[] = { "ar", "fa", "he", "ur", "yi" };

	for (size_t i = 0; i < sizeof(rtl) / sizeof(rtl[0]); i++)
		if (strncmp(language, rtl[i], 2) == 0 &&
		    (language[2] == '\0' || language[2] == '-'))
			return true;
	return false;
}

struct value *
page_values(struct visit *v, const char *title)
{
	const struct config *c = v->site->c;
	struct value *p = value_new();
	char style[64];

	value_texts(p, "language", v->tongue->language);
	value_texts(p, "dir", right_to_left(v->tongue->language) ? "rtl" : "ltr");
	value_say(p, "title", v, title, NULL);
	value_texts(p, "publication", c->publication.name);
	value_texts(
	    p, "promise", c->serve.promise != NULL ? c->serve.promise : c->publication.description);
	value_texts(p, "postal", c->publication.address);
	value_texts(p, "contact", c->publication.reply_to);
	value_texts(p, "logo", c->publication.logo);
	value_path(p, "home_url", v, "/");
	value_path(p, "archive_url", v, "/archive");
	value_path(p, "feed_url", v, "/feed.atom");
	(void)snprintf(style, sizeof(style), "/style.css?%s", v->site->css_tag);
	value_path(p, "style_url", v, style);
	return p;
}

enum wrap_rc
page_show(struct visit *v, enum page_kind page, unsigned status, struct value **values,
    struct wrap_err *err)
{
	enum wrap_rc rc;

	buf_reset(&v->body);
	v->status = status;
	v->type = NULL;
	rc = template_render(v->tongue->pages[page], *values, &v->body, err);
	value_free(values);
	return rc;
}

enum wrap_rc
page_note(struct visit *v, unsigned status, const char *key, const char *who, const char *url,
    const char *url_key, struct wrap_err *err)
{
	char name[64];
	struct value *p;

	(void)snprintf(name, sizeof(name), "%s_title", key);
	p = page_values(v, name);
	(void)snprintf(name, sizeof(name), "%s_text", key);
	value_say(p, "text", v, name, who);
	if (url != NULL) {
		value_texts(p, "link_url", url);
		value_say(p, "link", v, url_key, NULL);
	}
	return page_show(v, PAGE_NOTE, status, &p, err);
}

bool
visit_meets(struct visit *v, const struct subscriber *s, enum wrap_rc *rc, struct wrap_err *err)
{
	if (*rc == WRAP_ENOTFOUND)
		*rc = page_note(v, 404, "missing", NULL, NULL, NULL, err);
	else if (*rc == WRAP_OK) {
		v->tongue = site_tongue(v->site, s->language, v->tongue);
		return true;
	}
	return false;
}

/* The first character of s, whole. */
static void
first_of(struct span s, struct buf *out)
{
	size_t len = 0;

	if (s.n == 0)
		return;
	(void)utf8_decode(s.p, s.n, &len);
	buf_add(out, s.p, len);
	buf_adds(out, "•••");
}

void
mask_address(const char *address, struct buf *out)
{
	const char *at = strrchr(address, '@'), *dot = at == NULL ? NULL : strrchr(at, '.');

	if (at == NULL) {
		buf_adds(out, "•••");
		return;
	}
	first_of((struct span){ address, (size_t)(at - address) }, out);
	buf_addc(out, '@');
	first_of(span_of(at + 1), out);
	if (dot != NULL)
		buf_adds(out, dot);
}

const char *
visit_source(const struct visit *v, char out[SOURCE_TEXT])
{
	(void)snprintf(out, SOURCE_TEXT, "web %s", v->client);
	return out;
}

/* ---- topics ------------------------------------------------------------------------------------------------- */

static bool
is_ticked(const char *ticked, const char *topic)
{
	struct span rest = span_of(ticked), one;

	if (ticked == NULL)
		return true;
	while (span_cut(&rest, ',', &one))
		if (span_ieqs(span_trim(one), topic))
			return true;
	return false;
}

void
topics_list(struct value *values, const struct config *c, const char *ticked)
{
	size_t n = c->n_topics + (c->edition.other != NULL ? 1 : 0);

	/* One topic is nothing to choose from. */
	value_flag(values, "many", n > 1);
	for (size_t i = 0; n > 1 && i < n; i++) {
		const char *name = i < c->n_topics ? c->topics[i].name : c->edition.other;
		struct value *t = value_add(values, "topics");

		value_texts(t, "topic", name);
		value_flag(t, "ticked", is_ticked(ticked, name));
		if (i < c->n_topics)
			value_texts(t, "sponsor", c->topics[i].sponsor.name);
	}
}

char *
topics_of_form(const struct form *f)
{
	struct buf b = BUF_INIT(1 << 16);

	buf_adds(&b, "");
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->v[i].name, "topic") == 0)
			buf_addf(&b, "%s%s", b.n == 0 ? "" : ",", f->v[i].value);
	return buf_steal(&b);
}
