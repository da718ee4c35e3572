/*
 * What no single key can know: names that must be unique, keys that belong together, values that follow
 * from others.
 */
#include "internal.h"

#include "wrap/mail.h"
#include "wrap/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum wrap_rc bad(const struct config *c, struct wrap_err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static enum wrap_rc
bad(const struct config *c, struct wrap_err *err, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return wrap_fail(err, WRAP_ECONFIG, "%s: %s", c->path, text);
}

/* "9:00" or "09:00". */
static bool
time_of_day(struct span s, int *hour, int *minute)
{
	struct span h;
	int v[2] = { 0, 0 };

	if (!span_cut(&s, ':', &h) || h.n < 1 || h.n > 2 || s.n != 2)
		return false;
	for (size_t i = 0; i < h.n + s.n; i++) {
		char c = i < h.n ? h.p[i] : s.p[i - h.n];

		if (c < '0' || c > '9')
			return false;
		v[i >= h.n] = v[i >= h.n] * 10 + (c - '0');
	}
	*hour = v[0];
	*minute = v[1];
	return v[0] < 24 && v[1] < 60;
}

/* "Fri 09:00": an English day name of at least three letters, a time of the day. */
static enum wrap_rc
check_slot(struct config *c, struct wrap_err *err)
{
	static const char *const days[] = { "monday", "tuesday", "wednesday", "thursday", "friday",
		"saturday", "sunday" };
	const char *slot = c->publication.slot;
	struct span rest = span_of(slot), day = { 0 };
	int hour = -1, minute = -1;

	if (slot == NULL)
		return WRAP_OK;
	if (span_cut(&rest, ' ', &day) && day.n >= 3 &&
	    time_of_day(span_trim(rest), &hour, &minute))
		for (int i = 0; i < 7; i++)
			if (strncasecmp(days[i], day.p, day.n) == 0) {
				c->publication.slot_weekday = i + 1;
				c->publication.slot_minute = hour * 60 + minute;
				return WRAP_OK;
			}
	return bad(c, err,
	    "publication.slot = \"%.40s\" is not a weekly time; write it like Fri 09:00", slot);
}

/* "07:00-21:00"; past midnight too. */
static enum wrap_rc
check_hours(struct config *c, struct wrap_err *err)
{
	struct span until = span_of(c->send.hours), from = { 0 };
	int h[2], m[2];

	if (c->send.hours == NULL)
		return WRAP_OK;
	if (!span_cut(&until, '-', &from) || !time_of_day(span_trim(from), &h[0], &m[0]) ||
	    !time_of_day(span_trim(until), &h[1], &m[1]) || (h[0] == h[1] && m[0] == m[1]))
		return bad(c, err,
		    "send.hours = \"%.40s\" are no hours of the day; write them like 07:00-21:00",
		    c->send.hours);
	c->send.hours_from = h[0] * 60 + m[0];
	c->send.hours_until = h[1] * 60 + m[1];
	return WRAP_OK;
}

static enum wrap_rc
check_address(
    const struct config *c, const char *key, const char *text, char **mailbox, struct wrap_err *err)
{
	char *name = NULL;
	struct wrap_err why;

	if (address_named(span_of(text), &name, mailbox, &why) != WRAP_OK)
		return bad(c, err, "%s = \"%.100s\": %s", key, text, why.text);
	free(name);
	return WRAP_OK;
}

/* The default List-Id: the name in lower-case letters, digits and single hyphens, at our domain. */
static char *
default_list_id(const struct config *c)
{
	struct buf b = BUF_INIT(512);

	for (const char *p = c->publication.name; *p != '\0'; p++) {
		if (isalnum((unsigned char)*p) && (unsigned char)*p < 0x80)
			buf_addc(&b, (char)tolower((unsigned char)*p));
		else if (b.n > 0 && b.p[b.n - 1] != '-')
			buf_addc(&b, '-');
	}
	while (b.n > 0 && b.p[b.n - 1] == '-')
		buf_truncate(&b, b.n - 1);
	buf_addf(&b, "%s.%s", b.n == 0 ? "news" : "", c->publication.domain);
	return buf_steal(&b);
}

static enum wrap_rc
check_publication(struct config *c, struct wrap_err *err)
{
	char *mailbox = NULL, *at;
	enum wrap_rc rc = check_address(
	    c, "publication.from", c->publication.from, &c->publication.from_address, err);

	if (rc != WRAP_OK)
		return rc;
	at = strrchr(c->publication.from_address, '@');
	c->publication.domain = str_dup(at + 1);
	if (c->publication.reply_to == NULL)
		c->publication.reply_to = str_dup(c->publication.from_address);
	if (c->publication.return_path == NULL)
		c->publication.return_path = str_dup(c->publication.from_address);
	if (c->publication.domain == NULL || c->publication.reply_to == NULL ||
	    c->publication.return_path == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	rc = check_address(c, "publication.reply_to", c->publication.reply_to, &mailbox, err);
	free(mailbox);
	mailbox = NULL;
	if (rc != WRAP_OK)
		return rc;
	if (c->edition.editor == NULL)
		c->edition.editor = str_dup(c->publication.reply_to);
	if (c->edition.editor == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	rc = check_address(c, "edition.editor", c->edition.editor, &mailbox, err);
	free(mailbox);
	mailbox = NULL;
	if (rc != WRAP_OK)
		return rc;
	rc = check_address(c, "publication.return_path", c->publication.return_path, &mailbox, err);
	if (rc != WRAP_OK)
		return rc;
	free(c->publication.return_path);
	c->publication.return_path = mailbox;
	if (c->publication.list_id == NULL)
		c->publication.list_id = default_list_id(c);
	if (c->publication.list_id == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	if (strpbrk(c->publication.list_id, " <>@,;\"") != NULL)
		return bad(c, err,
		    "publication.list_id = \"%.100s\" must look like weekly.example.org",
		    c->publication.list_id);
	if (c->publication.url != NULL)
		for (size_t n = strlen(c->publication.url);
		     n > 0 && c->publication.url[n - 1] == '/';)
			c->publication.url[--n] = '\0';
	if (!language_tag_ok(c->publication.language))
		return bad(c, err,
		    "publication.language = \"%.60s\" is no language tag; write it like en or pt-BR",
		    c->publication.language);
	return check_slot(c, err);
}

static enum wrap_rc
check_topics(const struct config *c, struct wrap_err *err)
{
	for (size_t i = 0; i < c->n_topics; i++) {
		const struct config_topic *t = &c->topics[i];

		if (strchr(t->name, ',') != NULL)
			return bad(c, err, "topic \"%.60s\": a name may not hold a comma", t->name);
		if (config_topic_find(c, span_of(t->name)) != t)
			return bad(c, err, "topic \"%.60s\" stands twice", t->name);
		if (t->sponsor.until != 0 && t->sponsor.until <= t->sponsor.from)
			return bad(
			    c, err, "topic \"%.60s\": its sponsor ends before it begins", t->name);
	}
	if (c->edition.other != NULL && strchr(c->edition.other, ',') != NULL)
		return bad(c, err, "edition.other: a topic's name may not hold a comma");
	return WRAP_OK;
}

static enum wrap_rc
check_feeds(const struct config *c, struct wrap_err *err)
{
	for (size_t i = 0; i < c->n_feeds; i++) {
		const struct config_feed *f = &c->feeds[i];

		if ((f->url == NULL) == (f->folder == NULL))
			return bad(c, err, "feed \"%.60s\" needs either url or folder", f->name);
		if (f->topic != NULL && config_topic_find(c, span_of(f->topic)) == NULL)
			return bad(c, err, "feed \"%.60s\": there is no topic \"%.60s\"", f->name,
			    f->topic);
		for (size_t j = 0; j < i; j++)
			if (strcmp(f->name, c->feeds[j].name) == 0)
				return bad(c, err, "feed \"%.60s\" stands twice", f->name);
	}
	return WRAP_OK;
}

static enum wrap_rc
check_rules(const struct config *c, struct wrap_err *err)
{
	for (size_t i = 0; i < c->n_rules; i++) {
		const struct config_rule *r = &c->rules[i];

		if ((r->action == CONFIG_ACTION_TOPIC) != (r->topic != NULL))
			return bad(c, err,
			    "rule \"%.60s\": topic belongs to action \"topic\" and to no other",
			    r->match);
		if (r->topic != NULL && config_topic_find(c, span_of(r->topic)) == NULL)
			return bad(c, err, "rule \"%.60s\": there is no topic \"%.60s\"", r->match,
			    r->topic);
	}
	return WRAP_OK;
}

static enum wrap_rc
check_peers(const struct config *c, struct wrap_err *err)
{
	for (size_t i = 0; i < c->n_relays; i++) {
		const struct config_relay *r = &c->relays[i];

		if ((r->user == NULL) != (r->password == NULL && r->token == NULL))
			return bad(c, err,
			    "relay %.100s needs user and password (or token) together", r->url);
		if (r->password != NULL && r->token != NULL)
			return bad(c, err, "relay %.100s: either password or token", r->url);
		if (r->tls == CONFIG_TLS_NONE && strncmp(r->url, "smtps:", 6) == 0)
			return bad(c, err,
			    "relay %.100s: smtps is TLS; tls = \"none\" contradicts it", r->url);
		if ((r->cert == NULL) != (r->key == NULL))
			return bad(c, err, "relay %.100s needs cert and key together", r->url);
	}
	if (c->mailbox.url != NULL &&
	    (c->mailbox.user == NULL || (c->mailbox.password == NULL && c->mailbox.token == NULL)))
		return bad(
		    c, err, "mailbox %.100s needs user and password (or token)", c->mailbox.url);
	for (size_t i = 0; i < c->n_dkim; i++)
		if (strpbrk(c->dkim[i].selector, " ;/\"") != NULL ||
		    strpbrk(c->dkim[i].domain, " ;/\"@") != NULL)
			return bad(c, err, "dkim: selector and domain must be plain names");
	return WRAP_OK;
}

enum wrap_rc
config_check(struct config *c, struct wrap_err *err)
{
	enum wrap_rc rc = check_publication(c, err);

	if (rc == WRAP_OK)
		rc = check_topics(c, err);
	if (rc == WRAP_OK)
		rc = check_feeds(c, err);
	if (rc == WRAP_OK)
		rc = check_rules(c, err);
	if (rc == WRAP_OK)
		rc = check_peers(c, err);
	if (rc == WRAP_OK)
		rc = check_hours(c, err);
	if (rc == WRAP_OK && c->serve.pending_days > 0 && c->serve.pending_days < 7)
		rc = bad(c, err,
		    "serve.pending_days is below 7, for which the link to confirm works; 0 is for ever");
	if (rc == WRAP_OK && c->edition.min_stories > c->edition.max_stories)
		rc = bad(c, err, "edition.min_stories is above edition.max_stories");
	return rc;
}

const struct config_topic *
config_topic_find(const struct config *c, struct span name)
{
	for (size_t i = 0; i < c->n_topics; i++)
		if (span_ieqs(name, c->topics[i].name))
			return &c->topics[i];
	return NULL;
}
