/*
 * phrases.conf: the few words of ours around an edition and in our letters, by language. English has them
 * all; a language that lacks one shows the English one.
 */
#include "conf.h"
#include "internal.h"

#include <stdlib.h>
#include <string.h>

struct phrase_reader {
	struct span language; /* that is wanted in this pass */
	struct phrases *out;
	bool adds; /* the first pass makes the keys, later ones replace their texts */
};

static enum wrap_rc
phrase_line(void *ctx, const struct conf_line *l, struct wrap_err *err)
{
	struct phrase_reader *r = ctx;
	struct phrases *p = r->out;
	size_t i;
	char **grown;

	if (!conf_is_key(l->key))
		return conf_refuse(l, "a key is of a-z, 0-9 and _, not", l->key, err);
	if (!span_ieq(l->section, r->language))
		return WRAP_OK;
	for (i = 0; i < p->n && !span_eqs(l->key, p->v[2 * i]); i++)
		;
	if (i == p->n && !r->adds)
		return conf_refuse(l, "[en] has no", l->key, err);
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
