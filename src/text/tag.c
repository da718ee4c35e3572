/* The shape of a language tag. RFC 5646, section 2.1. */
#include "wrap/text.h"

bool
language_tag_ok(const char *tag)
{
	struct span rest = span_of(tag), part;
	bool first = true;

	if (rest.n == 0 || rest.n > LANGUAGE_TAG_BYTES || rest.p[rest.n - 1] == '-')
		return false;
	for (; span_cut(&rest, '-', &part); first = false) {
		if (part.n == 0 || part.n > 8 || (first && part.n < 2))
			return false;
		for (size_t i = 0; i < part.n; i++) {
			char c = part.p[i], low = (char)(c | 32);

			if ((low < 'a' || low > 'z') && (first || c < '0' || c > '9'))
				return false;
		}
	}
	return true;
}
