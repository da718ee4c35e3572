/*
 * wrap subscribe and wrap unsubscribe: the administrator's hand on the list. Both can be repeated.
 */
#include "people.h"

#include "wrap/mail.h"
#include "wrap/people.h"

#include <stdio.h>
#include <string.h>

const struct cli_option subscribe_options[] = {
	{ "name", "NAME", "how the reader is called" },
	{ "topics", "A,B", "only these topics; an empty text means all" },
	{ "language", "TAG", "their language, like en or pt-BR" },
	{ "confirmed", NULL, "you hold their consent: no confirmation is asked for" },
	{ "why", "TEXT", "how they consented; kept with the record" },
	{ NULL, NULL, NULL },
};

const struct cli_option unsubscribe_options[] = {
	{ "why", "TEXT", "the reason; kept with the record" },
	{ NULL, NULL, NULL },
};

static const char *const result_words[] = {
	[SUBSCRIBE_PENDING] = "pending",
	[SUBSCRIBE_ACTIVE] = "active",
	[SUBSCRIBE_WAS_PENDING] = "was-pending",
	[SUBSCRIBE_WAS_ACTIVE] = "was-active",
	[SUBSCRIBE_RETURNED] = "returned",
	[SUBSCRIBE_STAYS_OUT] = "stays-out",
};

json_t *
subscriber_json(const struct subscriber *s)
{
	return json_pack("{s:o,s:o,s:o,s:s,s:o,s:o,s:o,s:o,s:o}", "address",
	    cli_json_text(s->address), "name", cli_json_text(s->name), "topics",
	    cli_json_text(s->topics), "state", subscriber_state_name(s->state), "language",
	    cli_json_text(s->language), "created", cli_json_time(s->created_at), "confirmed",
	    cli_json_time(s->confirmed_at), "changed", cli_json_time(s->changed_at), "why",
	    cli_json_text(s->why));
}

bool
needs_smtputf8(const char *address)
{
	for (; *address != '\0'; address++)
		if ((unsigned char)*address >= 0x80)
			return true;
	return false;
}

/* Why they are out, in words. */
static void
say_out(const struct cli *cli, const struct subscriber *s)
{
	char at[CLI_TIME];

	if (s->id == 0) {
		cli_say(cli,
		    "%s is suppressed: this address asked never to be mailed again. Nothing changed.",
		    s->address);
		return;
	}
	cli_say(cli, "%s is %s since %s (%s).", s->address, subscriber_state_name(s->state),
	    cli_time(s->changed_at, at), s->why == NULL ? "no reason recorded" : s->why);
}

static void
say_asked(const struct cli *cli, const struct subscriber *s, enum people_asked asked)
{
	switch (asked) {
	case ASKED_NOT: cli_say(cli, "No mail goes there."); break;
	case ASKED_QUEUED:
		cli_say(cli,
		    "A mail that asks %s to confirm is queued: wrap run or wrap serve sends it.",
		    s->address);
		break;
	case ASKED_TODAY:
		cli_say(
		    cli, "They were asked to confirm within a day already; no second mail goes.");
		break;
	case ASKED_ENOUGH:
		cli_say(
		    cli, "They were asked three times and did not answer; no further mail goes.");
		break;
	}
	cli_say(cli, "If you hold their consent: wrap subscribe %s --confirmed --why \"...\"",
	    s->address);
}

static void
say_subscribed(const struct cli *cli, const struct subscriber *s, enum subscribe_result result,
    bool changed, enum people_asked asked)
{
	const char *topics = s->topics == NULL ? "all topics" : s->topics;

	switch (result) {
	case SUBSCRIBE_ACTIVE:
		cli_say(cli, "%s is active: the next edition goes there (%s).", s->address, topics);
		break;
	case SUBSCRIBE_RETURNED:
		cli_say(cli, "%s is active again: the next edition goes there (%s).", s->address,
		    topics);
		break;
	case SUBSCRIBE_WAS_ACTIVE:
		cli_say(cli, "%s was active already; %s.", s->address,
		    changed ? "their choices are brought up to date" : "nothing changed");
		break;
	case SUBSCRIBE_PENDING:
	case SUBSCRIBE_WAS_PENDING:
		cli_say(cli, "%s %s pending: no edition goes there before they confirm.%s",
		    s->address, result == SUBSCRIBE_PENDING ? "is" : "was already",
		    changed ? " Their choices are brought up to date." : "");
		break;
	case SUBSCRIBE_STAYS_OUT: say_out(cli, s); break;
	}
	if (s->state != SUBSCRIBER_ACTIVE)
		say_asked(cli, s, asked);
	if (needs_smtputf8(s->address))
		cli_say(cli, "Note: this address needs a relay that offers SMTPUTF8.");
}

static const char *const asked_words[] = {
	[ASKED_NOT] = "no",
	[ASKED_QUEUED] = "queued",
	[ASKED_TODAY] = "within-a-day",
	[ASKED_ENOUGH] = "three-times",
};

int
cmd_subscribe(struct cli *cli)
{
	char source[80];
	struct subscribe_request r = { .address = cli->argv[0],
		.name = cli_given(cli, "name"),
		.topics = cli_given(cli, "topics"),
		.language = cli_given(cli, "language"),
		.confirmed = cli_given(cli, "confirmed") != NULL,
		.why = cli_given(cli, "why"),
		.source = cli_source(source) };
	enum subscribe_result result;
	enum people_asked asked = ASKED_NOT;
	struct subscriber s;
	struct wrap_err err;
	enum wrap_rc rc;
	bool changed;

	/* Without pages there is nothing a confirmation mail could point to. */
	if (r.confirmed || cli->config.publication.url == NULL)
		rc = people_subscribe(
		    cli->store, &cli->config, cli->keys, &r, cli->now, &s, &result, &changed, &err);
	else
		rc = people_request(cli->store, &cli->config, cli->keys, &r, cli->now, &s, &result,
		    &changed, &asked, &err);
	if (rc != WRAP_OK)
		return cli_fail(&err);
	if (cli->json)
		cli_json(json_pack("{s:s,s:b,s:s,s:o}", "result", result_words[result], "changed",
		    changed, "asked", asked_words[asked], "subscriber", subscriber_json(&s)));
	say_subscribed(cli, &s, result, changed, asked);
	subscriber_clear(&s);
	return CLI_DONE;
}

int
cmd_unsubscribe(struct cli *cli)
{
	char source[80], at[CLI_TIME];
	enum unsubscribe_result result;
	struct subscriber s;
	struct wrap_err err;

	if (people_unsubscribe(cli->store, cli->argv[0], cli_given(cli, "why"), cli_source(source),
		cli->now, &s, &result, &err) != WRAP_OK)
		return cli_fail(&err);
	if (cli->json)
		cli_json(json_pack("{s:s,s:o}", "result",
		    result == UNSUBSCRIBE_LEFT ? "unsubscribed" : "was-out", "subscriber",
		    subscriber_json(&s)));
	else if (result == UNSUBSCRIBE_LEFT)
		cli_say(cli, "%s is unsubscribed: no edition goes there any more.", s.address);
	else
		cli_say(cli, "%s was %s already, since %s (%s). Nothing changed.", s.address,
		    subscriber_state_name(s.state), cli_time(s.changed_at, at),
		    s.why == NULL ? "no reason recorded" : s.why);
	subscriber_clear(&s);
	return CLI_DONE;
}

/* ---- wrap subscribers ------------------------------------------------------------------------------------ */

const struct cli_option subscribers_options[] = {
	{ "state", "WORD", "only pending, active, unsubscribed, bounced or complained" },
	{ "format", "csv|json", "of the export; csv when not given" },
	{ "raw", NULL, "export texts as they are, formulas too; import such an export" },
	{ "map", "WHAT=COLUMN,...", "import: which column holds what, like email=E-Mail" },
	{ "status", "WORD", "import: what rows without a status are; or THEIRS=active,..." },
	{ "dates", "dmy|mdy", "import: what 03/04/2020 means, where no row shows it" },
	{ "why", "TEXT", "import: how these readers consented" },
	{ "rejected", "FILE", "import: where refused rows go; FILE.rejected.csv when not given" },
	{ NULL, NULL, NULL },
};

static enum wrap_rc
list_one(void *ctx, const struct subscriber *s, struct wrap_err *err)
{
	const struct cli *cli = ctx;

	(void)err;
	if (cli->json)
		cli_json(subscriber_json(s));
	else
		cli_say(cli, "%-12s  %s%s%s%s  %s", subscriber_state_name(s->state), s->address,
		    s->name == NULL ? "" : "  (", s->name == NULL ? "" : s->name,
		    s->name == NULL ? "" : ")", s->topics == NULL ? "all topics" : s->topics);
	return WRAP_OK;
}

static int
list(struct cli *cli)
{
	const char *word = cli_given(cli, "state");
	enum subscriber_state state;
	struct wrap_err err;

	if (word != NULL && !subscriber_state_read(word, &state))
		return cli_usage(cli,
		    "--state %.40s is none of pending, active, unsubscribed, bounced, complained",
		    word);
	if (subscriber_each(cli->store, word == NULL ? NULL : &state, list_one, cli, &err) !=
	    WRAP_OK)
		return cli_fail(&err);
	return CLI_DONE;
}

int
cmd_subscribers(struct cli *cli)
{
	const char *word = cli->argc == 0 ? "list" : cli->argv[0];

	if (strcmp(word, "list") == 0 && cli->argc <= 1)
		return list(cli);
	if (strcmp(word, "show") == 0 && cli->argc == 2)
		return subscribers_show(cli);
	if (strcmp(word, "forget") == 0 && cli->argc == 2)
		return subscribers_forget(cli);
	if (strcmp(word, "what") == 0 && cli->argc == 2)
		return subscribers_what(cli);
	if (strcmp(word, "import") == 0 && cli->argc == 2)
		return subscribers_import(cli);
	if (strcmp(word, "export") == 0 && cli->argc == 1)
		return subscribers_export(cli);
	return cli_usage(
	    cli, "say list, import FILE, export, or show, what, forget with an address");
}
