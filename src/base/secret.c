/*
 * Random bytes, keyed hashes, and the spellings tokens are written in. libcrypto does the work
 * (FIPS 198-1, RFC 2104); base 32 is RFC 4648 section 6, in lower case because mail systems fold case.
 */
#include "wrap/base.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum wrap_rc
secret_random(void *out, size_t n, struct wrap_err *err)
{
	if (n > INT_MAX || RAND_bytes(out, (int)n) != 1)
		return wrap_fail(err, WRAP_ESYS, "no random bytes from the system");
	return WRAP_OK;
}

void
secret_hmac(const struct secret_key *key, struct span data, uint8_t out[SHA256_BYTES])
{
	static const uint8_t nothing[1];
	unsigned int n = SHA256_BYTES;

	if (HMAC(EVP_sha256(), key->b, SECRET_KEY_BYTES,
		data.n == 0 ? nothing : (const unsigned char *)data.p, data.n, out, &n) == NULL)
		memset(out, 0, SHA256_BYTES);
}

void
secret_sha256(struct span data, uint8_t out[SHA256_BYTES])
{
	if (EVP_Digest(data.n == 0 ? "" : data.p, data.n, out, NULL, EVP_sha256(), NULL) != 1)
		memset(out, 0, SHA256_BYTES);
}

bool
secret_equal(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}

void
secret_wipe(void *p, size_t n)
{
	OPENSSL_cleanse(p, n);
}

enum wrap_rc
secret_file(const char *path, struct buf *out, struct wrap_err *err)
{
	struct stat st;
	enum wrap_rc rc;

	buf_init(out, 1 << 16);
	if (stat(path, &st) != 0)
		return wrap_fail_errno(err, "secret file %s", path);
	if (!S_ISREG(st.st_mode))
		return wrap_fail(err, WRAP_EDENIED, "secret file %s is not a regular file", path);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return wrap_fail(err, WRAP_EDENIED,
		    "secret file %s belongs to another user; chown it to the one who runs wrap",
		    path);
	if ((st.st_mode & 077) != 0)
		return wrap_fail(err, WRAP_EDENIED,
		    "secret file %s can be read by others; type: chmod 600 %s", path, path);
	rc = file_read(path, 1 << 16, out, err);
	if (rc != WRAP_OK)
		return rc;
	while (out->n > 0 && (out->p[out->n - 1] == '\n' || out->p[out->n - 1] == '\r'))
		buf_truncate(out, out->n - 1);
	return WRAP_OK;
}

static const char base32_digits[] = "abcdefghijklmnopqrstuvwxyz234567";

void
base32_encode(struct span data, struct buf *out)
{
	uint32_t acc = 0;
	int bits = 0;

	for (size_t i = 0; i < data.n; i++) {
		acc = (acc << 8) | (unsigned char)data.p[i];
		for (bits += 8; bits >= 5; bits -= 5)
			buf_addc(out, base32_digits[(acc >> (bits - 5)) & 31]);
	}
	if (bits > 0)
		buf_addc(out, base32_digits[(acc << (5 - bits)) & 31]);
}

bool
base32_decode(struct span text, struct buf *out)
{
	uint32_t acc = 0;
	int bits = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		unsigned v;

		if (c >= 'a' && c <= 'z')
			v = (unsigned)(c - 'a');
		else if (c >= 'A' && c <= 'Z')
			v = (unsigned)(c - 'A');
		else if (c >= '2' && c <= '7')
			v = (unsigned)(c - '2') + 26;
		else
			return false;
		acc = (acc << 5) | v;
		bits += 5;
		if (bits >= 8) {
			bits -= 8;
			buf_addc(out, (char)((acc >> bits) & 255));
		}
	}
	/* Left-over bits must be zero, or two spellings would mean the same token. */
	return bits < 5 && (acc & ((1U << bits) - 1)) == 0;
}

void
hex_encode(struct span data, struct buf *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < data.n; i++) {
		buf_addc(out, digits[(unsigned char)data.p[i] >> 4]);
		buf_addc(out, digits[data.p[i] & 15]);
	}
}
