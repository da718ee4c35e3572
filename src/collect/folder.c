/*
 * Markdown files of our own as a source. A file may begin with a few lines "name: value" (title, date,
 * author, topic, link, summary, image, language, tags, draft), alone or between lines of three dashes;
 * the rest is the story. Only regular files right in the folder are read, never through a link, so that
 * no path leads out of it.
 */
#include "internal.h"

#include <cmark.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MOST ((size_t)64 << 10) /* cmark's cost grows with the square of some inputs */
#define FILES_MOST 2000
#define DAY 86400

/* ---- one file --------------------------------------------------------------------------------------------- */

/* "name: value" with a name of letters; false for any other line. */
static bool
split_line(struct span line, struct span *name, struct span *value)
{
	const char *colon = line.n == 0 ? NULL : memchr(line.p, ':', line.n);
	size_t n = colon == NULL ? 0 : (size_t)(colon - line.p);

	if (n == 0 || n > 20)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!((line.p[i] >= 'a' && line.p[i] <= 'z') ||
			(line.p[i] >= 'A' && line.p[i] <= 'Z') || line.p[i] == '_'))
			return false;
	*name = (struct span){ line.p, n };
	*value = span_trim((struct span){ colon + 1, line.n - n - 1 });
	if (value->n >= 2 && (value->p[0] == '"' || value->p[0] == '\'') &&
	    value->p[value->n - 1] == value->p[0])
		*value = (struct span){ value->p + 1, value->n - 2 };
	return true;
}

static bool
is_dashes(struct span line)
{
	line = span_trim(line);
	return span_eqs(line, "---") || span_eqs(line, "...");
}

static char *
line_text(struct span s)
{
	struct buf b = BUF_INIT(1 << 16);

	utf8_line(s, &b);
	return b.n == 0 ? (buf_clear(&b), NULL) : buf_steal(&b);
}

static void
set(char **field, char *value)
{
	free(*field);
	*field = value;
}

/* "a, b" or "[a, b]": one to a line. */
static char *
tag_lines(struct span s)
{
	struct buf b = BUF_INIT(1 << 16);
	struct span tag;

	if (s.n >= 2 && s.p[0] == '[' && s.p[s.n - 1] == ']')
		s = (struct span){ s.p + 1, s.n - 2 };
	while (span_cut(&s, ',', &tag)) {
		char *t = line_text(tag);
		if (t != NULL && b.n > 0)
			buf_addc(&b, '\n');
		buf_adds(&b, t);
		free(t);
	}
	return b.n == 0 ? (buf_clear(&b), NULL) : buf_steal(&b);
}

static enum wrap_rc
web_link(struct span value, const char *what, char **out, struct wrap_err *err)
{
	if (value.n > 0 && (!url_is_web(value) || value.n > 2048))
		return wrap_fail(err, WRAP_EINVAL, "its %s is no http or https address", what);
	set(out, value.n == 0 ? NULL : line_text(value));
	return WRAP_OK;
}

static enum wrap_rc
header_line(
    struct span name, struct span value, struct article *a, bool *draft, struct wrap_err *err)
{
	if (span_ieqs(name, "title"))
		set(&a->title, line_text(value));
	else if (span_ieqs(name, "author") || span_ieqs(name, "by"))
		set(&a->byline, line_text(value));
	else if (span_ieqs(name, "topic"))
		set(&a->topic, line_text(value));
	else if (span_ieqs(name, "summary") || span_ieqs(name, "description"))
		set(&a->summary, line_text(value));
	else if (span_ieqs(name, "language") || span_ieqs(name, "lang"))
		set(&a->language, line_text(value));
	else if (span_ieqs(name, "tags") || span_ieqs(name, "categories"))
		set(&a->categories, tag_lines(value));
	else if (span_ieqs(name, "draft"))
		*draft = span_ieqs(value, "true") || span_ieqs(value, "yes");
	else if (span_ieqs(name, "link") || span_ieqs(name, "url"))
		return web_link(value, "link", &a->url, err);
	else if (span_ieqs(name, "image"))
		return web_link(value, "image", &a->image, err);
	else if (span_ieqs(name, "date") && value.n > 0 && !date_parse(value, &a->published_at))
		return wrap_fail(err, WRAP_EINVAL,
		    "its date \"%.*s\" cannot be read; write it as 2026-11-22",
		    value.n > 40 ? 40 : (int)value.n, value.p);
	return WRAP_OK;
}

/* The header off the front of *rest. Without dashes it must begin in the first line, and an empty line ends it. */
static enum wrap_rc
read_header(struct span *rest, struct article *a, bool *draft, struct wrap_err *err)
{
	struct span at = *rest, line, name, value;
	bool dashes = false, any = false;
	enum wrap_rc rc = WRAP_OK;

	while (rc == WRAP_OK && span_cut(&at, '\n', &line)) {
		if (!any && !dashes && is_dashes(line)) {
			dashes = true;
		} else if (dashes && is_dashes(line)) {
			*rest = at;
			return WRAP_OK;
		} else if (split_line(line, &name, &value) &&
			   !(value.n >= 2 && memcmp(value.p, "//", 2) == 0)) {
			any = true;
			rc = header_line(name, value, a, draft, err);
		} else if (!dashes) {
			if (any && span_trim(line).n == 0)
				*rest = at;
			return any && span_trim(line).n > 0
				   ? wrap_fail(err, WRAP_EINVAL,
					 "after its header lines an empty line is missing")
				   : WRAP_OK;
		}
	}
	if (rc == WRAP_OK && dashes)
		return wrap_fail(err, WRAP_EINVAL, "its header has no second line of dashes");
	if (rc == WRAP_OK && any)
		*rest = at;
	return rc;
}

static char *
title_from_name(const char *file)
{
	struct span s = span_of(file);
	struct buf b = BUF_INIT(1 << 12);
	const char *dot = memrchr(s.p, '.', s.n);
	int64_t at;

	s.n = dot == NULL ? s.n : (size_t)(dot - s.p);
	if (s.n > 11 && date_parse((struct span){ s.p, 10 }, &at))
		s = (struct span){ s.p + 11, s.n - 11 };
	for (size_t i = 0; i < s.n; i++)
		buf_addc(&b, (char)(s.p[i] == '-' || s.p[i] == '_' ? ' ' : s.p[i]));
	if (b.n > 0 && b.p[0] >= 'a' && b.p[0] <= 'z')
		b.p[0] = (char)(b.p[0] - 32);
	return buf_steal(&b);
}

/* The story as plain text; a heading that opens it is its title when the header names none, and never told twice. */
static enum wrap_rc
read_body(struct span body, struct article *a, struct wrap_err *err)
{
	cmark_node *doc =
		       cmark_parse_document(body.n == 0 ? "" : body.p, body.n, CMARK_OPT_DEFAULT),
		   *first;
	struct buf text = BUF_INIT(0), line = BUF_INIT(0);
	char *html;

	if (doc == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	first = cmark_node_first_child(doc);
	if (first != NULL && cmark_node_get_type(first) == CMARK_NODE_HEADING &&
	    cmark_node_get_heading_level(first) == 1) {
		html = cmark_render_html(first, CMARK_OPT_DEFAULT);
		html_text(span_of(html), &line);
		free(html);
		if (a->title == NULL)
			a->title = line_text(buf_span(&line));
		if (a->title != NULL && span_eqs(buf_span(&line), a->title))
			cmark_node_free(first);
	}
	html = cmark_render_html(doc, CMARK_OPT_DEFAULT);
	cmark_node_free(doc);
	html_text(span_of(html), &text);
	free(html);
	buf_clear(&line);
	a->text = text.n == 0 ? NULL : buf_steal(&text);
	buf_clear(&text);
	return WRAP_OK;
}

static enum wrap_rc
read_open_file(int fd, const char *name, struct buf *out, int64_t *mtime, struct wrap_err *err)
{
	struct stat sb;
	char part[8192];
	ssize_t n;

	if (fstat(fd, &sb) != 0)
		return wrap_fail_errno(err, "look at it");
	if (!S_ISREG(sb.st_mode))
		return wrap_fail(err, WRAP_EINVAL, "it is no regular file");
	if ((size_t)sb.st_size > FILE_MOST)
		return wrap_fail(err, WRAP_ELIMIT, "it is larger than %zu kB", FILE_MOST >> 10);
	*mtime = sb.st_mtime;
	while ((n = read(fd, part, sizeof(part))) > 0)
		buf_add(out, part, (size_t)n);
	if (n < 0)
		return wrap_fail_errno(err, "read it");
	if (!utf8_valid(buf_span(out)) || memchr(buf_str(out), '\0', out->n) != NULL)
		return wrap_fail(err, WRAP_EINVAL, "it is not UTF-8 text");
	(void)name;
	return buf_rc(out, err);
}

/* One file as an article. *later: a draft, or dated beyond tomorrow. */
static enum wrap_rc
read_file(
    int dir, const char *name, int64_t now, struct article *a, bool *later, struct wrap_err *err)
{
	struct buf b = BUF_INIT(FILE_MOST + 1);
	/* Not through links; and a pipe must not make us wait. */
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct span rest;
	int64_t mtime = 0;
	enum wrap_rc rc;

	*a = (struct article){ .comments = -1, .seen_at = now };
	if (fd < 0)
		return errno == ELOOP
			   ? wrap_fail(err, WRAP_EDENIED, "it is a link; only files are read")
			   : wrap_fail_errno(err, "open it");
	rc = read_open_file(fd, name, &b, &mtime, err);
	(void)close(fd);
	rest = buf_span(&b);
	if (rest.n >= 3 && memcmp(rest.p, "\xEF\xBB\xBF", 3) == 0)
		rest = (struct span){ rest.p + 3, rest.n - 3 };
	if (rc == WRAP_OK)
		rc = read_header(&rest, a, later, err);
	if (rc == WRAP_OK)
		rc = read_body(rest, a, err);
	if (rc == WRAP_OK && a->title == NULL)
		a->title = title_from_name(name);
	if (rc == WRAP_OK && a->text == NULL && a->summary == NULL && a->url == NULL)
		rc = wrap_fail(err, WRAP_EINVAL, "it has neither text nor link");
	if (a->published_at == 0 &&
	    !date_parse((struct span){ name, strlen(name) > 10 ? 10 : 0 }, &a->published_at))
		a->published_at = mtime < now ? mtime : now;
	*later = *later || a->published_at > now + DAY;
	a->guid = str_dup(name);
	buf_clear(&b);
	return rc;
}

/* ---- the folder --------------------------------------------------------------------------------------------- */

static bool
is_story_name(const char *name)
{
	const char *dot = strrchr(name, '.');

	return name[0] != '.' && name[0] != '_' && dot != NULL &&
	       (strcmp(dot, ".md") == 0 || strcmp(dot, ".markdown") == 0) &&
	       utf8_valid(span_of(name));
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum wrap_rc
list_files(DIR *d, struct strs *out, struct wrap_err *err)
{
	const struct dirent *e;
	enum wrap_rc rc = WRAP_OK;

	while (rc == WRAP_OK && out->n < FILES_MOST && (e = readdir(d)) != NULL)
		if (is_story_name(e->d_name))
			rc = strs_add(out, span_of(e->d_name), err);
	if (out->n > 1)
		qsort(out->v, out->n, sizeof(out->v[0]), by_name);
	return rc;
}

static void
add_problem(struct buf *all, const char *name, const struct wrap_err *why)
{
	if (all->n > 400)
		return;
	buf_addf(all, "%s%s: %s", all->n > 0 ? "; " : "", name, why->text);
}

/* What the last run knew and this one does not find is forgotten, unless it was mailed. */
static enum wrap_rc
drop_missing(struct store *st, const struct feed *f, const struct strs *kept, struct wrap_err *err)
{
	struct buf key = BUF_INIT(1 << 12), list = BUF_INIT(0);
	char *before = NULL;
	struct span rest, name;
	enum wrap_rc rc;

	buf_adds(&key, "folder:");
	buf_adds(&key, f->name);
	rc = meta_get(st, buf_str(&key), &before, err);
	if (rc == WRAP_ENOTFOUND)
		rc = WRAP_OK;
	rest = span_of(before);
	while (rc == WRAP_OK && span_cut(&rest, '\n', &name))
		if (name.n > 0 && !strs_has(kept, name)) {
			char *gone = str_dup_span(name);
			rc = gone == NULL ? wrap_fail(err, WRAP_ENOMEM, "out of memory")
					  : article_drop(st, f->id, gone, err);
			free(gone);
		}
	for (size_t i = 0; i < kept->n; i++)
		buf_addf(&list, "%s\n", kept->v[i]);
	if (rc == WRAP_OK)
		rc = buf_rc(&list, err);
	if (rc == WRAP_OK && !span_eqs(buf_span(&list), before == NULL ? "" : before))
		rc = meta_set(st, buf_str(&key), buf_str(&list), err);
	free(before);
	buf_clear(&key);
	buf_clear(&list);
	return rc;
}

enum wrap_rc
folder_collect(struct store *st, const struct feed *f, const char *path, int64_t now,
    size_t *entries, size_t *added, char **problem, struct wrap_err *err)
{
	struct strs files = { 0 }, kept = { 0 };
	struct buf bad = BUF_INIT(0);
	DIR *d = opendir(path);
	enum wrap_rc rc;

	*entries = *added = 0;
	*problem = NULL;
	if (d == NULL)
		return wrap_fail_errno(err, "open folder %s", path);
	rc = list_files(d, &files, err);
	for (size_t i = 0; rc == WRAP_OK && i < files.n; i++) {
		struct wrap_err why = { 0 };
		struct article a;
		bool later = false, is_new;
		int64_t id;
		enum wrap_rc one = read_file(dirfd(d), files.v[i], now, &a, &later, &why);
		a.feed_id = f->id;
		if (one == WRAP_ENOMEM) {
			rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
		} else if (one != WRAP_OK) {
			add_problem(&bad, files.v[i], &why);
			/* A slip while editing does not take the story back. */
			rc = strs_add(&kept, span_of(files.v[i]), err);
		} else if (!later) {
			++*entries;
			rc = article_put(st, &a, &is_new, &id, err);
			*added += is_new;
			if (rc == WRAP_OK)
				rc = strs_add(&kept, span_of(files.v[i]), err);
		}
		article_clear(&a);
	}
	(void)closedir(d);
	if (rc == WRAP_OK)
		rc = drop_missing(st, f, &kept, err);
	if (bad.n > 0)
		*problem = buf_steal(&bad);
	strs_clear(&files);
	strs_clear(&kept);
	buf_clear(&bad);
	return rc;
}
