/*
 * Figures for Prometheus: a text file that node_exporter's textfile collector picks up, written anew after
 * each run and put in place by one rename, so that it is never read half. Exposition format 0.0.4.
 */
#include "week.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void
head(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_addf(b, "# HELP wrap_%s %s\n# TYPE wrap_%s %s\n", name, help, name, type);
}

static void
one(struct buf *b, const char *name, const char *help, double v)
{
	head(b, name, "gauge", help);
	buf_addf(b, "wrap_%s %.15g\n", name, v);
}

static void
of_run(struct buf *b, const struct cli *cli, const struct weekly_report *r, int code)
{
	const struct send_report *s = &r->send;

	one(b, "last_run_exit_code", "How the last run ended, as sysexits.", code);
	one(b, "last_run_timestamp_seconds", "When the last run ended.",
	    (double)clock_now(&cli->clock));
	one(b, "last_run_duration_seconds", "How long the last run took.",
	    (double)r->took_ms / 1000);
	head(b, "last_run_messages", "gauge", "Verdicts of the last run on messages of editions.");
	buf_addf(b,
	    "wrap_last_run_messages{verdict=\"accepted\"} %zu\n"
	    "wrap_last_run_messages{verdict=\"deferred\"} %zu\n"
	    "wrap_last_run_messages{verdict=\"refused\"} %zu\n"
	    "wrap_last_run_messages{verdict=\"indoubt\"} %zu\n"
	    "wrap_last_run_messages{verdict=\"not_tried\"} %zu\n",
	    s->accepted, s->deferred, s->refused, s->indoubt, s->not_tried);
	one(b, "last_run_connections", "Connections to relays of the last run.",
	    (double)s->connections);
	one(b, "last_run_stopped", "1 when the relay or a signal stopped the last run's sending.",
	    s->stopped ? 1 : 0);
	head(b, "last_run_letters", "gauge",
	    "Letters (confirmations and the like) of the last run.");
	buf_addf(b,
	    "wrap_last_run_letters{verdict=\"sent\"} %zu\n"
	    "wrap_last_run_letters{verdict=\"later\"} %zu\n"
	    "wrap_last_run_letters{verdict=\"dropped\"} %zu\n",
	    r->letters.sent, r->letters.later, r->letters.dropped);
	one(b, "last_run_articles_added", "Articles that the last run found.",
	    (double)r->collect.added);
	one(b, "last_run_feeds", "Feeds that the last run looked at.", (double)r->collect.n);
	one(b, "last_run_feeds_failed", "Feeds that failed in the last run.",
	    (double)r->collect.failed);
	one(b, "last_run_bounces", "Reports in the mailbox that the last run read.",
	    (double)r->bounces.messages);
	one(b, "last_run_bounces_failed", "1 when the mailbox could not be read.",
	    r->bounces_failed ? 1 : 0);
}

static enum wrap_rc
of_edition(struct buf *b, struct store *st, struct wrap_err *err)
{
	int64_t counts[DELIVERY_STATES];
	struct edition e = { 0 };
	enum wrap_rc rc = edition_last_sealed(st, &e, err);

	if (rc == WRAP_ENOTFOUND)
		return WRAP_OK;
	if (rc == WRAP_OK)
		rc = delivery_counts(st, e.id, counts, err);
	if (rc == WRAP_OK) {
		head(b, "edition_deliveries", "gauge",
		    "Readers of the last sealed edition by state.");
		for (int i = 0; i < DELIVERY_STATES; i++)
			buf_addf(b, "wrap_edition_deliveries{edition=\"%s\",state=\"%s\"} %lld\n",
			    e.key, delivery_state_name((enum delivery_state)i),
			    (long long)counts[i]);
		one(b, "edition_sealed_timestamp_seconds", "When the last edition was sealed.",
		    (double)e.sealed_at);
		one(b, "edition_complete", "1 when every delivery of it has ended.",
		    e.state == EDITION_SENT ? 1 : 0);
	}
	edition_clear(&e);
	return rc;
}

static enum wrap_rc
of_readers(struct buf *b, struct store *st, struct wrap_err *err)
{
	int64_t counts[SUBSCRIBER_COMPLAINED + 1];
	enum wrap_rc rc = subscriber_counts(st, counts, err);

	if (rc != WRAP_OK)
		return rc;
	head(b, "subscribers", "gauge", "Readers by state.");
	for (int i = 0; i <= SUBSCRIBER_COMPLAINED; i++)
		buf_addf(b, "wrap_subscribers{state=\"%s\"} %lld\n",
		    subscriber_state_name((enum subscriber_state)i), (long long)counts[i]);
	return WRAP_OK;
}

static enum wrap_rc
put(const char *path, const struct buf *text, struct wrap_err *err)
{
	struct buf tmp = BUF_INIT(1 << 16);
	enum wrap_rc rc;
	int fd;

	/* Not *.prom, which the collector would read. */
	buf_addf(&tmp, "%s.tmp", path);
	rc = buf_rc(&tmp, err);
	if (rc == WRAP_OK) {
		fd = open(tmp.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		if (fd < 0 || write(fd, text->p, text->n) != (ssize_t)text->n ||
		    fchmod(fd, 0644) != 0 || rename(tmp.p, path) != 0)
			rc = wrap_fail_errno(err, "write %s", path);
		if (fd >= 0)
			(void)close(fd);
	}
	buf_clear(&tmp);
	return rc;
}

void
textfile_write(const struct cli *cli, const struct weekly_report *r, int code)
{
	const char *path = cli->config.paths.metrics;
	struct buf b = BUF_INIT(1 << 16);
	struct wrap_err err;
	enum wrap_rc rc;

	if (path == NULL || cli->dry_run)
		return;
	of_run(&b, cli, r, code);
	rc = of_edition(&b, cli->store, &err);
	if (rc == WRAP_OK)
		rc = of_readers(&b, cli->store, &err);
	if (rc == WRAP_OK)
		rc = buf_rc(&b, &err);
	if (rc == WRAP_OK)
		rc = put(path, &b, &err);
	/* The week does not fail for its figures. */
	if (rc != WRAP_OK)
		log_line(LOG_WARN, "paths.metrics: %s", err.text);
	buf_clear(&b);
}
