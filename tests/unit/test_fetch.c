/* What may be connected to, who owns a host, what headers say about time, and how an address is shown. */
#include "collect/fetch_hop.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define NOW 1795197600 /* 2026-11-20 18:00 UTC, a Friday */
#define DAY 86400

static struct sockaddr_storage
address(const char *text)
{
	struct sockaddr_storage out = { 0 };
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
		memcpy(&out, &in, sizeof(in));
	else if (inet_pton(AF_INET6, text, &in6.sin6_addr) == 1)
		memcpy(&out, &in6, sizeof(in6));
	else
		fail_msg("%s is no address", text);
	return out;
}

static void
only_the_public_internet_is_connected_to(void **state)
{
	static const char *const open[] = { "1.1.1.1", "9.255.255.255", "11.0.0.0",
		"100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255",
		"192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111",
		"2a00:1450::1", "2002:101:101::1", "64:ff9b::101:101", "2001:200::1" };
	static const char *const closed[] = { "0.0.0.0", "0.255.255.255", "10.0.0.0",
		"10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1", "127.255.255.255",
		"169.254.0.0", "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.0.0.8",
		"192.0.2.1", "192.88.99.1", "192.168.0.0", "192.168.255.255", "198.18.0.0",
		"198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255",
		"240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1",
		"::ffff:10.1.2.3", "::ffff:169.254.169.254", "64:ff9b::7f00:1",
		"64:ff9b::a9fe:a9fe", "64:ff9b:1::101:101", "2002:7f00:1::", "2002:a9fe:a9fe::1",
		"2002:c0a8:101::1", "fc00::1", "fdff::1", "fe80::1", "febf::1", "fec0::1",
		"ff02::1", "2001::1", "2001:10::1", "2001:db8::1", "3fff::1", "100::1", "4000::1" };
	(void)state;

	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++) {
		struct sockaddr_storage a = address(open[i]);
		if (!fetch_address_is_public((struct sockaddr *)&a))
			fail_msg("%s is refused", open[i]);
	}
	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
		struct sockaddr_storage a = address(closed[i]);
		if (fetch_address_is_public((struct sockaddr *)&a))
			fail_msg("%s is let through", closed[i]);
	}
	assert_false(fetch_address_is_public(&(struct sockaddr){ .sa_family = AF_UNIX }));
}

static void
the_owners_list_opens_what_it_names(void **state)
{
	static const struct {
		const char *entry, *host, *address;
		unsigned port;
		bool open;
	} cases[] = {
		{ "127.0.0.1:8081", "localhost", "127.0.0.1", 8081, true },
		{ "127.0.0.1:8081", "localhost", "127.0.0.1", 8082, false },
		{ "127.0.0.1:8081", "localhost", "127.0.0.2", 8081, false },
		{ "127.0.0.1", "x.example", "127.0.0.1", 25, true },
		{ "[::1]:80", "x.example", "::1", 80, true },
		{ "::1", "x.example", "::1", 80, true },
		{ "Intranet.example", "intranet.EXAMPLE", "10.0.0.1", 80, true },
		{ "intranet.example:8080", "intranet.example", "10.0.0.1", 80, false },
		{ "intranet.example", "evil.intranet.example", "10.0.0.1", 80, false },
		{ "intranet.example", "intranet.example.evil", "10.0.0.1", 80, false },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *entry = str_dup(cases[i].entry);
		struct strs allow = { .v = &entry, .n = 1 };
		struct sockaddr_storage a = address(cases[i].address);
		if (fetch_is_allowed(&allow, span_of(cases[i].host), (struct sockaddr *)&a,
			cases[i].port) != cases[i].open)
			fail_msg("case %zu: %s", i, cases[i].entry);
		free(entry);
	}
}

static void
one_owner_answers_for_its_hosts(void **state)
{
	static const struct {
		const char *url, *owner;
	} cases[] = { { "https://old.reddit.com/r/a/.rss", "reddit.com" },
		{ "https://WWW.Reddit.com/r/b", "reddit.com" },
		{ "http://blog.example.co.uk/x", "example.co.uk" },
		{ "http://a.b.example.com.au/", "example.com.au" }, { "http://co.uk/", "co.uk" },
		{ "http://localhost:8080/", "localhost" }, { "http://10.1.2.3/", "10.1.2.3" },
		{ "http://u:p@a.example/", "a.example" }, { "nonsense", "" } };
	char owner[128], small[4];
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fetch_owner(cases[i].url, owner, sizeof(owner));
		assert_string_equal(owner, cases[i].owner);
	}
	fetch_owner("http://example.com/", small, sizeof(small));
	assert_string_equal(small, "exa");
}

static void
freshness_is_what_the_headers_agree_on(void **state)
{
	static const struct {
		const char *cache_control, *age, *expires, *date;
		int64_t s;
	} cases[] = { { NULL, NULL, NULL, NULL, -1 }, { "max-age=3600", NULL, NULL, NULL, 3600 },
		{ "public, Max-Age = \"60\"", NULL, NULL, NULL, 60 },
		{ "max-age=3600", "600", NULL, NULL, 3000 }, { "max-age=60", "600", NULL, NULL, 0 },
		{ "max-age=60", "-5", NULL, NULL, 60 }, { "max-age=-1", NULL, NULL, NULL, -1 },
		{ "max-age=99999999999999999999", NULL, NULL, NULL, -1 },
		{ "max-age=soon", NULL, NULL, NULL, -1 },
		{ "no-store, max-age=60", NULL, NULL, NULL, 0 },
		{ "no-cache", NULL, "Sat, 21 Nov 2026 18:00:00 GMT", NULL, 0 },
		{ "private", NULL, "Sat, 21 Nov 2026 18:00:00 GMT", NULL, DAY },
		{ NULL, NULL, "Sat, 21 Nov 2026 18:00:00 GMT", "Sat, 21 Nov 2026 17:00:00 GMT",
		    3600 },
		{ "max-age=60", NULL, "Sat, 21 Nov 2026 18:00:00 GMT", NULL, 60 },
		{ NULL, NULL, "0", NULL, -1 },
		{ NULL, NULL, "Thu, 01 Jan 1970 00:00:00 GMT", NULL, 0 } };
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t s = fetch_freshness(
		    cases[i].cache_control, cases[i].age, cases[i].expires, cases[i].date, NOW);
		if (s != cases[i].s)
			fail_msg("case %zu gives %lld", i, (long long)s);
	}
}

static void
retry_after_has_two_forms(void **state)
{
	static const struct {
		const char *value;
		int64_t s;
	} cases[] = { { NULL, -1 }, { "", -1 }, { "0", 0 }, { " 120 ", 120 }, { "-1", -1 },
		{ "1e9", -1 }, { "Fri, 20 Nov 2026 19:00:00 GMT", 3600 },
		{ "Friday, 20-Nov-26 19:00:00 GMT", 3600 }, { "Fri Nov 20 19:00:00 2026", 3600 },
		{ "Fri, 20 Nov 2026 17:00:00 GMT", 0 }, { "later", -1 } };
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (fetch_retry_after(cases[i].value, NOW) != cases[i].s)
			fail_msg("\"%s\" gives %lld", cases[i].value,
			    (long long)fetch_retry_after(cases[i].value, NOW));
}

static void
holds_end_and_are_kept_once(void **state)
{
	struct fetch_holds h = { 0 };
	(void)state;

	assert_int_equal(fetch_hold_add(&h, "a.example", NOW + 60, NULL), WRAP_OK);
	assert_int_equal(fetch_hold_add(&h, "b.example", NOW + 60, NULL), WRAP_OK);
	assert_int_equal(fetch_hold_add(&h, "a.example", NOW + 120, NULL), WRAP_OK);
	assert_int_equal(h.n, 2);
	assert_non_null(fetch_hold_find(&h, "a.example", NOW + 100));
	assert_null(fetch_hold_find(&h, "b.example", NOW + 100));
	assert_null(fetch_hold_find(&h, "c.example", NOW));
	free(h.v);
}

static void
an_address_is_shown_without_its_secrets(void **state)
{
	static const struct {
		const char *url, *shown;
	} cases[] = { { "https://a.example/feed", "https://a.example/feed" },
		{ "https://me:pass@a.example/feed", "https://a.example/feed" },
		{ "https://me:p@ss@a.example/x@y", "https://a.example/x@y" },
		{ "https://a.example/feed?key=1&b=2", "https://a.example/feed?..." },
		{ "https://a.example?u@v", "https://a.example?..." },
		{ "/feed?key=1", "/feed?..." }, { "", "" } };
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf b = BUF_INIT(0);
		fetch_shown(span_of(cases[i].url), &b);
		assert_string_equal(buf_str(&b), cases[i].shown);
		buf_clear(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_public_internet_is_connected_to),
		cmocka_unit_test(the_owners_list_opens_what_it_names),
		cmocka_unit_test(one_owner_answers_for_its_hosts),
		cmocka_unit_test(freshness_is_what_the_headers_agree_on),
		cmocka_unit_test(retry_after_has_two_forms),
		cmocka_unit_test(holds_end_and_are_kept_once),
		cmocka_unit_test(an_address_is_shown_without_its_secrets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
