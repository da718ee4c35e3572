/*
 * Reasons: why a story is in or out, one word and a sentence. The words stand in the store and in --json.
 */
#include "digest/internal.h"

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
