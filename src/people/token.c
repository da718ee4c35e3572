/*
 * Links to the readers' pages: the one place that makes them and the one that reads them, so that what a mail
 * carries is what the pages take. A link is publication.url, a word for the page, and a token for the reader
 * (mail/token.c); no address is ever part of one.
 */
#include "wrap/people.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *word;
	enum token_purpose purpose;
} links[PEOPLE_LINKS] = {
	[PEOPLE_LEAVE] = { "leave", TOKEN_LEAVE },
	[PEOPLE_CHOOSE] = { "choose", TOKEN_PREFERENCES },
	[PEOPLE_CONFIRM] = { "confirm", TOKEN_CONFIRM },
	[PEOPLE_DATA] = { "data", TOKEN_DATA },
	[PEOPLE_BACK] = { "back", TOKEN_BACK },
};

bool
people_link(const struct config *c, const struct keyring *keys, enum people_link which,
    int64_t subscriber_id, char out[PEOPLE_URL])
{
	char token[TOKEN_TEXT];
	int n;

	out[0] = '\0';
	if (c->publication.url == NULL)
		return false;
	token_make(keys, links[which].purpose, c->publication.list_id, subscriber_id, token);
	n = snprintf(out, PEOPLE_URL, "%s/%s/%s", c->publication.url, links[which].word, token);
	if (n > 0 && n < PEOPLE_URL)
		return true;
	out[0] = '\0';
	return false;
}

bool
people_edition_link(const struct config *c, const char *key, char out[PEOPLE_URL])
{
	int n;

	out[0] = '\0';
	if (c->publication.url == NULL)
		return false;
	n = snprintf(out, PEOPLE_URL, "%s/archive/%s", c->publication.url, key);
	if (n > 0 && n < PEOPLE_URL)
		return true;
	out[0] = '\0';
	return false;
}

bool
people_link_read(const struct config *c, const struct keyring *keys, struct span path,
    enum people_link *which, int64_t *subscriber_id)
{
	struct span word, token = path;

	*which = PEOPLE_LEAVE;
	*subscriber_id = 0;
	if (token.n == 0 || token.p[0] != '/')
		return false;
	token.p++;
	token.n--;
	if (!span_cut(&token, '/', &word))
		return false;
	/* A link has one spelling. */
	for (size_t i = 0; i < token.n; i++)
		if (token.p[i] >= 'A' && token.p[i] <= 'Z')
			return false;
	for (int i = 0; i < PEOPLE_LINKS; i++)
		if (span_eqs(word, links[i].word)) {
			*which = (enum people_link)i;
			return token_read(
			    keys, links[i].purpose, c->publication.list_id, token, subscriber_id);
		}
	return false;
}
