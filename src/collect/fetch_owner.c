/*
 * Who answers for a host, and who asked to be left alone. Fifty feeds of one site are fifty knocks at one
 * door, so pacing and holds go by the registrable name.
 */
#include "fetch_hop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
fetch_owner(const char *url, char *out, size_t size)
{
	static const char *const seconds[] = { "co", "com", "net", "org", "ac", "edu", "gov", "or",
		"ne", "go" };
	struct span host = url_split(span_of(url)).host, rest = host, label;
	size_t dots = 0, keep = 2, from = 0;

	for (size_t i = 0; i < host.n; i++)
		dots += host.p[i] == '.';
	/* The label before the last: "co" under a country is no owner. */
	for (size_t i = 0; span_cut(&rest, '.', &label); i++)
		for (size_t k = 0;
		     i + 1 == dots && rest.n == 2 && k < sizeof(seconds) / sizeof(seconds[0]); k++)
			keep = span_ieqs(label, seconds[k]) ? 3 : keep;
	if (host.n > 0 && host.p[host.n - 1] >= '0' && host.p[host.n - 1] <= '9')
		keep = 99; /* an address */
	for (size_t i = 0; i < host.n && dots + 1 > keep; i++)
		if (host.p[i] == '.' && dots-- + 1 > keep)
			from = i + 1;
	(void)snprintf(out, size, "%.*s", (int)(host.n - from > 100 ? 100 : host.n - from),
	    host.n == 0 ? "" : host.p + from);
	for (char *p = out; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 32);
}

const struct fetch_hold *
fetch_hold_find(const struct fetch_holds *h, const char *owner, int64_t now)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->v[i].until > now && strcmp(h->v[i].host, owner) == 0)
			return &h->v[i];
	return NULL;
}

enum wrap_rc
fetch_hold_add(struct fetch_holds *h, const char *owner, int64_t until, struct wrap_err *err)
{
	struct fetch_hold *v;

	for (size_t i = 0; i < h->n; i++)
		if (strcmp(h->v[i].host, owner) == 0) {
			h->v[i].until = until;
			return WRAP_OK;
		}
	v = realloc(h->v, (h->n + 1) * sizeof(*v));
	if (v == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	h->v = v;
	v[h->n] = (struct fetch_hold){ .until = until };
	(void)snprintf(v[h->n].host, sizeof(v->host), "%s", owner);
	h->n++;
	return WRAP_OK;
}
