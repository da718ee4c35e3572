/*
 * Whom we talk to: the certificate chain of the mailbox's server and its host name, verified by OpenSSL,
 * because libetpan verifies neither. Called before any credential is sent.
 */
#include "bounce/internal.h"

#include <arpa/inet.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#define CHAIN_MAX 16

static enum wrap_rc
store_fill(X509_STORE *store, const char *ca_file, struct wrap_err *err)
{
	if (ca_file != NULL && X509_STORE_load_file(store, ca_file) != 1)
		return wrap_fail(err, WRAP_ECONFIG, "cannot read the authorities in %s", ca_file);
	if (ca_file == NULL && X509_STORE_set_default_paths(store) != 1)
		return wrap_fail(
		    err, WRAP_ECONFIG, "cannot read the system's certificate authorities");
	return WRAP_OK;
}

static bool
name_set(X509_VERIFY_PARAM *param, const char *host)
{
	unsigned char raw[16];

	if (inet_pton(AF_INET, host, raw) == 1 || inet_pton(AF_INET6, host, raw) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1;
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return X509_VERIFY_PARAM_set1_host(param, host, 0) == 1;
}

static enum wrap_rc
verify(X509_STORE *store, X509 *leaf, STACK_OF(X509) * rest, const char *host, struct wrap_err *err)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	enum wrap_rc rc = WRAP_OK;

	if (ctx == NULL || X509_STORE_CTX_init(ctx, store, leaf, rest) != 1 ||
	    X509_STORE_CTX_set_default(ctx, "ssl_server") != 1 ||
	    !name_set(X509_STORE_CTX_get0_param(ctx), host))
		rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
	else if (X509_verify_cert(ctx) != 1)
		rc = wrap_fail(err, WRAP_EPEER, "the certificate of %s is not to be trusted: %s",
		    host, X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
	X509_STORE_CTX_free(ctx);
	return rc;
}

enum wrap_rc
trust_check(
    const struct span *der, size_t n, const char *host, const char *ca_file, struct wrap_err *err)
{
	X509_STORE *store = X509_STORE_new();
	STACK_OF(X509) *rest = sk_X509_new_null();
	X509 *leaf = NULL;
	enum wrap_rc rc = WRAP_OK;

	if (store == NULL || rest == NULL)
		rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
	else
		rc = store_fill(store, ca_file, err);
	for (size_t i = 0; rc == WRAP_OK && i < n && i < CHAIN_MAX; i++) {
		const unsigned char *p = (const unsigned char *)der[i].p;
		X509 *one = d2i_X509(NULL, &p, (long)der[i].n);

		if (one == NULL)
			rc = wrap_fail(err, WRAP_EPEER, "%s shows a damaged certificate", host);
		else if (i == 0)
			leaf = one;
		else if (sk_X509_push(rest, one) == 0) {
			X509_free(one);
			rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
		}
	}
	if (rc == WRAP_OK && leaf == NULL)
		rc = wrap_fail(err, WRAP_EPEER, "%s shows no certificate", host);
	if (rc == WRAP_OK)
		rc = verify(store, leaf, rest, host, err);
	X509_free(leaf);
	sk_X509_pop_free(rest, X509_free);
	X509_STORE_free(store);
	ERR_clear_error();
	return rc;
}

int64_t
trust_until(struct span der)
{
	const unsigned char *p = (const unsigned char *)der.p;
	X509 *one = d2i_X509(NULL, &p, (long)der.n);
	struct tm tm = { 0 };
	int64_t at = 0;

	if (one != NULL && ASN1_TIME_to_tm(X509_get0_notAfter(one), &tm) == 1)
		at = (int64_t)timegm(&tm);
	X509_free(one);
	ERR_clear_error();
	return at;
}
