/*
 * How commands speak: a failure as a line and an exit code, a line for people, a value as JSON, a moment as
 * local time.
 */
#include "internal.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
exit_code(enum wrap_rc rc)
{
	switch (rc) {
	case WRAP_OK: return CLI_DONE;
	case WRAP_ENOTFOUND:
	case WRAP_EEXISTS:
	case WRAP_EINVAL:
	case WRAP_ELIMIT:
	case WRAP_EPROTO: return CLI_BAD_INPUT;
	case WRAP_EBUSY: return CLI_TRY_LATER;
	case WRAP_EPEER: return CLI_UNAVAILABLE;
	case WRAP_EDENIED: return CLI_DENIED;
	case WRAP_ECONFIG: return CLI_CONFIG;
	case WRAP_ECREATE: return CLI_CANNOT_CREATE;
	case WRAP_ENOMEM: return CLI_SYSTEM;
	case WRAP_ESYS: return CLI_IO;
	}
	return CLI_SYSTEM;
}

int
cli_fail(const struct wrap_err *err)
{
	log_line(LOG_ERROR, "%s", err->text);
	return exit_code(err->code);
}

int
cli_usage(const struct cli *cli, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (cli->command == NULL)
		log_line(LOG_ERROR, "%s; type: wrap --help", text);
	else
		log_line(LOG_ERROR, "%s: %s; type: wrap %s --help", cli->command->name, text,
		    cli->command->name);
	return CLI_USAGE;
}

enum wrap_rc
cli_write(const char *path, struct span data, unsigned mode, struct wrap_err *err)
{
	enum wrap_rc rc = file_write(path, data, mode, err);

	if (rc == WRAP_ENOTFOUND)
		return wrap_fail(err, WRAP_ECREATE,
		    "%s cannot be written: there is no such folder; make it, or name another",
		    path);
	if (rc == WRAP_EDENIED)
		err->code = rc = WRAP_ECREATE;
	return rc;
}

void
cli_say(const struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	if (cli->quiet || cli->json)
		return;
	va_start(ap, fmt);
	(void)vprintf(fmt, ap);
	va_end(ap);
	(void)putchar('\n');
}

void
cli_json(json_t *v)
{
	char *text = json_dumps(v, JSON_COMPACT | JSON_PRESERVE_ORDER);

	if (text != NULL)
		(void)puts(text);
	free(text);
	json_decref(v);
}

json_t *
cli_json_time(int64_t t)
{
	char text[CLOCK_TEXT];

	return t == 0 ? json_null() : json_string(clock_rfc3339(t, text));
}

json_t *
cli_json_text(const char *s)
{
	json_t *v = s == NULL ? NULL : json_string(s);

	return v == NULL ? json_null() : v;
}

const char *
cli_source(char out[80])
{
	const struct passwd *pw = getpwuid(geteuid());

	(void)snprintf(out, 80, "cli:%s", pw == NULL ? "unknown" : pw->pw_name);
	return out;
}

const char *
cli_time(int64_t t, char out[CLI_TIME])
{
	struct tm tm = clock_local(t);

	if (t == 0 || strftime(out, CLI_TIME, "%a %e %b %Y %H:%M", &tm) == 0)
		(void)snprintf(out, CLI_TIME, "never");
	return out;
}

const char *
cli_day(int64_t t, char out[CLI_TIME])
{
	struct tm tm = clock_local(t);

	if (strftime(out, CLI_TIME, "%e %b %Y", &tm) == 0)
		out[0] = '\0';
	return out;
}
