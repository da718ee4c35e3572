/*
 * Checking DKIM signatures as a receiver does, RFC 6376 section 6: the last look at what we signed
 * ourselves. It shares the canonical forms with the signer, so the tests have it judged by others too.
 */
#include "dkim.h"

#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#define TAGS_MAX 32

struct tags {
	struct span name[TAGS_MAX], value[TAGS_MAX];
	size_t n;
};

/* "a=b; c=d" into tags; false for one that stands twice or has no '='. RFC 6376 3.2. */
static bool
read_tags(struct span text, struct tags *t)
{
	struct span one;

	t->n = 0;
	while (span_cut(&text, ';', &one)) {
		struct span name;

		one = span_trim(one);
		if (one.n == 0)
			continue;
		if (t->n == TAGS_MAX || memchr(one.p, '=', one.n) == NULL)
			return false;
		(void)span_cut(&one, '=', &name);
		name = span_trim(name);
		for (size_t i = 0; i < t->n; i++)
			if (span_eq(t->name[i], name))
				return false;
		t->name[t->n] = name;
		t->value[t->n++] = span_trim(one);
	}
	return true;
}

static struct span
tag(const struct tags *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (span_eqs(t->name[i], name))
			return t->value[i];
	return (struct span){ 0 };
}

bool
dkim_unbase64(struct span text, struct buf *out)
{
	unsigned v = 0, bits = 0;
	bool padded = false;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		unsigned d;

		if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
			continue;
		if (c == '=') {
			padded = true;
			continue;
		}
		if (c >= 'A' && c <= 'Z')
			d = (unsigned)(c - 'A');
		else if (c >= 'a' && c <= 'z')
			d = (unsigned)(c - 'a') + 26;
		else if (c >= '0' && c <= '9')
			d = (unsigned)(c - '0') + 52;
		else if (c == '+' || c == '/')
			d = c == '+' ? 62 : 63;
		else
			return false;
		if (padded)
			return false;
		v = v << 6 | d;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			buf_addc(out, (char)(v >> bits & 255));
		}
	}
	return out->rc == WRAP_OK;
}

/* The signature field with the value of b= taken out, RFC 6376 3.7. */
static void
without_b(struct span field, struct buf *out)
{
	bool at_name = true;

	for (size_t i = 0; i < field.n; i++) {
		char c = field.p[i];
		size_t k = i + 1;

		buf_addc(out, c);
		if (c == ';' || c == ':') {
			at_name = true;
			continue;
		}
		if (at_name && c == 'b') {
			while (k < field.n && (field.p[k] == ' ' || field.p[k] == '\t'))
				k++;
			if (k < field.n && field.p[k] == '=') {
				buf_add(out, field.p + i + 1, k - i);
				while (k < field.n && field.p[k] != ';')
					k++;
				i = k - 1;
			}
		}
		at_name = at_name && (c == ' ' || c == '\t' || c == '\r' || c == '\n');
	}
}

static EVP_PKEY *
public_key(struct span record, bool rsa)
{
	struct buf raw = BUF_INIT(4096);
	const unsigned char *der;
	struct tags t;
	EVP_PKEY *pkey = NULL;
	bool ok = read_tags(record, &t) && tag(&t, "p").n > 0 && dkim_unbase64(tag(&t, "p"), &raw);

	der = (const unsigned char *)buf_str(&raw);
	if (ok && rsa && (tag(&t, "k").n == 0 || span_eqs(tag(&t, "k"), "rsa")))
		pkey = d2i_PUBKEY(NULL, &der, (long)raw.n);
	else if (ok && !rsa && span_eqs(tag(&t, "k"), "ed25519"))
		pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, der, raw.n);
	buf_clear(&raw);
	return pkey;
}

static bool
signature_holds(EVP_PKEY *pkey, bool rsa, struct span sig, const uint8_t digest[SHA256_BYTES])
{
	const unsigned char *s = (const unsigned char *)sig.p;
	bool ok;

	if (rsa) {
		EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);

		ok = ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 &&
		     EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
		     EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1 &&
		     EVP_PKEY_verify(ctx, s, sig.n, digest, SHA256_BYTES) == 1;
		EVP_PKEY_CTX_free(ctx);
	} else {
		EVP_MD_CTX *ctx = EVP_MD_CTX_new();

		ok = ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
		     EVP_DigestVerify(ctx, s, sig.n, digest, SHA256_BYTES) == 1;
		EVP_MD_CTX_free(ctx);
	}
	return ok;
}

static int64_t
number(struct span s)
{
	int64_t v = 0;

	for (size_t i = 0; i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && v < ((int64_t)1 << 50); i++)
		v = v * 10 + (s.p[i] - '0');
	return v;
}

/* Is From among the names that h= lists? */
static bool
covers_from(struct span names)
{
	struct span one;

	while (span_cut(&names, ':', &one))
		if (span_ieqs(span_trim(one), "from"))
			return true;
	return false;
}

static const char *
check_tags(const struct tags *t, int64_t now)
{
	if (!span_eqs(tag(t, "v"), "1"))
		return "v= is not 1";
	if (!span_eqs(tag(t, "a"), "rsa-sha256") && !span_eqs(tag(t, "a"), "ed25519-sha256"))
		return "a= is unknown";
	if (!span_eqs(tag(t, "c"), "relaxed/relaxed"))
		return "c= is not relaxed/relaxed";
	if (tag(t, "l").n > 0)
		return "l= leaves the end of the body open";
	if (!covers_from(tag(t, "h")))
		return "From is not signed";
	if (now > 0 && tag(t, "x").n > 0 && number(tag(t, "x")) < now)
		return "x= is past";
	return NULL;
}

/* What is wrong with one signature; NULL when it holds. */
static const char *
check_one(struct span field, struct span head, const uint8_t body_hash[SHA256_BYTES],
    const char *(*record)(void *ctx, const char *name), void *ctx, int64_t now)
{
	struct buf name = BUF_INIT(600), bh = BUF_INIT(128), sig = BUF_INIT(1024),
		   data = BUF_INIT(1 << 20), bare = BUF_INIT(1 << 16);
	const char *wrong = NULL, *txt;
	struct span value = field, skip;
	EVP_PKEY *pkey = NULL;
	uint8_t digest[SHA256_BYTES];
	struct tags t;
	bool rsa;

	(void)span_cut(&value, ':', &skip);
	if (!read_tags(value, &t))
		return "its tags are malformed";
	wrong = check_tags(&t, now);
	rsa = span_eqs(tag(&t, "a"), "rsa-sha256");
	buf_addf(&name, "%.*s._domainkey.%.*s", (int)tag(&t, "s").n, tag(&t, "s").p,
	    (int)tag(&t, "d").n, tag(&t, "d").p);
	txt = wrong == NULL ? record(ctx, buf_str(&name)) : NULL;
	if (wrong == NULL && txt == NULL)
		wrong = "there is no key in the DNS";
	if (wrong == NULL && (pkey = public_key(span_of(txt), rsa)) == NULL)
		wrong = "the key in the DNS is not usable";
	if (wrong == NULL &&
	    (!dkim_unbase64(tag(&t, "bh"), &bh) ||
		!span_eq(buf_span(&bh), (struct span){ (const char *)body_hash, SHA256_BYTES })))
		wrong = "the body has changed";
	if (wrong == NULL) {
		without_b(field, &bare);
		dkim_header_data(head, tag(&t, "h"), buf_span(&bare), &data);
		secret_sha256(buf_span(&data), digest);
		if (!dkim_unbase64(tag(&t, "b"), &sig) || data.rc != WRAP_OK ||
		    !signature_holds(pkey, rsa, buf_span(&sig), digest))
			wrong = "the header has changed";
	}
	EVP_PKEY_free(pkey);
	buf_clear(&name);
	buf_clear(&bh);
	buf_clear(&sig);
	buf_clear(&data);
	buf_clear(&bare);
	return wrong;
}

enum wrap_rc
dkim_verify(struct span message, const char *(*record)(void *ctx, const char *name), void *ctx,
    int64_t now, size_t *good, size_t *all, struct wrap_err *err)
{
	uint8_t body_hash[SHA256_BYTES];
	struct span head, body, rest, field;
	const char *wrong = "there is none";
	enum wrap_rc rc;

	*good = *all = 0;
	if (!dkim_split(message, &head, &body))
		return wrap_fail(err, WRAP_EPROTO, "DKIM: the message has no body");
	rc = dkim_body_hash(body, body_hash, err);
	rest = head;
	while (rc == WRAP_OK && dkim_field(&rest, &field)) {
		const char *w;

		if (!span_ieqs(dkim_field_name(field), "dkim-signature"))
			continue;
		w = check_one(field, head, body_hash, record, ctx, now);
		++*all;
		*good += w == NULL ? 1 : 0;
		wrong = w != NULL ? w : wrong;
	}
	if (rc != WRAP_OK)
		return rc;
	if (*good == 0 || *good != *all)
		return wrap_fail(err, WRAP_EPROTO, "DKIM signature: %s", wrong);
	return WRAP_OK;
}
