/*
 * One edition's messages: the renderer opened with what the configuration says of the publication, and
 * what each reader has of their own. Same edition, same reader, same key: the same bytes.
 */
#include "internal.h"

#include "wrap/mail.h"
#include "wrap/people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct weekly_message {
	const struct config *c;
	struct render *render;
	char *markdown, *subject;
	struct strs topics;
	struct weekly_templates templates;
};

static enum wrap_rc
add_topics(struct weekly_message *m, struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;

	for (size_t i = 0; rc == WRAP_OK && i < m->c->n_topics; i++)
		rc = strs_add(&m->topics, span_of(m->c->topics[i].name), err);
	if (rc == WRAP_OK && m->c->edition.other != NULL)
		rc = strs_add(&m->topics, span_of(m->c->edition.other), err);
	return rc;
}

enum wrap_rc
weekly_message_open(const struct config *c, const struct edition *e, int64_t sent_at,
    struct weekly_message **out, struct wrap_err *err)
{
	struct weekly_message *m = calloc(1, sizeof(*m));
	enum wrap_rc rc;

	*out = NULL;
	if (m == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	m->c = c;
	m->markdown = str_dup(e->markdown);
	m->subject = str_dup(e->subject);
	rc = m->markdown == NULL || m->subject == NULL
		 ? wrap_fail(err, WRAP_ENOMEM, "out of memory")
		 : add_topics(m, err);
	if (rc == WRAP_OK) {
		struct render_input in;

		rc = weekly_render_input(c, NULL, &m->templates, &in, err);
		in.markdown = span_of(m->markdown);
		in.key = e->key;
		in.subject = m->subject;
		in.sent_at = sent_at;
		in.topics = m->topics;
		if (rc == WRAP_OK)
			rc = render_open(&in, &m->render, err);
	}
	if (rc != WRAP_OK) {
		weekly_message_close(&m);
		return wrap_while(err, rc, "edition %s", e->key);
	}
	*out = m;
	return WRAP_OK;
}

void
weekly_message_close(struct weekly_message **mp)
{
	struct weekly_message *m = *mp;

	if (m == NULL)
		return;
	render_close(&m->render);
	weekly_templates_clear(&m->templates);
	strs_clear(&m->topics);
	free(m->markdown);
	free(m->subject);
	free(m);
	*mp = NULL;
}

struct render *
weekly_message_render(struct weekly_message *m)
{
	return m->render;
}

void
weekly_return_path(const char *form, const char *token, char *out, size_t n)
{
	struct buf b = BUF_INIT(n);

	verp_address(form, token, &b);
	(void)snprintf(out, n, "%s", buf_str(&b));
	buf_clear(&b);
}

/* Leaving by mail: to the mailbox that we read, else to a person. */
static void
leave_by_mail(const struct config *c, const char *token, struct weekly_links *out)
{
	char *name = NULL, *bare = NULL;
	char to[320];

	if (c->mailbox.url != NULL)
		weekly_return_path(c->publication.return_path, token, to, sizeof(to));
	else if (address_named(span_of(c->publication.reply_to), &name, &bare, NULL) == WRAP_OK)
		(void)snprintf(to, sizeof(to), "%s", bare);
	else
		(void)snprintf(to, sizeof(to), "%s", c->publication.from_address);
	(void)snprintf(out->unsubscribe_mailto, sizeof(out->unsubscribe_mailto),
	    "mailto:%s?subject=unsubscribe%%20%s", to, token);
	free(name);
	free(bare);
}

void
weekly_links_make(const struct config *c, const struct keyring *keys, const struct edition *e,
    int64_t subscriber_id, const char *mailbox, const char *name, struct weekly_links *out)
{
	bool pages = c->publication.url != NULL;
	char leave[TOKEN_TEXT], verp[VERP_TOKEN];

	memset(out, 0, sizeof(*out));
	token_make(keys, TOKEN_LEAVE, c->publication.list_id, subscriber_id, leave);
	/* Unique per edition and reader, the same on every repeat, and nobody else can make one. */
	verp_make(keys, c->publication.list_id, subscriber_id, e->id, e->sealed_at, verp);
	(void)snprintf(out->message_id, sizeof(out->message_id), "%s.%s@%s", e->key, verp,
	    c->publication.domain);
	weekly_return_path(
	    c->publication.return_path, verp, out->mail_from, sizeof(out->mail_from));
	leave_by_mail(c, leave, out);
	(void)people_link(c, keys, PEOPLE_LEAVE, subscriber_id, out->unsubscribe_url);
	(void)people_link(c, keys, PEOPLE_CHOOSE, subscriber_id, out->preferences_url);
	(void)people_edition_link(c, e->key, out->web_url);
	out->reader = (struct render_reader){ .mailbox = mailbox,
		.name = name,
		.message_id = out->message_id,
		.unsubscribe_url = pages ? out->unsubscribe_url : NULL,
		.unsubscribe_mailto = out->unsubscribe_mailto,
		.preferences_url = pages ? out->preferences_url : NULL,
		.web_url = pages ? out->web_url : NULL };
}
