/*
 * The key of an address: two articles with the same key are one page, however their links are spelled.
 */
#include "digest/internal.h"

#include <string.h>

/* An address without what does not change the page: scheme, www. and mobile hosts, tracking parameters, fragment, last slash. */
static struct span
url_bare(struct span u)
{
	static const char *const hosts[] = { "www.", "m.", "amp.", "mobile." };
	size_t at = span_find(u, SPAN_LIT("://"));

	if (at != (size_t)-1)
		u = (struct span){ u.p + at + 3, u.n - at - 3 };
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		size_t n = strlen(hosts[i]);

		if (u.n > n && span_ieq((struct span){ u.p, n }, span_of(hosts[i])))
			u = (struct span){ u.p + n, u.n - n };
	}
	at = span_find(u, SPAN_LIT("#"));
	return at == (size_t)-1 ? u : (struct span){ u.p, at };
}

static bool
is_tracking(struct span field)
{
	static const char *const names[] = { "utm_",
		"amp=", "fbclid=", "gclid=", "mc_cid=", "mc_eid=", "ref=", "source=rss", "cmpid=" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i]);

		if (field.n >= n && memcmp(field.p, names[i], n) == 0)
			return true;
	}
	return false;
}

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9'                 ? c - '0'
	       : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
						    : -1;
}

/* Percent-coding of what needs none, as %28 for (, taken off: one address is written both ways. RFC 3986 6.2.2.2 */
static void
url_add(struct span s, bool lower, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '%' && i + 2 < s.n && hex_digit(s.p[i + 1]) >= 0 &&
		    hex_digit(s.p[i + 2]) >= 0) {
			int v = hex_digit(s.p[i + 1]) << 4 | hex_digit(s.p[i + 2]);

			if (v > 0x20 && v < 0x7F && strchr("%/?#&=+", v) == NULL) {
				c = (char)v;
				i += 2;
			}
		}
		buf_addc(out, lower && c >= 'A' && c <= 'Z' ? (char)(c + 32) : c);
	}
}

void
digest_url_key(const char *url, struct buf *out)
{
	struct span u = url_bare(span_of(url)), q = { 0 }, f;
	size_t at = span_find(u, SPAN_LIT("?")), host;
	char sep = '?';

	if (at != (size_t)-1) {
		q = (struct span){ u.p + at + 1, u.n - at - 1 };
		u.n = at;
	}
	while (u.n > 0 && u.p[u.n - 1] == '/')
		u.n--;
	host = span_find(u, SPAN_LIT("/"));
	host = host == (size_t)-1 ? u.n : host; /* only the host is without case */
	url_add((struct span){ u.p, host }, true, out);
	url_add((struct span){ u.p + host, u.n - host }, false, out);
	while (q.n > 0 && span_cut(&q, '&', &f)) {
		if (f.n == 0 || is_tracking(f))
			continue;
		buf_addc(out, sep);
		url_add(f, false, out);
		sep = '&';
	}
}
