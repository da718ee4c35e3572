/*
 * The theme's colours for pages: custom properties of a style sheet, light and dark, so that mail and pages
 * look alike and an owner changes both in one place.
 */
#include "conf.h"
#include "internal.h"

#include <string.h>

struct colours {
	struct buf *out;
	const char *section;
};

/* A colour has no end, brace or address in it. */
static bool
is_colour(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (strchr(";{}<>\"'\\@/", s.p[i]) != NULL || (unsigned char)s.p[i] < 0x20)
			return false;
	return s.n > 0;
}

static enum wrap_rc
colour_line(void *ctx, const struct conf_line *l, struct wrap_err *err)
{
	struct colours *c = ctx;

	if (!span_eqs(l->section, c->section))
		return WRAP_OK;
	if (!conf_is_key(l->key) || !is_colour(l->value))
		return conf_refuse(l, "not a colour:", l->key, err);
	buf_addf(c->out, "--%.*s:%.*s;", (int)l->key.n, l->key.p, (int)l->value.n, l->value.p);
	return WRAP_OK;
}

enum wrap_rc
render_colours(const char *theme, struct buf *out, struct wrap_err *err)
{
	struct colours c = { .out = out, .section = "colours" };
	enum wrap_rc rc;

	buf_adds(out, ":root{color-scheme:light dark;");
	rc = conf_each("theme.conf", theme, colour_line, &c, err);
	c.section = "dark";
	buf_adds(out, "}\n@media (prefers-color-scheme:dark){:root{");
	if (rc == WRAP_OK)
		rc = conf_each("theme.conf", theme, colour_line, &c, err);
	buf_adds(out, "}}\n");
	return rc == WRAP_OK ? buf_rc(out, err) : rc;
}
