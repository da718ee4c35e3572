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
	{ NULL, TEMPLATE_TEXT, NULL },
};

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

enum wrap_rc
document_template(const struct bench *b, struct template **out, struct wrap_err *err)
{
	struct partials partials = { .c = b->c };
	struct buf text;
	enum wrap_rc rc = config_template(b->c, EDITION_TEMPLATE, &text, err);

	*out = NULL;
	if (rc == WRAP_OK) {
		struct template_source src = { .name = EDITION_TEMPLATE,
			.text = buf_span(&text),
			.escape = TEMPLATE_ESCAPE_MARKDOWN,
			.names = edition_names,
			.say = b->say,
			.partial = partial_text,
			.ctx = &partials };

		rc = template_compile(&src, out, err);
	}
	strs_clear(&partials.texts);
	buf_clear(&text);
	return rc;
}
