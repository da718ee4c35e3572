/*
 * wrap approve, hold, cancel, resume: the editor's word on an edition. An approval is for exactly the document as it
 * stands; any later change needs a new one.
 */
#include "editor.h"

#include <string.h>

const struct cli_option decide_options[] = {
	{ "why", "TEXT", "the reason, for the record and the report" },
	{ NULL, NULL, NULL },
};

enum wrap_rc
editor_edition(struct cli *cli, struct edition *out, struct wrap_err *err)
{
	enum wrap_rc rc = cli->argc > 0 ? edition_by_key(cli->store, cli->argv[0], out, err)
					: edition_latest(cli->store, out, err);

	if (rc == WRAP_ENOTFOUND)
		return wrap_fail(err, rc,
		    cli->argc > 0 ? "there is no edition %s"
				  : "there is no edition yet%s: wrap draft makes this week's",
		    cli->argc > 0 ? cli->argv[0] : "");
	return rc;
}

/* An approved document is sent as it is, so its mistakes are named before. */
static enum wrap_rc
check(struct cli *cli, const struct edition *e, struct wrap_err *err)
{
	struct edit_report r;
	enum wrap_rc rc = digest_check(&cli->config, cli->now, span_of(e->markdown), &r, err);

	if (rc == WRAP_OK && r.n > 0)
		return wrap_fail(err, WRAP_EINVAL, "edition %s, line %zu: %s; wrap edit opens it",
		    e->key, r.v[0].line, r.v[0].text);
	if (rc == WRAP_OK && r.stories == 0)
		return wrap_fail(err, WRAP_EINVAL, "edition %s has no story", e->key);
	return rc;
}

static void
say(struct cli *cli, const struct edition *e, const char *done)
{
	if (cli->json)
		cli_json(json_pack("{s:s, s:s, s:o}", "edition", e->key, "state",
		    edition_state_name(e->state), "hold", cli_json_text(e->hold)));
	else
		cli_say(cli, "%s %s", e->key, done);
}

static int
decide(struct cli *cli, enum digest_decision what, const char *done)
{
	struct edition e = { 0 }, after = { 0 };
	struct wrap_err err = { 0 };
	enum wrap_rc rc = editor_edition(cli, &e, &err);

	if (rc == WRAP_OK && what == DIGEST_APPROVE)
		rc = check(cli, &e, &err);
	if (rc == WRAP_OK)
		rc = digest_decide(cli->store, e.key, what, cli_given(cli, "why"), &after, &err);
	if (rc == WRAP_OK)
		say(cli, &after, done);
	edition_clear(&e);
	edition_clear(&after);
	return rc == WRAP_OK ? CLI_DONE : cli_fail(&err);
}

int
cmd_approve(struct cli *cli)
{
	return decide(cli, DIGEST_APPROVE,
	    "is approved as it stands; it goes out in its slot, or now with wrap send");
}

int
cmd_hold(struct cli *cli)
{
	return decide(
	    cli, DIGEST_HOLD, "is held; nothing goes out before wrap resume or wrap approve");
}

int
cmd_cancel(struct cli *cli)
{
	return decide(cli, DIGEST_CANCEL,
	    "is cancelled; its stories are free for the next one. wrap resume takes it back");
}

int
cmd_resume(struct cli *cli)
{
	return decide(cli, DIGEST_RESUME,
	    "is taken up again. What the checks hold against it they will say again; wrap approve sends it as it is");
}
