/* What signing (dkim.c), keys (dkim_key.c) and verifying (dkim_verify.c) share. */
#ifndef WRAP_MAIL_DKIM_H
#define WRAP_MAIL_DKIM_H

#include "wrap/mail.h"

#include <openssl/evp.h>

struct dkim_key {
	EVP_PKEY *pkey;
	enum dkim_type type;
	char *domain, *selector;
};

/* Where the header ends: *body starts after the empty line. false when there is none. */
bool dkim_split(struct span message, struct span *head, struct span *body);
/* SHA-256 of the body in relaxed form, RFC 6376 3.4.4. */
enum wrap_rc dkim_body_hash(struct span body, uint8_t out[SHA256_BYTES], struct wrap_err *err);
/* One header field (with its continuation lines) in relaxed form, without line end, RFC 6376 3.4.2. Appends. */
void dkim_relax(struct span field, struct buf *out);
/* The next field of head, CRLF at its end included; false at the end. */
bool dkim_field(struct span *head, struct span *field);
struct span dkim_field_name(struct span field);
/*
 * The input of the signature's hash: the fields that names (joined by ':') lists, each time from the bottom up,
 * then signature itself without line end. Appends.
 */
void dkim_header_data(struct span head, struct span names, struct span signature, struct buf *out);
/* Base64 without line ends; appends. */
void dkim_base64(struct span bytes, struct buf *out);
bool dkim_unbase64(struct span text, struct buf *out); /* blanks skipped */

#endif
