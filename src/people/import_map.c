/*
 * What the caller says of the columns and states of a list, which goes before all that is told by itself.
 */
#include "import.h"

#include <string.h>

void
columns_list(const struct columns *c, struct buf *out)
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
enum wrap_rc
columns_map(struct columns *c, const char *map, struct wrap_err *err)
{
	struct span rest = span_of(map), pair, role;
	struct buf all = BUF_INIT(1 << 14);
	enum wrap_rc rc = WRAP_OK;

	columns_list(c, &all);
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
		for (size_t i = 0; i < c->n && !columns_may_repeat(what); i++)
			if (c->of[i] == what)
				c->of[i] = COLUMN_NONE;
		c->of[at] = what;
	}
	buf_clear(&all);
	return rc;
}

/* "active": what rows without a status are. */
enum wrap_rc
columns_status(struct columns *c, const struct import_options *opt, struct wrap_err *err)
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
