/*
 * Tokens in links: purpose (1 byte), reader (8 bytes), 16 bytes of HMAC-SHA256 over these and the list,
 * as 40 characters of base 32. The last key is still honoured after a rotation, and for leaving those before
 * it too, so that every edition can be left by its link for as long as the key's file is there.
 */
#include "wrap/mail.h"

#include <string.h>

#define TAG_BYTES 16
#define HEAD_BYTES 9

static void
tag_make(const struct secret_key *key, const char *list_id, const uint8_t head[HEAD_BYTES],
    uint8_t tag[TAG_BYTES])
{
	struct buf b = BUF_INIT(4096);
	uint8_t mac[SHA256_BYTES];

	buf_adds(&b, "wrap token 1\n");
	buf_add(&b, head, HEAD_BYTES);
	buf_adds(&b, list_id);
	secret_hmac(key, buf_span(&b), mac);
	memcpy(tag, mac, TAG_BYTES);
	buf_clear(&b);
}

void
token_make(const struct keyring *keys, enum token_purpose purpose, const char *list_id,
    int64_t subscriber_id, char out[TOKEN_TEXT])
{
	uint8_t raw[HEAD_BYTES + TAG_BYTES] = { (uint8_t)purpose };
	struct buf text = BUF_INIT(64);

	for (int i = 0; i < 8; i++)
		raw[1 + i] = (uint8_t)((uint64_t)subscriber_id >> (56 - 8 * i));
	tag_make(&keys->current, list_id, raw, raw + HEAD_BYTES);
	base32_encode((struct span){ (const char *)raw, sizeof(raw) }, &text);
	(void)memset(out, 0, TOKEN_TEXT);
	memcpy(out, buf_str(&text), text.n < TOKEN_TEXT ? text.n : 0);
	buf_clear(&text);
}

static bool
tag_fits(const struct secret_key *key, const char *list_id, const uint8_t *raw)
{
	uint8_t tag[TAG_BYTES];

	tag_make(key, list_id, raw, tag);
	return secret_equal(tag, raw + HEAD_BYTES, TAG_BYTES);
}

/* A link to leave stands in mail that people keep for years; all it can do is to leave. */
static bool
fits_older(const struct keyring *keys, const char *list_id, const uint8_t *raw)
{
	for (size_t i = 0; i < keys->n_older; i++)
		if (tag_fits(&keys->older[i], list_id, raw))
			return true;
	return false;
}

bool
token_read(const struct keyring *keys, enum token_purpose purpose, const char *list_id,
    struct span text, int64_t *subscriber_id)
{
	uint8_t raw[HEAD_BYTES + TAG_BYTES];
	struct buf b = BUF_INIT(64);
	uint64_t id = 0;
	bool good;

	*subscriber_id = 0;
	good = text.n == TOKEN_TEXT - 1 && base32_decode(text, &b) && b.n == sizeof(raw);
	if (good)
		memcpy(raw, b.p, sizeof(raw));
	buf_clear(&b);
	if (!good || raw[0] != (uint8_t)purpose)
		return false;
	if (!tag_fits(&keys->current, list_id, raw) &&
	    !(keys->has_previous && tag_fits(&keys->previous, list_id, raw)) &&
	    !(purpose == TOKEN_LEAVE && fits_older(keys, list_id, raw)))
		return false;
	for (int i = 0; i < 8; i++)
		id = id << 8 | raw[1 + i];
	*subscriber_id = (int64_t)id;
	return true;
}
