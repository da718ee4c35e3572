/*
 * SPF of the return path's domain: one record, its look-ups counted as a receiver counts them, what they
 * lead to there, and a last word. RFC 7208, sections 3.2, 4.6.4 and 5.
 */
#include "internal.h"

#include <stdio.h>
#include <string.h>

#define LOOKUPS 10 /* RFC 7208 4.6.4 */
#define VOIDS 2
#define DEPTH 12

struct spf {
	struct dns *dns;
	int lookups, voids, depth;
	char broken[320]; /* why a receiver would give up; "" */
	char last;        /* qualifier of all: '+', '-', '~', '?'; 0: none */
	bool silent;      /* the DNS did not answer */
	bool none;
};

static void read_record(struct spf *s, const char *domain, bool top);

/* The SPF record among the texts: how many there are, and the first. */
static size_t
pick_record(const struct strs *txt, const char **out)
{
	size_t n = 0;

	for (size_t i = 0; i < txt->n; i++) {
		struct span s = span_of(txt->v[i]);

		if (s.n >= 6 && span_ieqs((struct span){ s.p, 6 }, "v=spf1") &&
		    (s.n == 6 || s.p[6] == ' ')) {
			if (n++ == 0)
				*out = txt->v[i];
		}
	}
	return n;
}

static void
give_up(struct spf *s, const char *what, struct span about)
{
	if (s->broken[0] == '\0')
		(void)snprintf(s->broken, sizeof(s->broken), "%s %.*s", what,
		    (int)(about.n < 200 ? about.n : 200), about.p);
}

/* A mechanism that names a domain to read on at. */
static void
follow(struct spf *s, struct span domain)
{
	char name[256];

	if (domain.n == 0 || domain.n >= sizeof(name)) {
		give_up(s, "it names no domain at", domain);
		return;
	}
	if (memchr(domain.p, '%', domain.n) != NULL)
		return; /* a macro: known only when a mail comes */
	(void)snprintf(name, sizeof(name), "%.*s", (int)domain.n, domain.p);
	read_record(s, name, false);
}

static bool
begins(struct span term, const char *word, struct span *rest)
{
	size_t n = strlen(word);

	if (term.n < n || !span_ieqs((struct span){ term.p, n }, word))
		return false;
	*rest = (struct span){ term.p + n, term.n - n };
	return true;
}

/* "a", "a:host", "a/24"; and likewise mx and ptr. */
static bool
is_mechanism(struct span term, const char *word)
{
	struct span rest;

	return begins(term, word, &rest) && (rest.n == 0 || rest.p[0] == ':' || rest.p[0] == '/');
}

static void
read_term(struct spf *s, struct span term, bool top)
{
	char qualifier = '+';
	struct span rest;

	if (term.n > 0 && strchr("+-~?", term.p[0]) != NULL) {
		qualifier = term.p[0];
		term.p++;
		term.n--;
	}
	if (begins(term, "include:", &rest) || begins(term, "redirect=", &rest)) {
		s->lookups++;
		follow(s, rest);
	} else if (begins(term, "exists:", &rest) || is_mechanism(term, "a") ||
		   is_mechanism(term, "mx") || is_mechanism(term, "ptr")) {
		s->lookups++;
	} else if (span_ieqs(term, "all")) {
		if (top)
			s->last = qualifier;
	} else if (!begins(term, "ip4:", &rest) && !begins(term, "ip6:", &rest) &&
		   memchr(term.p, '=', term.n) == NULL) {
		give_up(s, "a receiver does not know", term);
	}
}

static void
read_record(struct spf *s, const char *domain, bool top)
{
	struct strs txt;
	struct wrap_err err;
	const char *record = NULL;
	enum wrap_rc rc;
	size_t n;

	if (s->depth >= DEPTH || s->lookups > 4 * LOOKUPS) {
		give_up(s, "it runs in a circle at", span_of(domain));
		return;
	}
	rc = dns_ask(s->dns, domain, DNS_TXT, &txt, &err);
	if (rc != WRAP_OK && rc != WRAP_ENOTFOUND)
		s->silent = true;
	n = rc == WRAP_OK ? pick_record(&txt, &record) : 0;
	s->voids += rc == WRAP_ENOTFOUND && !top;
	if (n == 0 && !s->silent && !top)
		give_up(s, "there is no SPF record at", span_of(domain));
	if (n > 1)
		give_up(s, "there is more than one SPF record at", span_of(domain));
	if (n == 0 && top)
		s->none = true;
	s->depth++;
	for (struct span rest = span_of(record), term; span_cut(&rest, ' ', &term);)
		if (term.n > 0 && !span_ieqs(term, "v=spf1"))
			read_term(s, term, top);
	s->depth--;
	strs_clear(&txt);
}

void
doctor_spf(struct doctor *d, struct dns *dns, const char *domain)
{
	static const char check[] = "dns.spf";
	struct spf s = { .dns = dns };
	char type[400];

	doctor_step(d, check);
	read_record(&s, domain, true);
	(void)snprintf(type, sizeof(type),
	    "in the DNS of %.200s, one TXT record that names your relay's include, like: v=spf1 include:RELAY -all",
	    domain);
	if (s.silent)
		wrong(d, DOCTOR_PEER, check, "wrap doctor   (again, later)",
		    "the DNS did not answer for the SPF record of %s", domain);
	else if (s.none)
		wrong(d, DOCTOR_SETUP, check, type, "%s has no SPF record", domain);
	else if (s.broken[0] != '\0')
		wrong(d, DOCTOR_SETUP, check, type, "the SPF record of %s cannot be used: %s",
		    domain, s.broken);
	else if (s.lookups > LOOKUPS)
		wrong(d, DOCTOR_SETUP, check,
		    "shorten the record: put ip4: and ip6: in the place of include: that you know",
		    "the SPF record of %s costs %d look-ups, and receivers stop after %d", domain,
		    s.lookups, LOOKUPS);
	else if (s.voids > VOIDS)
		wrong(d, DOCTOR_SETUP, check, "take out the names that no longer exist",
		    "the SPF record of %s asks for %d names that do not exist; receivers stop after %d",
		    domain, s.voids, VOIDS);
	else if (s.last == '+')
		wrong(d, DOCTOR_SETUP, check, "end the record with -all or ~all",
		    "the SPF record of %s ends in +all: it lets everyone send in your name",
		    domain);
	else if (s.lookups == LOOKUPS)
		warn(d, check, "shorten the record before an include: of it grows",
		    "the SPF record of %s costs all %d look-ups there are", domain, LOOKUPS);
	else
		ok(d, check, "the SPF record of %s is good: %d of %d look-ups", domain, s.lookups,
		    LOOKUPS);
}
