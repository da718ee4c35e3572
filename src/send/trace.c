/*
 * With -v, what is said on both sides of a connection, in lines that a journal and a person can read. While libcurl
 * connects it tells us; then the dialog does. Of AUTH only the mechanism is shown, and of what answers a 334,
 * nothing: it is the password, whatever it is encoded in. Of a message only its length is shown.
 */
#include "internal.h"

#include <stdio.h>
#include <string.h>

#define NOT_SHOWN "(not shown)"

bool
trace_hides(const struct lane *l, struct span line)
{
	const char *secrets[] = { l->relay->conf->password, l->relay->conf->token };

	for (size_t i = 0; i < 2; i++)
		if (secrets[i] != NULL && secrets[i][0] != '\0' &&
		    span_find(line, span_of(secrets[i])) != (size_t)-1)
			return true;
	return false;
}

static void
show(const struct lane *l, char direction, struct span line)
{
	line = span_trim(line);
	log_wire(l->relay->conf->url, l->number, direction,
	    trace_hides(l, line) ? SPAN_LIT(NOT_SHOWN) : line);
}

static void
show_lines(const struct lane *l, char direction, struct span text)
{
	struct span line;

	while (span_cut(&text, '\n', &line))
		show(l, direction, line);
}

int
trace_connecting(CURL *easy, curl_infotype type, char *p, size_t n, void *ctx)
{
	const struct lane *l = ctx;
	struct span line = span_trim((struct span){ p, n }), rest = line, word;
	char auth[64];

	(void)easy;
	if (type == CURLINFO_HEADER_IN)
		show(l, '<', line);
	if (type != CURLINFO_HEADER_OUT)
		return 0;
	if (l->code == 334) {
		show(l, '>', SPAN_LIT(NOT_SHOWN));
	} else if (span_cut(&rest, ' ', &word) && span_ieqs(word, "AUTH") &&
		   span_cut(&rest, ' ', &word)) {
		(void)snprintf(auth, sizeof(auth), "AUTH %.*s %s", (int)(word.n < 32 ? word.n : 32),
		    word.p, rest.n > 0 ? NOT_SHOWN : "");
		show(l, '>', span_of(auth));
	} else {
		show(l, '>', line);
	}
	return 0;
}

void
trace_begin(const struct lane *l, const struct send_item *item)
{
	log_line(LOG_DEBUG, "%s #%u: message %s to %s", l->relay->conf->url, l->number,
	    item->name == NULL ? "" : item->name, item->rcpt_to);
}

void
trace_heard(void *ctx, struct span reply)
{
	show_lines(ctx, '<', reply);
}

void
trace_said(const struct lane *l, enum dialog_phase phase, struct span written)
{
	const struct dialog *d = &l->dialog;
	char text[64];

	if (!log_wants(LOG_DEBUG))
		return;
	if (phase != DIALOG_BODY) {
		show_lines(l, '>', written);
	} else if (dialog_pending(d).n == 0) {
		(void)snprintf(text, sizeof(text), "(%zu bytes of message)", d->out.n);
		show(l, '>', span_of(text));
	}
}
