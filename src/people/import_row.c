/*
 * One row of a list as a reader: address, name, state, dates, topics and what shows their consent. A row
 * is refused with a reason, never bent into shape.
 */
#include "import.h"

#include "wrap/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

void
row_clear(struct row *r)
{
	subscriber_clear(&r->s);
	buf_reset(&r->detail);
	r->left_at = 0;
	r->bad = NULL;
	r->bad_date = false;
	r->consent = (struct span){ 0 };
}

static void refuse(struct row *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void
refuse(struct row *r, const char *fmt, ...)
{
	va_list ap;

	if (r->bad != NULL) /* the first reason counts */
		return;
	va_start(ap, fmt);
	(void)vsnprintf(r->text, sizeof(r->text), fmt, ap);
	va_end(ap);
	r->bad = r->text;
}

/* What a failure about this row's text says becomes the reason; others travel on. */
static enum wrap_rc
judge(struct row *r, enum wrap_rc rc, const struct wrap_err *why, struct wrap_err *err)
{
	if (rc == WRAP_EINVAL || rc == WRAP_ELIMIT) {
		refuse(r, "%s", why->text);
		return WRAP_OK;
	}
	if (rc != WRAP_OK && err != NULL)
		*err = *why;
	return rc;
}

/* The cell as it was before export put a ' in front. */
static struct span
cell_of(const struct row_reader *rd, const struct csv_record *in, size_t i)
{
	struct span s = in->v[i];

	if (rd->columns->guarded && !rd->opt->raw && s.n > 0 && s.p[0] == '\'' &&
	    csv_is_formula(s)) {
		s.p++;
		s.n--;
	}
	return rd->columns->own ? s : column_trim(s);
}

static enum wrap_rc
take_address(struct row *r, struct span s, struct wrap_err *err)
{
	char *mailbox = NULL, *name = NULL;
	struct wrap_err why = { 0 };
	struct address a = { 0 };
	enum wrap_rc rc;

	if (s.n > 7 && strncasecmp(s.p, "mailto:", 7) == 0)
		s = (struct span){ s.p + 7, s.n - 7 };
	if (s.n > 0 && memchr(s.p, '<', s.n) != NULL) {
		rc = address_named(s, &name, &mailbox, &why);
		s = span_of(mailbox);
		r->s.name = name;
		if (rc != WRAP_OK)
			return judge(r, rc, &why, err);
	}
	rc = address_parse(s, &a, &why);
	if (rc == WRAP_OK) {
		r->s.address = address_mailbox(&a);
		r->s.canonical = address_canonical(&a);
		if (r->s.address == NULL || r->s.canonical == NULL)
			rc = wrap_fail(&why, WRAP_ENOMEM, "out of memory");
	}
	address_clear(&a);
	free(mailbox);
	return judge(r, rc, &why, err);
}

static enum wrap_rc
take_text(struct span s, char **out, struct wrap_err *err)
{
	if (s.n == 0 || *out != NULL)
		return WRAP_OK;
	*out = str_dup_span(s);
	return *out == NULL ? wrap_fail(err, WRAP_ENOMEM, "out of memory") : WRAP_OK;
}

/* A date of the past; what cannot be one is told, and the row goes on without. */
static void
take_date(const struct row_reader *rd, struct row *r, struct span s, int64_t *out)
{
	int64_t t = 0;

	if (s.n == 0 || *out != 0)
		return;
	if (column_date(rd->columns, s, &t) && t > 0 && (rd->columns->own || t <= rd->now + 86400))
		*out = t;
	else
		r->bad_date = true;
}

/* Everything a row says of its status, the strictest last. */
struct said {
	bool known, on, off, unconfirmed;
	enum subscriber_state state;
};

/* "Subscribed": yes, no, or since when. Other words say nothing. */
static void
take_on(const struct row_reader *rd, struct row *r, struct span s, struct said *said)
{
	int64_t t;

	if (column_no(s)) {
		said->off = true;
	} else if (column_yes(s)) {
		said->on = true;
	} else if (s.n > 0 && column_date(rd->columns, s, &t)) {
		said->on = true;
		take_date(rd, r, s, &r->s.created_at);
	}
}

/* "Unsubscribed": yes, no, or since when. What is none of these may mean that they are out. */
static void
take_off(const struct row_reader *rd, struct row *r, const char *column, struct span s,
    struct said *said)
{
	int64_t t;

	if (s.n == 0 || column_no(s))
		return;
	said->off = true;
	if (column_yes(s))
		return;
	if (column_date(rd->columns, s, &t))
		take_date(rd, r, s, &r->left_at);
	else
		refuse(r,
		    "\"%.60s\" says \"%.*s\", neither yes nor no; if it does not matter: --map none=%.60s",
		    column, (int)(s.n < 60 ? s.n : 60), s.p, column);
}

/* What parts the tags of a cell: "a, b", "a; b", "a|b", "a ::: b". */
static char
tag_separator(const struct config *c, struct span s)
{
	if (memchr(s.p, ',', s.n) != NULL || config_topic_find(c, s) != NULL)
		return ',';
	if (memchr(s.p, ';', s.n) != NULL)
		return ';';
	if (memchr(s.p, '|', s.n) != NULL)
		return '|';
	return span_find(s, SPAN_LIT(":::")) != (size_t)-1 ? ':' : ',';
}

/* Tags and labels: those that are topics of ours, into words joined by ','. */
static enum wrap_rc
take_topics(const struct row_reader *rd, struct span s, struct buf *words, struct wrap_err *err)
{
	char sep = s.n == 0 ? ',' : tag_separator(rd->c, s);
	enum wrap_rc rc = WRAP_OK;
	struct span one;

	while (rc == WRAP_OK && span_cut(&s, sep, &one)) {
		while (one.n > 0 && one_of(one.p[0], "[\"'* ]")) {
			one.p++;
			one.n--;
		}
		while (one.n > 0 && one_of(one.p[one.n - 1], "[\"' ]"))
			one.n--;
		if (one.n == 0)
			continue;
		if (config_topic_find(rd->c, one) != NULL ||
		    (rd->c->edition.other != NULL && span_ieqs(one, rd->c->edition.other)))
			buf_addf(words, "%s%.*s", words->n > 0 ? "," : "", (int)one.n, one.p);
		else if (rd->unknown->n < 20 && one.n <= 60 && !strs_has(rd->unknown, one))
			rc = strs_add(rd->unknown, one, err);
	}
	return rc;
}

/* Of two states the one in which less mail goes there: pending before active, and whoever is out stays out. */
static enum subscriber_state
stricter(enum subscriber_state a, enum subscriber_state b)
{
	if (a > SUBSCRIBER_ACTIVE || b > SUBSCRIBER_ACTIVE)
		return a > b ? a : b;
	return a < b ? a : b;
}

static void
take_status(const struct row_reader *rd, struct row *r, struct span s, struct said *said)
{
	enum subscriber_state state;

	if (s.n == 0)
		return;
	if (column_state(s, rd->opt->status, &state)) {
		said->state = said->known ? stricter(said->state, state) : state;
		said->known = true;
	} else {
		refuse(r,
		    "the status \"%.*s\" is none that is known; say what it means: --status "
		    "\"%.*s=active\"",
		    (int)(s.n < 60 ? s.n : 60), s.p, (int)(s.n < 60 ? s.n : 60), s.p);
	}
}

static void
take_evidence(struct row *r, const char *column, struct span s)
{
	if (s.n > 0 && s.n <= 300 && r->detail.n < 600)
		buf_addf(
		    &r->detail, "%s%s %.*s", r->detail.n > 0 ? "; " : "", column, (int)s.n, s.p);
}

static enum wrap_rc
take_cell(const struct row_reader *rd, struct row *r, size_t i, struct span s, struct span names[2],
    struct said *said, struct buf *topics, struct wrap_err *err)
{
	switch (rd->columns->of[i]) {
	case COLUMN_NONE: break;
	case COLUMN_EMAIL: return take_address(r, s, err);
	case COLUMN_NAME: names[0] = s.n > 0 ? s : names[0]; break;
	case COLUMN_FIRST: names[0] = names[0].n == 0 ? s : names[0]; break;
	case COLUMN_LAST: names[1] = s; break;
	case COLUMN_STATUS: take_status(rd, r, s, said); break;
	case COLUMN_TOPICS:
		return rd->columns->own ? take_text(s, &r->s.topics, err)
					: take_topics(rd, s, topics, err);
	case COLUMN_LANGUAGE: return take_text(s, &r->s.language, err);
	case COLUMN_CREATED:
		take_date(rd, r, s, &r->s.created_at);
		take_evidence(r, rd->columns->names[i], s);
		break;
	case COLUMN_CONFIRMED:
		if (column_no(s))
			said->unconfirmed = true;
		else if (!column_yes(s))
			take_date(rd, r, s, &r->s.confirmed_at);
		take_evidence(r, rd->columns->names[i], s);
		break;
	case COLUMN_LEFT: take_date(rd, r, s, &r->left_at); break;
	case COLUMN_WHY: return take_text(s, &r->s.why, err);
	case COLUMN_EVIDENCE: take_evidence(r, rd->columns->names[i], s); break;
	case COLUMN_ON: take_on(rd, r, s, said); break;
	case COLUMN_OFF: take_off(rd, r, rd->columns->names[i], s, said); break;
	case COLUMN_CHANGED: take_date(rd, r, s, &r->s.changed_at); break;
	case COLUMN_PAUSED: (void)date_parse(s, &r->s.paused_until); break;
	case COLUMN_CONSENT: r->consent = s; break;
	}
	return WRAP_OK;
}

/* One state out of all that was said. Whoever said no anywhere is not mailed. */
static void
settle_state(const struct row_reader *rd, struct row *r, const struct said *said)
{
	const struct columns *c = rd->columns;

	if (said->known)
		r->s.state = said->state;
	else if (r->left_at != 0 && !(c->implied && c->state == SUBSCRIBER_BOUNCED))
		r->s.state = SUBSCRIBER_UNSUBSCRIBED;
	else if (c->implied && (!c->if_wanted || said->on) &&
		 (!c->if_confirmed || r->s.confirmed_at != 0 || r->s.created_at != 0))
		r->s.state = c->state;
	else if (!said->off)
		refuse(r,
		    "it has no status%s; say what such rows are: --status active --why \"how "
		    "they agreed\"",
		    c->if_confirmed ? " and no date of consent" : "");
	if (said->off && r->s.state <= SUBSCRIBER_ACTIVE)
		r->s.state = SUBSCRIBER_UNSUBSCRIBED;
	if (said->unconfirmed && r->s.state == SUBSCRIBER_ACTIVE)
		r->s.state = SUBSCRIBER_PENDING;
}

static enum wrap_rc
settle_name(
    const struct row_reader *rd, struct row *r, const struct span names[2], struct wrap_err *err)
{
	struct buf b = BUF_INIT(CSV_RECORD * 2);
	struct wrap_err why = { 0 };
	char *clean = NULL;
	enum wrap_rc rc;

	if (names[0].n == 0 && names[1].n == 0 && r->s.name == NULL)
		return WRAP_OK;
	if (names[0].n == 0 && names[1].n == 0)
		buf_adds(&b, r->s.name);
	buf_addspan(&b, names[0]);
	if (names[1].n > 0) {
		buf_addc(&b, ' ');
		buf_addspan(&b, names[1]);
	}
	rc = buf_rc(&b, &why);
	if (rc == WRAP_OK && rd->columns->own) {
		clean = buf_steal(&b);
		rc = clean == NULL ? wrap_fail(&why, WRAP_ENOMEM, "out of memory") : WRAP_OK;
	} else if (rc == WRAP_OK) {
		rc = people_name(buf_str(&b), &clean, &why);
	}
	buf_clear(&b);
	free(r->s.name);
	r->s.name = clean;
	return judge(r, rc, &why, err);
}

/* RFC 5646 as people write it; what is none is left out. */
static void
settle_language(struct row *r)
{
	const char *p = r->s.language;
	size_t n = p == NULL ? 0
			     : strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"
					 "0123456789");

	if (p == NULL || (n >= 2 && n <= 35 && p[n] == '\0'))
		return;
	free(r->s.language);
	r->s.language = NULL;
}

enum wrap_rc
row_read(struct row_reader *rd, const struct csv_record *in, struct row *out, struct wrap_err *err)
{
	struct span names[2] = { { 0 }, { 0 } };
	struct buf topics = BUF_INIT(1 << 16);
	struct said said = { .known = false };
	enum wrap_rc rc = WRAP_OK;

	row_clear(out);
	if (in->bad != NULL) {
		refuse(out, "%s", in->bad);
		return WRAP_OK;
	}
	for (size_t i = 0; rc == WRAP_OK && i < in->n && i < rd->columns->n; i++)
		if (rd->columns->of[i] != COLUMN_NONE)
			rc = take_cell(rd, out, i, cell_of(rd, in, i), names, &said, &topics, err);
	if (rc == WRAP_OK && out->s.address == NULL)
		refuse(out, "it has no address");
	if (rc == WRAP_OK)
		rc = settle_name(rd, out, names, err);
	if (rc == WRAP_OK && topics.n > 0 && out->bad == NULL)
		rc = people_topics(rd->c, buf_str(&topics), &out->s.topics, err);
	if (rc == WRAP_OK)
		settle_state(rd, out, &said);
	if (rc == WRAP_OK && !rd->columns->own)
		settle_language(out);
	buf_clear(&topics);
	if (rc != WRAP_OK)
		row_clear(out);
	return rc;
}
