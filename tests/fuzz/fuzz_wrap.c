/* Any bytes as a paragraph: nothing but blanks and controls is lost, lines are no wider than they must be. */
#include "wrap/text.h"

#include <stdlib.h>
#include <string.h>

static bool
is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct buf out = BUF_INIT(1 << 22), a = BUF_INIT(1 << 22), b = BUF_INIT(1 << 22);
	size_t width = size > 0 ? data[0] % 80 : 72;
	struct span all = { (const char *)data, size }, rest, line;

	text_wrap(all, width, "* ", "  ", &out);
	if (out.rc != WRAP_OK || !utf8_valid(buf_span(&out)) ||
	    (out.n > 0 && out.p[out.n - 1] != '\n'))
		abort();
	for (rest = buf_span(&out); span_cut(&rest, '\n', &line);) {
		struct span body =
		    line.n > 2 ? (struct span){ line.p + 2, line.n - 2 } : (struct span){ 0 };

		if (line.n > 0 && line.p[line.n - 1] == ' ')
			abort();
		/* Between two words a line may always be broken; so one that is too wide holds no such place. */
		for (size_t i = 1; utf8_columns(line) > (width > 5 ? width : 5) && i + 1 < body.n;
		     i++)
			if (is_letter(body.p[i - 1]) && body.p[i] == ' ' &&
			    is_letter(body.p[i + 1]))
				abort();
	}
	for (size_t i = 0, len; i < size; i += len) {
		uint32_t cp = utf8_decode(all.p + i, size - i, &len);

		if (cp > 0x20 && cp != 0x7F && !(cp >= 0x80 && cp < 0xA0) && cp != 0x2028 &&
		    cp != 0x2029)
			utf8_add(&a, utf8_is_noncharacter(cp) ? 0xFFFD : cp);
	}
	for (rest = buf_span(&out); span_cut(&rest, '\n', &line);)
		for (size_t i = line.n > 2 ? 2 : 0; i < line.n; i++)
			if (line.p[i] != ' ')
				buf_addc(&b, line.p[i]);
	if (!span_eq(buf_span(&a), buf_span(&b)))
		abort();
	buf_clear(&out);
	buf_clear(&a);
	buf_clear(&b);
	return 0;
}
