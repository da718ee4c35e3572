/* Any text as a file of words: refused with its line, or every phrase of it can stand in a template. */
#include "wrap/text.h"

#include <stdlib.h>
#include <string.h>

static const struct template_name names[] = {
	{ "publication", TEMPLATE_TEXT, NULL },
	{ "who", TEMPLATE_TEXT, NULL },
	{ "n", TEMPLATE_TEXT, NULL },
	{ NULL, TEMPLATE_TEXT, NULL },
};

static enum wrap_rc
load(void *ctx, const char *name, bool own, struct buf *out, struct wrap_err *err)
{
	if (own || strcmp(name, "words.en") != 0)
		return wrap_fail(err, WRAP_ENOTFOUND, "no %s", name);
	buf_addspan(out, *(struct span *)ctx);
	return buf_rc(out, err);
}

/* Keys come from our own file; one that would end the tag early is none. */
static bool
is_key(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789_", s.p[i]) == NULL ||
		    s.p[i] == '\0')
			return false;
	return s.n > 0;
}

static void
use(const struct phrasebook *book, struct span key, enum template_escape escape)
{
	struct buf text = BUF_INIT(1 << 16), out = BUF_INIT(1 << 20);
	struct template_source src = { .name = "t", .escape = escape, .names = names, .say = book };
	struct value *v = value_new();
	struct template *t = NULL;
	struct wrap_err err = { 0 };

	buf_adds(&text, "{{say_");
	buf_addspan(&text, key);
	buf_adds(&text, "}}");
	src.text = buf_span(&text);
	value_texts(v, "publication", "<MARK>");
	if (template_compile(&src, &t, &err) == WRAP_OK) {
		(void)template_render(t, v, &out, NULL);
		if (escape == TEMPLATE_ESCAPE_HTML && memchr(buf_str(&out), '<', out.n) != NULL)
			abort();
	} else if (err.text[0] == '\0') {
		abort();
	}
	template_free(&t);
	value_free(&v);
	buf_clear(&text);
	buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct span in = { (const char *)data, size }, rest = in, line, key;
	struct phrasebook *book = NULL;
	struct wrap_err err = { 0 };
	struct buf out = BUF_INIT(1 << 16);
	struct tm tm = { .tm_year = 126, .tm_mon = 10, .tm_mday = 22 };

	if (phrasebook_open("en", load, &in, &book, &err) != WRAP_OK) {
		if (err.text[0] == '\0')
			abort();
		return 0;
	}
	for (int i = 0; i < 40 && span_cut(&rest, '\n', &line); i++)
		if (span_cut(&line, '=', &key) && is_key(span_trim(key)))
			use(book, span_trim(key), (enum template_escape)(i % 5));
	phrase_date(book, &tm, PHRASE_DATE, &out);
	phrase_date(book, &tm, PHRASE_DATE_TIME, &out);
	phrase_number(book, -1234567, &out);
	phrase_count(book, "a", 1, &out);
	buf_clear(&out);
	phrasebook_close(&book);
	return 0;
}
