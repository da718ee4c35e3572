/* Addresses: what passes the door, under which spelling, and what an envelope may hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "wrap/mail.h"

#include <stdlib.h>
#include <string.h>

static void
good_addresses_have_one_canonical_form(void **state)
{
	static const struct {
		const char *text, *mailbox, *canonical;
	} t[] = {
		{ "ann@example.org", "ann@example.org", "ann@example.org" },
		{ "  Ann.B+tag@Example.ORG ", "Ann.B+tag@example.org", "ann.b+tag@example.org" },
		{ "o'neil@sub.example.co.uk", "o'neil@sub.example.co.uk",
		    "o'neil@sub.example.co.uk" },
		{ "a@b\xc3\xbc"
		  "cher.example",
		    "a@xn--bcher-kva.example", "a@xn--bcher-kva.example" },
		{ "A@B\xc3\x9c"
		  "CHER.example",
		    "A@xn--bcher-kva.example", "a@xn--bcher-kva.example" },
		{ "a@XN--BCHER-KVA.example", "a@xn--bcher-kva.example", "a@xn--bcher-kva.example" },
		/* J\u00fcrgen, composed and decomposed: one reader */
		{ "J\xc3\xbcrgen@example.org", "J\xc3\xbcrgen@example.org",
		    "j\xc3\xbcrgen@example.org" },
		{ "ju\xcc\x88rgen@example.org", "ju\xcc\x88rgen@example.org",
		    "j\xc3\xbcrgen@example.org" },
		{ "x@\xe4\xbe\x8b\xe3\x81\x88.jp", "x@xn--r8jz45g.jp", "x@xn--r8jz45g.jp" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct address a;
		struct wrap_err err = { 0 };
		char *m, *c;

		if (address_parse(span_of(t[i].text), &a, &err) != WRAP_OK)
			fail_msg("%s: %s", t[i].text, err.text);
		m = address_mailbox(&a);
		c = address_canonical(&a);
		assert_string_equal(m, t[i].mailbox);
		assert_string_equal(c, t[i].canonical);
		free(m);
		free(c);
		address_clear(&a);
	}
}

static void
utf8_local_part_is_recorded_as_such(void **state)
{
	struct address a;

	(void)state;
	assert_int_equal(address_parse(SPAN_LIT("j\xc3\xbc@example.org"), &a, NULL), WRAP_OK);
	assert_true(a.utf8);
	address_clear(&a);
	assert_int_equal(address_parse(SPAN_LIT("j@b\xc3\xbc.example"), &a, NULL), WRAP_OK);
	assert_false(a.utf8);
	address_clear(&a);
}

static void
bad_addresses_are_refused_with_the_reason(void **state)
{
	static const struct {
		const char *text, *says;
	} t[] = { { "", "empty" }, { "ann", "has an @" }, { "@example.org", "before the @" },
		{ "ann@", "after the @" }, { "a@b@example.org", "one @" },
		{ "ann@localhost", "no dot" }, { "ann@[192.0.2.1]", "literal" },
		{ "ann@192.0.2.1", "number" }, { ".ann@example.org", "dot" },
		{ "a..b@example.org", "dot" }, { "ann.@example.org", "dot" },
		{ "an n@example.org", "blank" }, { "ann\r\nDATA@example.org", "control" },
		{ "ann@exa\nmple.org", "domain" }, { "a,b@example.org", "character ," },
		{ "<ann@example.org>", "character <" }, { "\"ann\"@example.org", "character \"" },
		{ "ann@-example.org", "domain" }, { "ann@example..org", "domain" },
		{ "ann@example.org.", "domain" }, { "\xff@example.org", "UTF-8" },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.org",
		    "64" } };

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct address a;
		struct wrap_err err = { 0 };

		if (address_parse(span_of(t[i].text), &a, &err) != WRAP_EINVAL)
			fail_msg("%s was taken", t[i].text);
		if (strstr(err.text, t[i].says) == NULL)
			fail_msg("%s: \"%s\" does not say \"%s\"", t[i].text, err.text, t[i].says);
		assert_null(a.local);
	}
	assert_int_equal(
	    address_parse((struct span){ "a\0b@example.org", 15 }, &(struct address){ 0 }, NULL),
	    WRAP_EINVAL);
}

static void
name_and_address_are_taken_apart(void **state)
{
	static const struct {
		const char *text, *name, *mailbox;
	} t[] = { { "ann@example.org", NULL, "ann@example.org" },
		{ "<ann@example.org>", NULL, "ann@example.org" },
		{ "Ann B <ann@example.org>", "Ann B", "ann@example.org" },
		{ "\"B, Ann \\\"x\\\"\" <ann@example.org>", "B, Ann \"x\"", "ann@example.org" } };
	static const char *const bad[] = { "Ann <ann@example.org", "Ann ann@example.org",
		"Ann\r\nBcc: x <a@b.c>", "" };
	char *name, *mailbox;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(address_named(span_of(t[i].text), &name, &mailbox, NULL), WRAP_OK);
		assert_string_equal(mailbox, t[i].mailbox);
		if (t[i].name == NULL)
			assert_null(name);
		else
			assert_string_equal(name, t[i].name);
		free(name);
		free(mailbox);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
		    address_named(span_of(bad[i]), &name, &mailbox, NULL), WRAP_EINVAL);
}

static void
envelope_gate_lets_no_command_through(void **state)
{
	(void)state;
	assert_true(address_is_safe(SPAN_LIT("ann@example.org"), false));
	assert_false(address_is_safe(SPAN_LIT("j\xc3\xbc@example.org"), false));
	assert_true(address_is_safe(SPAN_LIT("j\xc3\xbc@example.org"), true));
	assert_false(address_is_safe(SPAN_LIT("a@b.c\r\nDATA"), true));
	assert_false(address_is_safe(SPAN_LIT("a@b.c> SIZE=1"), true));
	assert_false(address_is_safe(SPAN_LIT("a@b@c"), true));
	assert_false(address_is_safe(SPAN_LIT(""), true));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_addresses_have_one_canonical_form),
		cmocka_unit_test(utf8_local_part_is_recorded_as_such),
		cmocka_unit_test(bad_addresses_are_refused_with_the_reason),
		cmocka_unit_test(name_and_address_are_taken_apart),
		cmocka_unit_test(envelope_gate_lets_no_command_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
