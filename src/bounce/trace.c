/*
 * With -v, what is said on both sides of a session with the mailbox, in lines that a journal and a person can read.
 * libetpan tells us every byte; here they become lines. What a login says is hidden, whatever it is encoded in, and
 * of a literal (RFC 9051 4.3), where letters come in, only its length is shown.
 */
#include "bounce/imap.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOT_SHOWN "(not shown)"
#define LINES_MAX 2000 /* a server that never ends is boring after that */

/* One direction: the line that is coming, and how much of a literal is still to come. */
struct side {
	char line[480];
	size_t n, literal;
};

struct imap_trace {
	char peer[320];
	const char *secrets[2];
	bool login; /* it is going on */
	size_t lines;
	struct side in, out;
};

/* "N LOGIN ...", "N AUTHENTICATE MECHANISM ...": as far as no secret can stand in it. */
static size_t
public_part(struct span line)
{
	struct span rest = line, tag, word, mechanism;

	if (!span_cut(&rest, ' ', &tag) || !span_cut(&rest, ' ', &word))
		return 0;
	if (span_ieqs(word, "LOGIN"))
		return (size_t)(word.p - line.p) + word.n;
	if (span_ieqs(word, "AUTHENTICATE") && span_cut(&rest, ' ', &mechanism))
		return (size_t)(mechanism.p - line.p) + mechanism.n;
	return span_ieqs(word, "CAPABILITY") ? line.n : 0;
}

/* Whatever the server says with our password in it. */
static bool
holds_secret(const struct imap_trace *t, struct span line)
{
	for (size_t i = 0; i < 2; i++)
		if (t->secrets[i] != NULL && t->secrets[i][0] != '\0' &&
		    span_find(line, span_of(t->secrets[i])) != (size_t)-1)
			return true;
	return false;
}

static void
show(struct imap_trace *t, char direction, struct span line)
{
	struct buf text = BUF_INIT(1024);
	bool hidden = t->login && direction == '>';
	size_t n = hidden ? public_part(line) : line.n;

	if (++t->lines > LINES_MAX) {
		if (t->lines == LINES_MAX + 1)
			log_line(LOG_DEBUG, "%s: the rest of this session is not shown", t->peer);
		return;
	}
	buf_add(&text, line.p, n);
	if (n < line.n)
		buf_addf(&text, "%s" NOT_SHOWN, n > 0 ? " " : "");
	if (!hidden && holds_secret(t, line)) {
		buf_reset(&text);
		buf_adds(&text, NOT_SHOWN);
	}
	log_wire(t->peer, 0, direction, buf_span(&text));
	buf_clear(&text);
}

/* The number in a line that ends "{N}" or "{N+}"; 0: no literal follows. */
static size_t
literal_of(struct span line)
{
	size_t i = line.n, n = 0;

	if (i < 3 || line.p[i - 1] != '}')
		return 0;
	i--;
	while (i > 0 && line.p[i - 1] != '{')
		i--;
	for (; i > 0 && line.p[i] >= '0' && line.p[i] <= '9' && n < SIZE_MAX / 16; i++)
		n = n * 10 + (size_t)(line.p[i] - '0');
	return n;
}

static void
line_end(struct imap_trace *t, struct side *s, char direction)
{
	struct span line = span_trim((struct span){ s->line, s->n });

	s->n = 0;
	s->literal = literal_of(line);
	if (line.n > 0)
		show(t, direction, line);
}

static void
take(struct imap_trace *t, struct side *s, char direction, struct span data)
{
	while (data.n > 0) {
		if (s->literal > 0) {
			size_t n = data.n < s->literal ? data.n : s->literal;

			s->literal -= n;
			data.p += n;
			data.n -= n;
			continue;
		}
		if (data.p[0] == '\n') {
			line_end(t, s, direction);
		} else if (s->n < sizeof(s->line)) {
			s->line[s->n++] = data.p[0];
		} else {
			/* Of a long line the head is kept, and its last bytes: a literal may be announced there. */
			memmove(s->line + sizeof(s->line) - 16, s->line + sizeof(s->line) - 15, 15);
			s->line[sizeof(s->line) - 1] = data.p[0];
		}
		data.p++;
		data.n--;
	}
}

static void
hear(mailimap *session, int type, const char *p, size_t n, void *ctx)
{
	struct imap_trace *t = ctx;

	(void)session;
	if (p == NULL)
		return;
	switch (type) {
	case MAILSTREAM_LOG_TYPE_DATA_RECEIVED: take(t, &t->in, '<', (struct span){ p, n }); break;
	case MAILSTREAM_LOG_TYPE_DATA_SENT:
	case MAILSTREAM_LOG_TYPE_DATA_SENT_PRIVATE:
		take(t, &t->out, '>', (struct span){ p, n });
		break;
	default: break;
	}
}

void
trace_open(mailimap *s, const struct config_mailbox *m)
{
	struct imap_trace *t = log_wants(LOG_DEBUG) ? calloc(1, sizeof(*t)) : NULL;

	if (t == NULL)
		return;
	(void)snprintf(t->peer, sizeof(t->peer), "%s", m->url);
	t->secrets[0] = m->password;
	t->secrets[1] = m->token;
	mailimap_set_logger(s, hear, t);
}

void
trace_login(mailimap *s, bool going_on)
{
	struct imap_trace *t = s->imap_logger_context;

	if (t != NULL)
		t->login = going_on;
}

void
trace_close(mailimap *s)
{
	struct imap_trace *t = s->imap_logger_context;

	mailimap_set_logger(s, NULL, NULL);
	free(t);
}
