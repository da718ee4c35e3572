/*
 * Drive send_run without store or edition: made-up readers, one verdict line each, one JSON line at the
 * end. The flow tests play misbehaving relays to it, the benchmarks take its times.
 *
 *   send_drive [count=N] [size=BYTES] [maildir=DIR] [rounds=N] [from=ADDR] [domain=D] [to=ADDR]...
 *              [threads=N] [spoil=N] [canary=N] [limit=PERCENT] [slow=DOMAIN:PER_SECOND]... [watch=1]
 *              [relay=URL [connections=N] [weight=N] [rate=N] [hour=N] [per=N] [tls=none] [user=U] [password=P] [token=T]
 *              [ca=FILE] [timeout=S]]...
 *
 * Verdict lines on standard output: "id outcome code status text"; quiet=1 leaves them out. rounds: how
 * often what was not settled is offered again, at once. threads: messages are made by so many of them;
 * spoil: every Nth cannot be made. watch: progress on standard error.
 */
#include "wrap/send.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static volatile sig_atomic_t stop;

static void
on_signal(int sig)
{
	(void)sig;
	stop++;
}

#define RELAYS 8

struct drive {
	struct config_relay relays[RELAYS];
	size_t n_relays;
	int64_t count, size, rounds;
	const char *maildir, *from, *domain;
	struct strs addresses;
	bool quiet, watch;
	int64_t threads, spoil, canary;
	double limit;
	struct send_domain slow[RELAYS];
	size_t n_slow;
	struct buf body;
	/* the list of what is still to do, as a ring */
	int64_t *todo, *tries;
	size_t head, n_todo;
	int64_t next_new;
};

static const char *const outcome_words[] = { "accepted", "deferred", "refused", "refused_us",
	"indoubt", "not_tried" };

struct held {
	char rcpt[320], name[64];
	struct buf message;
};

static enum wrap_rc
drive_prepare(void *ctx, struct send_item *item, struct wrap_err *err)
{
	const struct drive *d = ctx;
	struct held *h = (struct held *)(intptr_t)item->id;
	long long id = strtoll(h->name + 6, NULL, 10);

	if (d->spoil > 0 && id % d->spoil == 0)
		return wrap_fail(err, WRAP_EPROTO, "spoilt by order");
	buf_addf(&h->message,
	    "From: The Weekly Wrap <%s>\r\nTo: <%s>\r\nMessage-ID: <%lld@drive>\r\n", d->from,
	    h->rcpt, id);
	buf_addspan(&h->message, buf_span(&d->body));
	item->message = buf_span(&h->message);
	return buf_rc(&h->message, err);
}

static enum wrap_rc
drive_next(void *ctx, struct send_item *out, struct wrap_err *err)
{
	struct drive *d = ctx;
	struct held *h;
	int64_t id;

	if (d->n_todo > 0) {
		id = d->todo[d->head];
		d->head = (d->head + 1) % (size_t)d->count;
		d->n_todo--;
	} else if (d->next_new < d->count) {
		id = d->next_new++;
	} else {
		return WRAP_ENOTFOUND;
	}
	h = calloc(1, sizeof(*h));
	if (h == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	if ((size_t)id < d->addresses.n)
		(void)snprintf(h->rcpt, sizeof(h->rcpt), "%s", d->addresses.v[id]);
	else
		(void)snprintf(h->rcpt, sizeof(h->rcpt), "reader%lld@%s", (long long)id, d->domain);
	(void)snprintf(h->name, sizeof(h->name), "drive.%lld", (long long)id);
	*out = (struct send_item){ .id = (int64_t)(intptr_t)h,
		.mail_from = d->from,
		.rcpt_to = h->rcpt,
		.name = h->name };
	return d->threads > 0 ? WRAP_OK : drive_prepare(ctx, out, err);
}

static enum wrap_rc
drive_done(void *ctx, const struct send_item *item, const struct verdict *v, struct wrap_err *err)
{
	struct drive *d = ctx;
	struct held *h = (struct held *)(intptr_t)item->id;
	long long id = strtoll(h->name + 6, NULL, 10);

	(void)err;
	if (!d->quiet)
		(void)printf("%lld %s %d %s %s\n", id, outcome_words[v->outcome], v->reply_code,
		    v->enhanced[0] == '\0' ? "-" : v->enhanced, v->text);
	if ((v->outcome == OUTCOME_DEFERRED || v->outcome == OUTCOME_NOT_TRIED ||
		v->outcome == OUTCOME_INDOUBT) &&
	    ++d->tries[id] <= d->rounds) {
		d->todo[(d->head + d->n_todo) % (size_t)d->count] = id;
		d->n_todo++;
	}
	buf_clear(&h->message);
	free(h);
	return WRAP_OK;
}

static bool
take_word(struct drive *d, const char *word)
{
	const char *eq = strchr(word, '='), *v = eq == NULL ? "" : eq + 1;
	struct span key = { word, eq == NULL ? 0 : (size_t)(eq - word) };
	struct config_relay *r = d->n_relays == 0 ? NULL : &d->relays[d->n_relays - 1];
	int64_t n = strtoll(v, NULL, 10);

	if (span_eqs(key, "relay") && d->n_relays < RELAYS) {
		d->relays[d->n_relays++] = (struct config_relay){ .url = str_dup(v),
			.tls = CONFIG_TLS_REQUIRED,
			.connections = 1,
			.per_connection = 0,
			.weight = 1,
			.timeout = 10 };
		return true;
	}
	if (span_eqs(key, "count"))
		d->count = n;
	else if (span_eqs(key, "size"))
		d->size = n;
	else if (span_eqs(key, "rounds"))
		d->rounds = n;
	else if (span_eqs(key, "maildir"))
		d->maildir = v;
	else if (span_eqs(key, "from"))
		d->from = v;
	else if (span_eqs(key, "domain"))
		d->domain = v;
	else if (span_eqs(key, "quiet"))
		d->quiet = n != 0;
	else if (span_eqs(key, "threads"))
		d->threads = n;
	else if (span_eqs(key, "spoil"))
		d->spoil = n;
	else if (span_eqs(key, "canary"))
		d->canary = n;
	else if (span_eqs(key, "limit"))
		d->limit = strtod(v, NULL);
	else if (span_eqs(key, "watch"))
		d->watch = n != 0;
	else if (span_eqs(key, "slow") && d->n_slow < RELAYS && strchr(v, ':') != NULL)
		d->slow[d->n_slow++] =
		    (struct send_domain){ .name = str_dup_span((struct span){ v, strcspn(v, ":") }),
			    .per_second = strtod(strchr(v, ':') + 1, NULL) };
	else if (span_eqs(key, "to"))
		return strs_add(&d->addresses, span_of(v), NULL) == WRAP_OK;
	else if (r == NULL)
		return false;
	else if (span_eqs(key, "connections"))
		r->connections = n;
	else if (span_eqs(key, "weight"))
		r->weight = strtod(v, NULL);
	else if (span_eqs(key, "rate"))
		r->rate = n;
	else if (span_eqs(key, "per"))
		r->per_connection = n;
	else if (span_eqs(key, "timeout"))
		r->timeout = n;
	else if (span_eqs(key, "tls"))
		r->tls = strcmp(v, "none") == 0 ? CONFIG_TLS_NONE : CONFIG_TLS_REQUIRED;
	else if (span_eqs(key, "user"))
		r->user = str_dup(v);
	else if (span_eqs(key, "token"))
		r->token = str_dup(v);
	else if (span_eqs(key, "hour"))
		r->rate_hour = n;
	else if (span_eqs(key, "password"))
		r->password = str_dup(v);
	else if (span_eqs(key, "ca"))
		r->ca = str_dup(v);
	else if (span_eqs(key, "cert"))
		r->cert = str_dup(v);
	else if (span_eqs(key, "key"))
		r->key = str_dup(v);
	else
		return false;
	return true;
}

static void
on_progress(void *ctx, const struct send_progress *p)
{
	(void)ctx;
	(void)fprintf(stderr,
	    "%zu/%zu verdicts, %zu on the way, %zu connections, %.0f/s, %lld s left\n", p->verdicts,
	    p->total, p->on_the_way, p->connections, p->per_second, (long long)p->left_s);
}

/* Lines of 76 as quoted-printable gives them, one of them a lone dot. */
static void
make_body(struct drive *d)
{
	buf_adds(&d->body, "Subject: wrap\r\nMIME-Version: 1.0\r\n\r\n.\r\n..dots\r\n");
	for (int64_t i = 0; (int64_t)d->body.n + 78 < d->size; i++) {
		char line[79];

		for (int k = 0; k < 76; k++)
			line[k] = (char)('a' + (i + k) % 26);
		memcpy(line + 76, "\r\n", 3);
		buf_add(&d->body, line, 78);
	}
	buf_adds(&d->body, "the end\r\n");
}

int
main(int argc, char **argv)
{
	struct drive d = {
		.count = 1, .size = 2000, .from = "wrap@sender.example", .domain = "reader.example"
	};
	struct send_source src = { .ctx = &d, .next = drive_next, .done = drive_done };
	struct send_options opt;
	struct send_report rep;
	struct wrap_err err = { 0 };
	struct rusage ru;
	enum wrap_rc rc;
	int64_t start;

	(void)signal(SIGTERM, on_signal);
	(void)signal(SIGINT, on_signal);
	(void)signal(SIGPIPE, SIG_IGN);
	for (int i = 1; i < argc; i++)
		if (!take_word(&d, argv[i])) {
			(void)fprintf(stderr, "send_drive: what is %s?\n", argv[i]);
			return 64;
		}
	make_body(&d);
	d.todo = calloc((size_t)d.count, sizeof(*d.todo));
	d.tries = calloc((size_t)d.count, sizeof(*d.tries));
	src.prepare = d.threads > 0 ? drive_prepare : NULL;
	opt = (struct send_options){ .stop = &stop,
		.threads = (size_t)d.threads,
		.domains = d.slow,
		.n_domains = d.n_slow,
		.canary = (size_t)d.canary,
		.canary_limit = d.limit,
		.total = (size_t)d.count,
		.progress = d.watch ? on_progress : NULL };
	start = clock_monotonic_ms();
	rc = send_run(d.relays, d.n_relays, d.maildir, &opt, &src, &rep, &err);
	(void)getrusage(RUSAGE_SELF, &ru);
	for (char *c = rep.reason; *c != '\0'; c++)
		if (*c == '"' || *c == '\\')
			*c = '\'';
	for (char *c = err.text; *c != '\0'; c++)
		if (*c == '"' || *c == '\\')
			*c = '\'';
	(void)printf(
	    "{\"rc\":%d,\"error\":\"%s\",\"tried\":%zu,\"accepted\":%zu,\"deferred\":%zu,"
	    "\"refused\":%zu,\"indoubt\":%zu,\"not_tried\":%zu,\"connections\":%zu,"
	    "\"again\":%zu,\"stopped\":%s,\"canary\":%s,\"reason\":\"%s\",\"wall_ms\":%lld,"
	    "\"cpu_us\":%lld,\"rss_kb\":%ld}\n",
	    (int)rc, err.text, rep.tried, rep.accepted, rep.deferred, rep.refused, rep.indoubt,
	    rep.not_tried, rep.connections, rep.again, rep.stopped ? "true" : "false",
	    rep.canary ? "true" : "false", rep.reason, (long long)(clock_monotonic_ms() - start),
	    (long long)((ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1000000 + ru.ru_utime.tv_usec +
			ru.ru_stime.tv_usec),
	    ru.ru_maxrss);
	free(d.todo);
	free(d.tries);
	strs_clear(&d.addresses);
	for (size_t i = 0; i < d.n_slow; i++)
		free((char *)(uintptr_t)d.slow[i].name);
	for (size_t i = 0; i < d.n_relays; i++) {
		free(d.relays[i].url);
		free(d.relays[i].user);
		free(d.relays[i].password);
		free(d.relays[i].token);
		free(d.relays[i].ca);
		free(d.relays[i].cert);
		free(d.relays[i].key);
	}
	buf_clear(&d.body);
	return rc == WRAP_OK ? 0 : 1;
}
