/*
 * What the DNS says of our domains: SPF, DKIM, DMARC with alignment, where bounces go, the relay's name.
 */
#include "internal.h"

#include "wrap/mail.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char ptr_type[] = "ask who runs the relay for a PTR record that leads there and back";
static const char again[] = "wrap doctor   (again, later)";

static const char *
domain_of(const char *address)
{
	const char *at = address == NULL ? NULL : strrchr(address, '@');

	return at == NULL ? "" : at + 1;
}

/* One is the other, or a part of it: alignment as DMARC's relaxed mode has it, without a list of registries. */
static bool
aligned(const char *a, const char *b, bool strict)
{
	size_t n = strlen(a), m = strlen(b);

	if (n == m)
		return strcasecmp(a, b) == 0;
	if (strict)
		return false;
	if (n < m)
		return aligned(b, a, false);
	return a[n - m - 1] == '.' && strcasecmp(a + n - m, b) == 0 && strchr(b, '.') != NULL;
}

/* The value of a tag in "v=X; p=Y"; empty when it is not there. */
static struct span
tag(const char *record, const char *name)
{
	struct span rest = span_of(record), one, key;

	while (span_cut(&rest, ';', &one)) {
		one = span_trim(one);
		if (span_cut(&one, '=', &key) && span_ieqs(span_trim(key), name))
			return span_trim(one);
	}
	return span_of("");
}

/* ---- DKIM ------------------------------------------------------------------------------------------------- */

static bool
same_bytes_but_blanks(struct span a, struct span b)
{
	size_t i = 0, j = 0;

	for (;;) {
		while (i < a.n && (a.p[i] == ' ' || a.p[i] == '\t'))
			i++;
		while (j < b.n && (b.p[j] == ' ' || b.p[j] == '\t'))
			j++;
		if (i == a.n || j == b.n)
			return i == a.n && j == b.n;
		if (a.p[i++] != b.p[j++])
			return false;
	}
}

static void
judge_key(struct doctor *d, const char *name, const char *want, const struct strs *txt)
{
	static const char check[] = "dns.dkim",
			  type[] = "wrap dkim record   (and publish what it prints)";
	const char *got = txt->v[0];

	if (txt->n > 1)
		wrong(d, DOCTOR_SETUP, check, type,
		    "%s has %zu TXT records; receivers may read any of them", name, txt->n);
	else if (tag(got, "p").n == 0)
		wrong(d, DOCTOR_SETUP, check, type, "the key at %s is revoked: its p= is empty",
		    name);
	else if (!same_bytes_but_blanks(tag(got, "p"), tag(want, "p")))
		wrong(d, DOCTOR_SETUP, check, type, "the key at %s is not the one we sign with",
		    name);
	else if (span_find(tag(got, "t"), SPAN_LIT("y")) != (size_t)-1)
		warn(d, check, type, "the key at %s is marked as a test (t=y)", name);
	else
		ok(d, check, "%s holds the key we sign with", name);
}

static void
check_dkim(struct doctor *d, struct dns *dns, const struct config_dkim *k)
{
	static const char check[] = "dns.dkim";
	struct buf pem = BUF_INIT(65536), name = BUF_INIT(1024), want = BUF_INIT(4096);
	struct dkim_key *key = NULL;
	struct strs txt = { 0 };
	struct wrap_err err;
	enum wrap_rc rc = secret_file(k->key, &pem, &err);

	doctor_step(d, check);
	if (rc == WRAP_OK)
		rc = dkim_key_load(buf_span(&pem), k->domain, k->selector, &key, &err);
	if (rc == WRAP_OK)
		rc = dkim_record(key, &want, &err);
	if (pem.p != NULL)
		secret_wipe(pem.p, pem.size);
	if (rc == WRAP_OK) {
		dkim_record_name(key, &name);
		rc = dns_ask(dns, buf_str(&name), DNS_TXT, &txt, &err);
		if (rc == WRAP_OK)
			judge_key(d, buf_str(&name), buf_str(&want), &txt);
		else if (rc == WRAP_ENOTFOUND)
			wrong(d, DOCTOR_SETUP, check,
			    "wrap dkim record   (and publish what it prints)",
			    "there is no key at %s: every signature of ours fails", buf_str(&name));
		else
			wrong(d, DOCTOR_PEER, check, again, "%s", err.text);
	} else {
		wrong(d, DOCTOR_SETUP, check, "wrap dkim keygen", "%s", err.text);
	}
	strs_clear(&txt);
	dkim_key_free(&key);
	buf_clear(&pem);
	buf_clear(&name);
	buf_clear(&want);
}

/* ---- DMARC ------------------------------------------------------------------------------------------------- */

/* The record of the domain or of the next above it that has one, RFC 7489 6.6.3, by walking up. */
static enum wrap_rc
find_dmarc(struct dns *dns, const char *domain, char *at, size_t size, struct strs *out,
    struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_ENOTFOUND;

	for (const char *p = domain; p != NULL && strchr(p, '.') != NULL;) {
		(void)snprintf(at, size, "_dmarc.%s", p);
		rc = dns_ask(dns, at, DNS_TXT, out, err);
		if (rc == WRAP_OK && span_ieqs(tag(out->v[0], "v"), "DMARC1"))
			return WRAP_OK;
		if (rc == WRAP_OK)
			strs_clear(out);
		else if (rc != WRAP_ENOTFOUND)
			return rc;
		p = strchr(p, '.');
		p = p == NULL ? NULL : p + 1;
	}
	return WRAP_ENOTFOUND;
}

/* Does SPF's domain or a signature's stand for the From domain, as this record wants it? */
static void
judge_dmarc(struct doctor *d, const char *at, const char *record)
{
	static const char check[] = "dns.dmarc";
	const struct config *c = d->c;
	const char *from = c->publication.domain;
	bool strict_spf = span_ieqs(tag(record, "aspf"), "s");
	bool strict_dkim = span_ieqs(tag(record, "adkim"), "s");
	bool spf = aligned(domain_of(c->publication.return_path), from, strict_spf), dkim = false;
	struct span policy = tag(record, "p");

	for (size_t i = 0; i < c->n_dkim; i++)
		dkim = dkim || aligned(c->dkim[i].domain, from, strict_dkim);
	if (!dkim && c->n_dkim > 0)
		wrong(d, DOCTOR_SETUP, check, "wrap dkim keygen --domain THE-DOMAIN-OF-FROM",
		    "no key signs for %s, the domain readers see in From, as %s wants it", from,
		    at);
	else if (!dkim && !spf)
		wrong(d, DOCTOR_SETUP, check, "wrap dkim keygen",
		    "neither a signature nor the return path stands for %s", from);
	else if (policy.n == 0)
		wrong(d, DOCTOR_SETUP, check,
		    "put p=none, p=quarantine or p=reject into the record", "%s has no policy (p=)",
		    at);
	else if (tag(record, "rua").n == 0)
		note(d, check,
		    "add rua=mailto:dmarc-reports@YOUR-DOMAIN to see who sends in your name",
		    "%s: p=%.*s, %s; nobody gets its reports", at, (int)policy.n, policy.p,
		    dkim ? "our signature is aligned" : "the return path is aligned");
	else
		ok(d, check, "%s: p=%.*s, %s", at, (int)policy.n, policy.p,
		    dkim ? "our signature is aligned" : "the return path is aligned");
}

static void
check_dmarc(struct doctor *d, struct dns *dns)
{
	static const char check[] = "dns.dmarc";
	char at[400], type[500];
	struct strs txt = { 0 };
	struct wrap_err err = { 0 };
	enum wrap_rc rc;

	doctor_step(d, check);
	rc = find_dmarc(dns, d->c->publication.domain, at, sizeof(at), &txt, &err);
	if (rc == WRAP_OK) {
		judge_dmarc(d, at, txt.v[0]);
	} else if (rc == WRAP_ENOTFOUND) {
		(void)snprintf(type, sizeof(type),
		    "a TXT record _dmarc.%.200s: v=DMARC1; p=none; rua=mailto:you@%.200s",
		    d->c->publication.domain, d->c->publication.domain);
		wrong(d, DOCTOR_SETUP, check, type, "%s has no DMARC record",
		    d->c->publication.domain);
	} else {
		wrong(d, DOCTOR_PEER, check, again, "%s", err.text);
	}
	strs_clear(&txt);
}

/* ---- where mail to us goes ------------------------------------------------------------------------------------ */

static void
check_mx(struct doctor *d, struct dns *dns, const char *domain, const char *role)
{
	static const char check[] = "dns.mx";
	struct strs mx, a = { 0 };
	struct wrap_err err;
	enum wrap_rc rc;

	doctor_step(d, check);
	rc = dns_ask(dns, domain, DNS_MX, &mx, &err);
	if (rc == WRAP_OK && mx.n == 1 && strcmp(mx.v[0], "0 .") == 0)
		wrong(d, DOCTOR_SETUP, check, "publish an MX record, or use another domain",
		    "%s, the domain of %s, says it takes no mail (RFC 7505)", domain, role);
	else if (rc == WRAP_OK)
		ok(d, check, "mail to %s, the domain of %s, goes to %s", domain, role,
		    mx.v[0] + strcspn(mx.v[0], " ") + 1);
	else if (rc == WRAP_ENOTFOUND && dns_ask(dns, domain, DNS_A, &a, &err) == WRAP_OK)
		warn(d, check, "publish an MX record for it",
		    "%s, the domain of %s, has an address but no MX record", domain, role);
	else if (rc == WRAP_ENOTFOUND)
		wrong(d, DOCTOR_SETUP, check, "publish an MX record for it, or use another domain",
		    "%s, the domain of %s, takes no mail: it has neither MX nor address", domain,
		    role);
	else
		wrong(d, DOCTOR_PEER, check, again, "%s", err.text);
	strs_clear(&mx);
	strs_clear(&a);
}

/* The host of smtp://host:port; false for an address of this machine or a private network. */
static bool
public_host(const char *url, char *out, size_t size)
{
	const char *p = strstr(url, "://");
	size_t n;
	struct in_addr a;
	uint32_t v;

	p = p == NULL ? url : p + 3;
	n = *p == '[' ? 0 : strcspn(p, ":/");
	if (n == 0 || n >= size)
		return false;
	(void)snprintf(out, size, "%.*s", (int)n, p);
	if (strcasecmp(out, "localhost") == 0 || strchr(out, '.') == NULL)
		return false;
	if (inet_pton(AF_INET, out, &a) != 1)
		return true;
	v = ntohl(a.s_addr);
	return v >> 24 != 127 && v >> 24 != 10 && v >> 16 != 0xc0a8 && v >> 20 != 0xac1;
}

static bool
leads_back(struct dns *dns, const char *host, enum dns_type type, const char *address)
{
	struct strs a;
	struct wrap_err err;
	bool found =
	    dns_ask(dns, host, type, &a, &err) == WRAP_OK && strs_has(&a, span_of(address));

	strs_clear(&a);
	return found;
}

/* The name under which the DNS has the host of an address. RFC 1035 3.5, RFC 3596 2.5. false: it is none. */
static bool
reverse_name(const char *address, enum dns_type type, char out[80])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char b[16];
	char *p = out;

	if (type == DNS_A && inet_pton(AF_INET, address, b) == 1) {
		(void)snprintf(out, 80, "%u.%u.%u.%u.in-addr.arpa", b[3], b[2], b[1], b[0]);
		return true;
	}
	if (type != DNS_AAAA || inet_pton(AF_INET6, address, b) != 1)
		return false;
	for (int i = 15; i >= 0; i--) {
		*p++ = hex[b[i] & 15];
		*p++ = '.';
		*p++ = hex[b[i] >> 4];
		*p++ = '.';
	}
	(void)snprintf(p, 80 - 64, "ip6.arpa");
	return true;
}

static void
judge_ptr(struct doctor *d, struct dns *dns, const char *address, enum dns_type type)
{
	static const char check[] = "dns.ptr";
	char name[80];
	struct strs ptr = { 0 };
	struct wrap_err err;
	enum wrap_rc rc;

	if (!reverse_name(address, type, name))
		return;
	rc = dns_ask(dns, name, DNS_PTR, &ptr, &err);
	if (rc == WRAP_ENOTFOUND)
		warn(d, check, ptr_type, "the relay's address %s has no name (PTR)", address);
	else if (rc != WRAP_OK)
		wrong(d, DOCTOR_PEER, check, again, "%s", err.text);
	else if (!leads_back(dns, ptr.v[0], type, address))
		warn(d, check, ptr_type,
		    "the relay's address %s is named %s, which does not lead back to it", address,
		    ptr.v[0]);
	else
		ok(d, check, "the relay's address %s is %s and back", address, ptr.v[0]);
	strs_clear(&ptr);
}

/* Every address of the relay, old and new kind: which of them mail leaves from is the relay's choice. */
static void
check_ptr(struct doctor *d, struct dns *dns, const char *url)
{
	static const char check[] = "dns.ptr";
	static const enum dns_type types[] = { DNS_A, DNS_AAAA };
	char host[256];
	struct wrap_err err = { 0 };
	size_t n = 0;
	unsigned char b[16];

	doctor_step(d, check);
	if (!public_host(url, host, sizeof(host))) {
		note(d, check, "dig -x ADDRESS   (of the machine that mail leaves from)",
		    "the relay %s is local: which address mail leaves from is not known here", url);
		return;
	}
	if (inet_pton(AF_INET, host, b) == 1 || inet_pton(AF_INET6, host, b) == 1) {
		judge_ptr(d, dns, host, strchr(host, ':') == NULL ? DNS_A : DNS_AAAA);
		return;
	}
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct strs a = { 0 };

		if (dns_ask(dns, host, types[i], &a, &err) == WRAP_OK) {
			judge_ptr(d, dns, a.v[0], types[i]);
			n++;
		}
		strs_clear(&a);
	}
	if (n == 0)
		warn(d, check, ptr_type, "the address of the relay %s is not known: %s", host,
		    err.text);
}

void
doctor_domain(struct doctor *d)
{
	const struct config *c = d->c;
	const char *bounces = domain_of(c->publication.return_path);
	struct dns *dns;
	struct wrap_err err;

	if (c->n_relays == 0) {
		note(d, "dns", "relay = ( ... ); in wrap.conf",
		    "no relay is configured: what the DNS must say is asked when one is");
		return;
	}
	if (dns_open(c->doctor.resolver, &dns, &err) != WRAP_OK) {
		wrong(d, DOCTOR_SETUP, "dns", "doctor = { resolver = \"ADDRESS\"; }; in wrap.conf",
		    "%s", err.text);
		return;
	}
	doctor_spf(d, dns, bounces);
	for (size_t i = 0; i < c->n_dkim; i++)
		check_dkim(d, dns, &c->dkim[i]);
	if (c->n_dkim == 0)
		wrong(d, DOCTOR_SETUP, "dns.dkim", "wrap dkim keygen",
		    "no key signs the mail (dkim)");
	check_dmarc(d, dns);
	check_mx(d, dns, bounces, "the return path");
	if (strcasecmp(bounces, c->publication.domain) != 0)
		check_mx(d, dns, c->publication.domain, "From");
	for (size_t i = 0; i < c->n_relays; i++)
		check_ptr(d, dns, c->relays[i].url);
	dns_close(&dns);
}
