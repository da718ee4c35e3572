/*
 * The stamp in the sign-up form: when it was shown, signed. A machine that posts without having looked at the
 * page has none, one that posts at once is too fast. It is the machine's clock that counts here.
 */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define YOUNGEST_S 2
#define OLDEST_S 86400
#define TAG_BYTES 16

static void
sign(const struct secret_key *key, int64_t at, struct buf *out)
{
	uint8_t mac[SHA256_BYTES];
	struct secret_key own;
	char text[32];

	(void)snprintf(text, sizeof(text), "%llx", (long long)at);
	secret_hmac(key, SPAN_LIT("wrap form stamp 1"), own.b);
	secret_hmac(&own, span_of(text), mac);
	secret_wipe(&own, sizeof(own));
	buf_addf(out, "%s.", text);
	base32_encode((struct span){ (const char *)mac, TAG_BYTES }, out);
}

void
stamp_make(const struct keyring *keys, struct buf *out)
{
	const struct wclock machine = { 0 };

	sign(&keys->current, clock_now(&machine), out);
}

static bool
signed_by(const struct secret_key *key, const char *stamp, int64_t at)
{
	struct buf b = BUF_INIT(128);
	bool good;

	sign(key, at, &b);
	good = b.n == strlen(stamp) && secret_equal(buf_str(&b), stamp, b.n);
	buf_clear(&b);
	return good;
}

bool
stamp_good(const struct keyring *keys, const char *stamp)
{
	const struct wclock machine = { 0 };
	int64_t at, age;
	char *end;

	if (stamp == NULL || strlen(stamp) > 64)
		return false;
	at = strtoll(stamp, &end, 16);
	if (*end != '.')
		return false;
	if (!signed_by(&keys->current, stamp, at) &&
	    !(keys->has_previous && signed_by(&keys->previous, stamp, at)))
		return false;
	age = clock_now(&machine) - at;
	return age >= YOUNGEST_S && age <= OLDEST_S;
}
