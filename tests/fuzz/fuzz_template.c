/* Any text as a template: refused with a message, or rendered without harm and without what was not escaped. */
#include "wrap/text.h"

#include <stdlib.h>
#include <string.h>

static const struct template_name item_names[] = { { "name", TEMPLATE_TEXT, NULL },
	{ ".", TEMPLATE_TEXT, NULL }, { NULL, 0, NULL } };
static const struct template_name names[] = {
	{ "title", TEMPLATE_TEXT, NULL },
	{ "url", TEMPLATE_URL, NULL },
	{ "body", TEMPLATE_MARKUP, NULL },
	{ "on", TEMPLATE_FLAG, NULL },
	{ "slot", TEMPLATE_SLOT, NULL },
	{ "items", TEMPLATE_LIST, item_names },
	{ NULL, 0, NULL },
};

static const char *
partial(void *ctx, const char *name)
{
	/* The whole input again, so that a template can include itself. */
	return strcmp(name, "self") == 0 ? ctx : strcmp(name, "p") == 0 ? "a\n{{title}}\n" : NULL;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	char *text = str_dup_span((struct span){ (const char *)data, size });
	struct template_source src = { .name = "t",
		.text = { text, size },
		.escape = size > 0 ? (enum template_escape)(data[0] % 5) : TEMPLATE_ESCAPE_HTML,
		.names = names,
		.partial = partial,
		.ctx = text };
	struct value *v = value_new();
	struct template *t = NULL;
	struct wrap_err err = { 0 };
	struct buf out = BUF_INIT(1 << 20);

	value_texts(v, "title",
	    "\x01\x02"
	    "MARK<>&\"'");
	value_texts(v, "url", "javascript:MARK");
	value_texts(v, "slot", "A");
	value_flag(v, "on", true);
	value_texts(value_add(v, "items"), "name", "n");
	value_texts(value_add(v, "items"), ".", "dot");
	if (template_compile(&src, &t, &err) == WRAP_OK) {
		(void)template_render(t, v, &out, NULL);
		if (memchr(buf_str(&out), '\x02', out.n) != NULL &&
		    memchr(text, '\x02', size) == NULL)
			abort();
	} else if (err.text[0] == '\0') {
		abort();
	}
	template_free(&t);
	value_free(&v);
	buf_clear(&out);
	free(text);
	return 0;
}
