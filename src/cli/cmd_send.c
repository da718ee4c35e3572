/*
 * wrap send: an edition now to whoever did not get it; with --test to one address, outside the ledger; with
 * --adopt nothing is sent, and this machine becomes the one that sends.
 */
#include "week.h"

const struct cli_option send_options[] = {
	{ "test", "ADDR", "send it to this address only; nobody's delivery changes" },
	{ "adopt", NULL, "this machine sends from now on, not the one the database came from" },
	{ "held", NULL, "also the deliveries that are held: they did not arrive" },
	{ "settled", NULL, "count the deliveries that are held as sent: they did arrive" },
	{ NULL, NULL, NULL },
};

static int
adopt(struct cli *cli)
{
	struct weekly w;
	struct wrap_err err = { 0 };
	size_t held;

	week_open(cli, &w, NULL);
	if (weekly_adopt(&w, &held, &err) != WRAP_OK)
		return cli_fail(&err);
	if (cli->json)
		cli_json(json_pack("{s:b,s:I}", "adopted", 1, "held", (json_int_t)held));
	cli_say(cli, "This machine sends from now on.");
	if (held > 0)
		cli_say(cli, "%zu open edition%s held: wrap status says why.", held,
		    held == 1 ? " is" : "s are");
	return held > 0 ? CLI_HELD : CLI_DONE;
}

static int
verdict_exit(const struct verdict *v)
{
	switch (v->outcome) {
	case OUTCOME_ACCEPTED: return CLI_DONE;
	case OUTCOME_DEFERRED:
	case OUTCOME_INDOUBT: return CLI_TRY_LATER;
	case OUTCOME_REFUSED: return CLI_BAD_INPUT;
	case OUTCOME_REFUSED_US:
	case OUTCOME_NOT_TRIED: return CLI_UNAVAILABLE;
	}
	return CLI_UNAVAILABLE;
}

static int
test(struct cli *cli, const char *address)
{
	static const char *const words[] = { [OUTCOME_ACCEPTED] = "accepted",
		[OUTCOME_DEFERRED] = "deferred",
		[OUTCOME_REFUSED] = "refused",
		[OUTCOME_REFUSED_US] = "refused for what we are",
		[OUTCOME_INDOUBT] = "in doubt",
		[OUTCOME_NOT_TRIED] = "not sent" };
	struct weekly w;
	struct verdict v;
	struct wrap_err err = { 0 };

	week_open(cli, &w, NULL);
	if (weekly_test(&w, cli->argc > 0 ? cli->argv[0] : NULL, address, &v, &err) != WRAP_OK)
		return cli_fail(&err);
	if (cli->json)
		cli_json(json_pack("{s:s,s:s,s:i,s:s,s:s}", "to", address, "outcome",
		    words[v.outcome], "code", v.reply_code, "status", v.enhanced, "text", v.text));
	cli_say(
	    cli, "%s: %s%s%s", address, words[v.outcome], v.text[0] == '\0' ? "" : ": ", v.text);
	return verdict_exit(&v);
}

/* What to do about held deliveries, before the rest is sent. */
static enum wrap_rc
release(struct cli *cli, bool settled, struct wrap_err *err)
{
	struct edition e = { 0 };
	int64_t n = 0;
	enum wrap_rc rc = edition_by_key(cli->store, cli->argv[0], &e, err);

	if (rc == WRAP_ENOTFOUND)
		return wrap_fail(err, rc, "there is no edition %s", cli->argv[0]);
	if (rc == WRAP_OK)
		rc = delivery_release(cli->store, e.id, settled, cli->now, &n, err);
	if (rc == WRAP_OK)
		cli_say(cli, "%s: %lld held deliveries %s", e.key, (long long)n,
		    settled ? "count as sent" : "go out");
	edition_clear(&e);
	return rc;
}

int
cmd_send(struct cli *cli)
{
	const char *address = cli_given(cli, "test");
	bool held = cli_given(cli, "held") != NULL, settled = cli_given(cli, "settled") != NULL;
	struct wrap_err err = { 0 };

	if (cli_given(cli, "adopt") != NULL && (address != NULL || cli->argc > 0))
		return cli_usage(cli, "--adopt stands alone");
	if (cli_given(cli, "adopt") != NULL)
		return adopt(cli);
	if (held + settled + (address != NULL) > 1)
		return cli_usage(cli, "--held, --settled and --test do not go together");
	if ((held || settled) && cli->argc == 0)
		return cli_usage(cli, "--held and --settled need the edition's KEY");
	if ((held || settled) && release(cli, settled, &err) != WRAP_OK)
		return cli_fail(&err);
	return address != NULL ? test(cli, address) : week_step(cli, "send", weekly_send);
}
