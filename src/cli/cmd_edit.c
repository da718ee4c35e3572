/*
 * wrap edit: the edition's document in the editor's own editor. What was saved is checked before it is taken; with
 * mistakes in it the file stays where it is, so that nothing typed is lost, and the next wrap edit opens it again.
 */
#include "editor.h"

#include "wrap/weekly.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DOCUMENT_MAX ((size_t)4 << 20)

const struct cli_option edit_options[] = {
	{ "file", "FILE", "take FILE (- for standard input) instead of opening an editor" },
	{ "discard", NULL,
	    "give up the changes: the next draft is made anew; the text is kept in KEY.md.old" },
	{ NULL, NULL, NULL },
};

/* Run $VISUAL or $EDITOR on path, words and all, as cron and git do: through the shell. */
static enum wrap_rc
run_editor(const char *path, struct wrap_err *err)
{
	const char *editor = getenv("VISUAL");
	char *line;
	int status = -1;
	pid_t pid;

	if (editor == NULL || *editor == '\0')
		editor = getenv("EDITOR");
	if (editor == NULL || *editor == '\0')
		editor = "vi";
	if (asprintf(&line, "%s \"$1\"", editor) < 0)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	pid = fork();
	if (pid == 0) {
		(void)execl("/bin/sh", "sh", "-c", line, "wrap-edit", path, (char *)NULL);
		_exit(127);
	}
	free(line);
	if (pid < 0)
		return wrap_fail_errno(err, "start %s", editor);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return wrap_fail(err, WRAP_EINVAL,
		    "the editor (%s) ended with an error; nothing was taken, your text is in %s",
		    editor, path);
	return WRAP_OK;
}

static enum wrap_rc
read_all(FILE *in, struct buf *out, struct wrap_err *err)
{
	char room[16384];
	size_t n;

	while ((n = fread(room, 1, sizeof(room), in)) > 0)
		buf_add(out, room, n);
	return ferror(in) ? wrap_fail_errno(err, "read standard input") : buf_rc(out, err);
}

/* Render reads it too: what it cannot mail is no edition either. */
static enum wrap_rc
try_render(struct cli *cli, const struct edition *e, const char *text, struct wrap_err *err)
{
	struct edition copy = *e;
	struct weekly_message *m = NULL;
	enum wrap_rc rc;

	copy.markdown = str_dup(text);
	if (copy.markdown == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	rc = weekly_message_open(&cli->config, &copy, cli->now, &m, err);
	weekly_message_close(&m);
	free(copy.markdown);
	return rc;
}

static void
say_mistakes(const struct cli *cli, const char *path, const struct edit_report *r)
{
	for (size_t i = 0; !cli->json && i < r->n; i++)
		fprintf(stderr, "%s:%zu: %s\n", path, r->v[i].line, r->v[i].text);
}

static json_t *
report_json(const struct edition *e, const struct edit_report *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->n; i++)
		json_array_append_new(list, json_pack("{s:I, s:s}", "line",
						(json_int_t)r->v[i].line, "text", r->v[i].text));
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:o}", "edition", e->key,
	    "stories", (json_int_t)r->stories, "removed", (json_int_t)r->removed, "restored",
	    (json_int_t)r->restored, "added", (json_int_t)r->added, "retitled",
	    (json_int_t)r->retitled, "rewritten", (json_int_t)r->rewritten, "moved",
	    (json_int_t)r->moved, "approval_withdrawn", r->withdrawn, "mistakes", list);
}

static void
say_report(const struct cli *cli, const struct edition *e, const struct edit_report *r)
{
	if (cli->json) {
		cli_json(report_json(e, r));
		return;
	}
	cli_say(cli,
	    "%s: %zu stories; %zu taken out, %zu put in, %zu of your own, %zu retitled, %zu rewritten, %zu moved",
	    e->key, r->stories, r->removed, r->restored, r->added, r->retitled, r->rewritten,
	    r->moved);
	if (r->withdrawn)
		cli_say(cli, "its approval was for another text: wrap approve gives it anew");
}

/* Check a saved text and take it. path is what mistakes are named by; from: the text it grew out of, NULL for any. */
static enum wrap_rc
take(struct cli *cli, const struct edition *e, const char *path, const char *from,
    const struct buf *text, struct wrap_err *err)
{
	struct edit_report r;
	/* Some editors put a mark of their encoding before the first letter. */
	size_t mark = span_starts(buf_span(text), "\xEF\xBB\xBF") ? 3 : 0;
	struct span saved = { buf_str(text) + mark, text->n - mark };
	enum wrap_rc rc = digest_check(&cli->config, cli->now, saved, &r, err);

	if (rc == WRAP_OK && r.n > 0) {
		say_mistakes(cli, path, &r);
		if (cli->json)
			cli_json(report_json(e, &r));
		return wrap_fail(err, WRAP_EINVAL, "%zu %s in %s; nothing was taken", r.n,
		    r.n == 1 ? "mistake" : "mistakes", path);
	}
	if (rc == WRAP_OK)
		rc = try_render(cli, e, saved.p, err);
	if (rc == WRAP_OK)
		rc = digest_edit(cli->store, &cli->config, e->key, cli->now, from, saved, &r, err);
	if (rc == WRAP_OK)
		say_report(cli, e, &r);
	return rc;
}

static enum wrap_rc
take_file(struct cli *cli, const struct edition *e, const char *path, struct wrap_err *err)
{
	struct buf text = BUF_INIT(DOCUMENT_MAX);
	enum wrap_rc rc = strcmp(path, "-") == 0 ? read_all(stdin, &text, err)
						 : file_read(path, DOCUMENT_MAX, &text, err);

	if (rc == WRAP_OK)
		rc = take(cli, e, path, NULL, &text, err);
	buf_clear(&text);
	return rc;
}

/* Was the edition changed by someone else, or sent, while the editor was open? */
static enum wrap_rc
still_ours(struct cli *cli, const struct edition *e, const char *path, struct wrap_err *err)
{
	struct edition now = { 0 };
	enum wrap_rc rc = edition_by_key(cli->store, e->key, &now, err);

	if (rc == WRAP_OK && strcmp(now.markdown, e->markdown) != 0)
		rc = wrap_fail(err, WRAP_EBUSY,
		    "edition %s was made anew while you wrote; your text is in %s, and wrap edit --file %s takes it over the new one",
		    e->key, path, path);
	else if (rc == WRAP_OK && (now.state == EDITION_SENDING || now.state == EDITION_SENT))
		rc = wrap_fail(err, WRAP_EEXISTS,
		    "edition %s was sent while you wrote; your text is in %s", e->key, path);
	edition_clear(&now);
	return rc;
}

/* The file is done with, unless a window that is still open saved it again since it was read. */
static enum wrap_rc
put_away(struct cli *cli, const char *path, const struct buf *taken, struct wrap_err *err)
{
	struct buf now = BUF_INIT(DOCUMENT_MAX);
	enum wrap_rc rc = file_read(path, DOCUMENT_MAX, &now, err);

	if (rc == WRAP_OK && !span_eq(buf_span(&now), buf_span(taken)))
		cli_say(cli, "%s was saved once more meanwhile: wrap edit opens it again", path);
	else if (rc == WRAP_OK && unlink(path) != 0)
		rc = wrap_fail_errno(err, "remove %s", path);
	buf_clear(&now);
	return rc;
}

static enum wrap_rc
edit_by_hand(struct cli *cli, const struct edition *e, const char *path, struct wrap_err *err)
{
	struct buf text = BUF_INIT(DOCUMENT_MAX);
	bool leftover = access(path, F_OK) == 0;
	enum wrap_rc rc = WRAP_OK;

	if (leftover)
		cli_say(cli, "opening what you left in %s", path);
	else
		rc = file_write(path, span_of(e->markdown), 0600, err);
	if (rc == WRAP_OK)
		rc = run_editor(path, err);
	if (rc == WRAP_OK)
		rc = file_read(path, DOCUMENT_MAX, &text, err);
	if (rc == WRAP_OK && span_eqs(buf_span(&text), e->markdown)) {
		cli_say(cli, "%s: nothing was changed", e->key);
	} else {
		if (rc == WRAP_OK)
			rc = still_ours(cli, e, path, err);
		if (rc == WRAP_OK)
			rc = take(cli, e, path, e->markdown, &text, err);
	}
	if (rc == WRAP_OK)
		rc = put_away(cli, path, &text, err);
	buf_clear(&text);
	return rc;
}

static enum wrap_rc
discard(struct cli *cli, const struct edition *e, const char *path, struct wrap_err *err)
{
	struct buf old = BUF_INIT(0);
	char *kept = NULL;
	enum wrap_rc rc = digest_discard(cli->store, e->key, &old, err);

	if (rc == WRAP_OK && asprintf(&kept, "%s.old", path) < 0)
		rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
	if (rc == WRAP_OK && !cli->dry_run)
		rc = file_write(kept, buf_span(&old), 0600, err);
	if (rc == WRAP_OK)
		cli_say(cli, "%s: the next draft is made anew; the text as it was is in %s", e->key,
		    kept);
	free(kept);
	buf_clear(&old);
	return rc;
}

int
cmd_edit(struct cli *cli)
{
	struct edition e = { 0 };
	struct wrap_err err = { 0 };
	char *path = NULL, *name = NULL;
	enum wrap_rc rc = editor_edition(cli, &e, &err);

	if (rc == WRAP_OK && e.state != EDITION_DRAFT && e.state != EDITION_HELD &&
	    e.state != EDITION_APPROVED)
		rc = wrap_fail(&err, WRAP_EEXISTS, "edition %s is %s and cannot be edited any more",
		    e.key, edition_state_name(e.state));
	if (rc == WRAP_OK && (asprintf(&name, "%s.md", e.key) < 0 ||
				 (path = path_join(cli->config.dir, name)) == NULL))
		rc = wrap_fail(&err, WRAP_ENOMEM, "out of memory");
	if (rc == WRAP_OK && cli_given(cli, "discard") != NULL)
		rc = discard(cli, &e, path, &err);
	else if (rc == WRAP_OK && cli_given(cli, "file") != NULL)
		rc = take_file(cli, &e, cli_given(cli, "file"), &err);
	else if (rc == WRAP_OK)
		rc = edit_by_hand(cli, &e, path, &err);
	free(name);
	free(path);
	edition_clear(&e);
	return rc == WRAP_OK ? CLI_DONE : cli_fail(&err);
}
