/* Any bytes as a message of the bounce mailbox: read, classified, searched for tokens. */
#include "wrap/bounce.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct report r;
	struct strs tokens = { 0 };
	struct bounce_verdict v;

	if (report_read((struct span){ (const char *)data, n }, &r, NULL) != WRAP_OK)
		abort();
	for (size_t i = 0; i <= r.n; i++)
		bounce_classify(&r, i, &v);
	(void)verp_candidates(buf_span(&r.tokens), VERP_FIRST, &tokens, NULL);
	strs_clear(&tokens);
	report_clear(&r);
	return 0;
}
