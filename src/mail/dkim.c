/*
 * DKIM: one signature header per key in front of a finished message, RFC 6376. rsa-sha256 is what everyone
 * verifies (RFC 8301), ed25519-sha256 (RFC 8463) stands beside it. Keys: dkim_key.c; checking: dkim_verify.c.
 */
#include "dkim.h"

#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#define LIFETIME ((int64_t)28 * 86400)
#define COLUMNS 76

#define FIELD(name, twice)                        \
	{                                         \
		{ name, sizeof(name) - 1 }, twice \
	}
/* What is signed when it is there; twice: also signed as missing once more, so that a second one breaks the signature. */
static const struct {
	struct span name;
	bool twice;
} signed_fields[] = {
	FIELD("from", true),
	FIELD("to", true),
	FIELD("cc", true),
	FIELD("reply-to", true),
	FIELD("subject", true),
	FIELD("date", true),
	FIELD("message-id", true),
	FIELD("mime-version", true),
	FIELD("content-type", true),
	FIELD("content-transfer-encoding", false),
	FIELD("list-id", true),
	FIELD("list-unsubscribe", true),
	FIELD("list-unsubscribe-post", true),
	FIELD("list-owner", false),
	FIELD("list-archive", false),
	FIELD("list-help", false),
	FIELD("archived-at", false),
	FIELD("feedback-id", false),
};

bool
dkim_split(struct span message, struct span *head, struct span *body)
{
	size_t at = span_find(message, SPAN_LIT("\r\n\r\n"));

	if (at == (size_t)-1)
		return false;
	*head = (struct span){ message.p, at + 2 };
	*body = (struct span){ message.p + at + 4, message.n - at - 4 };
	return true;
}

bool
dkim_field(struct span *head, struct span *field)
{
	size_t end = 0;

	if (head->n == 0)
		return false;
	do {
		const char *lf = memchr(head->p + end, '\n', head->n - end);

		end = lf == NULL ? head->n : (size_t)(lf - head->p) + 1;
	} while (end < head->n && (head->p[end] == ' ' || head->p[end] == '\t'));
	*field = (struct span){ head->p, end };
	head->p += end;
	head->n -= end;
	return true;
}

struct span
dkim_field_name(struct span field)
{
	struct span name;

	(void)span_cut(&field, ':', &name);
	return span_trim(name);
}

static bool
is_wsp(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void
dkim_relax(struct span field, struct buf *out)
{
	struct span name = dkim_field_name(field), value = field;
	bool blank = false, begun = false;

	for (size_t i = 0; i < name.n; i++)
		buf_addc(
		    out, (char)(name.p[i] >= 'A' && name.p[i] <= 'Z' ? name.p[i] | 32 : name.p[i]));
	buf_addc(out, ':');
	(void)span_cut(&value, ':', &name);
	for (size_t i = 0; i < value.n; i++) {
		if (is_wsp(value.p[i])) {
			blank = true;
			continue;
		}
		if (blank && begun)
			buf_addc(out, ' ');
		buf_addc(out, value.p[i]);
		blank = false;
		begun = true;
	}
}

#define FIELDS_MAX 200

void
dkim_header_data(struct span head, struct span names, struct span signature, struct buf *out)
{
	struct span fields[FIELDS_MAX], own[FIELDS_MAX], name; /* own: each field's name */
	bool used[FIELDS_MAX] = { false };
	size_t n = 0;

	for (; n < FIELDS_MAX && dkim_field(&head, &fields[n]); n++)
		own[n] = dkim_field_name(fields[n]);
	while (span_cut(&names, ':', &name)) {
		name = span_trim(name);
		for (size_t i = n; i-- > 0;)
			if (!used[i] && span_ieq(own[i], name)) {
				dkim_relax(fields[i], out);
				buf_add(out, "\r\n", 2);
				used[i] = true;
				break;
			}
	}
	dkim_relax(signature, out);
}

/* ---- body --------------------------------------------------------------------------------------- */

struct body_hash {
	EVP_MD_CTX *ctx;
	size_t held; /* empty lines that count only if something follows */
	bool ok;
};

static void
hash(struct body_hash *h, const char *p, size_t n)
{
	for (; h->held > 0 && n > 0; h->held--)
		h->ok = h->ok && EVP_DigestUpdate(h->ctx, "\r\n", 2) == 1;
	if (n > 0)
		h->ok = h->ok && EVP_DigestUpdate(h->ctx, p, n) == 1;
}

/* A line with blanks to fold; line ends in CRLF or is the last. */
static void
hash_line(struct body_hash *h, struct span line)
{
	size_t from = 0;

	while (line.n > 0 && is_wsp(line.p[line.n - 1]))
		line.n--;
	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] != ' ' && line.p[i] != '\t')
			continue;
		hash(h, line.p + from, i - from);
		hash(h, " ", 1);
		while (i + 1 < line.n && (line.p[i + 1] == ' ' || line.p[i + 1] == '\t'))
			i++;
		from = i + 1;
	}
	hash(h, line.p + from, line.n - from);
	if (line.n > 0)
		hash(h, "\r\n", 2);
	else
		h->held++;
}

/*
 * Does s stand as it is: no tab, no blank beside another or before a line's end? false is also said of other controls
 * behind a blank. In blocks of fixed length, which compilers turn into vector code: this looks at every byte of every
 * mail, and our own bodies are always as they should be.
 */
static bool
is_relaxed(struct span s)
{
	enum { BLOCK = 64 };
	const unsigned char *p = (const unsigned char *)s.p;
	unsigned char tab = 0, pair = 0;
	size_t i = 0;

	for (; i + BLOCK < s.n; i += BLOCK) {
		for (size_t k = i; k < i + BLOCK; k++) {
			tab |= (unsigned char)(p[k] == '\t');
			pair |= (unsigned char)((p[k] == ' ') & (p[k + 1] <= ' '));
		}
	}
	for (; i < s.n; i++) {
		tab |= (unsigned char)(p[i] == '\t');
		pair |= (unsigned char)(p[i] == ' ' && (i + 1 == s.n || p[i + 1] <= ' '));
	}
	return tab == 0 && pair == 0;
}

enum wrap_rc
dkim_body_hash(struct span body, uint8_t out[SHA256_BYTES], struct wrap_err *err)
{
	struct body_hash h = { .ctx = EVP_MD_CTX_new(), .ok = true };
	const char *p = body.p, *end = body.p + body.n;

	h.ok = h.ctx != NULL && EVP_DigestInit_ex(h.ctx, EVP_sha256(), NULL) == 1;
	if (is_relaxed(body) && body.n >= 2 && memcmp(end - 2, "\r\n", 2) == 0) {
		/* Only the empty lines at the end are to go (RFC 6376 3.4.4). */
		while (body.n >= 4 && memcmp(body.p + body.n - 4, "\r\n\r\n", 4) == 0)
			body.n -= 2;
		hash(&h, body.p, body.n == 2 ? 0 : body.n);
		p = end;
	}
	for (const char *lf; h.ok && p < end; p = lf) {
		lf = memchr(p, '\n', (size_t)(end - p));
		lf = lf == NULL ? end : lf + 1;
		hash_line(&h, (struct span){ p, (size_t)(lf - p) });
	}
	h.ok = h.ok && EVP_DigestFinal_ex(h.ctx, out, NULL) == 1;
	EVP_MD_CTX_free(h.ctx);
	return h.ok ? WRAP_OK : wrap_fail(err, WRAP_ENOMEM, "the body could not be hashed");
}

/* ---- signing ------------------------------------------------------------------------------------ */

void
dkim_base64(struct span bytes, struct buf *out)
{
	unsigned char text[1024];

	while (bytes.n > 0) {
		size_t take =
		    bytes.n > 600 ? 600 : bytes.n; /* a multiple of 3: no padding in between */
		int n = EVP_EncodeBlock(text, (const unsigned char *)bytes.p, (int)take);

		buf_add(out, text, (size_t)n);
		bytes.p += take;
		bytes.n -= take;
	}
}

/* The h= list for this header: what is there, as often, and one more of what must not be added. */
static void
list_names(struct span head, struct buf *out)
{
	enum { NAMES = sizeof(signed_fields) / sizeof(signed_fields[0]) };
	size_t n[NAMES] = { 0 };
	struct span field;

	while (dkim_field(&head, &field)) {
		struct span name = dkim_field_name(field);

		for (size_t i = 0; i < NAMES; i++)
			if (span_ieq(name, signed_fields[i].name)) {
				n[i]++;
				break;
			}
	}
	for (size_t i = 0; i < NAMES; i++)
		for (size_t k = n[i] + (signed_fields[i].twice ? 1 : 0); k > 0; k--) {
			if (out->n > 0)
				buf_addc(out, ':');
			buf_addspan(out, signed_fields[i].name);
		}
}

/* Append text, broken after any of its bytes (or after ':' for names) to lines that start with a blank. */
static void
fold(struct span text, bool names, struct buf *out)
{
	size_t column = 0;

	for (size_t i = out->n; i-- > 0 && out->p[i] != '\n';)
		column++;
	while (text.n > 0) {
		size_t take = 1;

		while (names && take < text.n && text.p[take - 1] != ':')
			take++;
		if (column + take > COLUMNS) {
			buf_adds(out, "\r\n\t");
			column = 1;
		}
		buf_add(out, text.p, take);
		column += take;
		text.p += take;
		text.n -= take;
	}
}

static enum wrap_rc
sign_hash(const struct dkim_key *k, const uint8_t digest[SHA256_BYTES], struct buf *out,
    struct wrap_err *err)
{
	uint8_t sig[512];
	size_t n = sizeof(sig);
	bool ok = false;

	if (k->type == DKIM_ED25519) { /* RFC 8463 3: the hash is what PureEdDSA signs */
		EVP_MD_CTX *ctx = EVP_MD_CTX_new();

		ok = ctx != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, k->pkey) == 1 &&
		     EVP_DigestSign(ctx, sig, &n, digest, SHA256_BYTES) == 1;
		EVP_MD_CTX_free(ctx);
	} else {
		EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(k->pkey, NULL);

		ok = ctx != NULL && EVP_PKEY_sign_init(ctx) == 1 &&
		     EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
		     EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1 &&
		     EVP_PKEY_sign(ctx, sig, &n, digest, SHA256_BYTES) == 1;
		EVP_PKEY_CTX_free(ctx);
	}
	if (!ok)
		return wrap_fail(err, WRAP_ESYS, "DKIM key %s cannot sign", k->selector);
	dkim_base64((struct span){ (const char *)sig, n }, out);
	return WRAP_OK;
}

static enum wrap_rc
sign_one(const struct dkim_key *k, struct span head, struct span names, struct span body_hash,
    int64_t signed_at, struct buf *headers, struct wrap_err *err)
{
	struct buf field = BUF_INIT(16384), data = BUF_INIT(1 << 20), sig = BUF_INIT(1024);
	uint8_t digest[SHA256_BYTES];
	enum wrap_rc rc;

	buf_addf(&field,
	    "DKIM-Signature: v=1; a=%s; c=relaxed/relaxed;\r\n\td=%s; s=%s;\r\n\tt=%lld; x=%lld;\r\n\th=",
	    k->type == DKIM_RSA ? "rsa-sha256" : "ed25519-sha256", k->domain, k->selector,
	    (long long)signed_at, (long long)(signed_at + LIFETIME));
	fold(names, true, &field);
	buf_adds(&field, ";\r\n\tbh=");
	buf_addspan(&field, body_hash);
	buf_adds(&field, ";\r\n\tb=");
	dkim_header_data(head, names, buf_span(&field), &data);
	rc = buf_rc(&data, err);
	if (rc == WRAP_OK) {
		secret_sha256(buf_span(&data), digest);
		rc = sign_hash(k, digest, &sig, err);
	}
	if (rc == WRAP_OK) {
		fold(buf_span(&sig), false, &field);
		buf_adds(&field, "\r\n");
		rc = buf_rc(&field, err);
	}
	if (rc == WRAP_OK) {
		buf_addspan(headers, buf_span(&field));
		rc = buf_rc(headers, err);
	}
	buf_clear(&field);
	buf_clear(&data);
	buf_clear(&sig);
	return rc;
}

enum wrap_rc
dkim_sign(struct span message, const struct dkim_key *const *keys, size_t n, int64_t signed_at,
    struct buf *headers, struct wrap_err *err)
{
	struct buf names = BUF_INIT(8192), bh = BUF_INIT(64);
	uint8_t digest[SHA256_BYTES];
	struct span head, body;
	enum wrap_rc rc;

	if (!dkim_split(message, &head, &body))
		return wrap_fail(
		    err, WRAP_EPROTO, "a message without an end of its header cannot be signed");
	rc = n == 0 ? WRAP_OK : dkim_body_hash(body, digest, err);
	if (rc == WRAP_OK && n > 0) {
		dkim_base64((struct span){ (const char *)digest, sizeof(digest) }, &bh);
		list_names(head, &names);
		rc = buf_rc(&names, err);
	}
	for (size_t i = 0; i < n && rc == WRAP_OK; i++)
		rc = sign_one(
		    keys[i], head, buf_span(&names), buf_span(&bh), signed_at, headers, err);
	buf_clear(&names);
	buf_clear(&bh);
	return rc;
}
