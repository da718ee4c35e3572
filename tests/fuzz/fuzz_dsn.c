/* Any text as status fields, as a server's own words, and as the JSON of a sending service. */
#include "mail/reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span text = { (const char *)data, n };
	struct bystanders by = { 0 };
	struct report r = { .what = "failure" }, s = { .what = "failure" };

	(void)dsn_read(text, &r);
	notice_read(text, &by, &r);
	(void)notify_read(text, &s);
	feedback_read(text, &s);
	report_clear(&r);
	report_clear(&s);
	return 0;
}
