/* What the files of doctor share. */
#ifndef DOCTOR_INTERNAL_H
#define DOCTOR_INTERNAL_H

#include "wrap/doctor.h"

/* Shorter ways to say what was found. */
#define ok(d, check, ...) doctor_found(d, DOCTOR_OK, DOCTOR_SETUP, check, NULL, __VA_ARGS__)
#define note(d, check, type, ...) \
	doctor_found(d, DOCTOR_NOTE, DOCTOR_SETUP, check, type, __VA_ARGS__)
#define warn(d, check, type, ...) \
	doctor_found(d, DOCTOR_WARN, DOCTOR_SETUP, check, type, __VA_ARGS__)
#define wrong(d, side, check, type, ...) \
	doctor_found(d, DOCTOR_WRONG, side, check, type, __VA_ARGS__)

void doctor_step(struct doctor *d, const char *check);

/* machine.c */
void doctor_machine(struct doctor *d);
/* data.c */
void doctor_data(struct doctor *d);
/* message.c: a sample edition through templates and signature; and the same over the relay to mail_me */
void doctor_message(struct doctor *d);
void doctor_mail(struct doctor *d);
/* peers.c: passwords, relays, mailbox. False when there are no passwords, and so no connections. */
bool doctor_peers(struct doctor *d);
/* Warn when a certificate ends soon; until 0: there is none, or it was not told. */
void doctor_certificate(struct doctor *d, const char *check, const char *url, int64_t until);
/* web.c */
void doctor_web(struct doctor *d);
/* domain.c */
void doctor_domain(struct doctor *d);
/* spf.c */
struct dns;
void doctor_spf(struct doctor *d, struct dns *dns, const char *domain);

/* ---- dns.c: questions to the DNS, each with a time limit ---- */

struct dns;
/* resolver as doctor.resolver; NULL: the machine's. WRAP_ECONFIG when it is no address. */
enum wrap_rc dns_open(const char *resolver, struct dns **out, struct wrap_err *err);
void dns_close(struct dns **d);
/*
 * Answers as text: TXT joined from its strings, MX as "10 host" (lower case, no last dot), PTR a host, A and
 * AAAA numbers. WRAP_ENOTFOUND: there is none; WRAP_EPEER: no answer. Owned.
 */
enum dns_type { DNS_TXT, DNS_MX, DNS_A, DNS_AAAA, DNS_PTR };
enum wrap_rc dns_ask(
    struct dns *d, const char *name, enum dns_type type, struct strs *out, struct wrap_err *err);

#endif
