/*
 * wrap backup and restore: a copy of the database with the keys beside it, and the way back, after which
 * nothing that may have gone out since is mailed again unless somebody says so.
 */
#include "internal.h"

#include "wrap/people.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Without token.key no link in mail that is out works; without suppression.key nobody who was forgotten is known. */
static const char *
key_name(size_t i, char out[KEYRING_NAME])
{
	if (i == 0)
		return "suppression.key"; /* first: a restore with another one must not change the others */
	return keyring_name(i - 1, out) ? out : NULL;
}

static char *
keys_beside(const char *file)
{
	struct buf b = BUF_INIT(1 << 16);

	buf_addf(&b, "%s.keys", file);
	return buf_steal(&b);
}

/* One key from one folder to another; *differs when the other has one that is not the same. Never over one that is there unless over. */
static enum wrap_rc
copy_key(const char *from, const char *to, const char *name, bool over, bool *differs,
    struct wrap_err *err)
{
	struct buf a = BUF_INIT(4096), b = BUF_INIT(4096);
	char *source = path_join(from, name), *target = path_join(to, name);
	enum wrap_rc rc = source == NULL || target == NULL
			      ? wrap_fail(err, WRAP_ENOMEM, "out of memory")
			      : file_read(source, 4096, &a, err);

	*differs = false;
	if (rc == WRAP_ENOTFOUND) {
		rc = WRAP_OK;
	} else if (rc == WRAP_OK) {
		bool there = file_read(target, 4096, &b, NULL) == WRAP_OK;

		*differs = there && !span_eq(buf_span(&a), buf_span(&b));
		if (!there || (over && *differs))
			rc = file_write(target, buf_span(&a), 0600, err);
	}
	if (a.p != NULL)
		secret_wipe(a.p, a.n);
	if (b.p != NULL)
		secret_wipe(b.p, b.n);
	buf_clear(&a);
	buf_clear(&b);
	free(source);
	free(target);
	return rc;
}

static enum wrap_rc
keep_keys(const struct cli *cli, const char *folder, struct wrap_err *err)
{
	char room[KEYRING_NAME];
	const char *name;
	enum wrap_rc rc = WRAP_OK;
	bool differs;

	if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
		if (wrap_fail_errno(err, "make folder %s", folder) != WRAP_ESYS)
			err->code = WRAP_ECREATE;
		return err->code;
	}
	for (size_t i = 0; rc == WRAP_OK && (name = key_name(i, room)) != NULL; i++)
		rc = copy_key(cli->config.paths.keys, folder, name, true, &differs, err);
	return rc;
}

/* What is there already may be a backup made before, and nothing else. */
static enum wrap_rc
check_target(const struct cli *cli, const char *to, struct wrap_err *err)
{
	static const char magic[] = "SQLite format 3"; /* and the NUL after it */
	struct stat there, ours;
	char head[sizeof(magic)] = "";
	FILE *f;

	if (stat(to, &there) != 0)
		return WRAP_OK;
	if (stat(cli->config.paths.database, &ours) == 0 && there.st_dev == ours.st_dev &&
	    there.st_ino == ours.st_ino)
		return wrap_fail(err, WRAP_EINVAL,
		    "%s is the database itself; name another file for the backup", to);
	f = S_ISREG(there.st_mode) ? fopen(to, "re") : NULL;
	if (f != NULL) {
		if (fread(head, 1, sizeof(head), f) != sizeof(head))
			head[0] = '\0';
		(void)fclose(f);
	}
	if (memcmp(head, magic, sizeof(magic)) != 0)
		return wrap_fail(err, WRAP_EEXISTS,
		    "%s is there already and is no backup; name another file", to);
	return WRAP_OK;
}

int
cmd_backup(struct cli *cli)
{
	const char *to = cli->argv[0];
	char *folder = keys_beside(to);
	struct backup b = { 0 };
	struct wrap_err err = { 0 };
	enum wrap_rc rc = folder == NULL ? wrap_fail(&err, WRAP_ENOMEM, "out of memory") : WRAP_OK;

	if (rc == WRAP_OK)
		rc = check_target(cli, to, &err);
	if (rc == WRAP_OK && cli->dry_run) {
		cli_say(cli, "would write %s and the keys into %s", to, folder);
		free(folder);
		return CLI_DONE;
	}
	if (rc == WRAP_OK)
		rc = keep_keys(cli, folder, &err);
	if (rc == WRAP_OK)
		rc = store_backup(cli->store, to, cli->now, &b, &err);
	if (rc == WRAP_OK && cli->json)
		cli_json(json_pack("{s:s,s:s,s:o,s:I,s:I}", "file", to, "keys", folder, "at",
		    cli_json_time(b.at), "readers", (json_int_t)b.readers, "bytes",
		    (json_int_t)b.bytes));
	else if (rc == WRAP_OK) {
		cli_say(cli, "%s: %lld readers, %lld kB, checked.", to, (long long)b.readers,
		    (long long)b.bytes / 1024);
		cli_say(
		    cli, "The keys are in %s: links in mails need them. Keep both secret.", folder);
		cli_say(cli, "Not in it: %s, templates, DKIM keys, folders of articles.",
		    cli->config_path);
	}
	free(folder);
	return rc == WRAP_OK ? CLI_DONE : cli_fail(&err);
}

/* ---- restore ------------------------------------------------------------------------------------------------- */

static enum wrap_rc
give_keys_back(struct cli *cli, const char *from, struct wrap_err *err)
{
	char *folder = keys_beside(from);
	enum wrap_rc rc = folder == NULL ? wrap_fail(err, WRAP_ENOMEM, "out of memory") : WRAP_OK;
	char room[KEYRING_NAME];
	const char *name;
	bool differs = false;

	if (rc == WRAP_OK && mkdir(cli->config.paths.keys, 0700) != 0 && errno != EEXIST)
		rc = wrap_fail_errno(err, "make folder %s", cli->config.paths.keys);
	for (size_t i = 0; rc == WRAP_OK && (name = key_name(i, room)) != NULL; i++) {
		rc = copy_key(folder, cli->config.paths.keys, name, false, &differs, err);
		if (rc == WRAP_OK && differs && strcmp(name, "suppression.key") == 0)
			rc = wrap_fail(err, WRAP_ECONFIG,
			    "%s/%s is another key than the backup's, so that nobody who was forgotten would be "
			    "known; put the one from %s there first",
			    cli->config.paths.keys, name, folder);
	}
	free(folder);
	return rc == WRAP_OK ? cli_open_keys(cli, err) : rc;
}

struct since {
	struct cli *cli;
	int64_t forgotten;
};

/* Whoever was forgotten after the backup was made is so again. */
static enum wrap_rc
forget_since(void *ctx, struct store *st, struct wrap_err *err)
{
	struct since *s = ctx;

	return people_forget_again(st, s->cli->keys, &s->forgotten, err);
}

static enum wrap_rc
say_edition(void *ctx, const struct edition *e, struct wrap_err *err)
{
	struct cli *cli = ctx;
	int64_t n[DELIVERY_STATES];
	enum wrap_rc rc = delivery_counts(cli->store, e->id, n, err);

	if (rc != WRAP_OK || n[DELIVERY_HELD] == 0)
		return rc;
	cli_say(cli, "%s: %lld deliveries may have gone out since, and are held. Did they?", e->key,
	    (long long)n[DELIVERY_HELD]);
	cli_say(cli, "  yes, or better none than twice:  wrap send %s --settled", e->key);
	cli_say(cli, "  no, mail these readers:          wrap send %s --held", e->key);
	return rc;
}

static int
say_restored(struct cli *cli, const struct restore *r, const struct since *s, struct wrap_err *err)
{
	char at[CLI_TIME];

	if (cli->json) {
		cli_json(json_pack("{s:o,s:I,s:I,s:b,s:I,s:I,s:I,s:o}", "backup_at",
		    cli_json_time(r->backup_at), "readers", (json_int_t)r->readers, "held",
		    (json_int_t)r->held, "carried", r->carried, "left", (json_int_t)r->left, "came",
		    (json_int_t)r->came, "forgotten", (json_int_t)s->forgotten, "replaced",
		    cli_json_text(r->aside)));
		return CLI_DONE;
	}
	cli_say(cli, "Restored: %lld readers as of %s.", (long long)r->readers,
	    cli_time(r->backup_at, at));
	if (r->aside != NULL)
		cli_say(cli, "The database that was there is kept as %s.", r->aside);
	if (r->carried)
		cli_say(cli, "From it: %lld who left since then, %lld forgotten since then.",
		    (long long)r->left, (long long)s->forgotten);
	if (r->carried && r->came > 0)
		cli_say(cli,
		    "%lld who came since then %s only in that file; they would have to ask again.",
		    (long long)r->came, r->came == 1 ? "is" : "are");
	if (!r->carried)
		cli_say(cli, "Who left after the backup was made is NOT known here: they would be "
			     "mailed. If you know any: wrap unsubscribe ADDR");
	cli_say(cli, "An edition whose slot has passed waits for you: wrap run says so.");
	if (store_open(cli->config.paths.database, STORE_OPEN, &cli->store, err) != WRAP_OK ||
	    edition_each(cli->store, say_edition, cli, err) != WRAP_OK)
		return cli_fail(err);
	return CLI_DONE;
}

int
cmd_restore(struct cli *cli)
{
	const char *from = cli->argv[0], *database = cli->config.paths.database;
	struct since s = { .cli = cli };
	struct restore r = { 0 };
	struct wrap_err err = { 0 };
	enum wrap_rc rc = WRAP_OK;
	int code;

	if (access(from, R_OK) != 0)
		rc = wrap_fail_errno(&err, "backup %s", from);
	if (rc == WRAP_OK && cli->dry_run) {
		cli_say(cli, "would put %s in the place of %s", from, database);
		return CLI_DONE;
	}
	if (rc == WRAP_OK)
		rc = run_lock_take(database, cli->now, &cli->lock, &err);
	if (rc == WRAP_OK)
		rc = give_keys_back(cli, from, &err);
	if (rc == WRAP_OK)
		rc = store_restore(from, database, cli->now, forget_since, &s, &r, &err);
	code = rc == WRAP_OK ? say_restored(cli, &r, &s, &err) : cli_fail(&err);
	free(r.aside);
	return code;
}
