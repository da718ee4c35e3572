/*
 * wrap report: how the publication fares over its editions, or, with a key, what became of each reader
 * of one. On the terminal, as JSON, or as one HTML file with charts. Numbers only: no reader is followed.
 */
#include "figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct cli_option report_options[] = {
	{ "html", "FILE", "write one HTML page with charts; - is standard output" },
	{ NULL, NULL, NULL },
};

#define MONTH (28 * 86400)

/* The page's, for as long as it lives. */
struct words {
	struct phrasebook *book;
	const char *language;
};

/* ---- one edition ----------------------------------------------------------------------------------------- */

static const char *const states[] = { [DELIVERY_QUEUED] = "report_queued",
	[DELIVERY_SENDING] = "report_sending",
	[DELIVERY_SENT] = "report_sent",
	[DELIVERY_INDOUBT] = "report_indoubt",
	[DELIVERY_FAILED] = "report_failed",
	[DELIVERY_SKIPPED] = "report_skipped",
	[DELIVERY_HELD] = "report_held" };

struct reasons_seen {
	struct sheet *p;
	json_t *list;
};

static enum wrap_rc
see_reason(void *ctx, const char *state, int reply_code, const char *enhanced, const char *why,
    int64_t n, struct wrap_err *err)
{
	static const struct sheet_series one[] = { { "report_readers", SHEET_PLAIN } };
	struct reasons_seen *s = ctx;
	enum delivery_state is = DELIVERY_FAILED;
	char label[300];

	(void)err;
	if (json_array_size(s->list) == 0)
		sheet_chart(s->p, sheet_say(s->p, "report_why_not"), one, 1, 0);
	(void)delivery_state_read(state, &is);
	if (why[0] != '\0')
		(void)snprintf(label, sizeof(label), "%s: %s", sheet_say(s->p, states[is]), why);
	else
		(void)snprintf(label, sizeof(label), "%s: %.0d %s", sheet_say(s->p, states[is]),
		    reply_code, enhanced);
	sheet_bar(s->p, label, &n, NULL);
	(void)json_array_append_new(
	    s->list, json_pack("{s:s,s:o,s:o,s:o,s:I}", "state", state, "reply",
			 reply_code == 0 ? json_null() : json_integer(reply_code), "status",
			 cli_json_text(enhanced[0] == '\0' ? NULL : enhanced), "why",
			 cli_json_text(why[0] == '\0' ? NULL : why), "n", (json_int_t)n));
	return WRAP_OK;
}

static void
draw_ledger(struct sheet *p, const struct edition_figures *f)
{
	static const enum delivery_state order[] = { DELIVERY_SENT, DELIVERY_FAILED,
		DELIVERY_SKIPPED, DELIVERY_HELD, DELIVERY_QUEUED, DELIVERY_SENDING,
		DELIVERY_INDOUBT };
	static const struct sheet_series tones[] = { { "report_readers", SHEET_GOOD },
		{ "report_readers", SHEET_BAD }, { "report_readers", SHEET_QUIET },
		{ "report_readers", SHEET_WARN } };

	sheet_chart(p, "", tones, 1, f->l.readers);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		int64_t n = f->l.counts[order[i]];

		if (n == 0 && i > 2)
			continue;
		sheet_bar_of(p, &tones[i < 3 ? i : 3], sheet_say(p, states[order[i]]), &n,
		    f->l.readers == 0 ? NULL : sheet_percent(p, (double)n / (double)f->l.readers));
	}
}

static void
draw_facts(struct sheet *p, const struct edition_figures *f)
{
	static const char *const words[] = { [EDITION_DRAFT] = "report_is_draft",
		[EDITION_HELD] = "report_is_held",
		[EDITION_APPROVED] = "report_is_approved",
		[EDITION_SENDING] = "report_is_sending",
		[EDITION_SENT] = "report_is_sent",
		[EDITION_CANCELLED] = "report_is_cancelled" };
	const char *not_yet = sheet_say(p, "report_not_yet");

	sheet_fact(p, SHEET_PLAIN, sheet_say(p, "report_state"), "%s%s%s",
	    sheet_say(p, words[f->e.state]), f->e.hold == NULL ? "" : ": ",
	    f->e.hold == NULL ? "" : f->e.hold);
	sheet_fact(
	    p, SHEET_PLAIN, sheet_say(p, "report_drafted"), "%s", sheet_time(p, f->e.created_at));
	sheet_fact(p, SHEET_PLAIN, sheet_say(p, "report_sealed"), "%s",
	    f->e.sealed_at == 0 ? not_yet : sheet_time(p, f->e.sealed_at));
	sheet_fact(p, SHEET_PLAIN, sheet_say(p, "report_ended"), "%s",
	    f->e.ended_at == 0 ? not_yet : sheet_time(p, f->e.ended_at));
	sheet_fact(
	    p, SHEET_PLAIN, sheet_say(p, "report_stories"), "%s", sheet_number(p, f->stories));
	sheet_fact(p, SHEET_PLAIN, sheet_say(p, "report_topics"), "%s", sheet_number(p, f->topics));
}

static enum wrap_rc
one_edition(struct cli *cli, const char *key, const struct words *w, struct sheet **out, json_t *v,
    struct wrap_err *err)
{
	struct edition_figures f = { 0 };
	struct reasons_seen s = { .list = json_array() };
	struct edition e = { 0 };
	char title[200];
	struct sheet *p;
	enum wrap_rc rc = edition_by_key(cli->store, key, &e, err);

	if (rc == WRAP_ENOTFOUND)
		(void)wrap_fail(err, rc, "there is no edition %.20s", key);
	if (rc == WRAP_OK)
		rc = edition_figures_read(cli, &e, &f, err);
	edition_clear(&e);
	(void)json_object_set_new(v, "reasons", s.list);
	if (rc != WRAP_OK)
		return rc;
	(void)snprintf(title, sizeof(title), "%s %s", phrase(w->book, "edition"), f.e.key);
	*out = s.p = p = sheet_new(w->book, w->language, title, cli->config.publication.name);
	if (p == NULL) {
		edition_figures_clear(&f);
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	}
	sheet_section(p, f.e.subject);
	draw_facts(p, &f);
	sheet_section(p, sheet_say(p, "report_readers"));
	draw_ledger(p, &f);
	edition_figures_verdict(p, &f);
	rc = figure_reasons(cli->store, f.e.id, see_reason, &s, err);
	if (rc == WRAP_OK)
		rc = figures_providers(cli, f.e.id, 0, p, v, err);
	(void)json_object_set_new(v, "edition", edition_figures_json(&f));
	edition_figures_clear(&f);
	return rc;
}

/* ---- all of them ------------------------------------------------------------------------------------------ */

static void
draw_editions(struct sheet *p, const struct editions_figures *all)
{
	static const struct sheet_series parts[] = { { "report_sent", SHEET_GOOD },
		{ "report_failed", SHEET_BAD }, { "report_skipped", SHEET_QUIET },
		{ "report_open", SHEET_WARN } };

	sheet_section(p, sheet_say(p, "report_editions"));
	if (all->n == 0) {
		sheet_note(p, SHEET_QUIET, sheet_say(p, "report_no_edition"));
		return;
	}
	sheet_chart(p, "", parts, 4, 0);
	for (size_t i = 0; i < all->n; i++) {
		const struct edition_figures *f = &all->v[i];
		int64_t v[] = { f->l.counts[DELIVERY_SENT], f->l.counts[DELIVERY_FAILED],
			f->l.counts[DELIVERY_SKIPPED],
			edition_figures_open(f) + f->l.counts[DELIVERY_HELD] };
		const char *note = NULL;

		if (!edition_figures_sound(f))
			note = sheet_say(p, "report_wrong_sum");
		else if (v[0] != f->l.readers)
			note = sheet_fill(p, "report_sent_note",
			    &(struct phrase_value){ "n", sheet_number(p, v[0]) }, 1);
		sheet_bar(p, f->e.key, v, note);
	}
	for (size_t i = 0; i < all->n; i++)
		if (!edition_figures_sound(&all->v[i]) || i + 1 == all->n) {
			sheet_fact(p, SHEET_PLAIN, sheet_say(p, "report_edition"), "%s: %s",
			    all->v[i].e.key, all->v[i].e.subject);
			edition_figures_verdict(p, &all->v[i]);
		}
}

static enum wrap_rc
all_editions(
    struct cli *cli, const struct words *w, struct sheet **out, json_t *v, struct wrap_err *err)
{
	struct editions_figures all;
	json_t *list = json_array();
	struct sheet *p;
	enum wrap_rc rc = editions_figures_read(cli, &all, err);

	(void)json_object_set_new(v, "editions", list);
	if (rc != WRAP_OK)
		return rc;
	*out = p = sheet_new(w->book, w->language, cli->config.publication.name, "");
	if (p == NULL) {
		editions_figures_clear(&all);
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	}
	sheet_subtitle(p, sheet_time(p, cli->now));
	for (size_t i = 0; i < all.n; i++)
		(void)json_array_append_new(list, edition_figures_json(&all.v[i]));
	draw_editions(p, &all);
	editions_figures_clear(&all);
	rc = figures_readers(cli, p, v, err);
	if (rc == WRAP_OK)
		rc = figures_growth(cli, p, v, err);
	if (rc == WRAP_OK)
		rc = figures_providers(cli, 0, cli->now - 3 * MONTH, p, v, err);
	if (rc == WRAP_OK)
		rc = figures_feeds(cli, p, v, err);
	return rc;
}

/* ---- where it goes ------------------------------------------------------------------------------------------ */

static enum wrap_rc
write_html(const struct cli *cli, struct sheet *p, const char *file, struct wrap_err *err)
{
	struct buf b = BUF_INIT(1 << 22);
	enum wrap_rc rc = sheet_html(p, &b, err);

	if (rc == WRAP_OK && strcmp(file, "-") == 0) {
		if (fwrite(b.p, 1, b.n, stdout) != b.n)
			rc = wrap_fail_errno(err, "write");
	} else if (rc == WRAP_OK && cli->dry_run) {
		cli_say(cli, "would write %s", file);
	} else if (rc == WRAP_OK) {
		rc = cli_write(file, buf_span(&b), 0644, err);
		if (rc == WRAP_OK)
			cli_say(cli, "wrote %s", file);
	}
	buf_clear(&b);
	return rc;
}

int
cmd_report(struct cli *cli)
{
	const char *html = cli_given(cli, "html");
	struct wrap_err err = { 0 };
	struct sheet_look look;
	struct sheet *p = NULL;
	json_t *v = json_object();
	struct words w = { NULL, NULL };
	enum wrap_rc rc = figures_words(cli, html != NULL, &w.book, &w.language, &err);

	if (rc == WRAP_OK && cli->argc > 0)
		rc = one_edition(cli, cli->argv[0], &w, &p, v, &err);
	else if (rc == WRAP_OK)
		rc = all_editions(cli, &w, &p, v, &err);
	if (rc == WRAP_OK)
		rc = sheet_rc(p, &err);
	sheet_look_of(stdout, &look);
	if (rc == WRAP_OK && html != NULL)
		rc = write_html(cli, p, html, &err);
	else if (rc == WRAP_OK && !cli->json && !cli->quiet)
		rc = sheet_print(p, &look, stdout, &err);
	if (rc == WRAP_OK && cli->json)
		cli_json(json_incref(v));
	json_decref(v);
	sheet_free(&p);
	phrasebook_close(&w.book);
	return rc == WRAP_OK ? CLI_DONE : cli_fail(&err);
}
