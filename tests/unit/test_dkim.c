/* DKIM: what is signed holds, what is changed breaks it, and the same message is signed the same way twice. */
#include "wrap/mail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define SIGNED_AT 1795197600

static struct {
	struct dkim_key *key[2]; /* RSA, Ed25519 */
	char *record[2];
} made;

static const char message[] = "From: The Weekly Wrap <wrap@news.example.org>\r\n"
			      "To: Jane Doe <jane@example.net>\r\n"
			      "Subject: =?UTF-8?Q?Z=C3=BCrich?= and\r\n  beyond\r\n"
			      "Date: Fri, 20 Nov 2026 18:00:00 +0000\r\n"
			      "Message-ID: <1@news.example.org>\r\n"
			      "List-Unsubscribe: <https://news.example.org/u/1>\r\n"
			      "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
			      "X-Other: not signed\r\n"
			      "\r\n"
			      "First line.\r\n\r\n  two  blanks\tand a tab \r\nlast\r\n\r\n\r\n";

static int
make_keys(void **state)
{
	static const char *const selectors[] = { "w2026", "w2026e" };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct buf pem = BUF_INIT(8192), record = BUF_INIT(2048);

		if (dkim_key_make(i == 0 ? DKIM_RSA : DKIM_ED25519, &pem, NULL) != WRAP_OK ||
		    dkim_key_load(buf_span(&pem), "news.example.org", selectors[i], &made.key[i],
			NULL) != WRAP_OK ||
		    dkim_record(made.key[i], &record, NULL) != WRAP_OK)
			return -1;
		made.record[i] = buf_steal(&record);
		buf_clear(&pem);
	}
	return 0;
}

static int
free_keys(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		dkim_key_free(&made.key[i]);
		free(made.record[i]);
	}
	return 0;
}

static const char *
dns(void *ctx, const char *name)
{
	(void)ctx;
	if (strcmp(name, "w2026._domainkey.news.example.org") == 0)
		return made.record[0];
	return strcmp(name, "w2026e._domainkey.news.example.org") == 0 ? made.record[1] : NULL;
}

static void
sign(struct buf *out)
{
	const struct dkim_key *keys[] = { made.key[0], made.key[1] };

	assert_int_equal(dkim_sign(SPAN_LIT(message), keys, 2, SIGNED_AT, out, NULL), WRAP_OK);
	buf_addspan(out, SPAN_LIT(message));
}

static bool
holds(struct span m)
{
	size_t good, all;

	return dkim_verify(m, dns, NULL, SIGNED_AT, &good, &all, NULL) == WRAP_OK && good == 2 &&
	       all == 2;
}

static void
both_signatures_hold_and_repeat(void **state)
{
	struct buf a = BUF_INIT(0), b = BUF_INIT(0);
	struct span rest, line;

	(void)state;
	sign(&a);
	sign(&b);
	assert_string_equal(buf_str(&a), buf_str(&b));
	assert_true(holds(buf_span(&a)));
	assert_non_null(strstr(a.p, "a=rsa-sha256; c=relaxed/relaxed;"));
	assert_non_null(strstr(a.p, "a=ed25519-sha256; c=relaxed/relaxed;"));
	assert_non_null(strstr(a.p, "t=1795197600; x=1797616800;"));
	assert_non_null(strstr(a.p, "from:from:to:to:cc:"));
	assert_null(strstr(a.p, " l="));
	for (rest = (struct span){ a.p, (size_t)(strstr(a.p, "\nFrom: ") - a.p) + 1 };
	     span_cut(&rest, '\n', &line);)
		assert_true(line.n <= 79 && line.p[line.n - 1] == '\r');
	buf_clear(&a);
	buf_clear(&b);
}

static void
what_relays_may_do_leaves_them_whole(void **state)
{
	static const char *const change[][2] = {
		{ "Subject: =?UTF-8?Q?Z=C3=BCrich?= and\r\n  beyond",
		    "subject:  =?UTF-8?Q?Z=C3=BCrich?= and \tbeyond " },
		{ "X-Other: not signed", "X-Other: not sealed" },
		{ "last\r\n\r\n\r\n", "last\r\n" },
		{ "  two  blanks\tand a tab \r\n", " two blanks and a tab\r\n" },
		{ "First line.\r\n", "First line. \t\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(change) / sizeof(change[0]); i++) {
		struct buf a = BUF_INIT(0), b = BUF_INIT(0);
		const char *at;

		sign(&a);
		at = strstr(a.p, change[i][0]);
		assert_non_null(at);
		buf_add(&b, a.p, (size_t)(at - a.p));
		buf_adds(&b, change[i][1]);
		buf_adds(&b, at + strlen(change[i][0]));
		assert_true(holds(buf_span(&b)));
		buf_reset(&b);
		buf_adds(&b, "Received: from a by b\r\n");
		buf_addspan(&b, buf_span(&a));
		assert_true(holds(buf_span(&b)));
		buf_clear(&a);
		buf_clear(&b);
	}
}

static void
a_header_put_in_front_breaks_them(void **state)
{
	static const char *const names[] = { "From", "To", "Cc", "Subject", "Date", "Message-ID",
		"Reply-To", "MIME-Version", "Content-Type", "List-Id", "List-Unsubscribe",
		"List-Unsubscribe-Post" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct buf a = BUF_INIT(0), b = BUF_INIT(0);
		size_t good, all;

		sign(&a);
		buf_addf(&b, "%s: evil@example.net\r\n%s", names[i], a.p);
		assert_int_equal(
		    dkim_verify(buf_span(&b), dns, NULL, 0, &good, &all, NULL), WRAP_EPROTO);
		assert_int_equal(good, 0);
		buf_clear(&a);
		buf_clear(&b);
	}
}

/* Any octet of what is signed, changed into another that means something else. */
static void
any_other_change_breaks_them(void **state)
{
	struct buf a = BUF_INIT(0);
	size_t start;

	(void)state;
	sign(&a);
	start = (size_t)(strstr(a.p, "\r\nFrom: ") - a.p) + 2;
	for (size_t i = start; i < a.n; i++) {
		char was = a.p[i];

		if (strstr(a.p, "X-Other") <= a.p + i && a.p + i < strstr(a.p, "X-Other") + 22)
			continue;
		if (was == ' ' || was == '\t' || was == '\r' || was == '\n')
			continue;
		/* In a field's name another case is the same name. */
		a.p[i] = was == 'z' ? 'q' : 'z';
		assert_false(holds(buf_span(&a)));
		a.p[i] = was;
	}
	buf_adds(&a, "more\r\n");
	assert_false(holds(buf_span(&a)));
	buf_clear(&a);
}

static void
signatures_past_their_time_or_without_a_key_do_not_hold(void **state)
{
	struct buf a = BUF_INIT(0), other = BUF_INIT(0);
	size_t good, all;
	char *record = made.record[0];

	(void)state;
	sign(&a);
	assert_int_equal(
	    dkim_verify(buf_span(&a), dns, NULL, SIGNED_AT + 27 * 86400, &good, &all, NULL),
	    WRAP_OK);
	assert_int_equal(
	    dkim_verify(buf_span(&a), dns, NULL, SIGNED_AT + 29 * 86400, &good, &all, NULL),
	    WRAP_EPROTO);
	made.record[0] = NULL;
	assert_int_equal(dkim_verify(buf_span(&a), dns, NULL, 0, &good, &all, NULL), WRAP_EPROTO);
	assert_int_equal(good, 1);
	made.record[0] = made.record[1];
	assert_int_equal(dkim_verify(buf_span(&a), dns, NULL, 0, &good, &all, NULL), WRAP_EPROTO);
	made.record[0] = record;
	assert_int_equal(
	    dkim_verify(SPAN_LIT(message), dns, NULL, 0, &good, &all, NULL), WRAP_EPROTO);
	assert_int_equal(all, 0);
	assert_int_equal(
	    dkim_verify(SPAN_LIT("no header"), dns, NULL, 0, &good, &all, NULL), WRAP_EPROTO);
	buf_clear(&a);
	buf_clear(&other);
}

static void
hostile_signatures_are_read_without_harm(void **state)
{
	static const char *const bad[] = {
		"", "v", "v=1", "v=1; v=1", "v=1; a=rsa-sha256; b=", ";;;;",
		"v=1; a=rsa-sha256; c=relaxed/relaxed; "
		"d=x; s=y; h=from; bh=!!!; b=%%%",
		"v=1; a=ed25519-sha256; c=relaxed/relaxed; d=news.example.org; s=w2026e; h=from:from:from; bh=AAAA; b=AAAA",
		"v=1; a=rsa-sha256; c=relaxed/relaxed; d=news.example.org; s=w2026; h=from; l=0; bh=; b="
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct buf b = BUF_INIT(0);
		size_t good, all;

		buf_addf(&b, "DKIM-Signature: %s\r\n%s", bad[i], message);
		assert_int_equal(
		    dkim_verify(buf_span(&b), dns, NULL, 0, &good, &all, NULL), WRAP_EPROTO);
		assert_int_equal(good, 0);
		assert_int_equal(all, 1);
		buf_clear(&b);
	}
}

static void
weak_or_foreign_keys_are_refused(void **state)
{
	struct dkim_key *k;
	struct buf pem = BUF_INIT(8192), name = BUF_INIT(256);
	struct wrap_err err;

	(void)state;
	assert_int_equal(
	    dkim_key_load(SPAN_LIT("nonsense"), "a.example", "s", &k, &err), WRAP_EINVAL);
	assert_null(k);
	assert_int_equal(dkim_key_make(DKIM_ED25519, &pem, NULL), WRAP_OK);
	assert_int_equal(
	    dkim_key_load(buf_span(&pem), "a.example\r\nX", "s", &k, &err), WRAP_EINVAL);
	assert_int_equal(
	    dkim_key_load(buf_span(&pem), "a.example", "s;x=1", &k, &err), WRAP_EINVAL);
	assert_int_equal(dkim_key_load(buf_span(&pem), "a.example", "", &k, &err), WRAP_EINVAL);
	assert_int_equal(dkim_key_load(buf_span(&pem), "a.example", "s", &k, &err), WRAP_OK);
	dkim_record_name(k, &name);
	assert_string_equal(buf_str(&name), "s._domainkey.a.example");
	assert_int_equal(dkim_key_type(k), DKIM_ED25519);
	assert_int_equal(strncmp(made.record[0], "v=DKIM1; k=rsa; p=MIIBIjAN", 26), 0);
	assert_int_equal(strlen(made.record[1]), strlen("v=DKIM1; k=ed25519; p=") + 44);
	dkim_key_free(&k);
	buf_clear(&pem);
	buf_clear(&name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_signatures_hold_and_repeat),
		cmocka_unit_test(what_relays_may_do_leaves_them_whole),
		cmocka_unit_test(a_header_put_in_front_breaks_them),
		cmocka_unit_test(any_other_change_breaks_them),
		cmocka_unit_test(signatures_past_their_time_or_without_a_key_do_not_hold),
		cmocka_unit_test(hostile_signatures_are_read_without_harm),
		cmocka_unit_test(weak_or_foreign_keys_are_refused),
	};

	return cmocka_run_group_tests_name("dkim", tests, make_keys, free_keys);
}
