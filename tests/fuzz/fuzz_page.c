/* Pages: any bytes give an article, or parts of one, in UTF-8; lines are lines. */
#include "wrap/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct page p;

	if (page_read((struct span){ (const char *)data, size }, SPAN_LIT("utf-8"),
		SPAN_LIT("https://example.org/a"), &p, NULL) == WRAP_OK) {
		const char *const lines[] = { p.title, p.byline, p.excerpt, p.site_name,
			p.published, p.image };

		for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
			if (lines[i] != NULL &&
			    (!utf8_valid(span_of(lines[i])) || strpbrk(lines[i], "\r\n") != NULL))
				abort();
		if (p.text != NULL && !utf8_valid(span_of(p.text)))
			abort();
	}
	page_clear(&p);
	return 0;
}
