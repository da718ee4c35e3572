/* Character sets: whatever the bytes and the label say, what comes out is UTF-8 and bounded. */
#include "wrap/text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = { (const char *)data, size }, label = { (const char *)data, 0 }, out;
	struct buf store = BUF_INIT((size_t)32 << 20);
	enum wrap_rc rc;
	enum charset_kind kind = CHARSET_XML;

	/* The first byte chooses the kind and the length of a label in front. */
	if (size > 0) {
		size_t n = data[0] >> 2;
		kind = (enum charset_kind)(data[0] & 3);
		n = n < size - 1 ? n : size - 1;
		label = (struct span){ bytes.p + 1, n };
		bytes = (struct span){ bytes.p + 1 + n, size - 1 - n };
	}
	rc = charset_decode(bytes, label, kind, &store, &out, NULL);
	if (rc == WRAP_OK && !utf8_valid(out))
		abort();
	if (rc == WRAP_OK && out.n > bytes.n * 4 + 16)
		abort();
	buf_clear(&store);
	return 0;
}
