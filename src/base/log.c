/*
 * Lines for whoever runs the program, on standard error. Quiet unless something is wrong, so that cron
 * mails nobody about a good week. One line a message: text of strangers cannot forge a second one.
 */
#include "wrap/base.h"

#include <stdio.h>

/* The one setting of the process that is not passed along: every module may log. */
static enum log_level max_level = LOG_WARN;

void
log_level_set(enum log_level max)
{
	max_level = max;
}

bool
log_wants(enum log_level l)
{
	return l <= max_level;
}

static const char *
level_name(enum log_level l)
{
	switch (l) {
	case LOG_ERROR: return "error: ";
	case LOG_WARN: return "warning: ";
	case LOG_INFO: return "";
	case LOG_DEBUG: return "debug: ";
	}
	return "";
}

void
log_line(enum log_level l, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	if (!log_wants(l))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	(void)fprintf(stderr, "wrap: %s%s\n", level_name(l), text);
}
