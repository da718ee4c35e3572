/* What the files of collect share: a feed document as read, and the steps that make and use one. */
#ifndef COLLECT_INTERNAL_H
#define COLLECT_INTERNAL_H

#include "wrap/collect.h"
#include "wrap/text.h"

struct fetch_holds;

/* ---- feed.c: a document of any format as values --------------------------------------------------- */

/* Memory that ends all at once with the document it belongs to. */
struct arena {
	struct arena_block *top;
	bool failed; /* memory ended or the cap was passed: the document is refused as a whole */
	size_t total;
};
void *arena_get(struct arena *a, size_t n); /* zeroed; NULL after a failure */
struct span arena_copy(struct arena *a, struct span s);
void arena_clear(struct arena *a);

/* A text of a feed and how to read it. An empty span: not there. */
struct feed_text {
	struct span s;
	struct span base; /* relative links in it start here */
	enum {
		FEED_PLAIN,
		FEED_HTML,
		FEED_MAYBE, /* RSS does not tell: HTML if it looks so */
		FEED_TITLE  /* the same, but a lone &amp; stays, as RSS readers leave it */
	} kind;
	int rank; /* of the element it came from: a higher one replaces it */
};
struct feed_link {
	struct span s; /* absolute when it could be made so */
	int rank;
};
struct feed_time {
	int64_t at;
	int rank; /* 0: none */
};
struct feed_word {
	struct span s;
	struct feed_word *next;
};

/* One more author, told by the same kind of element as the first. */
struct feed_coauthor {
	struct feed_text name;
	struct feed_coauthor *next;
};

struct feed_entry {
	struct feed_text title, summary, content, author;
	struct feed_coauthor *coauthors;
	struct feed_link id, link, enclosure, image;
	struct feed_time published, updated;
	struct feed_word *categories, **last_category;
	struct span language;
	int64_t comments; /* -1: not told */
	struct feed_entry *next;
};

struct feed_doc {
	struct arena arena;
	struct buf
	    decoded; /* the document in UTF-8, when it was not; spans point into it or the input */
	struct feed_text title, description, author;
	struct feed_link link, image;
	struct span language;
	int64_t ttl_minutes; /* 0: not told */
	uint32_t skip_hours; /* bit h: not in hour h, GMT */
	uint32_t skip_days;  /* bit d: not on that day, 0 Sunday */
	struct feed_entry *entries;
	size_t n_entries;
};

/*
 * Read a document. content_type may be empty; url is where it was fetched (after redirects), may be empty. bytes
 * must outlive doc. WRAP_EPROTO: it is no feed, in words for its owner; WRAP_ELIMIT, WRAP_ENOMEM.
 */
enum wrap_rc feed_read(struct span bytes, struct span content_type, struct span url,
    struct feed_doc *doc, struct wrap_err *err);
void feed_doc_clear(struct feed_doc *doc);
struct feed_entry *feed_entry_new(struct feed_doc *doc);
void feed_category(struct feed_doc *doc, struct feed_entry *e, struct span raw);

/* Formats; both fill doc and are given UTF-8. */
enum wrap_rc feed_read_xml(
    struct span utf8, struct span url, struct feed_doc *doc, struct wrap_err *err);
/* json_mend.c: append s as JSON a strict parser takes; false when not even a part of it can be. */
bool json_mend(struct span s, struct buf *out);
enum wrap_rc feed_read_json(
    struct span utf8, struct span url, struct feed_doc *doc, struct wrap_err *err);

/* A text as a reader sees it, appended; and as cleaned HTML. */
void feed_text_plain(const struct feed_text *t, struct buf *out);
void feed_text_line(const struct feed_text *t, struct buf *out);
void feed_text_html(const struct feed_text *t, struct buf *out);
/* The name in "Name", "mail (Name)", "Name <mail>". An address alone only when address is set: what is mailed has none. */
void feed_author(const struct feed_text *t, bool address, struct buf *out);
/* All authors of an entry, or else the feed's, as one line of names without addresses: "Ann, Ben". */
void feed_byline(const struct feed_doc *d, const struct feed_entry *e, struct buf *out);
/* An author as the feed has told it, in addition to or instead of what is known. */
void feed_add_author(struct feed_doc *doc, struct feed_entry *e, struct feed_text t);

/* feed_picture.c: append the address of the entry's picture, nothing when it has none. */
void feed_picture(const struct feed_entry *e, struct buf *out);

/* ---- reader.c: the same in a disposable child ------------------------------------------------------ */

/* What one document gave, as articles without identity yet: guid is the raw id or NULL, the rest as kept. */
struct reading {
	char *title; /* of the feed; NULL: none */
	int64_t ttl_minutes;
	uint32_t skip_hours, skip_days;
	struct article *v;
	size_t n;      /* kept */
	size_t listed; /* in the document */
};
/* WRAP_EPROTO, WRAP_ELIMIT: the document's fault, in words for its owner. Anything else is ours. */
enum wrap_rc reader_feed(struct span bytes, const char *content_type, const char *url,
    struct reading *out, struct wrap_err *err);
void reading_clear(struct reading *r);
/* A page's article, read in a child; published is what date_parse made of it, 0: not known. Failures as reader_feed. */
enum wrap_rc reader_page(struct span bytes, const char *content_type, const char *url,
    struct page *out, int64_t *published, struct wrap_err *err);
/* The feeds that a page names, read in a child. */
enum wrap_rc reader_links(struct span bytes, const char *content_type, const char *url,
    struct page_links *out, struct wrap_err *err);

/* ---- identity.c: which entry is which ---------------------------------------------------------------- */

/*
 * Put the articles of a feed's document into the store, each once, whatever happened to its guid. Runs in
 * the caller's transaction. f is as it was before this fetch. *added: new to us; news: the
 * guids of those of them that are news, to which is appended. When most of what the feed
 * held before now looks new, nothing is put and *suspect is set, unless trust says otherwise.
 */
enum wrap_rc identity_put(struct store *st, const struct config *c, const struct feed *f,
    struct reading *r, int64_t now, bool trust, size_t *added, bool *suspect, struct strs *news,
    struct wrap_err *err);

/* ---- schedule.c: when to ask again ------------------------------------------------------------------- */

struct schedule_hints {
	int64_t fresh_s;     /* of the answer; -1: nothing said */
	int64_t retry_s;     /* Retry-After; -1 */
	int64_t ttl_minutes; /* of the document; 0 */
	uint32_t skip_hours, skip_days;
	bool validator; /* the next request can be conditional */
};
/* After a good answer. */
int64_t schedule_good(
    const struct config *c, const char *url, int64_t now, const struct schedule_hints *h);
/* After failures in a row (at least 1); slow: the answer was 401, 403 or 404. */
int64_t schedule_failed(const char *url, int64_t now, int failures, bool slow, int64_t retry_s);

/* ---- pages.c: whole stories for feeds that give teasers ------------------------------------------------- */

/* One new article whose page may be worth reading: feed and guid. */
struct pages_wish {
	const struct feed *feed;
	char *guid;
};
/*
 * Fetch the pages of those wishes whose article has a link and little text, and put what they hold into the
 * store. A page that cannot be had leaves the teaser. *requests counts.
 */
enum wrap_rc pages_collect(struct store *st, const struct config *c, int64_t now,
    const struct pages_wish *v, size_t n, struct fetch_holds *holds, size_t *requests,
    struct wrap_err *err);

/* ---- folder.c: Markdown files of our own -------------------------------------------------------------- */

/*
 * Read the folder's files into the store. Bad files are skipped and named in *problem (owned, NULL when none is
 * bad). WRAP_ENOTFOUND and WRAP_EDENIED speak of the folder; else the store's failures.
 */
enum wrap_rc folder_collect(struct store *st, const struct feed *f, const char *path, int64_t now,
    size_t *entries, size_t *added, char **problem, struct wrap_err *err);

#endif
