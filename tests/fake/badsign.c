/* Preloaded: every signature has one bit turned, as faulty memory or a broken library would do. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>

int EVP_PKEY_sign(
    void *ctx, unsigned char *sig, size_t *n, const unsigned char *data, size_t data_n);

int
EVP_PKEY_sign(void *ctx, unsigned char *sig, size_t *n, const unsigned char *data, size_t data_n)
{
	int (*real)(void *, unsigned char *, size_t *, const unsigned char *, size_t);
	int ok;

	*(void **)&real = dlsym(RTLD_NEXT, "EVP_PKEY_sign");
	ok = real(ctx, sig, n, data, data_n);
	if (ok == 1 && sig != NULL)
		sig[7] ^= 1;
	return ok;
}
