/*
 * DKIM keys: made, read from PEM, and told to the DNS. RFC 6376 3.6.1, RFC 8463 4.2 (the Ed25519 key goes
 * into the record bare).
 */
#include "dkim.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#define RSA_BITS_LEAST 2048 /* Google and Microsoft ask for it */
#define RSA_BITS_MOST 4096

/* Letters, digits, '-' and single dots: what may stand in a DNS name and in a header. */
static bool
is_dns_name(const char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++) {
		char c = (char)(s[i] | 32);

		if (s[i] == '.' ? i == 0 || i + 1 == n || s[i - 1] == '.'
				: !((c >= 'a' && c <= 'z') || (s[i] >= '0' && s[i] <= '9') ||
				      s[i] == '-' || s[i] == '_'))
			return false;
	}
	return n > 0 && n <= 253;
}

/* Keys that ask for a passphrase are refused, not asked about: nobody is there. */
static int
no_passphrase(char *text, int size, int writing, void *ctx)
{
	(void)text;
	(void)size;
	(void)writing;
	(void)ctx;
	return -1;
}

static enum wrap_rc
check_kind(struct dkim_key *k, struct wrap_err *err)
{
	int bits = EVP_PKEY_get_bits(k->pkey);

	if (EVP_PKEY_is_a(k->pkey, "ED25519")) {
		k->type = DKIM_ED25519;
		return WRAP_OK;
	}
	k->type = DKIM_RSA;
	if (!EVP_PKEY_is_a(k->pkey, "RSA"))
		return wrap_fail(
		    err, WRAP_EINVAL, "DKIM key %s: neither RSA nor Ed25519", k->selector);
	if (bits < RSA_BITS_LEAST || bits > RSA_BITS_MOST)
		return wrap_fail(err, WRAP_EINVAL,
		    "DKIM key %s: RSA with %d bits; %d to %d are taken", k->selector, bits,
		    RSA_BITS_LEAST, RSA_BITS_MOST);
	return WRAP_OK;
}

enum wrap_rc
dkim_key_load(struct span pem, const char *domain, const char *selector, struct dkim_key **out,
    struct wrap_err *err)
{
	struct dkim_key *k;
	BIO *bio;
	enum wrap_rc rc;

	*out = NULL;
	if (!is_dns_name(domain) || !is_dns_name(selector))
		return wrap_fail(err, WRAP_EINVAL,
		    "DKIM: \"%.80s\" or \"%.80s\" is no name for the DNS", selector, domain);
	k = calloc(1, sizeof(*k));
	if (k == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	k->domain = str_dup(domain);
	k->selector = str_dup(selector);
	bio = BIO_new_mem_buf(pem.p, (int)(pem.n > 65536 ? 0 : pem.n));
	k->pkey = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	if (k->domain == NULL || k->selector == NULL)
		rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
	else if (k->pkey == NULL)
		rc = wrap_fail(err, WRAP_EINVAL,
		    "DKIM key %s: not a private key in PEM without a passphrase", selector);
	else
		rc = check_kind(k, err);
	if (rc != WRAP_OK)
		dkim_key_free(&k);
	*out = k;
	return rc;
}

void
dkim_key_free(struct dkim_key **k)
{
	if (*k == NULL)
		return;
	EVP_PKEY_free((*k)->pkey);
	free((*k)->domain);
	free((*k)->selector);
	free(*k);
	*k = NULL;
}

enum dkim_type
dkim_key_type(const struct dkim_key *k)
{
	return k->type;
}

enum wrap_rc
dkim_key_make(enum dkim_type type, struct buf *pem, struct wrap_err *err)
{
	EVP_PKEY *pkey = type == DKIM_RSA
			     ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)RSA_BITS_LEAST)
			     : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	BIO *bio = BIO_new(BIO_s_secmem());
	char *text = NULL;
	long n = 0;

	if (pkey != NULL && bio != NULL &&
	    PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL) == 1)
		n = BIO_get_mem_data(bio, &text);
	if (n > 0)
		buf_add(pem, text, (size_t)n);
	BIO_free(bio);
	EVP_PKEY_free(pkey);
	return n > 0 ? buf_rc(pem, err) : wrap_fail(err, WRAP_ESYS, "a DKIM key could not be made");
}

void
dkim_record_name(const struct dkim_key *k, struct buf *out)
{
	buf_addf(out, "%s._domainkey.%s", k->selector, k->domain);
}

enum wrap_rc
dkim_record(const struct dkim_key *k, struct buf *out, struct wrap_err *err)
{
	unsigned char *der = NULL, raw[32];
	size_t n = sizeof(raw);
	int length;

	buf_adds(out, k->type == DKIM_RSA ? "v=DKIM1; k=rsa; p=" : "v=DKIM1; k=ed25519; p=");
	if (k->type == DKIM_ED25519) {
		if (EVP_PKEY_get_raw_public_key(k->pkey, raw, &n) != 1)
			return wrap_fail(
			    err, WRAP_ESYS, "DKIM key %s has no public half", k->selector);
		dkim_base64((struct span){ (const char *)raw, n }, out);
		return buf_rc(out, err);
	}
	length = i2d_PUBKEY(k->pkey, &der);
	if (length <= 0)
		return wrap_fail(err, WRAP_ESYS, "DKIM key %s has no public half", k->selector);
	dkim_base64((struct span){ (const char *)der, (size_t)length }, out);
	OPENSSL_free(der);
	return buf_rc(out, err);
}
