/*
 * Articles: each once per feed. One that a sealed edition has told stays as it was told; until then a
 * newer reading of it replaces the older.
 */
#include "internal.h"

#include <stdlib.h>

#define COLUMNS                                                                               \
	"a.id, a.feed, f.name, a.guid, a.url, a.title, a.byline, a.summary, a.text, a.image," \
	" a.categories, a.topic, a.language, a.published_at, a.seen_at, a.comments"
#define SPENT                                                                    \
	" EXISTS (SELECT 1 FROM story s JOIN edition e ON e.id = s.edition"      \
	" WHERE s.article = a.id AND s.position > 0 AND e.sealed_at IS NOT NULL" \
	" AND e.state <> 'cancelled')"

static enum wrap_rc
read_row(const struct stmt *q, int col, struct article *out, struct wrap_err *err)
{
	*out = (struct article){ .id = stmt_int(q, col),
		.feed_id = stmt_int(q, col + 1),
		.feed_name = stmt_text(q, col + 2),
		.guid = stmt_text(q, col + 3),
		.url = stmt_text(q, col + 4),
		.title = stmt_text(q, col + 5),
		.byline = stmt_text(q, col + 6),
		.summary = stmt_text(q, col + 7),
		.text = stmt_text(q, col + 8),
		.image = stmt_text(q, col + 9),
		.categories = stmt_text(q, col + 10),
		.topic = stmt_text(q, col + 11),
		.language = stmt_text(q, col + 12),
		.published_at = stmt_int(q, col + 13),
		.seen_at = stmt_int(q, col + 14),
		.comments = stmt_int(q, col + 15) };
	if (out->guid == NULL || out->title == NULL) {
		article_clear(out);
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	}
	return WRAP_OK;
}

/* One article by a query that binds :feed and :name. */
static enum wrap_rc
find_one(struct store *st, const char *sql, int64_t feed_id, const char *name, struct article *out,
    struct wrap_err *err)
{
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	*out = (struct article){ 0 };
	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":feed", feed_id);
		stmt_bind_text(&q, ":name", name);
		rc = stmt_row(&q, err);
	}
	if (rc == WRAP_OK)
		rc = read_row(&q, 0, out, err);
	stmt_close(&q);
	return rc;
}

enum wrap_rc
article_find(
    struct store *st, int64_t feed_id, const char *guid, struct article *out, struct wrap_err *err)
{
	static const char sql[] = "SELECT " COLUMNS " FROM article a JOIN feed f ON f.id = a.feed"
				  " WHERE a.feed = :feed AND a.guid = :name";

	return find_one(st, sql, feed_id, guid, out, err);
}

enum wrap_rc
article_by_alias(
    struct store *st, int64_t feed_id, const char *alias, struct article *out, struct wrap_err *err)
{
	static const char sql[] = "SELECT " COLUMNS " FROM article_alias l"
				  " JOIN article a ON a.id = l.article JOIN feed f ON f.id = a.feed"
				  " WHERE l.feed = :feed AND l.alias = :name";

	return find_one(st, sql, feed_id, alias, out, err);
}

enum wrap_rc
article_alias_add(struct store *st, int64_t feed_id, const char *alias, int64_t article_id,
    int64_t now, struct wrap_err *err)
{
	static const char sql[] = "INSERT INTO article_alias (feed, alias, article, seen_at)"
				  " VALUES (:feed, :alias, :article, :now)"
				  " ON CONFLICT (feed, alias) DO NOTHING";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":feed", feed_id);
		stmt_bind_text(&q, ":alias", alias);
		stmt_bind_int(&q, ":article", article_id);
		stmt_bind_int(&q, ":now", now);
	}
	return stmt_commit(&q, rc, err);
}

static void
bind_article(struct stmt *q, const struct article *a)
{
	stmt_bind_int(q, ":feed", a->feed_id);
	stmt_bind_text(q, ":guid", a->guid);
	stmt_bind_text(q, ":url", a->url);
	stmt_bind_text(q, ":title", a->title == NULL ? "" : a->title);
	stmt_bind_text(q, ":byline", a->byline);
	stmt_bind_text(q, ":summary", a->summary);
	stmt_bind_text(q, ":text", a->text);
	stmt_bind_text(q, ":image", a->image);
	stmt_bind_text(q, ":categories", a->categories);
	stmt_bind_text(q, ":topic", a->topic);
	stmt_bind_text(q, ":language", a->language);
	stmt_bind_time(q, ":published", a->published_at);
	stmt_bind_int(q, ":comments", a->comments);
}

/* The id of (feed, guid). WRAP_ENOTFOUND. */
static enum wrap_rc
find_id(struct store *st, const struct article *a, int64_t *id, struct wrap_err *err)
{
	static const char sql[] = "SELECT id FROM article WHERE feed = :feed AND guid = :guid";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":feed", a->feed_id);
		stmt_bind_text(&q, ":guid", a->guid);
		rc = stmt_row(&q, err);
	}
	if (rc == WRAP_OK)
		*id = stmt_int(&q, 0);
	stmt_close(&q);
	return rc;
}

static enum wrap_rc
insert(struct store *st, const struct article *a, int64_t *id, struct wrap_err *err)
{
	static const char sql[] =
	    "INSERT INTO article (feed, guid, url, title, byline, summary, text, image, categories,"
	    " topic, language, published_at, seen_at, comments) VALUES (:feed, :guid, :url, :title,"
	    " :byline, :summary, :text, :image, :categories, :topic, :language, :published, :seen,"
	    " :comments)";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	if (rc == WRAP_OK) {
		bind_article(&q, a);
		stmt_bind_int(&q, ":seen", a->seen_at);
	}
	rc = stmt_commit(&q, rc, err);
	if (rc == WRAP_OK)
		*id = sqlite3_last_insert_rowid(st->db);
	return rc;
}

static enum wrap_rc
update(struct store *st, const struct article *a, struct wrap_err *err)
{
	static const char sql[] =
	    "UPDATE article AS a SET url = :url, title = :title, byline = :byline, summary = :summary,"
	    " text = :text, image = :image, categories = :categories, topic = :topic,"
	    " language = :language, published_at = coalesce(:published, published_at),"
	    " comments = :comments WHERE feed = :feed AND guid = :guid AND NOT" SPENT;
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	if (rc == WRAP_OK)
		bind_article(&q, a);
	return stmt_commit(&q, rc, err);
}

enum wrap_rc
article_put(
    struct store *st, const struct article *a, bool *added, int64_t *id, struct wrap_err *err)
{
	enum wrap_rc rc;

	*added = false;
	*id = 0;
	rc = store_begin(st, err);
	if (rc != WRAP_OK)
		return rc;
	rc = find_id(st, a, id, err);
	if (rc == WRAP_OK) {
		rc = update(st, a, err);
	} else if (rc == WRAP_ENOTFOUND) {
		rc = insert(st, a, id, err);
		*added = rc == WRAP_OK;
	}
	return store_end(st, rc, err);
}

enum wrap_rc
article_drop(struct store *st, int64_t feed_id, const char *guid, struct wrap_err *err)
{
	static const char stories[] =
	    "DELETE FROM story WHERE article IN (SELECT a.id FROM article a"
	    " WHERE a.feed = :feed AND a.guid = :guid AND NOT" SPENT ")";
	static const char article[] =
	    "DELETE FROM article AS a WHERE feed = :feed AND guid = :guid AND NOT" SPENT;
	static const char *const both[] = { stories, article };
	enum wrap_rc rc = store_begin(st, err);

	if (rc != WRAP_OK)
		return rc;
	for (size_t i = 0; rc == WRAP_OK && i < 2; i++) {
		struct stmt q = STMT_INIT;

		rc = stmt_begin(&q, st, both[i], err);
		if (rc == WRAP_OK) {
			stmt_bind_int(&q, ":feed", feed_id);
			stmt_bind_text(&q, ":guid", guid);
		}
		rc = stmt_commit(&q, rc, err);
	}
	return store_end(st, rc, err);
}

enum wrap_rc
article_window(
    struct store *st, int64_t from, int64_t to, struct articles *out, struct wrap_err *err)
{
	static const char sql[] =
	    "SELECT " COLUMNS " FROM article a JOIN feed f ON f.id = a.feed"
	    /* By way of the numbers alone: sorting whole rows would copy every text twice. */
	    " WHERE a.id IN (SELECT id FROM article WHERE seen_at > :from AND seen_at <= :to)"
	    " AND NOT" SPENT " ORDER BY a.id";
	struct stmt q = STMT_INIT;
	size_t room = 0;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	*out = (struct articles){ 0 };
	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":from", from);
		stmt_bind_int(&q, ":to", to);
	}
	while (rc == WRAP_OK && (rc = stmt_row(&q, err)) == WRAP_OK) {
		if (out->n == room) {
			struct article *v;

			room = room == 0 ? 64 : room * 2;
			v = realloc(out->v, room * sizeof(*v));
			if (v == NULL) {
				rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
				break;
			}
			out->v = v;
		}
		rc = read_row(&q, 0, &out->v[out->n], err);
		if (rc == WRAP_OK)
			out->n++;
	}
	stmt_close(&q);
	if (rc == WRAP_ENOTFOUND)
		return WRAP_OK;
	articles_clear(out);
	return rc;
}

/* feed_id 0: of all feeds. */
static enum wrap_rc
count_since(struct store *st, int64_t feed_id, int64_t since, int64_t *n, struct wrap_err *err)
{
	static const char sql[] = "SELECT count(*) FROM article"
				  " WHERE (:feed IS NULL OR feed = :feed) AND seen_at >= :since";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	*n = 0;
	if (rc == WRAP_OK) {
		stmt_bind_time(&q, ":feed", feed_id);
		stmt_bind_int(&q, ":since", since);
		rc = stmt_row(&q, err);
	}
	if (rc == WRAP_OK)
		*n = stmt_int(&q, 0);
	stmt_close(&q);
	return rc;
}

enum wrap_rc
article_feed_count(
    struct store *st, int64_t feed_id, int64_t since, int64_t *n, struct wrap_err *err)
{
	return count_since(st, feed_id, since, n, err);
}

enum wrap_rc
article_count(struct store *st, int64_t *out, struct wrap_err *err)
{
	return count_since(st, 0, 0, out, err);
}

enum wrap_rc
story_each(struct store *st, int64_t edition_id,
    enum wrap_rc (*each)(
	void *ctx, const struct story *s, const struct article *a, struct wrap_err *err),
    void *ctx, struct wrap_err *err)
{
	static const char sql[] = "SELECT t.topic, t.position, t.why, " COLUMNS
				  " FROM story t JOIN article a ON a.id = t.article"
				  " JOIN feed f ON f.id = a.feed WHERE t.edition = :edition"
				  " ORDER BY t.position = 0, t.position, a.id";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	if (rc == WRAP_OK)
		stmt_bind_int(&q, ":edition", edition_id);
	while (rc == WRAP_OK && (rc = stmt_row(&q, err)) == WRAP_OK) {
		struct article a;
		struct story s = { .edition_id = edition_id,
			.topic = stmt_text(&q, 0),
			.position = (int)stmt_int(&q, 1),
			.why = stmt_text(&q, 2) };

		rc = read_row(&q, 3, &a, err);
		if (rc == WRAP_OK) {
			s.article_id = a.id;
			rc = each(ctx, &s, &a, err);
			article_clear(&a);
		}
		story_clear(&s);
	}
	stmt_close(&q);
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}
