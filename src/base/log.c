/*
 * Lines for whoever runs the program, on standard error. Quiet unless something is wrong, so that cron
 * mails nobody about a good week. One line a message: text of strangers cannot forge a second one.
 */
#include "wrap/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* Bytes of the well-formed UTF-8 character at s that is no control; 0: there is none (RFC 3629 4). */
static size_t
visible(const unsigned char *s)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	unsigned char least = 0x80, most = 0xbf; /* of the second byte */

	if (n == 1)
		return s[0] >= ' ' && s[0] != 0x7f;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	switch (s[0]) {
	case 0xc2:
		least = 0xa0;
		break; /* below are the C1 controls: one of them begins a sequence */
	case 0xe0: least = 0xa0; break;
	case 0xed: most = 0x9f; break;
	case 0xf0: least = 0x90; break;
	case 0xf4: most = 0x8f; break;
	default: break;
	}
	if (s[1] < least || s[1] > most)
		return 0;
	for (size_t i = 2; i < n; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	return n;
}

/* What could move a terminal's cursor, forge a line or spoil a journal becomes blanks. */
static void
make_harmless(char *text)
{
	for (unsigned char *s = (unsigned char *)text; *s != '\0';) {
		size_t n = visible(s);

		if (n == 0)
			*s = ' ';
		s += n == 0 ? 1 : n;
	}
}

/* Is standard error the journal itself? systemd.exec(5), JOURNAL_STREAM: its device and inode. */
static bool
to_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char ours[48];
	struct stat st;

	if (stream == NULL || fstat(STDERR_FILENO, &st) != 0)
		return false;
	(void)snprintf(ours, sizeof(ours), "%llu:%llu", (unsigned long long)st.st_dev,
	    (unsigned long long)st.st_ino);
	return strcmp(stream, ours) == 0;
}

/* What the journal reads before a line: its priority. sd-daemon(3). */
static const char *
journal_prefix(enum log_level l)
{
	switch (l) {
	case LOG_ERROR: return "<3>";
	case LOG_WARN: return "<4>";
	case LOG_INFO: return "<6>";
	case LOG_DEBUG: return "<7>";
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
	make_harmless(text);
	(void)fprintf(
	    stderr, "%swrap: %s%s\n", to_journal() ? journal_prefix(l) : "", level_name(l), text);
}

void
log_wire(const char *peer, unsigned number, char direction, struct span line)
{
	enum { SHOWN = 400 };
	char which[16] = "";

	if (number > 0)
		(void)snprintf(which, sizeof(which), " #%u", number);
	log_line(LOG_DEBUG, "%s%s %c %.*s%s", peer, which, direction,
	    (int)(line.n < SHOWN ? line.n : SHOWN), line.p, line.n > SHOWN ? "..." : "");
}
