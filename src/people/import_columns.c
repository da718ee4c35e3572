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
has(const struct columns *c, enum column what)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->of[i] == what)
			return true;
	return false;
}

bool
columns_is_date(enum column what)
{
	return what == COLUMN_CREATED || what == COLUMN_CONFIRMED || what == COLUMN_LEFT ||
	       what == COLUMN_ON || what == COLUMN_OFF;
}

bool
columns_may_repeat(enum column what)
{
	return what == COLUMN_NONE || what == COLUMN_STATUS || what == COLUMN_TOPICS ||
	       what == COLUMN_EVIDENCE || what == COLUMN_LEFT || what == COLUMN_ON ||
	       what == COLUMN_OFF;
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
		c->header = c->header && !column_is_address(first->v[i]);
	for (c->n = 0; c->n < first->n; c->n++) {
		struct span cell = column_trim(first->v[c->n]);
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

/* Does what stands in the column speak against what its header says? One row may be the header itself. */
static bool
is_contradicted(enum column what, const struct column_look *l, struct span header)
{
	if (l->filled < 2)
		return false;
	return (what == COLUMN_EMAIL && l->addresses == 0) ||
	       (what == COLUMN_STATUS && l->states == 0 && column_is_weak(header));
}

static void
take_kind(struct columns *c, const struct column_kind *kind)
{
	if (kind == NULL || c->kind != NULL)
		return;
	c->kind = kind->name;
	c->implied = kind->implied;
	c->if_confirmed = kind->if_confirmed;
	c->state = SUBSCRIBER_ACTIVE;
}

/* No header told: the column that holds most addresses, and at least one in every other cell. */
static void
take_addresses(struct columns *c, const struct look *look)
{
	size_t best = CSV_COLUMNS;

	for (size_t i = 0; i < c->n; i++) {
		const struct column_look *l = &look->v[i];

		if (2 * l->addresses >= l->filled && l->addresses > 0 &&
		    (best == CSV_COLUMNS || l->addresses > look->v[best].addresses))
			best = i;
	}
	if (best < CSV_COLUMNS)
		c->of[best] = COLUMN_EMAIL;
}

static void
take_header(struct columns *c, const struct look *look)
{
	for (size_t i = 0; i < c->n; i++) {
		enum column what = COLUMN_NONE;
		struct span name = span_of(c->names[i]);

		if (!column_by_header(name, &what) || (!columns_may_repeat(what) && has(c, what)) ||
		    is_contradicted(what, &look->v[i], name))
			what = COLUMN_NONE;
		c->of[i] = what;
		take_kind(c, column_kind_of(name));
	}
	if (!has(c, COLUMN_EMAIL))
		take_addresses(c, look);
	/* Elsewhere a type may be anything. */
	for (size_t i = 0; i < c->n && c->kind != NULL; i++)
		if (strcmp(c->kind, "Buttondown") == 0 && strcasecmp(c->names[i], "type") == 0)
			c->of[i] = COLUMN_STATUS;
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
		if (column_is_address(first->v[i]))
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

static enum wrap_rc
refuse(const struct columns *c, const char *file, struct wrap_err *err)
{
	struct buf all = BUF_INIT(1 << 14);
	enum wrap_rc rc = WRAP_OK;

	columns_list(c, &all);
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

/* 03/04/2020: the first rows show which is the day, or else the usage of the language has to do: that of
 * the publication, or of the spreadsheet where it separates cells as languages with a decimal comma do. */
static void
settle_dates(struct columns *c, const struct look *look, const struct import_options *opt,
    const char *language)
{
	uint64_t day = 0, month = 0;
	bool any = false;

	for (size_t i = 0; i < c->n; i++) {
		const struct column_look *l = &look->v[i];

		if (!columns_is_date(c->of[i]))
			continue;
		any = any || l->slashes > 0;
		day = day == 0 ? l->day_line : day;
		month = month == 0 ? l->month_line : month;
	}
	if (opt->dates != NULL)
		c->day_first = opt->dates[0] == 'd';
	else if ((day == 0) == (month == 0))
		c->day_first = look->semicolons ||
			       (strcmp(language, "en") != 0 && strcasecmp(language, "en-US") != 0);
	else
		c->day_first = day != 0;
	if (!any || c->own)
		return;
	(void)snprintf(c->dates, sizeof(c->dates), "dates like 03/04/2020 are read as %s",
	    c->day_first ? "day/month" : "month/day");
	day = c->day_first ? day : month;
	if (opt->dates == NULL && day != 0)
		(void)snprintf(c->dates + strlen(c->dates), sizeof(c->dates) - strlen(c->dates),
		    ", as line %llu shows", (unsigned long long)day);
	else if (opt->dates == NULL)
		(void)snprintf(c->dates + strlen(c->dates), sizeof(c->dates) - strlen(c->dates),
		    ", for no row shows it; --dates %s says otherwise",
		    c->day_first ? "mdy" : "dmy");
}

enum wrap_rc
columns_learn(struct columns *c, const struct csv_record *first, const struct look *look,
    const char *file, const char *language, const struct import_options *opt, struct wrap_err *err)
{
	enum wrap_rc rc;

	*c = (struct columns){ .n = 0 };
	rc = take_names(c, first, err);
	if (rc == WRAP_OK && c->header)
		take_header(c, look);
	else if (rc == WRAP_OK)
		take_headerless(c, first);
	if (rc == WRAP_OK)
		take_file(c, file);
	if (rc == WRAP_OK)
		rc = columns_map(c, opt->map, err);
	if (rc == WRAP_OK)
		rc = columns_status(c, opt, err);
	if (rc == WRAP_OK && !c->implied && !has(c, COLUMN_STATUS) &&
	    (has(c, COLUMN_ON) || has(c, COLUMN_OFF))) {
		c->implied = true; /* whoever says yes, or has no way to, and does not say no */
		c->if_wanted = has(c, COLUMN_ON);
		c->state = SUBSCRIBER_ACTIVE;
	}
	if (rc == WRAP_OK)
		settle_dates(c, look, opt, language);
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
		    c->if_confirmed ? " if it has a date of consent"
		    : c->if_wanted  ? " if it says that mail is wanted"
				    : "");
	if (c->dates[0] != '\0')
		buf_addf(out, "; %s", c->dates);
}
