/* Headers from any bytes: refused, or one field in short lines of ASCII that nothing in the value could end. */
#include "wrap/mail.h"

#include <stdlib.h>
#include <string.h>

static void
check(struct span field, bool ascii)
{
	struct span line;
	bool first = true;

	if (field.n < 2 || memcmp(field.p + field.n - 2, "\r\n", 2) != 0)
		abort();
	while (span_cut(&field, '\n', &line)) {
		if (line.n == 0 || line.p[line.n - 1] != '\r' || line.n > 998)
			abort();
		if (!first && line.p[0] != ' ')
			abort();
		for (size_t i = 0; i + 1 < line.n; i++)
			if ((unsigned char)line.p[i] < 0x20 || line.p[i] == 0x7F ||
			    (ascii && (unsigned char)line.p[i] >= 0x80))
				abort();
		first = false;
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct span all = { (const char *)data, size }, phrase = all, target = { 0 };
	struct buf b = BUF_INIT(1 << 20);

	if (header_text(&b, "Subject", all, NULL) == WRAP_OK)
		check(buf_span(&b), true);
	else if (b.n != 0)
		abort();
	buf_reset(&b);
	if (header_words(&b, "List-Unsubscribe", all, NULL) == WRAP_OK)
		check(buf_span(&b), true);
	else if (b.n != 0)
		abort();
	buf_reset(&b);
	target = (struct span){ all.p + size / 2, size - size / 2 };
	phrase.n = size / 2;
	if (header_phrase(&b, "To", phrase, target, NULL) == WRAP_OK)
		check(buf_span(&b), false);
	else if (b.n != 0)
		abort();
	buf_clear(&b);
	return 0;
}
