/* Dates as feeds write them. */
#include "wrap/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

static const struct {
	const char *text, *utc; /* NULL: no date */
} cases[] = {
	{ "Tue, 03 Feb 2026 04:05:06 GMT", "2026-02-03T04:05:06Z" },
	{ "Tue, 3 Feb 26 04:05 EST", "2026-02-03T09:05:00Z" },
	{ "03 Feb 2026 04:05:06 +05:30", "2026-02-02T22:35:06Z" },
	{ "Tue, 03-Feb-2026 04:05:06 -0800", "2026-02-03T12:05:06Z" },
	{ "2026-02-03T04:05:06Z", "2026-02-03T04:05:06Z" },
	{ "2026-02-03t04:05:06.789+01:00", "2026-02-03T03:05:06Z" },
	{ "2026-02-03 04:05", "2026-02-03T04:05:00Z" },
	{ "2026-02-03", "2026-02-03T00:00:00Z" },
	{ "2026-W06-2T04:05:06Z", "2026-02-03T04:05:06Z" },
	{ "2026W062", "2026-02-03T00:00:00Z" },
	{ "2026-W01", "2025-12-29T00:00:00Z" },
	{ "2020-W53-7", "2021-01-03T00:00:00Z" },
	{ "Feb 3, 2026, 4:05 p.m. ET", "2026-02-03T21:05:00Z" },
	{ "3 Feb 2026 12:05 a.m.", "2026-02-03T00:05:00Z" },
	{ "2026-02", "2026-02-01T00:00:00Z" },
	{ "2026", "2026-01-01T00:00:00Z" },
	{ "20260203T040506Z", "2026-02-03T04:05:06Z" },
	{ "20260203040506", "2026-02-03T04:05:06Z" },
	{ "2026-034", "2026-02-03T00:00:00Z" },
	{ "1770091506", "2026-02-03T04:05:06Z" },
	{ "1770091506000", "2026-02-03T04:05:06Z" },
	{ "Tue Feb  3 04:05:06 2026", "2026-02-03T04:05:06Z" },
	{ "Tue Feb  3 04:05:06 PST 2026", "2026-02-03T12:05:06Z" },
	{ "February 3rd, 2026 at 4:05 pm", "2026-02-03T16:05:00Z" },
	{ "3 Feb 2026 12:05 AM", "2026-02-03T00:05:00Z" },
	{ "2/3/2026 4:05:06 PM", "2026-02-03T16:05:06Z" },
	{ "23/2/2026", "2026-02-23T00:00:00Z" },
	{ "03.02.2026 04:05", "2026-02-03T04:05:00Z" },
	{ "2026/02/03 04:05:06", "2026-02-03T04:05:06Z" },
	{ "Di, 3. Februar 2026 04:05 MEZ", "2026-02-03T03:05:00Z" },
	{ "mardi 3 mars 2026 à 10h30", "2026-03-03T10:30:00Z" },
	{ "mar, 3 mar 2026 10:30:00 +0100", "2026-03-03T09:30:00Z" },
	{ "3 de agosto de 2026", "2026-08-03T00:00:00Z" },
	{ "lunedì 3 agosto 2026", "2026-08-03T00:00:00Z" },
	{ "3 sierpnia 2026", "2026-08-03T00:00:00Z" },
	{ "3 августа 2026 г., 10:30", "2026-08-03T10:30:00Z" },
	{ "2026年8月3日 10:30", "2026-08-03T10:30:00Z" },
	{ "2026년 08월 03일 10:30:00", "2026-08-03T01:30:00Z" },
	{ "Mon, 03 Aug 2026 10:30:00 CEST", "2026-08-03T08:30:00Z" },
	{ "Mon, 03 Aug 2026 10:30:00 Europe/Berlin", "2026-08-03T08:30:00Z" },
	{ "Tue, 03 Feb 2026 10:30:00 America/New_York", "2026-02-03T15:30:00Z" },
	{ "Tue, 03 Feb 2026 10:30:00 GMT+0200", "2026-02-03T08:30:00Z" },
	{ "Tue, 03 Feb 2026 04:05:06 GMT (posted by Jane)", "2026-02-03T04:05:06Z" },
	{ "Thur, 19 Nov 2020 24:00:00 +0000", "2020-11-20T00:00:00Z" },
	{ "yesterday", NULL },
	{ "", NULL },
	{ "Vol. 3, No. 4", NULL },
	{ "2026-13-45", NULL },
};

static void
dates_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char got[CLOCK_TEXT];
		int64_t at;
		bool is = date_parse(span_of(cases[i].text), &at);

		if (is != (cases[i].utc != NULL))
			fail_msg("\"%s\" is %s date", cases[i].text, is ? "a" : "no");
		if (is && !span_eqs(span_of(clock_rfc3339(at, got)), cases[i].utc))
			fail_msg("\"%s\" is read as %s, not %s", cases[i].text, got, cases[i].utc);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(dates_are_read) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
