/*
 * wrap subscribers forget and what: erase a person, and show them what we keep.
 */
#include "people.h"

#include "wrap/people.h"

#include <stdio.h>

int
subscribers_what(struct cli *cli)
{
	struct buf text = BUF_INIT(0);
	struct wrap_err err;
	enum wrap_rc rc = people_what(cli->store, cli->keys, cli->argv[1], &text, &err);

	if (rc == WRAP_OK)
		(void)fputs(buf_str(&text), stdout);
	buf_clear(&text);
	return rc == WRAP_OK ? CLI_DONE : cli_fail(&err);
}

static void
say_forgotten(const struct cli *cli, const struct forget_report *r)
{
	const char *address = cli->argv[1];

	if (r->known)
		cli_say(cli,
		    "%s is forgotten: the reader, %lld consents, %lld letters and what %lld bounces "
		    "said are erased; %lld deliveries are kept as numbers only.",
		    address, (long long)r->gone.consents, (long long)r->gone.letters,
		    (long long)r->gone.bounces, (long long)r->gone.deliveries);
	else
		cli_say(cli, "%s was forgotten before. Nothing changed.", address);
	cli_say(cli,
	    "A keyed hash stays, so that no import and no form mails them. If they ask to come back: "
	    "wrap subscribe %s --confirmed --why \"...\"",
	    address);
	if (r->busy)
		log_line(LOG_WARN, "another process reads the database, so that the address still "
				   "stands in its log; say this again when that has ended");
	else if (r->left)
		log_line(LOG_WARN, "the address also stands in something we collected or reported, "
				   "not as a reader");
	cli_say(cli, "Not reached from here: backups made before, mails already in an outbox, and "
		     "the relay's own log.");
}

int
subscribers_forget(struct cli *cli)
{
	struct forget_report r;
	struct wrap_err err;

	if (people_forget(cli->store, cli->keys, cli->argv[1], cli->now, &r, &err) != WRAP_OK)
		return cli_fail(&err);
	if (cli->json)
		cli_json(json_pack("{s:b,s:I,s:I,s:I,s:I,s:b,s:b}", "known", r.known, "consents",
		    (json_int_t)r.gone.consents, "letters", (json_int_t)r.gone.letters, "bounces",
		    (json_int_t)r.gone.bounces, "deliveries", (json_int_t)r.gone.deliveries, "left",
		    r.left, "busy", r.busy));
	else
		say_forgotten(cli, &r);
	return r.busy ? CLI_TRY_LATER : CLI_DONE;
}
