/*
 * wrap preview: an edition as a reader will get it, without sending it: the text part on the screen, or
 * any part in a file.
 */
#include "week.h"

#include "wrap/people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

const struct cli_option preview_options[] = {
	{ "for", "ADDR", "as this reader sees it: their topics, their links" },
	{ "html", "FILE", "write the HTML part to FILE" },
	{ "text", "FILE", "write the text part to FILE" },
	{ "eml", "FILE", "write the whole message to FILE" },
	{ "open", NULL, "show the HTML part in the browser" },
	{ "why", NULL, "with the reason beside each story, and what was left out" },
	{ NULL, NULL, NULL },
};

struct preview {
	struct cli *cli;
	struct weekly_message *m;
	const char *topics; /* NULL: all */
	struct weekly_links links;
	int64_t sent_at;
};

static enum wrap_rc
find_edition(struct cli *cli, struct edition *e, struct wrap_err *err)
{
	enum wrap_rc rc = cli->argc > 0 ? edition_by_key(cli->store, cli->argv[0], e, err)
					: edition_latest(cli->store, e, err);

	if (rc == WRAP_ENOTFOUND)
		return wrap_fail(err, rc,
		    cli->argc > 0 ? "there is no edition %s"
				  : "there is no edition yet%s; wrap draft makes this week's",
		    cli->argc > 0 ? cli->argv[0] : "");
	return rc;
}

/* The edition as it is shown: with the reasons in its document. */
static enum wrap_rc
put_reasons(struct cli *cli, struct edition *e, struct wrap_err *err)
{
	struct buf b = BUF_INIT(0);
	enum wrap_rc rc = digest_annotate(cli->store, &cli->config, e, &b, err);

	if (rc == WRAP_OK) {
		free(e->markdown);
		e->markdown = buf_steal(&b);
		if (e->markdown == NULL)
			rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
	}
	buf_clear(&b);
	return rc;
}

static enum wrap_rc
write_part(const struct preview *p, const char *option,
    enum wrap_rc (*make)(const struct preview *, struct buf *, struct wrap_err *),
    struct wrap_err *err)
{
	const char *path = cli_given(p->cli, option);
	struct buf b = BUF_INIT(0);
	enum wrap_rc rc;

	if (path == NULL)
		return WRAP_OK;
	rc = make(p, &b, err);
	if (rc == WRAP_OK && strcmp(path, "-") == 0)
		(void)fwrite(buf_str(&b), 1, b.n, stdout);
	else if (rc == WRAP_OK)
		rc = cli_write(path, buf_span(&b), 0600, err);
	buf_clear(&b);
	return rc;
}

static enum wrap_rc
make_text(const struct preview *p, struct buf *out, struct wrap_err *err)
{
	return render_text(weekly_message_render(p->m), p->topics, &p->links.reader, out, err);
}

static enum wrap_rc
make_html(const struct preview *p, struct buf *out, struct wrap_err *err)
{
	return render_html(weekly_message_render(p->m), p->topics, &p->links.reader, out, err);
}

static enum wrap_rc
make_eml(const struct preview *p, struct buf *out, struct wrap_err *err)
{
	struct weekly_signer signer = { 0 };
	struct compiled *m;
	enum wrap_rc rc = render_compile(weekly_message_render(p->m), p->topics, &m, err);

	if (rc == WRAP_OK)
		rc = compiled_splice(m, &p->links.reader, out, err);
	if (rc == WRAP_OK)
		rc = weekly_signer_open(&p->cli->config, &signer, err);
	if (rc == WRAP_OK)
		rc = weekly_sign(&signer, p->sent_at, out, err);
	weekly_signer_close(&signer);
	compiled_free(&m);
	return rc;
}

/* Hand a program its words without a shell; true when it ran well. */
static bool
run_program(char *const argv[])
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		(void)execvp(argv[0], argv);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}

static enum wrap_rc
open_browser(const struct preview *p, struct wrap_err *err)
{
	char path[] = "/tmp/wrap-preview-XXXXXX.html";
	char *argv[] = { "xdg-open", path, NULL };
	struct buf b = BUF_INIT(0);
	enum wrap_rc rc;
	int fd;

	if (cli_given(p->cli, "open") == NULL)
		return WRAP_OK;
	fd = mkstemps(path, 5);
	if (fd < 0)
		return wrap_fail_errno(err, "make %s", path);
	rc = make_html(p, &b, err);
	if (rc == WRAP_OK && write(fd, buf_str(&b), b.n) != (ssize_t)b.n)
		rc = wrap_fail_errno(err, "write %s", path);
	(void)close(fd);
	buf_clear(&b);
	if (rc == WRAP_OK && !run_program(argv))
		cli_say(p->cli, "no browser could be opened; the page is %s", path);
	return rc;
}

/* The text part through the reader's pager when there is a screen. */
static enum wrap_rc
show_text(const struct preview *p, struct wrap_err *err)
{
	const char *pager = getenv("PAGER");
	struct buf b = BUF_INIT(0);
	enum wrap_rc rc = make_text(p, &b, err);
	FILE *to = stdout;

	if (rc == WRAP_OK) {
		if (isatty(STDOUT_FILENO))
			to = popen(pager != NULL && pager[0] != '\0' ? pager : "less -R", "w");
		if (to == NULL)
			to = stdout;
		(void)fwrite(buf_str(&b), 1, b.n, to);
		if (to != stdout)
			(void)pclose(to);
	}
	buf_clear(&b);
	return rc;
}

static enum wrap_rc
preview(struct preview *p, struct wrap_err *err)
{
	bool to_file = false;
	static const char *const files[] = { "html", "text", "eml", "open" };
	enum wrap_rc rc;

	for (size_t i = 0; i < 4; i++)
		to_file = to_file || cli_given(p->cli, files[i]) != NULL;
	rc = write_part(p, "html", make_html, err);
	if (rc == WRAP_OK)
		rc = write_part(p, "text", make_text, err);
	if (rc == WRAP_OK)
		rc = write_part(p, "eml", make_eml, err);
	if (rc == WRAP_OK)
		rc = open_browser(p, err);
	return rc == WRAP_OK && !to_file ? show_text(p, err) : rc;
}

int
cmd_preview(struct cli *cli)
{
	const char *address = cli_given(cli, "for");
	struct preview p = { .cli = cli };
	struct subscriber s = { 0 };
	struct edition e = { 0 };
	struct wrap_err err = { 0 };
	enum wrap_rc rc = find_edition(cli, &e, &err);

	if (cli_given(cli, "why") != NULL && cli_given(cli, "eml") != NULL)
		rc = wrap_fail(&err, WRAP_EINVAL,
		    "--why is for your eyes; a message for readers (--eml) has no reasons in it");
	p.sent_at = e.sealed_at != 0 ? e.sealed_at : cli->now;
	if (rc == WRAP_OK && cli_given(cli, "why") != NULL)
		rc = put_reasons(cli, &e, &err);
	if (rc == WRAP_OK && address != NULL)
		rc = people_find(cli->store, address, &s, &err);
	if (rc == WRAP_OK)
		rc = weekly_message_open(&cli->config, &e, p.sent_at, &p.m, &err);
	if (rc == WRAP_OK) {
		p.topics = s.topics;
		weekly_links_make(&cli->config, cli->keys, &e, s.id,
		    s.address != NULL ? s.address : "reader@example.org", s.name, &p.links);
		if (render_stories(weekly_message_render(p.m), p.topics) == 0)
			rc = wrap_fail(&err, WRAP_ENOTFOUND, "edition %s has nothing for %s", e.key,
			    s.address != NULL ? s.address : "anybody");
	}
	if (rc == WRAP_OK)
		rc = preview(&p, &err);
	weekly_message_close(&p.m);
	subscriber_clear(&s);
	edition_clear(&e);
	return rc == WRAP_OK ? CLI_DONE : cli_fail(&err);
}
