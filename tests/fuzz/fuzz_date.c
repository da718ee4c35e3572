/* Dates: any text is a moment within four digits of years, or none; the answer does not depend on what follows in memory. */
#include "wrap/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + 1);
	int64_t a = 0, b = 0;
	bool first;

	if (copy == NULL)
		return 0;
	memcpy(copy, data, size);
	copy[size] = '7';
	first = date_parse((struct span){ (const char *)data, size }, &a);
	if (first != date_parse((struct span){ copy, size }, &b) || a != b)
		abort();
	if (first && (a < -INT64_C(70000000000) || a > INT64_C(999999999999)))
		abort();
	free(copy);
	return 0;
}
