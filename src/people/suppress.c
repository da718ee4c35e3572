/*
 * Suppression by keyed hash: it says "never mail this address" without holding the address, so that it
 * can outlive the erasure of a person.
 */
#include "wrap/people.h"

void
suppress_hash(const struct keyring *keys, const char *canonical, uint8_t out[SHA256_BYTES])
{
	secret_hmac(&keys->suppression, span_of(canonical), out);
}
