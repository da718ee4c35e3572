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
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_MOST 16384 /* bytes of a secret file */

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

/* Its first bytes say how long the mapping is; max_align_t keeps what follows aligned. */
union secret_head {
	size_t mapped;
	max_align_t align;
};

void *
secret_new(size_t n)
{
	union secret_head *h;
	size_t page = (size_t)sysconf(_SC_PAGESIZE), mapped;

	if (n > SIZE_MAX - sizeof(*h) - page)
		return NULL;
	mapped = (n + sizeof(*h) + page - 1) / page * page;
	h = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (h == MAP_FAILED)
		return NULL;
	if (madvise(h, mapped, MADV_WIPEONFORK) != 0) {
		(void)munmap(h, mapped);
		return NULL;
	}
	(void)madvise(h, mapped, MADV_DONTDUMP);
	h->mapped = mapped;
	return h + 1;
}

char *
secret_text(struct span s)
{
	char *p = secret_new(s.n + 1);

	if (p != NULL && s.n > 0)
		memcpy(p, s.p, s.n);
	return p;
}

void
secret_free(void *p)
{
	union secret_head *h = p;
	size_t mapped;

	if (p == NULL)
		return;
	h--;
	mapped = h->mapped;
	/* In a forked child the length is gone with the rest, and there is nothing left to wipe. */
	if (mapped == 0)
		return;
	secret_wipe(h, mapped);
	(void)munmap(h, mapped);
}

/* The whole file, and no other copy of it anywhere in memory. */
static enum wrap_rc
read_secret(const char *path, struct buf *out, struct wrap_err *err)
{
	char all[SECRET_MOST + 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = 0;
	size_t n = 0;
	enum wrap_rc rc;

	if (fd < 0)
		return wrap_fail_errno(err, "open %s", path);
	while (n < sizeof(all) && (got = read(fd, all + n, sizeof(all) - n)) != 0) {
		if (got < 0 && errno != EINTR)
			break;
		n += got > 0 ? (size_t)got : 0;
	}
	rc = got < 0 ? wrap_fail_errno(err, "read %s", path) : WRAP_OK;
	(void)close(fd);
	buf_add(out, all, n);
	secret_wipe(all, sizeof(all));
	return rc == WRAP_OK ? wrap_while(err, buf_rc(out, err), "read %s", path) : rc;
}

enum wrap_rc
secret_file(const char *path, struct buf *out, struct wrap_err *err)
{
	struct stat st;
	enum wrap_rc rc;

	buf_init(out, SECRET_MOST);
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
	rc = read_secret(path, out, err);
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
