/*
 * collect: feeds and folders in, articles in the store. It polls what is due, reads it, keeps what is
 * new, and says how each feed fared. Nothing here decides what goes into an edition.
 */
#ifndef WRAP_COLLECT_H
#define WRAP_COLLECT_H

#include "wrap/config.h"
#include "wrap/model.h"
#include "wrap/store.h"

/* How one feed fared. Owned strings. */
struct collect_feed {
	char *name;
	enum collect_result {
		COLLECT_NOT_DUE,
		COLLECT_UNCHANGED,
		COLLECT_READ,
		COLLECT_FAILED,
		COLLECT_HELD
	} result;
	size_t entries; /* in the document */
	size_t added;   /* new to us */
	char *error;    /* one line: what failed and what to do; NULL */
	bool required;
	bool done; /* the rest is known */
};

struct collect_report {
	struct collect_feed *v;
	size_t n;
	size_t requests; /* sent over HTTP */
	size_t added;
	size_t failed;
};

struct collect_options {
	bool force;              /* poll also what is not due */
	const struct strs *only; /* names; NULL: all feeds of the configuration */
	/* Called before the first feed and after each; so_far holds all of them. For a progress line; may be NULL. */
	void (*progress)(void *ctx, size_t done, const struct collect_report *so_far);
	void *ctx;
};

/*
 * Poll every feed of the configuration that is due at now. A failing feed is a line in the report, never
 * a failure of the call; those are the store's (disk full) and no memory. What was read before such a
 * failure is kept. WRAP_ENOTFOUND when a name in only is not configured.
 */
enum wrap_rc collect_run(struct store *st, const struct config *c, int64_t now,
    const struct collect_options *opt, struct collect_report *out, struct wrap_err *err);
void collect_report_clear(struct collect_report *r);

/* ---- discover.c: from a site to its feed --------------------------------------------------------------- */

/* A feed that was found and read. Owned; title and newest (the first entry's title) may be NULL. */
struct collect_candidate {
	char *url, *title, *newest;
	size_t entries;
};
struct collect_found {
	struct collect_candidate *v;
	size_t n;
};
/*
 * Find the feeds behind an address as a person types it ("example.org"). Best first. WRAP_ENOTFOUND: the page is
 * there, but no feed; WRAP_EPEER: the address cannot be read; WRAP_EINVAL: it is none.
 */
enum wrap_rc collect_discover(const struct config *c, int64_t now, const char *typed,
    struct collect_found *out, struct wrap_err *err);
void collect_found_clear(struct collect_found *f);

/* ---- opml.c: lists of feeds ------------------------------------------------------------------------------ */

struct collect_outline {
	char *url, *title; /* owned; title may be NULL */
};
struct collect_outlines {
	struct collect_outline *v;
	size_t n;
	size_t skipped; /* outlines whose address is no http or https */
};
/* WRAP_EPROTO when it is no OPML. Each address once. */
enum wrap_rc collect_opml_read(
    struct span bytes, struct collect_outlines *out, struct wrap_err *err);
void collect_outlines_clear(struct collect_outlines *l);
/* The feeds of the configuration as OPML 2.0; folders are ours alone and left out. */
void collect_opml_write(const struct config *c, struct buf *out);
/*
 * The stanza to paste into wrap.conf for a feed: "{ name = ...; url = ...; }", appended to out. The name is made
 * from its title, differs from those configured and taken, and is left in name.
 */
void collect_stanza(const struct config *c, const struct strs *taken, const char *title,
    const char *url, struct buf *name, struct buf *out);

/* ---- inspect.c: wrap inspect ------------------------------------------------------------------------ */

/*
 * Read one document named by a JSON line ({"path","url","content_type"}) or by a bare path, and append one
 * JSON line that says what it holds. A document that cannot be read gives a line with "error". Fails only
 * for want of memory.
 */
enum wrap_rc collect_inspect_feed(struct span json_line, struct buf *out, struct wrap_err *err);
/* The same for a web page: {"id","file","url"}, or a path; the answer of DESIGN 8. */
enum wrap_rc collect_inspect_page(struct span json_line, struct buf *out, struct wrap_err *err);

#endif
