/*
 * The order of the checks, why each matters, and the list of what was found. From what needs only this
 * machine to what needs the network, so that the first lines come at once.
 */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name, *why;
} checks[] = {
	{ "config",
	    "Without it nothing runs; a file that others can write lets them send as you." },
	{ "keys",
	    "Links in mails and return paths are signed with them; without them none can be made or honoured." },
	{ "secrets", "Relay and mailbox are reached with them." },
	{ "database",
	    "It holds the readers and the ledger of who got what; a damaged one must be restored before the next edition." },
	{ "backup", "A lost database loses the readers and the wishes of those who left." },
	{ "disk", "A full disk stops an edition in the middle." },
	{ "clock", "Weeks, slots, signatures and certificates hang on it." },
	{ "lock",
	    "Only one run works at a time; what holds the lock now would make the next run wait." },
	{ "edition", "An edition that waits for you goes to nobody." },
	{ "sponsors",
	    "A sponsor's line appears only between its dates, and the empty place is noticed by who paid." },
	{ "feeds",
	    "What is not collected is not in the edition; a required feed that fails holds it." },
	{ "templates", "A broken template stops the edition when it is due." },
	{ "unsubscribe",
	    "Large receivers refuse bulk mail whose one-click unsubscribe header is missing or not covered by a valid signature (RFC 8058)." },
	{ "relay",
	    "Mail leaves through it; when it does not answer or let us in, nobody gets the edition." },
	{ "mailbox",
	    "Bounces come back to it; unread, dead addresses are mailed for ever and the relay's name suffers." },
	{ "dns", "Receivers decide by the DNS whether mail in your name is yours." },
	{ "dns.spf",
	    "Receivers ask it whether the relay may send for the return path; over ten look-ups count as none (RFC 7208 4.6.4)." },
	{ "dns.dkim",
	    "A signature that the published key does not fit counts as none, and large receivers refuse bulk mail without one." },
	{ "dns.dmarc",
	    "Large receivers want a policy and a From domain that SPF or DKIM stands for." },
	{ "dns.mx",
	    "Bounces and answers must find a way back; receivers refuse mail from domains that take none." },
	{ "dns.ptr",
	    "Large receivers refuse mail from addresses without a name that leads there and back." },
	{ "web", "Readers confirm, choose and leave on these pages." },
	{ "one-click",
	    "Mail programs leave for a reader by a POST without page or login (RFC 8058); who cannot leave presses the spam button." },
	{ "mail", "The only proof that mail arrives is one that arrived." },
};
#define CHECKS (sizeof(checks) / sizeof(checks[0]))

static const char *
why_of(const char *check)
{
	for (size_t i = 0; i < CHECKS; i++)
		if (strcmp(checks[i].name, check) == 0)
			return checks[i].why;
	return "";
}

void
doctor_found(struct doctor *d, enum doctor_level level, enum doctor_side side, const char *check,
    const char *type, const char *fmt, ...)
{
	struct doctor_finding *grown = realloc(d->report.v, (d->report.n + 1) * sizeof(*grown));
	char what[1024];
	va_list ap;

	if (grown == NULL) {
		d->no_memory = true;
		return;
	}
	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	d->report.v = grown;
	grown[d->report.n] = (struct doctor_finding){ .check = check,
		.level = level,
		.side = side,
		.what = str_dup(what),
		.why = why_of(check),
		.type = str_dup(type) };
	d->no_memory = d->no_memory || grown[d->report.n].what == NULL;
	d->report.n++;
}

void
doctor_step(struct doctor *d, const char *check)
{
	if (d->progress != NULL)
		d->progress(d->ctx, check);
}

enum wrap_rc
doctor_run(struct doctor *d, struct wrap_err *err)
{
	bool passwords;

	doctor_machine(d);
	if (d->c != NULL) {
		doctor_data(d);
		if (d->keys != NULL)
			doctor_message(d);
		if (!d->offline) {
			passwords = doctor_peers(d);
			doctor_domain(d);
			doctor_web(d);
			if (d->mail_me != NULL && passwords && d->keys != NULL)
				doctor_mail(d);
		}
	}
	return d->no_memory ? wrap_fail(err, WRAP_ENOMEM, "out of memory") : WRAP_OK;
}

void
doctor_clear(struct doctor *d)
{
	for (size_t i = 0; i < d->report.n; i++) {
		free(d->report.v[i].what);
		free(d->report.v[i].type);
	}
	free(d->report.v);
	d->report = (struct doctor_report){ 0 };
}
