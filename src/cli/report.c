/*
 * What a run did, on one screen for people and as one JSON object for scripts, and the exit code it
 * leaves with.
 */
#include "week.h"

#include <string.h>

static const char *const end_words[] = {
	[WEEKLY_NOT_DUE] = "not-due",
	[WEEKLY_DRAFTED] = "drafted",
	[WEEKLY_ALREADY] = "already-sent",
	[WEEKLY_CANCELLED] = "cancelled",
	[WEEKLY_NO_READERS] = "no-readers",
	[WEEKLY_HELD] = "held",
	[WEEKLY_SENT] = "sent",
	[WEEKLY_OPEN] = "open",
	[WEEKLY_UNAVAILABLE] = "unavailable",
};

static const char *const feed_words[] = {
	[COLLECT_NOT_DUE] = "not-due",
	[COLLECT_UNCHANGED] = "unchanged",
	[COLLECT_READ] = "read",
	[COLLECT_FAILED] = "failed",
	[COLLECT_HELD] = "held",
};

int
report_exit(const struct weekly_report *r)
{
	switch (r->end) {
	case WEEKLY_NOT_DUE:
	case WEEKLY_DRAFTED:
	case WEEKLY_ALREADY:
	case WEEKLY_CANCELLED:
	case WEEKLY_NO_READERS:
	case WEEKLY_SENT: return CLI_DONE;
	case WEEKLY_HELD: return CLI_HELD;
	case WEEKLY_OPEN: return CLI_TRY_LATER;
	case WEEKLY_UNAVAILABLE: return CLI_UNAVAILABLE;
	}
	return CLI_DONE;
}

static void
print_bounces(const struct cli *cli, const struct weekly_report *r)
{
	const struct bounce_report *b = &r->bounces;

	if (r->bounces_failed)
		cli_say(cli, "bounces   the mailbox could not be read: %s", r->bounces_error);
	else if (!b->configured)
		cli_say(cli, "bounces   no mailbox configured");
	else
		cli_say(cli,
		    "bounces   %zu message%s: %zu hard, %zu soft, %zu complaint%s, %zu left; %zu reader%s taken off",
		    b->messages, b->messages == 1 ? "" : "s", b->hard, b->soft, b->complaints,
		    b->complaints == 1 ? "" : "s", b->unsubscribes, b->deactivated,
		    b->deactivated == 1 ? "" : "s");
	for (size_t i = 0; i < b->lines.n; i++)
		cli_say(cli, "          %s", b->lines.v[i]);
}

void
report_feeds(const struct cli *cli, const struct collect_report *r)
{
	size_t read = 0, unchanged = 0, rest = 0, held = 0;

	for (size_t i = 0; i < r->n; i++) {
		read += r->v[i].result == COLLECT_READ;
		unchanged += r->v[i].result == COLLECT_UNCHANGED;
		rest += r->v[i].result == COLLECT_NOT_DUE;
		held += r->v[i].result == COLLECT_HELD;
	}
	cli_say(cli,
	    "collect   %zu new article%s; of %zu feed%s %zu read, %zu unchanged, %zu not due, %zu held, %zu failed",
	    r->added, r->added == 1 ? "" : "s", r->n, r->n == 1 ? "" : "s", read, unchanged, rest,
	    held, r->failed);
	for (size_t i = 0; i < r->n; i++)
		if (r->v[i].error != NULL)
			cli_say(cli, "          %s: %s", r->v[i].name, r->v[i].error);
}

static void
print_end(const struct cli *cli, const struct weekly_report *r)
{
	char at[CLI_TIME];

	switch (r->end) {
	case WEEKLY_NOT_DUE:
		cli_say(cli, "edition   %s is due %s", r->key, cli_time(r->due_at, at));
		break;
	case WEEKLY_DRAFTED:
		cli_say(cli, "edition   %s is drafted: wrap preview shows it", r->key);
		break;
	case WEEKLY_ALREADY:
		cli_say(cli, "edition   %s was sent before: nothing to do", r->key);
		break;
	case WEEKLY_CANCELLED:
		cli_say(cli, "edition   %s was cancelled: nothing to do", r->key);
		break;
	case WEEKLY_NO_READERS:
		cli_say(cli, "edition   %s is drafted and waits: %s", r->key, r->why);
		break;
	case WEEKLY_HELD:
		cli_say(cli, "edition   %s is HELD: %s", r->key, r->why);
		if (r->editor[0] != '\0')
			cli_say(cli, "          %s was told by mail", r->editor);
		if (r->editor_error[0] != '\0')
			cli_say(cli, "          %s", r->editor_error);
		break;
	case WEEKLY_SENT:
		cli_say(cli, "edition   %s is sent: every reader is accounted for", r->key);
		break;
	case WEEKLY_OPEN:
	case WEEKLY_UNAVAILABLE:
		cli_say(cli, "edition   %s is not finished: %s", r->key, r->why);
		cli_say(cli, "          the next wrap run goes on with it");
		break;
	}
}

static void
print_counts(const struct cli *cli, const struct weekly_report *r)
{
	int64_t all = 0;

	for (int i = 0; i < DELIVERY_STATES; i++)
		all += r->counts[i];
	if (all == 0)
		return;
	cli_say(cli,
	    "readers   %lld in all: %lld sent, %lld failed, %lld skipped, %lld queued, %lld in doubt, %lld held",
	    (long long)all, (long long)r->counts[DELIVERY_SENT],
	    (long long)r->counts[DELIVERY_FAILED], (long long)r->counts[DELIVERY_SKIPPED],
	    (long long)(r->counts[DELIVERY_QUEUED] + r->counts[DELIVERY_SENDING]),
	    (long long)r->counts[DELIVERY_INDOUBT], (long long)r->counts[DELIVERY_HELD]);
	if (r->recovered > 0)
		cli_say(cli, "          %lld were found in doubt after a run that died",
		    (long long)r->recovered);
	if (r->resent > 0)
		cli_say(cli, "          %lld in doubt were queued again, as the same message",
		    (long long)r->resent);
}

/* What the editor should know, one to a line. */
static void
print_notes(const struct cli *cli, const char *notes)
{
	struct span rest = span_of(notes), line;

	while (span_cut(&rest, '\n', &line))
		cli_say(cli, "          note: %.*s", (int)line.n, line.p);
}

static void
print_letters(const struct cli *cli, const struct weekly_letters *l)
{
	if (l->sent + l->later + l->dropped > 0)
		cli_say(cli, "letters   %zu sent, %zu later, %zu dropped", l->sent, l->later,
		    l->dropped);
	if (l->why[0] != '\0')
		cli_say(cli, "          %s", l->why);
}

void
report_print(const struct cli *cli, const struct weekly_report *r)
{
	print_bounces(cli, r);
	print_letters(cli, &r->letters);
	if (r->waiting_gone > 0)
		cli_say(cli, "readers   %lld who never confirmed %s erased",
		    (long long)r->waiting_gone, r->waiting_gone == 1 ? "was" : "were");
	report_feeds(cli, &r->collect);
	if (r->digest.candidates > 0)
		cli_say(cli, "draft     %zu stor%s in %zu topic%s, of %zu article%s: %s",
		    r->digest.chosen, r->digest.chosen == 1 ? "y" : "ies", r->digest.topics,
		    r->digest.topics == 1 ? "" : "s", r->digest.candidates,
		    r->digest.candidates == 1 ? "" : "s", r->title == NULL ? "" : r->title);
	print_notes(cli, r->digest.notes);
	print_notes(cli, r->notes == NULL ? "" : r->notes);
	print_counts(cli, r);
	print_end(cli, r);
	cli_say(cli, "%s       %lld.%lld s", cli->dry_run ? "dry" : "ran",
	    (long long)(r->took_ms / 1000), (long long)(r->took_ms % 1000 / 100));
}

static json_t *
feeds_json(const struct collect_report *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->n; i++)
		(void)json_array_append_new(list,
		    json_pack("{s:s,s:s,s:I,s:I,s:o}", "name", r->v[i].name, "result",
			feed_words[r->v[i].result], "entries", (json_int_t)r->v[i].entries, "added",
			(json_int_t)r->v[i].added, "error", cli_json_text(r->v[i].error)));
	return list;
}

static json_t *
bounces_json(const struct weekly_report *r)
{
	const struct bounce_report *b = &r->bounces;

	return json_pack("{s:b,s:o,s:I,s:I,s:I,s:I,s:I,s:I}", "configured", b->configured, "error",
	    cli_json_text(r->bounces_failed ? r->bounces_error : NULL), "messages",
	    (json_int_t)b->messages, "hard", (json_int_t)b->hard, "soft", (json_int_t)b->soft,
	    "complaints", (json_int_t)b->complaints, "unsubscribes", (json_int_t)b->unsubscribes,
	    "deactivated", (json_int_t)b->deactivated);
}

json_t *
report_json(const struct weekly_report *r)
{
	json_t *counts = json_object(), *out;

	for (int i = 0; i < DELIVERY_STATES; i++)
		(void)json_object_set_new(counts, delivery_state_name((enum delivery_state)i),
		    json_integer((json_int_t)r->counts[i]));
	out = json_pack(
	    "{s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:{s:I,s:I,s:I},s:{s:I,s:I,s:I},s:o,s:I,s:I,s:I,s:o}",
	    "edition", r->key, "end", end_words[r->end], "why", r->why, "title",
	    cli_json_text(r->title), "due", cli_json_time(r->due_at), "bounces", bounces_json(r),
	    "feeds", feeds_json(&r->collect), "letters", "sent", (json_int_t)r->letters.sent,
	    "later", (json_int_t)r->letters.later, "dropped", (json_int_t)r->letters.dropped,
	    "draft", "candidates", (json_int_t)r->digest.candidates, "stories",
	    (json_int_t)r->digest.chosen, "topics", (json_int_t)r->digest.topics, "deliveries",
	    counts, "recovered", (json_int_t)r->recovered, "resent", (json_int_t)r->resent,
	    "took_ms", (json_int_t)r->took_ms, "notes", cli_json_text(r->notes));
	(void)json_object_set_new(
	    out, "unconfirmed_erased", json_integer((json_int_t)r->waiting_gone));
	(void)json_object_set_new(
	    out, "editor_told", cli_json_text(r->editor[0] == '\0' ? NULL : r->editor));
	(void)json_object_set_new(out, "editor_error",
	    cli_json_text(r->editor_error[0] == '\0' ? NULL : r->editor_error));
	return out;
}
