/* Sentences, words and summaries of any bytes: no crash, slices inside the text, the budget kept. */
#include "wrap/digest.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const langs[] = { "en", "de", "fr", "es", "it", "pt", "nl", "ru", "hy",
		"xx" };
	struct summary_style style = { .words = 40, .sentences = 3 };
	struct words *w = words_new();
	struct buf out = BUF_INIT(0);
	struct sentences s = { 0 };
	struct wrap_err err;
	struct span text;
	const char *lang;

	if (w == NULL)
		abort();
	if (size == 0) {
		words_free(&w);
		return 0;
	}
	lang = langs[data[0] % (sizeof(langs) / sizeof(langs[0]))];
	text = (struct span){ (const char *)data + 1, size - 1 };
	if (sentences_split(w, lang, text, &s, &err) != WRAP_OK)
		abort();
	for (size_t i = 0; i < s.n; i++)
		if (s.v[i].text.p < text.p || s.v[i].text.p + s.v[i].text.n > text.p + text.n)
			abort();
	if (summary_extract(w, lang, "A title", text, &style, &out, &err) != WRAP_OK ||
	    blank_words(buf_span(&out)) > style.words)
		abort();
	sentences_clear(&s);
	buf_clear(&out);
	words_free(&w);
	return 0;
}
