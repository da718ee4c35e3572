/*
 * mail: addresses, headers, MIME, DKIM, return paths and delivery reports, as bytes and values. No clock,
 * network or store, so that golden files and fuzzers can hold all of it.
 */
#ifndef WRAP_MAIL_H
#define WRAP_MAIL_H

#include "wrap/base.h"

/* ---- address.c: RFC 5321 4.1.2 and 5322 3.4 as people use them ------------------------------------ */

#define ADDRESS_MAX 254 /* RFC 5321 4.5.3.1.3, less the angle brackets */

struct address {
	char *local;  /* as typed, quotes kept */
	char *domain; /* lower case, A-labels (RFC 5891) */
	bool utf8;    /* the local part needs SMTPUTF8 (RFC 6531) */
};
/*
 * Check one bare address ("a@b", blanks around it allowed, no display name, no comments). Refused with
 * what is wrong: no or two @, an empty or over-long part, control characters, bad dots, a domain without
 * a dot, an address literal. WRAP_EINVAL. out is owned; address_clear ends it.
 */
enum wrap_rc address_parse(struct span text, struct address *out, struct wrap_err *err);
void address_clear(struct address *a);
/* What goes into an envelope: local@a-label-domain. Owned. */
char *address_mailbox(const struct address *a);
/*
 * The spelling under which an address is unique with us: local part in lower case and NFC, domain in
 * lower-case A-labels. Two spellings of one mailbox at any server we know give one canonical form. Owned.
 */
char *address_canonical(const struct address *a);
/* "Name <a@b>" or "a@b": the parts, name unquoted or NULL. WRAP_EINVAL. Both owned. RFC 5322 3.4. */
enum wrap_rc address_named(struct span text, char **name, char **mailbox, struct wrap_err *err);
/* The last gate before an envelope: printable ASCII (or UTF-8 when utf8_ok), no blank, no control, no angle bracket. */
bool address_is_safe(struct span mailbox, bool utf8_ok);

#endif
