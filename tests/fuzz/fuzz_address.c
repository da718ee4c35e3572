/* Any text as addresses: in running text, as a field, as typed by a person, as an encoded header. */
#include "mail/reading.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span text = { (const char *)data, n }, found;
	struct buf words = BUF_INIT(1 << 20);
	struct address a;
	char *name, *mailbox;
	size_t at = 0;

	while (address_next(text, &at, &found))
		if (found.n == 0 || found.p < text.p || found.p + found.n > text.p + text.n)
			abort();
	free(address_of_field(text));
	if (address_parse(text, &a, NULL) == WRAP_OK) {
		char *canonical = address_canonical(&a);

		free(canonical);
		address_clear(&a);
	}
	if (address_named(text, &name, &mailbox, NULL) == WRAP_OK) {
		free(name);
		free(mailbox);
	}
	mime_words(text, &words);
	buf_clear(&words);
	return 0;
}
