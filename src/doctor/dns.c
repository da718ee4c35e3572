/*
 * Questions to the DNS over the C library's resolver (res_nquery, RFC 1035), with a server of our choice
 * and two seconds for an answer, twice. A truncated answer is asked for again over TCP.
 */
#include "internal.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <ctype.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_S 2
#define TRIES 2
#define ANSWER 65535

struct dns {
	struct __res_state res;
	struct sockaddr_in6 six; /* of a resolver with an IPv6 address */
	unsigned char answer[ANSWER];
};

/* "192.0.2.1", "192.0.2.1:53", "2001:db8::1", "[2001:db8::1]:53" */
static enum wrap_rc
read_server(struct dns *d, const char *text, struct wrap_err *err)
{
	char host[64];
	const char *colon = strrchr(text, ':'), *close = strchr(text, ']');
	bool bracketed = text[0] == '[' && close != NULL;
	bool has_port = colon != NULL && (bracketed ? colon > close : strchr(text, ':') == colon);
	size_t n = bracketed ? (size_t)(close - text - 1)
			     : (has_port ? (size_t)(colon - text) : strlen(text));
	unsigned long port = has_port ? strtoul(colon + 1, NULL, 10) : NS_DEFAULTPORT;
	struct sockaddr_in four = { .sin_family = AF_INET };

	(void)snprintf(host, sizeof(host), "%.*s", (int)(n < 63 ? n : 63), text + bracketed);
	d->six = (struct sockaddr_in6){ .sin6_family = AF_INET6 };
	four.sin_port = d->six.sin6_port = htons((uint16_t)port);
	d->res.nscount = 1;
	if (port > 0 && port < 65536 && inet_pton(AF_INET, host, &four.sin_addr) == 1) {
		d->res.nsaddr_list[0] = four;
		return WRAP_OK;
	}
	if (port > 0 && port < 65536 && inet_pton(AF_INET6, host, &d->six.sin6_addr) == 1) {
		d->res.nsaddr_list[0].sin_family = 0; /* then the extension counts, resolv.h */
		d->res._u._ext.nsaddrs[0] = malloc(sizeof(d->six));
		if (d->res._u._ext.nsaddrs[0] == NULL)
			return wrap_fail(err, WRAP_ENOMEM, "out of memory");
		memcpy(d->res._u._ext.nsaddrs[0], &d->six, sizeof(d->six));
		d->res._u._ext.nscount = 1;
		return WRAP_OK;
	}
	return wrap_fail(err, WRAP_ECONFIG,
	    "doctor.resolver \"%.80s\" is not an address, like 192.0.2.53 or [2001:db8::53]:5353",
	    text);
}

enum wrap_rc
dns_open(const char *resolver, struct dns **out, struct wrap_err *err)
{
	struct dns *d = calloc(1, sizeof(*d));
	enum wrap_rc rc = WRAP_OK;

	*out = NULL;
	if (d == NULL || res_ninit(&d->res) != 0) {
		free(d);
		return wrap_fail(err, WRAP_ESYS, "the resolver of the system cannot be used");
	}
	d->res.retrans = WAIT_S;
	d->res.retry = TRIES;
	d->res.options |= RES_USE_EDNS0;
	if (resolver != NULL)
		rc = read_server(d, resolver, err);
	if (rc != WRAP_OK) {
		dns_close(&d);
		return rc;
	}
	*out = d;
	return WRAP_OK;
}

void
dns_close(struct dns **d)
{
	if (*d != NULL)
		res_nclose(&(*d)->res);
	free(*d);
	*d = NULL;
}

/* A name out of an answer, in lower case, without the last dot; "." for the root. */
static bool
add_name(const ns_msg *m, const unsigned char *p, struct buf *b)
{
	char name[NS_MAXDNAME];

	if (dn_expand(ns_msg_base(*m), ns_msg_end(*m), p, name, (int)sizeof(name)) < 0)
		return false;
	for (char *c = name; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	buf_adds(b, name[0] == '\0' ? "." : name);
	return true;
}

/* One record as text; false when it is broken. */
static bool
add_record(const ns_msg *m, const ns_rr *rr, struct buf *b)
{
	const unsigned char *p = ns_rr_rdata(*rr);
	size_t n = ns_rr_rdlen(*rr);
	char number[INET6_ADDRSTRLEN];

	switch (ns_rr_type(*rr)) {
	case ns_t_txt:
		while (n > 0 && p[0] < n) {
			buf_add(b, (const char *)p + 1, p[0]);
			n -= (size_t)p[0] + 1;
			p += p[0] + 1;
		}
		return n == 0;
	case ns_t_mx:
		if (n < 3)
			return false;
		buf_addf(b, "%u ", ns_get16(p));
		return add_name(m, p + 2, b);
	case ns_t_ptr: return add_name(m, p, b);
	case ns_t_a:
	case ns_t_aaaa:
		if (n != (ns_rr_type(*rr) == ns_t_a ? 4 : 16))
			return false;
		buf_adds(b, inet_ntop(n == 4 ? AF_INET : AF_INET6, p, number, sizeof(number)));
		return true;
	default: return false;
	}
}

static enum wrap_rc
read_answer(const unsigned char *answer, int len, int type, struct strs *out, struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;
	ns_msg m;

	if (ns_initparse(answer, len, &m) != 0)
		return wrap_fail(err, WRAP_EPEER, "its answer is broken");
	for (int i = 0; rc == WRAP_OK && i < ns_msg_count(m, ns_s_an); i++) {
		struct buf b = BUF_INIT(1 << 17);
		ns_rr rr;

		if (ns_parserr(&m, ns_s_an, i, &rr) != 0)
			rc = wrap_fail(err, WRAP_EPEER, "its answer is broken");
		else if ((int)ns_rr_type(rr) == type && add_record(&m, &rr, &b))
			rc = strs_add(out, buf_span(&b), err);
		buf_clear(&b);
	}
	if (rc == WRAP_OK && out->n == 0)
		rc = wrap_fail(err, WRAP_ENOTFOUND, "there is none");
	return rc;
}

enum wrap_rc
dns_ask(struct dns *d, const char *name, enum dns_type type, struct strs *out, struct wrap_err *err)
{
	static const int types[] = { [DNS_TXT] = ns_t_txt,
		[DNS_MX] = ns_t_mx,
		[DNS_A] = ns_t_a,
		[DNS_AAAA] = ns_t_aaaa,
		[DNS_PTR] = ns_t_ptr };
	int len;
	enum wrap_rc rc;

	*out = (struct strs){ 0 };
	len = res_nquery(&d->res, name, ns_c_in, types[type], d->answer, ANSWER);
	if (len < 0) {
		int why = d->res.res_h_errno;

		if (why == HOST_NOT_FOUND || why == NO_DATA)
			return wrap_fail(err, WRAP_ENOTFOUND, "there is none");
		return wrap_fail(err, WRAP_EPEER, "the DNS gives no answer for %.200s", name);
	}
	rc = read_answer(d->answer, len > ANSWER ? ANSWER : len, types[type], out, err);
	if (rc != WRAP_OK)
		strs_clear(out);
	return rc;
}
