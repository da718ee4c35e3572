/*
 * The questions of wrap init: from flags, else on a terminal, where a wrong answer is explained and asked
 * again, else the fallback.
 */
#include "init.h"

#include "wrap/mail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

void
answers_clear(struct answers *a)
{
	free(a->name);
	free(a->from);
	free(a->address);
	free(a->time_zone);
	free(a->language);
	free(a->feed);
	free(a->relay);
	free(a->user);
}

/* ---- what makes an answer right -------------------------------------------------------------------------- */

/* A relay on this machine needs no TLS; any other must have it. */
bool
init_relay_is_local(const char *url)
{
	const char *host = strstr(url, "://") + 3;

	return strncmp(url, "smtp://", 7) == 0 &&
	       (strncmp(host, "127.", 4) == 0 || strncmp(host, "localhost", 9) == 0 ||
		   strncmp(host, "[::1]", 5) == 0);
}

/* smtps://user@host:port into its parts; a user may have an @ of its own. */
static enum wrap_rc
take_relay(struct answers *a, char *whole, struct wrap_err *err)
{
	const char *host, *at;
	struct buf b = BUF_INIT(1024);

	if (strncmp(whole, "smtp://", 7) != 0 && strncmp(whole, "smtps://", 8) != 0)
		return wrap_fail(err, WRAP_EINVAL,
		    "relay \"%.100s\": write it like smtps://user@smtp.example.org or smtp://127.0.0.1:25",
		    whole);
	host = strstr(whole, "://") + 3;
	at = strrchr(host, '@');
	if (at != NULL && memchr(host, ':', (size_t)(at - host)) != NULL)
		return wrap_fail(err, WRAP_EINVAL,
		    "a password does not belong into the relay's address; it is asked for, or goes into relay.pass");
	if (at != NULL)
		a->user = str_dup_span((struct span){ host, (size_t)(at - host) });
	buf_add(&b, whole, (size_t)(host - whole));
	buf_adds(&b, at == NULL ? host : at + 1);
	a->relay = buf_steal(&b);
	return WRAP_OK;
}

static enum wrap_rc
take_from(struct answers *a, char *text, struct wrap_err *err)
{
	char *name = NULL, *mailbox = NULL;
	enum wrap_rc rc = address_named(span_of(text), &name, &mailbox, err);

	free(name);
	free(mailbox);
	if (rc == WRAP_OK)
		a->from = str_dup(text);
	return rc == WRAP_OK ? rc : wrap_while(err, rc, "from \"%.100s\"", text);
}

/* An address without a scheme is one of the web. */
static enum wrap_rc
take_feed(struct answers *a, char *text, struct wrap_err *err)
{
	struct buf b = BUF_INIT(4096);
	bool scheme = strstr(text, "://") != NULL;

	if (strpbrk(text, " \t\"") != NULL ||
	    (scheme && strncmp(text, "http://", 7) != 0 && strncmp(text, "https://", 8) != 0) ||
	    (!scheme && strchr(text, '.') == NULL))
		return wrap_fail(err, WRAP_EINVAL,
		    "feed \"%.100s\": write it like https://example.org/feed.xml", text);
	buf_addf(&b, "%s%s", scheme ? "" : "https://", text);
	a->feed = buf_steal(&b);
	return WRAP_OK;
}

static enum wrap_rc
take_name(struct answers *a, char *text, struct wrap_err *err)
{
	(void)err;
	a->name = str_dup(text);
	return WRAP_OK;
}

static enum wrap_rc
take_address(struct answers *a, char *text, struct wrap_err *err)
{
	(void)err;
	a->address = str_dup(text);
	return WRAP_OK;
}

/* ---- asking -------------------------------------------------------------------------------------------------- */

static char *
machine_zone(void)
{
	char path[512];
	ssize_t n = readlink("/etc/localtime", path, sizeof(path) - 1);
	const char *zone;

	path[n < 0 ? 0 : n] = '\0';
	zone = strstr(path, "zoneinfo/");
	return str_dup(zone == NULL ? "UTC" : zone + strlen("zoneinfo/"));
}

struct question {
	const char *flag, *text;
	const char *fallback; /* NULL: there is none, and nothing is taken */
	enum wrap_rc (*take)(struct answers *a, char *text, struct wrap_err *err);
};

static const char placeholder[] = "The Weekly Wrap <wrap@example.org>";

static const struct question questions[] = {
	{ "name", "1. Name of the publication?", "The Weekly Wrap", take_name },
	{ "from", "2. Mail comes from, as Name <address>?", placeholder, take_from },
	{ "address", "3. Postal address for the footer, which many laws ask for?",
	    "1 Main Street, Springfield", take_address },
	{ "feed", "4. Address of the first feed (empty: only the folder articles)?", NULL,
	    take_feed },
	{ "relay", "5. Mail server, like smtps://user@smtp.example.org (empty: the folder outbox)?",
	    NULL, take_relay },
};

static bool
on_terminal(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

/* One line that was typed, without its blanks; false at the end of input. */
static bool
read_answer(const struct question *q, char line[512], struct span *out)
{
	(void)printf("%s%s%s%s ", q->text, q->fallback == NULL ? "" : " [",
	    q->fallback == NULL ? "" : q->fallback, q->fallback == NULL ? "" : "]");
	(void)fflush(stdout);
	if (fgets(line, 512, stdin) == NULL)
		return false;
	*out = span_trim(span_of(line));
	return true;
}

static enum wrap_rc
ask_one(const struct question *q, struct answers *a, struct wrap_err *err)
{
	for (;;) {
		char line[512], *typed;
		struct span s = { "", 0 };
		enum wrap_rc rc;

		if (!read_answer(q, line, &s))
			return wrap_fail(err, WRAP_EINVAL, "the answers ended; nothing was made");
		if (s.n == 0)
			s = span_of(q->fallback);
		if (s.n == 0)
			return WRAP_OK;
		typed = str_dup_span(s);
		rc = typed == NULL ? wrap_fail(err, WRAP_ENOMEM, "out of memory")
				   : q->take(a, typed, err);
		free(typed);
		if (rc != WRAP_EINVAL && rc != WRAP_EPROTO)
			return rc;
		(void)printf("   Not so: %s.\n", err->text);
	}
}

enum wrap_rc
init_ask(const struct cli *cli, struct answers *a, struct wrap_err *err)
{
	const char *zone = cli_given(cli, "time-zone"), *language = cli_given(cli, "language");
	enum wrap_rc rc = WRAP_OK;
	bool told = false;

	for (size_t i = 0; rc == WRAP_OK && i < sizeof(questions) / sizeof(questions[0]); i++) {
		const struct question *q = &questions[i];
		const char *given = cli_given(cli, q->flag);
		char *text;

		if (given == NULL && on_terminal()) {
			if (!told)
				(void)printf("Each can be changed later in wrap.conf.\n");
			told = true;
			rc = ask_one(q, a, err);
			continue;
		}
		text = str_dup(given != NULL ? given : q->fallback);
		if (text != NULL)
			rc = q->take(a, text, err);
		free(text);
	}
	a->time_zone = zone != NULL ? str_dup(zone) : machine_zone();
	a->language = str_dup(language);
	a->real_from = a->from != NULL && strcmp(a->from, placeholder) != 0;
	if (rc == WRAP_OK && (a->name == NULL || a->from == NULL || a->time_zone == NULL))
		rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
	return rc;
}

/* The relay's password, not shown while typed, into a file of our own; asked for only on a terminal. */
enum wrap_rc
init_password(const struct answers *a, const char *path, struct wrap_err *err)
{
	struct termios was, quiet;
	char line[512] = "";
	struct span s;
	enum wrap_rc rc = WRAP_OK;

	if (a->user == NULL || access(path, F_OK) == 0 || !isatty(STDIN_FILENO) ||
	    tcgetattr(STDIN_FILENO, &was) != 0)
		return WRAP_OK;
	quiet = was;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	(void)printf("   Password of %s there (not shown)? ", a->user);
	(void)fflush(stdout);
	if (fgets(line, sizeof(line), stdin) == NULL)
		line[0] = '\0';
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
	(void)putchar('\n');
	s = span_trim(span_of(line));
	if (s.n > 0)
		rc = file_write(path, s, 0600, err);
	secret_wipe(line, sizeof(line));
	return rc;
}
