/* Returned mail of many servers, from tests/unit/bounces.txt: who failed, how, and why; and what is no report. */
#include "wrap/bounce.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The next block of the file; false at its end. */
static bool
next_block(struct span *rest, struct span *name, struct span *expect, struct span *message)
{
	size_t at = span_find(*rest, SPAN_LIT("\n#### ")), end;

	if (at == (size_t)-1)
		return false;
	rest->p += at + 6;
	rest->n -= at + 6;
	(void)span_cut(rest, '\n', name);
	end = span_find(*rest, SPAN_LIT("\n#### "));
	*message = (struct span){ rest->p, end == (size_t)-1 ? rest->n : end };
	*rest = (struct span){ rest->p + message->n, rest->n - message->n };
	expect->p = message->p;
	while (message->n > 7 && memcmp(message->p, "expect ", 7) == 0) {
		struct span line;

		(void)span_cut(message, '\n', &line);
	}
	expect->n = (size_t)(message->p - expect->p);
	if (message->n > 0 && message->p[0] == '\n') {
		message->p++;
		message->n--;
	}
	return true;
}

static void
each_server_is_understood(void **state)
{
	struct buf file = BUF_INIT(1 << 20);
	struct span rest, name, expect, message;
	struct wrap_err err;
	size_t blocks = 0, wrong = 0;

	(void)state;
	assert_int_equal(file_read("tests/unit/bounces.txt", 1 << 20, &file, &err), WRAP_OK);
	rest = buf_span(&file);
	while (next_block(&rest, &name, &expect, &message)) {
		struct report r;
		struct buf got = BUF_INIT(1 << 16);

		assert_int_equal(report_read(message, &r, &err), WRAP_OK);
		for (size_t i = 0; i < r.n || (i == 0 && r.kind != REPORT_NONE); i++) {
			struct bounce_verdict v;

			bounce_classify(&r, i, &v);
			buf_addf(&got, "expect %s %s %s\n",
			    i < r.n && r.rows[i].recipient != NULL ? r.rows[i].recipient : "-",
			    bounce_class_name(v.class), v.word);
		}
		if (!span_eq(buf_span(&got), expect)) {
			print_error("%.*s:\nwant\n%.*sgot\n%s", (int)name.n, name.p, (int)expect.n,
			    expect.p, buf_str(&got));
			wrong++;
		}
		blocks++;
		buf_clear(&got);
		report_clear(&r);
	}
	buf_clear(&file);
	assert_true(blocks > 50);
	assert_int_equal(wrong, 0);
}

/* The words alone, as met while sending: the same judgement, with no report around them. */
static void
each_refusal_is_understood(void **state)
{
	struct buf file = BUF_INIT(1 << 20);
	struct span rest, line;
	struct wrap_err err;
	size_t lines = 0, wrong = 0;

	(void)state;
	assert_int_equal(file_read("tests/unit/refusals.txt", 1 << 20, &file, &err), WRAP_OK);
	rest = buf_span(&file);
	while (span_cut(&rest, '\n', &line)) {
		struct bounce_verdict v;
		char text[1024];
		bool hard = line.n > 5 && memcmp(line.p, "hard ", 5) == 0;

		if (line.n < 6 || line.p[0] == '#')
			continue;
		(void)snprintf(text, sizeof(text), "%.*s", (int)line.n - 5, line.p + 5);
		bounce_classify_reply((int)strtol(text, NULL, 10), "", text, REPORT_AT_RCPT, &v);
		if (v.class != (hard ? BOUNCE_HARD : BOUNCE_SOFT)) {
			print_error("%s: %s, %s\n", text, bounce_class_name(v.class), v.word);
			wrong++;
		}
		lines++;
	}
	buf_clear(&file);
	assert_true(lines > 300);
	assert_int_equal(wrong, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_server_is_understood),
		cmocka_unit_test(each_refusal_is_understood) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
