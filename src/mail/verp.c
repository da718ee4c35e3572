/*
 * The signed return path (VERP with a message authentication code). Layout of the 25 bytes: version 1,
 * reader 5, edition 3, day since 1970 2, and 14 of HMAC-SHA256 over these and the list's id, under a key
 * derived from the instance's for this purpose. All that comes back is a stranger's; only the code counts.
 */
#include "wrap/mail.h"

#include <string.h>

#define HEAD_BYTES 11
#define TAG_BYTES 14
#define DAY_S 86400

/* Not the text of a random word: of 256 first bytes this one only is a token's. */
static const uint8_t version = 0xb1;

static void
tag_make(
    const struct secret_key *key, const char *list_id, const uint8_t *head, uint8_t tag[TAG_BYTES])
{
	struct buf b = BUF_INIT(4096);
	struct secret_key own;
	uint8_t mac[SHA256_BYTES];

	secret_hmac(key, SPAN_LIT("wrap return path 1"), own.b);
	buf_add(&b, head, HEAD_BYTES);
	buf_adds(&b, list_id);
	secret_hmac(&own, buf_span(&b), mac);
	memcpy(tag, mac, TAG_BYTES);
	secret_wipe(&own, sizeof(own));
	buf_clear(&b);
}

static void
put_number(uint8_t *at, int bytes, int64_t v)
{
	for (int i = 0; i < bytes; i++)
		at[i] = (uint8_t)((uint64_t)v >> (8 * (bytes - 1 - i)));
}

static int64_t
get_number(const uint8_t *at, int bytes)
{
	int64_t v = 0;

	for (int i = 0; i < bytes; i++)
		v = v << 8 | at[i];
	return v;
}

void
verp_make(const struct keyring *keys, const char *list_id, int64_t reader, int64_t edition,
    int64_t made_at, char out[VERP_TOKEN])
{
	uint8_t raw[HEAD_BYTES + TAG_BYTES] = { version };
	struct buf text = BUF_INIT(64);

	put_number(raw + 1, 5, reader);
	put_number(raw + 6, 3, edition);
	put_number(raw + 9, 2, made_at / DAY_S);
	tag_make(&keys->current, list_id, raw, raw + HEAD_BYTES);
	base32_encode((struct span){ (const char *)raw, sizeof(raw) }, &text);
	memset(out, 0, VERP_TOKEN);
	memcpy(out, buf_str(&text), text.n < VERP_TOKEN ? text.n : 0);
	buf_clear(&text);
}

static bool
tag_fits(const struct secret_key *key, const char *list_id, const uint8_t *raw)
{
	uint8_t tag[TAG_BYTES];

	tag_make(key, list_id, raw, tag);
	return secret_equal(tag, raw + HEAD_BYTES, TAG_BYTES);
}

enum verp_result
verp_read(const struct keyring *keys, const char *list_id, struct span token, int64_t now,
    struct verp *out)
{
	uint8_t raw[HEAD_BYTES + TAG_BYTES];
	char lower[VERP_TOKEN - 1];
	struct buf b = BUF_INIT(64);
	bool shaped;

	*out = (struct verp){ 0 };
	if (token.n != sizeof(lower))
		return VERP_ABSENT;
	for (size_t i = 0; i < token.n; i++)
		lower[i] =
		    (char)(token.p[i] >= 'A' && token.p[i] <= 'Z' ? token.p[i] + 32 : token.p[i]);
	shaped = base32_decode((struct span){ lower, sizeof(lower) }, &b) && b.n == sizeof(raw);
	if (shaped)
		memcpy(raw, b.p, sizeof(raw));
	buf_clear(&b);
	if (!shaped || raw[0] != version)
		return VERP_ABSENT;
	if (!tag_fits(&keys->current, list_id, raw) &&
	    !(keys->has_previous && tag_fits(&keys->previous, list_id, raw)))
		return VERP_FORGED;
	out->reader = get_number(raw + 1, 5);
	out->edition = get_number(raw + 6, 3);
	out->made_at = get_number(raw + 9, 2) * DAY_S;
	return now > out->made_at + (VERP_DAYS + 1) * (int64_t)DAY_S ? VERP_LATE : VERP_VALID;
}

/* RFC 4648 base 32 alphabet in either case. */
static bool
is_base32(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7');
}

enum wrap_rc
verp_candidates(struct span text, char first, struct strs *out, struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;

	for (size_t i = 0, run = 0; i <= text.n && rc == WRAP_OK && out->n < VERP_TRIES; i++) {
		char lower[VERP_TOKEN - 1];

		if (i < text.n && is_base32(text.p[i])) {
			run++;
			continue;
		}
		if (run == sizeof(lower)) {
			for (size_t k = 0; k < run; k++) {
				char c = text.p[i - run + k];

				lower[k] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
			}
			if ((first == '\0' || lower[0] == first) &&
			    !strs_has(out, (struct span){ lower, run }))
				rc = strs_add(out, (struct span){ lower, run }, err);
		}
		run = 0;
	}
	return rc;
}

enum verp_result
verp_choose(const struct keyring *keys, const char *list_id, const struct strs *candidates,
    int64_t now, struct verp *out)
{
	enum verp_result best = VERP_ABSENT;
	struct verp v;

	*out = (struct verp){ 0 };
	for (size_t i = 0; i < candidates->n; i++) {
		enum verp_result r = verp_read(keys, list_id, span_of(candidates->v[i]), now, &v);

		if (r <= best)
			continue;
		best = r;
		*out = v;
		if (r == VERP_VALID)
			break;
	}
	return best;
}

void
verp_address(const char *form, const char *token, struct buf *out)
{
	const char *star = strchr(form, '*');

	if (star == NULL) {
		buf_adds(out, form);
		return;
	}
	buf_add(out, form, (size_t)(star - form));
	buf_adds(out, token);
	buf_adds(out, star + 1);
}
