/*
 * What the renderer is told of the publication, whatever it makes: an edition or a letter.
 */
#include "internal.h"

#include "wrap/text.h"

#include <stdlib.h>
#include <string.h>

/* A failure is told by NULL; a missing template is none, a damaged one is kept in err. */
static const char *
template_text(void *ctx, const char *name)
{
	struct weekly_templates *t = ctx;
	enum wrap_rc rc;

	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->v[i].name, name) == 0)
			return buf_str(&t->v[i].text);
	if (t->n == sizeof(t->v) / sizeof(t->v[0]))
		return NULL;
	rc = config_template(t->c, name, &t->v[t->n].text, &t->err);
	if (rc != WRAP_OK)
		return NULL;
	t->v[t->n].name = str_dup(name);
	if (t->v[t->n].name == NULL) {
		buf_clear(&t->v[t->n].text);
		return NULL;
	}
	return buf_str(&t->v[t->n++].text);
}

void
weekly_templates_clear(struct weekly_templates *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->v[i].name);
		buf_clear(&t->v[i].text);
	}
	phrasebook_close(&t->say);
	*t = (struct weekly_templates){ 0 };
}

enum wrap_rc
weekly_render_input(const struct config *c, const char *language, struct weekly_templates *t,
    struct render_input *out, struct wrap_err *err)
{
	void *ctx = (void *)(uintptr_t)c; /* config_template_load only reads it */
	enum wrap_rc rc = WRAP_OK;

	*t = (struct weekly_templates){ .c = c };
	if (language != NULL)
		rc = phrasebook_open(language, config_template_load, ctx, &t->say, err);
	if (rc == WRAP_OK && (language == NULL || !phrasebook_speaks(t->say))) {
		phrasebook_close(&t->say);
		language = c->publication.language;
		rc = phrasebook_open(language, config_template_load, ctx, &t->say, err);
	}
	*out = (struct render_input){ .name = c->publication.name,
		.from = c->publication.from,
		.reply_to = c->publication.reply_to,
		.address = c->publication.address,
		.language = language,
		.url = c->publication.url,
		.list_id = c->publication.list_id,
		.domain = c->publication.domain,
		.description = c->publication.description,
		.logo = c->publication.logo,
		.say = t->say,
		.template_text = template_text,
		.ctx = t };
	return rc;
}
