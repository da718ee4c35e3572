/*
 * Which addresses a stranger's URL may lead us to. The check is made on the socket address at connect
 * time, after names were resolved and for every redirect, so that no spelling of an address and no change
 * of DNS between check and use gets around it. Special-purpose registries of RFC 6890.
 */
#include "fetch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static bool
v4_is_public(uint32_t a)
{
	static const struct {
		uint32_t net;
		int bits;
	} closed[] = {
		{ 0x00000000, 8 },  /* this network */
		{ 0x0A000000, 8 },  /* private */
		{ 0x64400000, 10 }, /* carriers' NAT */
		{ 0x7F000000, 8 },  /* loopback */
		{ 0xA9FE0000, 16 }, /* link local */
		{ 0xAC100000, 12 }, /* private */
		{ 0xC0000000, 24 }, /* protocol assignments */
		{ 0xC0000200, 24 }, /* documentation */
		{ 0xC0586300, 24 }, /* 6to4 relays */
		{ 0xC0A80000, 16 }, /* private */
		{ 0xC6120000, 15 }, /* benchmarks */
		{ 0xC6336400, 24 }, /* documentation */
		{ 0xCB007100, 24 }, /* documentation */
		{ 0xE0000000, 4 },  /* multicast */
		{ 0xF0000000, 4 },  /* reserved, broadcast */
	};

	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++)
		if ((a ^ closed[i].net) >> (32 - closed[i].bits) == 0)
			return false;
	return true;
}

static uint32_t
v4_at(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool
v6_is_public(const uint8_t b[16])
{
	static const uint8_t zero[12] = { 0 };
	static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF };
	static const uint8_t nat64[12] = { 0, 0x64, 0xFF, 0x9B };

	if (memcmp(b, mapped, 12) == 0 || memcmp(b, nat64, 12) == 0 || memcmp(b, zero, 12) == 0)
		return v4_is_public(v4_at(b + 12)) && memcmp(b, zero, 12) != 0;
	if (b[0] == 0x20 && b[1] == 0x02) /* 6to4 carries an IPv4 address */
		return v4_is_public(v4_at(b + 2));
	if ((b[0] & 0xE0) !=
	    0x20) /* outside of global unicast: ULA, link local, multicast, local NAT64 */
		return false;
	if (b[0] == 0x20 && b[1] == 0x01 && b[2] < 0x02) /* Teredo, ORCHID, benchmarks: 2001::/23 */
		return false;
	if (b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0D && b[3] == 0xB8) /* documentation */
		return false;
	return !(b[0] == 0x3F && b[1] == 0xFF && b[2] < 0x10); /* documentation, RFC 9637 */
}

bool
fetch_address_is_public(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET) {
		struct sockaddr_in in;
		memcpy(&in, sa, sizeof(in));
		return v4_is_public(ntohl(in.sin_addr.s_addr));
	}
	if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;
		memcpy(&in6, sa, sizeof(in6));
		return v6_is_public(in6.sin6_addr.s6_addr);
	}
	return false;
}

static void
address_text(const struct sockaddr *sa, char *out, size_t size)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	out[0] = '\0';
	if (sa != NULL && sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		(void)inet_ntop(AF_INET, &in.sin_addr, out, (socklen_t)size);
	} else if (sa != NULL && sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof(in6));
		(void)inet_ntop(AF_INET6, &in6.sin6_addr, out, (socklen_t)size);
	}
}

bool
fetch_is_allowed(
    const struct strs *allow, struct span host, const struct sockaddr *sa, unsigned port)
{
	char address[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN + 12], named[300];

	address_text(sa, address, sizeof(address));
	(void)snprintf(
	    text, sizeof(text), strchr(address, ':') != NULL ? "[%s]:%u" : "%s:%u", address, port);
	(void)snprintf(
	    named, sizeof(named), "%.*s:%u", host.n > 256 ? 256 : (int)host.n, host.p, port);
	for (size_t i = 0; i < allow->n; i++) {
		struct span a = span_of(allow->v[i]);
		if (span_ieqs(a, text) || span_ieqs(a, named) ||
		    (address[0] != '\0' && span_ieqs(a, address)) || span_ieq(a, host))
			return true;
	}
	return false;
}
