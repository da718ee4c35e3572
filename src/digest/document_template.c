/*
 * The template of the document, edition.md: which names it may use, and where its text comes from.
 */
#include "digest/internal.h"

#include <stdlib.h>
#include <string.h>

static const struct template_name other_names[] = {
	{ "site", TEMPLATE_TEXT, NULL },
	{ "site_url", TEMPLATE_URL, NULL },
	{ "first", TEMPLATE_FLAG, NULL },
	{ "last", TEMPLATE_FLAG, NULL },
	{ NULL, TEMPLATE_TEXT, NULL },
};

static const struct template_name story_names[] = {
	{ "headline", TEMPLATE_TEXT, NULL },
	{ "link", TEMPLATE_URL, NULL },
	{ "author", TEMPLATE_TEXT, NULL },
	{ "source", TEMPLATE_TEXT, NULL },
	{ "date", TEMPLATE_TEXT, NULL },
	{ "minutes", TEMPLATE_TEXT, NULL },
	{ "language", TEMPLATE_TEXT, NULL },
	{ "summary", TEMPLATE_TEXT, NULL },
	{ "image", TEMPLATE_URL, NULL },
	{ "image_from", TEMPLATE_TEXT, NULL },
	{ "others", TEMPLATE_LIST, other_names },
	{ NULL, TEMPLATE_TEXT, NULL },
};

static const struct template_name sponsor_names[] = {
	{ "sponsor_name", TEMPLATE_TEXT, NULL },
	{ "sponsor_url", TEMPLATE_URL, NULL },
	{ NULL, TEMPLATE_TEXT, NULL },
};

static const struct template_name topic_names[] = {
	{ "topic", TEMPLATE_TEXT, NULL },
	{ "sponsor", TEMPLATE_LIST, sponsor_names },
	{ "stories", TEMPLATE_LIST, story_names },
	{ "quiet", TEMPLATE_FLAG, NULL },
	{ NULL, TEMPLATE_TEXT, NULL },
};

static const struct template_name edition_names[] = {
	{ "title", TEMPLATE_TEXT, NULL },
	{ "key", TEMPLATE_TEXT, NULL },
	{ "publication", TEMPLATE_TEXT, NULL },
	{ "topics", TEMPLATE_LIST, topic_names },
};
#define EDITION_NAMES (sizeof(edition_names) / sizeof(edition_names[0]))

static enum wrap_rc
names_make(const struct bench *b, struct document_names *out, struct wrap_err *err)
{
	const char *key, *text;
	size_t n = phrasebook_at(b->say, (size_t)-1, &key, &text);
	enum wrap_rc rc = WRAP_OK;

	*out = (struct document_names){ .v = calloc(EDITION_NAMES + n + 1, sizeof(*out->v)) };
	if (out->v == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "no memory for the edition");
	memcpy(out->v, edition_names, sizeof(edition_names));
	for (size_t i = 0; rc == WRAP_OK && i < n; i++) {
		struct buf name = BUF_INIT(256);

		(void)phrasebook_at(b->say, i, &key, &text);
		buf_adds(&name, DOCUMENT_SAY);
		buf_adds(&name, key);
		rc = strs_add(&out->own, buf_span(&name), err);
		buf_clear(&name);
	}
	for (size_t i = 0; rc == WRAP_OK && i < n; i++)
		out->v[EDITION_NAMES + i].name = out->own.v[i];
	return rc;
}

/* A partial, kept until the template is compiled. */
struct partials {
	const struct config *c;
	struct strs texts;
};

static const char *
partial_text(void *ctx, const char *name)
{
	struct partials *p = ctx;
	struct buf text;
	struct wrap_err err;
	const char *found = NULL;

	if (config_template(p->c, name, &text, &err) == WRAP_OK &&
	    strs_add(&p->texts, buf_span(&text), &err) == WRAP_OK)
		found = p->texts.v[p->texts.n - 1];
	buf_clear(&text);
	return found;
}

static enum wrap_rc
edition_compile(const struct bench *b, const struct document_names *names, struct template **out,
    struct wrap_err *err)
{
	struct partials partials = { .c = b->c };
	struct buf text;
	enum wrap_rc rc = config_template(b->c, EDITION_TEMPLATE, &text, err);

	if (rc == WRAP_OK) {
		struct template_source src = { .name = EDITION_TEMPLATE,
			.text = buf_span(&text),
			.escape = TEMPLATE_ESCAPE_MARKDOWN,
			.names = names->v,
			.partial = partial_text,
			.ctx = &partials };

		rc = template_compile(&src, out, err);
	}
	strs_clear(&partials.texts);
	buf_clear(&text);
	return rc;
}

enum wrap_rc
document_template(const struct bench *b, struct document_names *names, struct template **out,
    struct wrap_err *err)
{
	enum wrap_rc rc = names_make(b, names, err);

	*out = NULL;
	return rc == WRAP_OK ? edition_compile(b, names, out, err) : rc;
}

void
document_names_clear(struct document_names *names)
{
	strs_clear(&names->own);
	free(names->v);
	names->v = NULL;
}
