/* An edition and a reader for tests of render: templates from the source tree, values a small publication would have. */
#ifndef WRAP_TEST_SAMPLE_H
#define WRAP_TEST_SAMPLE_H

#include "wrap/render.h"
#include "wrap/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Files of templates/, read once each and kept until the end: few, and small. */
static inline const char *
sample_template(void *ctx, const char *name)
{
	static struct {
		char name[64];
		char *text;
	} kept[64];
	static size_t n;
	const char *folder = ctx == NULL ? "templates" : ctx;
	struct buf b = BUF_INIT(1 << 20);
	char path[256];

	for (size_t i = 0; i < n; i++)
		if (strcmp(kept[i].name, name) == 0)
			return kept[i].text;
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (n == 64 || file_read(path, 1 << 20, &b, NULL) != WRAP_OK)
		return NULL;
	(void)snprintf(kept[n].name, sizeof(kept[n].name), "%s", name);
	kept[n].text = buf_steal(&b);
	return kept[n++].text;
}

/* Words for phrasebook_open: there are no owner's. */
static inline enum wrap_rc
sample_words(void *ctx, const char *name, bool own, struct buf *out, struct wrap_err *err)
{
	const char *text = own ? NULL : sample_template(ctx, name);

	if (text == NULL)
		return wrap_fail(err, WRAP_ENOTFOUND, "there is no %s", name);
	buf_adds(out, text);
	return buf_rc(out, err);
}

/* Set the language; its words are read once and kept until the end. */
static inline void
sample_speak(struct render_input *in, const char *language)
{
	static struct {
		char language[16];
		struct phrasebook *say;
	} kept[24];
	static size_t n;
	struct wrap_err err;
	size_t i = 0;

	while (i < n && strcmp(kept[i].language, language) != 0)
		i++;
	if (i == n) {
		(void)snprintf(kept[n].language, sizeof(kept[n].language), "%s", language);
		if (phrasebook_open(language, sample_words, NULL, &kept[n++].say, &err) != WRAP_OK)
			abort();
	}
	in->language = language;
	in->say = kept[i].say;
}

static inline struct render_input
sample_input(struct span markdown)
{
	struct render_input in = {
		.markdown = markdown,
		.key = "2026-W47",
		.sent_at = 1795197600, /* 20 November 2026, 18:00 UTC */
		.name = "The Weekly Wrap",
		.from = "The Weekly Wrap <wrap@news.example.org>",
		.reply_to = "The Editor <editor@news.example.org>",
		.address = "1 Main Street, Springfield, OR 97477",
		.url = "https://news.example.org/wrap",
		.list_id = "wrap.news.example.org",
		.domain = "news.example.org",
		.description = "The week's best writing about names, numbers and networks.",
		.template_text = sample_template,
	};

	sample_speak(&in, "en");
	return in;
}

static inline struct render_reader
sample_reader(void)
{
	return (struct render_reader){
		.mailbox = "jane.doe@example.net",
		.name = "Jane Doe",
		.message_id = "2026-w47.k3v9x2m7q4@news.example.org",
		.unsubscribe_url =
		    "https://news.example.org/wrap/u/gq2tkmzxha3dqnbvgy2tsnrtgq4tqobw",
		.unsubscribe_mailto =
		    "mailto:wrap+u-gq2tkmzxha3d@news.example.org?subject=unsubscribe",
		.preferences_url =
		    "https://news.example.org/wrap/p/gq2tkmzxha3dqnbvgy2tsnrtgq4tqobw",
		.web_url = "https://news.example.org/wrap/2026-W47",
	};
}

#endif
