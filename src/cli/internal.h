/*
 * What the commands share: the table's shape, what was opened for them, and how they speak. To add a
 * command: a file cmd_NAME.c with `int cmd_NAME(struct cli *)`, a declaration here, a line in cli.c's
 * table, a paragraph in wrap.1.
 */
#ifndef CLI_INTERNAL_H
#define CLI_INTERNAL_H

#include "wrap/cli.h"
#include "wrap/config.h"
#include "wrap/store.h"

#include <jansson.h>

/* Exit codes: sysexits, and one of our own. */
enum cli_exit {
	CLI_DONE = 0,
	CLI_HELD = 3, /* an edition waits for the editor */
	CLI_USAGE = 64,
	CLI_BAD_INPUT = 65,
	CLI_UNAVAILABLE = 69,
	CLI_SYSTEM = 71,
	CLI_CANNOT_CREATE = 73,
	CLI_IO = 74,
	CLI_TRY_LATER = 75,
	CLI_DENIED = 77,
	CLI_CONFIG = 78
};

/* What must be open before a command runs. Each implies the ones above it. */
enum cli_need {
	NEED_NOTHING,
	NEED_CONFIG,
	NEED_STORE, /* and keys */
	NEED_LOCK   /* and the lock that only one run holds */
};

struct cli_option {
	const char *name;  /* long */
	const char *value; /* what it takes, for help; NULL: a flag */
	const char *help;
};

struct cli {
	const struct cli_command *command;
	const char *config_path;
	bool dry_run, quiet, verbose, json;
	struct wclock clock;
	int64_t now; /* when the command began */
	struct config config;
	struct keyring *keys; /* secret memory: no child sees it */
	struct store *store;
	struct run_lock lock;
	int argc; /* what is left after options */
	char **argv;
	const char *given
	    [16]; /* values of the command's options, in the order of its table; "" for a flag */
};

struct cli_command {
	const char *name;
	int (*run)(struct cli *cli);
	enum cli_need need;
	const char *args; /* synopsis of what follows the options */
	int min_args, max_args;
	const char *help;                 /* one line */
	const struct cli_option *options; /* ends with a NULL name; NULL: none */
};

/*
 * Read the command line into cli: command, options, and what is left as argc and argv. Returns -1 to go on, or
 * the exit code when all was said.
 */
int cli_read(struct cli *cli, int argc, char **argv);
/* Help for one command, or NULL: for all of them. */
void help_print(const struct cli_command *c);
/* The table of commands and the long options of all; NULL past the end. */
const struct cli_command *cli_command_at(size_t i);
const char *cli_global(size_t i);
/* The value of an option of the command: NULL when not given, "" for a flag. */
const char *cli_given(const struct cli *cli, const char *name);
/* Load the keys of the configuration that is open; once. WRAP_ECONFIG when there are none. */
enum wrap_rc cli_open_keys(struct cli *cli, struct wrap_err *err);
/* Read the configuration that was named, or the one of the place; for a command that opens things itself. */
enum wrap_rc cli_config(struct cli *cli, struct wrap_err *err);
/* Print "wrap: error: text" and return the exit code for err. */
int cli_fail(const struct wrap_err *err);
/* The same for wrong usage of the command: 64. */
int cli_usage(const struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Write a file that the user named, as file_write does; WRAP_ECREATE when it cannot be made. */
enum wrap_rc cli_write(const char *path, struct span data, unsigned mode, struct wrap_err *err);
/* A line for people on standard output; silent with -q and with --json. */
void cli_say(const struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Print a JSON value as one line and drop it. */
void cli_json(json_t *v);
json_t *cli_json_time(int64_t t);     /* RFC 3339, or null for 0 */
json_t *cli_json_text(const char *s); /* or null */
/*
 * Make a pair of signing keys (RSA, and Ed25519 under SELECTORe) in paths.keys. Their DNS records go to list
 * as of wrap --json dkim record, or are said when it is NULL; their stanzas for wrap.conf to config.
 */
enum wrap_rc cli_dkim_pair(const struct cli *cli, const char *domain, const char *selector,
    json_t *list, struct buf *config, struct wrap_err *err);
/* progress.c: the line of standard error that is written over, cut to the terminal; and away with it. */
void progress_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void progress_clear(void);
/* "cli:USER", for consent records. */
const char *cli_source(char out[80]);
/* Local "Fri 27 Nov 2026 09:00", or "never"; out holds CLI_TIME. */
#define CLI_TIME 64
const char *cli_time(int64_t t, char out[CLI_TIME]);
const char *cli_day(int64_t t, char out[CLI_TIME]); /* "27 Nov 2026" */

int cmd_approve(struct cli *cli);
int cmd_backup(struct cli *cli);
int cmd_bounces(struct cli *cli);
int cmd_cancel(struct cli *cli);
int cmd_collect(struct cli *cli);
int cmd_completion(struct cli *cli);
int cmd_doctor(struct cli *cli);
int cmd_draft(struct cli *cli);
int cmd_edit(struct cli *cli);
int cmd_feeds(struct cli *cli);
int cmd_hold(struct cli *cli);
int cmd_bounces(struct cli *cli);
int cmd_dkim(struct cli *cli);
int cmd_init(struct cli *cli);
int cmd_inspect(struct cli *cli);
int cmd_keys(struct cli *cli);
int cmd_preview(struct cli *cli);
int cmd_report(struct cli *cli);
int cmd_restore(struct cli *cli);
int cmd_resume(struct cli *cli);
int cmd_run(struct cli *cli);
int cmd_send(struct cli *cli);
int cmd_serve(struct cli *cli);
int cmd_status(struct cli *cli);
int cmd_subscribe(struct cli *cli);
int cmd_subscribers(struct cli *cli);
int cmd_unsubscribe(struct cli *cli);
int cmd_why(struct cli *cli);

extern const struct cli_option bounces_options[];
extern const struct cli_option collect_options[];
extern const struct cli_option decide_options[];
extern const struct cli_option dkim_options[];
extern const struct cli_option doctor_options[];
extern const struct cli_option edit_options[];
extern const struct cli_option init_options[];
extern const struct cli_option inspect_options[];
extern const struct cli_option preview_options[];
extern const struct cli_option report_options[];
extern const struct cli_option send_options[];
extern const struct cli_option subscribe_options[];
extern const struct cli_option subscribers_options[];
extern const struct cli_option unsubscribe_options[];

#endif
