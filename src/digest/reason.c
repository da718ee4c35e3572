/*
 * Reasons: why a story is in or out, one word and a sentence. The words stand in the store and in --json.
 */
#include "digest/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const words[] = {
	[REASON_CHOSEN] = "chosen",
	[REASON_PINNED] = "pinned",
	[REASON_OLD] = "old",
	[REASON_TITLE] = "no-title",
	[REASON_BLOCKED] = "blocked",
	[REASON_TOPIC] = "no-topic",
	[REASON_TOLD] = "told",
	[REASON_COPY] = "copy",
	[REASON_STORY] = "same-story",
	[REASON_SOURCE_CAP] = "source-cap",
	[REASON_TOPIC_CAP] = "topic-cap",
	[REASON_EDITION_CAP] = "edition-cap",
	[REASON_EDITOR] = "editor",
};

const char *
reason_word(enum reason r)
{
	return words[r];
}

bool
reason_is_cap(const char *why)
{
	static const enum reason caps[] = { REASON_SOURCE_CAP, REASON_TOPIC_CAP,
		REASON_EDITION_CAP };

	for (size_t i = 0; why != NULL && i < sizeof(caps) / sizeof(caps[0]); i++) {
		size_t n = strlen(words[caps[i]]);

		if (strncmp(why, words[caps[i]], n) == 0 && why[n] == ':')
			return true;
	}
	return false;
}

static char *
format(const char *fmt, va_list ap)
{
	char *s = NULL;

	return vasprintf(&s, fmt, ap) < 0 ? NULL : s;
}

char *
text_format(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = format(fmt, ap);
	va_end(ap);
	return s;
}

void
item_drop(struct item *i, enum reason r, const char *fmt, ...)
{
	va_list ap;

	if (!item_is_in(i))
		return;
	i->reason = r;
	free(i->why);
	va_start(ap, fmt);
	i->why = format(fmt, ap);
	va_end(ap);
}

struct span
text_span(const char *s)
{
	return s == NULL ? (struct span){ "", 0 } : span_of(s);
}
