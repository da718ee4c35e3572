/*
 * What the columns of a list hold, told by their header: the words that the exports of newsletter services
 * and spreadsheets in several languages use. The service itself is known by columns only it has; that
 * says what a row means that has no status of its own. The caller's --map overrides all of it.
 */
#include "import.h"

#include "wrap/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(v) (sizeof(v) / sizeof((v)[0]))

/* ---- learning ------------------------------------------------------------------------------------------ */

static bool
is_address(struct span s)
{
	char *name = NULL, *mailbox = NULL;
	bool is =
	    memchr(s.p, '@', s.n) != NULL && address_named(s, &name, &mailbox, NULL) == WRAP_OK;

	free(name);
	free(mailbox);
	return is;
}

static bool
has(const struct columns *c, enum column what)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->of[i] == what)
			return true;
	return false;
}

static bool
may_repeat(enum column what)
{
	return what == COLUMN_NONE || what == COLUMN_TOPICS || what == COLUMN_EVIDENCE ||
	       what == COLUMN_LEFT || what == COLUMN_ON || what == COLUMN_OFF;
}

/* Is this record a header? It is when no cell of it is an address. */
static enum wrap_rc
take_names(struct columns *c, const struct csv_record *first, struct wrap_err *err)
{
	static const char refused[] = IMPORT_REFUSED_HEADER ",";
	struct buf own = BUF_INIT(1 << 16);
	const char *head;

	c->header = true;
	for (size_t i = 0; i < first->n; i++)
		c->header = c->header && !is_address(first->v[i]);
	for (c->n = 0; c->n < first->n; c->n++) {
		struct span cell = span_trim(first->v[c->n]);
		char number[32];

		(void)snprintf(number, sizeof(number), "column %zu", c->n + 1);
		c->names[c->n] = c->header && cell.n > 0 ? str_dup_span(cell) : str_dup(number);
		if (c->names[c->n] == NULL)
			return wrap_fail(err, WRAP_ENOMEM, "out of memory");
		buf_addf(&own, "%s%s", c->n > 0 ? "," : "", c->names[c->n]);
	}
	head = buf_str(&own);
	if (strncmp(head, refused, sizeof(refused) - 1) == 0) {
		c->guarded = true;
		head += sizeof(refused) - 1;
	}
	c->own = strcmp(head, IMPORT_OWN_HEADER) == 0;
	c->guarded = c->guarded || c->own;
	buf_clear(&own);
	return WRAP_OK;
}

static void
take_header(struct columns *c)
{
	for (size_t i = 0; i < c->n; i++) {
		enum column what = COLUMN_NONE;
		const struct column_kind *kind;

		if (!column_by_header(span_of(c->names[i]), &what) ||
		    (!may_repeat(what) && has(c, what)))
			what = COLUMN_NONE;
		c->of[i] = what;
		kind = column_kind_of(span_of(c->names[i]));
		if (kind != NULL && c->kind == NULL) {
			c->kind = kind->name;
			c->implied = kind->implied;
			c->if_confirmed = kind->if_confirmed;
			c->state = SUBSCRIBER_ACTIVE;
		}
	}
	if (c->own) {
		c->kind = "wrap";
		for (size_t i = 0; i < c->n; i++)
			if (strcmp(c->names[i], "changed") == 0)
				c->of[i] = COLUMN_CHANGED;
			else if (strcmp(c->names[i], "paused_until") == 0)
				c->of[i] = COLUMN_PAUSED;
			else if (strcmp(c->names[i], "consent") == 0)
				c->of[i] = COLUMN_CONSENT;
	}
}

/* Without a header: the address is where one stands, a single other column is the name. */
static void
take_headerless(struct columns *c, const struct csv_record *first)
{
	size_t email = CSV_COLUMNS;

	for (size_t i = 0; i < c->n && email == CSV_COLUMNS; i++)
		if (is_address(first->v[i]))
			email = i;
	if (email < CSV_COLUMNS)
		c->of[email] = COLUMN_EMAIL;
	if (c->n == 2 && email < 2)
		c->of[1 - email] = COLUMN_NAME;
}

/* Mailchimp says who is in a file by its name, and by a column that only those have. */
static void
take_file(struct columns *c, const char *file)
{
	static const struct {
		const char *word;
		enum subscriber_state state;
	} files[] = {
		{ "nonsubscribed", SUBSCRIBER_PENDING },
		{ "non-subscribed", SUBSCRIBER_PENDING },
		{ "unsubscribed", SUBSCRIBER_UNSUBSCRIBED },
		{ "cleaned", SUBSCRIBER_BOUNCED },
		{ "subscribed", SUBSCRIBER_ACTIVE },
	};
	bool mailchimp = c->kind != NULL && strcmp(c->kind, "Mailchimp") == 0;
	char word[64];

	for (size_t i = 0; i < c->n && mailchimp; i++) {
		column_fold(span_of(c->names[i]), word);
		if (strcmp(word, "unsubtime") == 0 || strcmp(word, "cleantime") == 0) {
			c->implied = true;
			c->if_confirmed = false;
			c->state = word[0] == 'u' ? SUBSCRIBER_UNSUBSCRIBED : SUBSCRIBER_BOUNCED;
			return;
		}
	}
	for (size_t i = 0; i < COUNT(files) && mailchimp; i++)
		if (span_ifind(span_of(file), span_of(files[i].word)) != (size_t)-1) {
			c->implied = true;
			c->if_confirmed = false;
			c->state = files[i].state;
			return;
		}
}

static void
list_names(const struct columns *c, struct buf *out)
{
	for (size_t i = 0; i < c->n && i < 30; i++)
		buf_addf(out, "%s%.40s", i > 0 ? ", " : "", c->names[i]);
}

static size_t
column_named(const struct columns *c, struct span name)
{
	struct span s = span_trim(name);
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++)
		if (span_ieqs(s, c->names[i]))
			return i;
	for (size_t i = 0; i < s.n && n < 1000; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return CSV_COLUMNS;
		n = n * 10 + (size_t)(s.p[i] - '0');
	}
	return n >= 1 && n <= c->n ? n - 1 : CSV_COLUMNS;
}

/* "email=E-Mail,name=Who": what the caller says goes first. */
static enum wrap_rc
take_map(struct columns *c, const char *map, struct wrap_err *err)
{
	struct span rest = span_of(map), pair, role;
	struct buf all = BUF_INIT(1 << 14);
	enum wrap_rc rc = WRAP_OK;

	list_names(c, &all);
	while (rc == WRAP_OK && span_cut(&rest, ',', &pair)) {
		enum column what = COLUMN_NONE;
		size_t at;

		if (memchr(pair.p, '=', pair.n) == NULL) {
			rc = wrap_fail(err, WRAP_EINVAL,
			    "--map \"%.*s\": write what=Column, like email=E-Mail",
			    (int)(pair.n < 60 ? pair.n : 60), pair.p);
			break;
		}
		(void)span_cut(&pair, '=', &role);
		at = column_named(c, pair);
		if (!column_by_role(role, &what))
			rc = wrap_fail(err, WRAP_EINVAL,
			    "--map knows no \"%.*s\"; it knows email, name, first, last, status, topics, "
			    "language, created, confirmed, left, why, consent, wanted, unwanted, none",
			    (int)(role.n < 60 ? role.n : 60), role.p);
		else if (at == CSV_COLUMNS)
			rc = wrap_fail(err, WRAP_EINVAL,
			    "--map: there is no column \"%.*s\"; there are: %s",
			    (int)(pair.n < 60 ? pair.n : 60), pair.p, buf_str(&all));
		if (rc != WRAP_OK)
			break;
		for (size_t i = 0; i < c->n && !may_repeat(what); i++)
			if (c->of[i] == what)
				c->of[i] = COLUMN_NONE;
		c->of[at] = what;
	}
	buf_clear(&all);
	return rc;
}

/* "active": what rows without a status are. */
static enum wrap_rc
take_status(struct columns *c, const struct import_options *opt, struct wrap_err *err)
{
	struct span rest = span_of(opt->status), one, word;
	enum subscriber_state state;

	while (span_cut(&rest, ',', &one)) {
		bool pair = memchr(one.p, '=', one.n) != NULL;

		word = one;
		if (pair)
			(void)span_cut(&one, '=', &word);
		if (!column_state_word(one, &state))
			return wrap_fail(err, WRAP_EINVAL,
			    "--status \"%.*s\" is none of active, pending, unsubscribed, bounced, "
			    "complained",
			    (int)(one.n < 60 ? one.n : 60), one.p);
		if (pair)
			continue;
		c->implied = true;
		c->if_confirmed = false;
		c->state = state;
		if (state == SUBSCRIBER_ACTIVE && c->kind == NULL && opt->why == NULL)
			return wrap_fail(err, WRAP_EINVAL,
			    "--status active needs --why: how did these people agree to this mail?");
	}
	return WRAP_OK;
}

static enum wrap_rc
refuse(const struct columns *c, const char *file, struct wrap_err *err)
{
	struct buf all = BUF_INIT(1 << 14);
	enum wrap_rc rc = WRAP_OK;

	list_names(c, &all);
	if (!has(c, COLUMN_EMAIL))
		rc = wrap_fail(err, WRAP_EINVAL,
		    "%.80s: no column is known to hold addresses; say which with --map email=COLUMN "
		    "(there are: %.300s)",
		    file, buf_str(&all));
	else if (!c->implied && !has(c, COLUMN_STATUS))
		rc = wrap_fail(err, WRAP_EINVAL,
		    "%.80s does not say who may be mailed; if all of them agreed to this mail: --status "
		    "active --why \"how they agreed\"; if they are still to be asked: --status pending; "
		    "if a column says it: --map status=COLUMN (there are: %.200s)",
		    file, buf_str(&all));
	buf_clear(&all);
	return rc;
}

enum wrap_rc
columns_learn(struct columns *c, const struct csv_record *first, const char *file,
    const struct import_options *opt, struct wrap_err *err)
{
	enum wrap_rc rc;

	*c = (struct columns){ .n = 0 };
	rc = take_names(c, first, err);
	if (rc == WRAP_OK && c->header)
		take_header(c);
	else if (rc == WRAP_OK)
		take_headerless(c, first);
	if (rc == WRAP_OK)
		take_file(c, file);
	if (rc == WRAP_OK)
		rc = take_map(c, opt->map, err);
	if (rc == WRAP_OK)
		rc = take_status(c, opt, err);
	if (rc == WRAP_OK && !c->implied && (has(c, COLUMN_ON) || has(c, COLUMN_OFF))) {
		c->implied = true; /* whoever does not say no */
		c->state = SUBSCRIBER_ACTIVE;
	}
	if (rc == WRAP_OK)
		rc = refuse(c, file, err);
	if (rc != WRAP_OK)
		columns_clear(c);
	return rc;
}

void
columns_clear(struct columns *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->names[i]);
	*c = (struct columns){ .n = 0 };
}

void
columns_say(const struct columns *c, struct buf *out)
{
	static const struct {
		enum column what;
		const char *name;
	} order[] = { { COLUMN_EMAIL, "address" }, { COLUMN_NAME, "name" },
		{ COLUMN_FIRST, "first name" }, { COLUMN_LAST, "last name" },
		{ COLUMN_STATUS, "status" }, { COLUMN_ON, "wanted" }, { COLUMN_OFF, "unwanted" },
		{ COLUMN_TOPICS, "topics" }, { COLUMN_LANGUAGE, "language" },
		{ COLUMN_CREATED, "came" }, { COLUMN_CONFIRMED, "confirmed" },
		{ COLUMN_LEFT, "left" }, { COLUMN_CHANGED, "changed" }, { COLUMN_PAUSED, "paused" },
		{ COLUMN_WHY, "why" }, { COLUMN_EVIDENCE, "consent" },
		{ COLUMN_CONSENT, "consent" }, { COLUMN_NONE, "not used" } };
	size_t n = 0;

	buf_addf(out, "%s: ",
	    c->kind != NULL ? c->kind
	    : c->header     ? "a list"
			    : "a list without header");
	for (size_t k = 0; k < COUNT(order); k++)
		for (size_t i = 0, m = 0; i < c->n; i++)
			if (c->of[i] == order[k].what) {
				if (m++ == 0)
					buf_addf(out, "%s%s = %s", n++ > 0 ? "; " : "",
					    order[k].name, c->names[i]);
				else
					buf_addf(out, ", %s", c->names[i]);
			}
	if (c->implied)
		buf_addf(out, "; a row without a status is %s%s", subscriber_state_name(c->state),
		    c->if_confirmed ? " if it has a date of consent" : "");
}
