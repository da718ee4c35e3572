/*
 * URLs as found in feeds and pages: split, resolved against a base, and brought to the one form under
 * which two links are the same story. RFC 3986, with the forgiveness of browsers: blanks and controls
 * go, what no URL may hold is percent-coded, backslashes of http are slashes.
 */
#include "wrap/text.h"

#include <stdlib.h>
#include <string.h>

static bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_scheme(struct span s)
{
	if (s.n == 0 || !is_alpha(s.p[0]))
		return false;
	for (size_t i = 1; i < s.n; i++)
		if (!is_alpha(s.p[i]) && !(s.p[i] >= '0' && s.p[i] <= '9') && s.p[i] != '+' &&
		    s.p[i] != '-' && s.p[i] != '.')
			return false;
	return true;
}

static void
split_authority(struct span a, struct url *u)
{
	const char *at = a.n == 0 ? NULL : memrchr(a.p, '@', a.n), *colon;

	if (at != NULL) {
		u->user = (struct span){ a.p, (size_t)(at - a.p) };
		a.n -= (size_t)(at + 1 - a.p);
		a.p = at + 1;
	}
	colon = a.n == 0 ? NULL : memrchr(a.p, ':', a.n);
	/* "host::" has no port: taking one colon off would make another host of it. */
	if (colon != NULL && !(colon > a.p && colon[-1] == ':') &&
	    memchr(colon, ']', a.n - (size_t)(colon - a.p)) == NULL) {
		u->port = (struct span){ colon + 1, a.n - (size_t)(colon + 1 - a.p) };
		a.n = (size_t)(colon - a.p);
	}
	u->host = a;
}

struct url
url_split(struct span s)
{
	struct url u = { 0 };
	const char *at;
	size_t end;

	if (s.n == 0)
		return u;
	at = memchr(s.p, ':', s.n);
	if (at != NULL && is_scheme((struct span){ s.p, (size_t)(at - s.p) })) {
		u.scheme = (struct span){ s.p, (size_t)(at - s.p) };
		s.n -= u.scheme.n + 1;
		s.p = at + 1;
	}
	at = s.n == 0 ? NULL : memchr(s.p, '#', s.n);
	if (at != NULL) {
		u.has_fragment = true;
		u.fragment = (struct span){ at + 1, s.n - (size_t)(at + 1 - s.p) };
		s.n = (size_t)(at - s.p);
	}
	at = s.n == 0 ? NULL : memchr(s.p, '?', s.n);
	if (at != NULL) {
		u.has_query = true;
		u.query = (struct span){ at + 1, s.n - (size_t)(at + 1 - s.p) };
		s.n = (size_t)(at - s.p);
	}
	if (s.n >= 2 && s.p[0] == '/' && s.p[1] == '/') {
		u.has_authority = true;
		for (end = 2; end < s.n && s.p[end] != '/'; end++)
			;
		split_authority((struct span){ s.p + 2, end - 2 }, &u);
		s.p += end;
		s.n -= end;
	}
	u.path = s;
	return u;
}

/* 5.2.4: "." and ".." segments out of path[from..]. */
static void
remove_dots(struct buf *b, size_t from)
{
	char *base = b->p + from, *in = base, *out = base, *end = b->p + b->n;

	while (in < end) {
		char *seg = in + (*in == '/' ? 1 : 0),
		     *stop = memchr(seg, '/', (size_t)(end - seg));
		size_t n = (size_t)((stop == NULL ? end : stop) - seg);
		bool last = stop == NULL;

		if (n == 1 && seg[0] == '.') {
			if (last && (in != seg || out == base))
				*out++ = '/';
		} else if (n == 2 && seg[0] == '.' && seg[1] == '.') {
			while (out > base && *--out != '/')
				;
			if (last)
				*out++ = '/';
		} else {
			size_t whole = n + (size_t)(seg - in);
			memmove(out, in, whole);
			out += whole;
		}
		in = seg + n;
	}
	buf_truncate(b, from + (size_t)(out - base));
}

/* A reference with blanks trimmed, tabs and line ends gone, and what a URL may not hold percent-coded. */
static void
tidy(struct span ref, struct buf *out)
{
	static const char hex[] = "0123456789ABCDEF";

	ref = span_trim(ref);
	for (size_t i = 0; i < ref.n; i++) {
		unsigned char c = (unsigned char)ref.p[i];
		if (c == '\t' || c == '\n' || c == '\r' || c == 0)
			continue;
		if (c <= ' ' || c == 0x7F || strchr("\"<>\\^`{|}", c) != NULL) {
			char code[3] = { '%', hex[c >> 4], hex[c & 15] };
			buf_add(out, code, 3);
		} else {
			buf_addc(out, (char)c);
		}
	}
}

static void
add_authority(const struct url *u, struct buf *out)
{
	buf_adds(out, "//");
	if (u->user.n > 0) {
		buf_addspan(out, u->user);
		buf_addc(out, '@');
	}
	buf_addspan(out, u->host);
	if (u->port.n > 0) {
		buf_addc(out, ':');
		buf_addspan(out, u->port);
	}
}

static void
add_merged_path(const struct url *b, struct span path, struct buf *out)
{
	const char *slash = b->path.n == 0 ? NULL : memrchr(b->path.p, '/', b->path.n);

	if (path.n > 0 && path.p[0] == '/')
		;
	else if (slash != NULL)
		buf_add(out, b->path.p, (size_t)(slash + 1 - b->path.p));
	else if (b->has_authority)
		buf_addc(out, '/');
	buf_addspan(out, path);
}

static void
compose(const struct url *b, const struct url *r, struct buf *out)
{
	const struct url *query = r;
	size_t path_at;

	if (r->scheme.n > 0) {
		buf_addspan(out, r->scheme);
		buf_addc(out, ':');
		if (r->has_authority)
			add_authority(r, out);
		path_at = out->n;
		buf_addspan(out, r->path);
	} else {
		buf_addspan(out, b->scheme);
		buf_addc(out, ':');
		if (r->has_authority || b->has_authority)
			add_authority(r->has_authority ? r : b, out);
		path_at = out->n;
		if (r->has_authority) {
			buf_addspan(out, r->path);
		} else if (r->path.n == 0) {
			buf_addspan(out, b->path);
			if (!r->has_query)
				query = b;
		} else {
			add_merged_path(b, r->path, out);
		}
	}
	if ((r->scheme.n == 0 || r->has_authority) && out->n > path_at && out->p[path_at] == '/')
		remove_dots(out, path_at);
	if (query->has_query) {
		buf_addc(out, '?');
		buf_addspan(out, query->query);
	}
	if (r->has_fragment) {
		buf_addc(out, '#');
		buf_addspan(out, r->fragment);
	}
}

bool
url_resolve(struct span base, struct span ref, struct buf *out)
{
	struct buf clean = BUF_INIT(1 << 16);
	struct url b, r;
	size_t was = out->n;

	tidy(ref, &clean);
	if (clean.rc != WRAP_OK) {
		buf_clear(&clean);
		return false;
	}
	r = url_split(buf_span(&clean));
	b = url_split(span_trim(base));
	/* "http:page" and "https:/page": a scheme of the base's own kind without a host is relative (RFC 3986 5.4.2). */
	if (r.scheme.n > 0 && !r.has_authority && span_ieq(r.scheme, b.scheme) &&
	    (span_ieqs(r.scheme, "http") || span_ieqs(r.scheme, "https")))
		r.scheme.n = 0;
	if (r.scheme.n == 0 && b.scheme.n == 0) {
		buf_clear(&clean);
		return false;
	}
	compose(&b, &r, out);
	buf_clear(&clean);
	if (out->rc != WRAP_OK)
		buf_truncate(out, was);
	return out->rc == WRAP_OK;
}

/* The first hexadecimal digit of a byte past ASCII. */
static bool
is_high_digit(char c)
{
	return c == '8' || c == '9' || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

/* As browsers take it: letters, digits, dots and the like, other scripts, or an IP literal in brackets. */
static bool
host_is_sound(struct span host)
{
	bool literal = host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';

	for (size_t i = literal; i < host.n - literal; i++) {
		char c = host.p[i];
		bool other =
		    (c & 0x80) != 0 || (c == '%' && i + 2 < host.n && is_high_digit(host.p[i + 1]));

		if (!is_alpha(c) && !(c >= '0' && c <= '9') && c != '.' &&
		    !(literal ? c == ':' : c == '-' || c == '_' || c == '~' || other))
			return false;
	}
	return host.n > 0;
}

bool
url_is_web(struct span s)
{
	struct url u = url_split(s);

	for (size_t i = 0; i < u.port.n; i++)
		if (u.port.p[i] < '0' || u.port.p[i] > '9')
			return false;
	return (span_ieqs(u.scheme, "http") || span_ieqs(u.scheme, "https")) &&
	       host_is_sound(u.host) && u.port.n <= 5;
}

/* ---- one form for one story ------------------------------------------------------------------------- */

static bool
starts(struct span s, const char *with)
{
	size_t n = strlen(with);

	return s.n >= n && span_ieqs((struct span){ s.p, n }, with);
}

static bool
ends(struct span s, const char *with)
{
	size_t n = strlen(with);

	return s.n >= n && span_ieqs((struct span){ s.p + s.n - n, n }, with);
}

static bool
named(struct span param, const char *const *names, size_t n)
{
	const char *eq = param.n == 0 ? NULL : memchr(param.p, '=', param.n);
	struct span name = { param.p, eq == NULL ? param.n : (size_t)(eq - param.p) };

	for (size_t i = 0; i < n; i++)
		if (span_ieqs(name, names[i]))
			return true;
	return false;
}
#define NAMED(param, list) named(param, list, sizeof(list) / sizeof((list)[0]))

/* Parameters that follow the reader, under names that no site uses for anything else. */
static bool
is_follower(struct span param)
{
	static const char *const names[] = { "fbclid", "gclid", "dclid", "gbraid", "wbraid",
		"msclkid", "yclid", "twclid", "igshid", "igsh", "mkt_tok", "mc_cid", "mc_eid",
		"_hsenc", "_hsmi", "vero_id", "oly_anon_id", "oly_enc_id", "wt_mc", "xtor",
		"at_medium", "at_campaign", "guccounter" };

	return starts(param, "utm_") || starts(param, "mtm_") || starts(param, "hsa_") ||
	       NAMED(param, names);
}

/* The same, and such as may mean the content on some other site: good enough for telling stories apart. */
static bool
is_tracking(struct span param)
{
	static const char *const names[] = { "ref", "ref_src", "ref_url", "referrer", "cmp",
		"cmpid", "ncid", "ocid", "partner", "rss", "smid", "amp", "outputtype", "s_cid",
		"ftag", "sh" };

	return param.n == 0 || is_follower(param) || starts(param, "mc_") || starts(param, "pk_") ||
	       starts(param, "ga_") || NAMED(param, names);
}

static bool
is_signature(struct span param)
{
	static const char *const names[] = { "sig", "sign", "signature", "hmac", "hash", "token",
		"x-amz-signature", "x-goog-signature", "md5" };

	return NAMED(param, names);
}

void
url_untracked(struct span s, struct buf *out)
{
	struct url u;
	struct span rest, param;
	bool first = true, followed = false;

	s = span_trim(s);
	u = url_split(s);
	rest = u.query;
	while (span_cut(&rest, '&', &param)) {
		followed = followed || is_follower(param);
		if (is_signature(param)) {
			buf_addspan(out, s);
			return;
		}
	}
	/* "#utm_source=rss" leads nowhere in the page. */
	if (u.has_fragment && is_follower(u.fragment))
		s.n -= u.fragment.n + 1;
	if (!followed) {
		buf_addspan(out, s);
		return;
	}
	buf_add(out, s.p, (size_t)(u.query.p - s.p) - 1);
	rest = u.query;
	while (span_cut(&rest, '&', &param)) {
		if (is_follower(param))
			continue;
		buf_addc(out, first ? '?' : '&');
		buf_addspan(out, param);
		first = false;
	}
	buf_add(out, u.query.p + u.query.n, s.n - (size_t)(u.query.p + u.query.n - s.p));
}

static int
by_bytes(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	int c = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

	return c != 0 ? c : (x->n > y->n) - (x->n < y->n);
}

static void
add_query(struct span query, struct buf *out)
{
	struct span params[64] = { { 0 } }, param;
	size_t n = 0;

	while (n < 64 && span_cut(&query, '&', &param))
		if (!is_tracking(param))
			params[n++] = param;
	qsort(params, n, sizeof(params[0]), by_bytes);
	for (size_t i = 0; i < n; i++) {
		buf_addc(out, i == 0 ? '?' : '&');
		buf_addspan(out, params[i]);
	}
}

void
url_canonical(struct span s, struct buf *out)
{
	struct url u = url_split(span_trim(s));
	static const char *const hosts[] = { "www.", "m.", "mobile.", "amp." };
	struct span path = u.path, host = u.host;

	if (!url_is_web(span_trim(s))) {
		buf_addspan(out, s);
		return;
	}
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		if (starts(host, hosts[i]) && host.n > strlen(hosts[i]) + 3) {
			host.p += strlen(hosts[i]);
			host.n -= strlen(hosts[i]);
			break;
		}
	buf_adds(out, "https://");
	for (size_t i = 0; i < host.n; i++)
		buf_addc(
		    out, (char)(host.p[i] >= 'A' && host.p[i] <= 'Z' ? host.p[i] + 32 : host.p[i]));
	if (u.port.n > 0 && !span_eqs(u.port, "80") && !span_eqs(u.port, "443")) {
		buf_addc(out, ':');
		buf_addspan(out, u.port);
	}
	if (ends(path, "/amp/"))
		path.n -= 4;
	else if (ends(path, "/amp") || ends(path, ".amp"))
		path.n -= 4;
	while (path.n > 0 && path.p[path.n - 1] == '/')
		path.n--;
	buf_addspan(out, path);
	if (u.has_query)
		add_query(u.query, out);
}
