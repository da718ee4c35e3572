/*
 * What the files of web share. serve.c listens and loops, request.c turns what libmicrohttpd gives into a
 * visit, routes.c finds its page, one file each makes the pages, site.c has their words and templates,
 * work.c does in a thread of its own what writes, guard.c keeps strangers within limits.
 */
#ifndef WEB_INTERNAL_H
#define WEB_INTERNAL_H

#include "wrap/people.h"
#include "wrap/text.h"
#include "wrap/web.h"

#include <pthread.h>

/* ---- site.c: words, templates, look; not changed after opening, so that threads may share it ------------- */

enum page_kind {
	PAGE_SIGNUP,
	PAGE_NOTE,
	PAGE_LEAVE,
	PAGE_CONFIRM,
	PAGE_CHOOSE,
	PAGE_DATA,
	PAGE_ARCHIVE
};
#define PAGES 7

struct tongue {
	char language[36];
	struct phrasebook *book;
	struct template *pages[PAGES];
};
#define TONGUES 8

struct site {
	const struct config *c;
	const struct keyring *keys;
	const struct wclock *clock;
	struct span base;               /* the path of publication.url, without a last slash */
	struct tongue tongues[TONGUES]; /* the publication's own first */
	size_t n_tongues;
	struct buf css;
	char css_tag[24];
};

enum wrap_rc site_open(const struct config *c, const struct keyring *keys,
    const struct wclock *clock, struct site *out, struct wrap_err *err);
void site_close(struct site *s);
/* The best of our languages for an Accept-Language header, RFC 9110 12.5.4; and for a reader's own tag (NULL: fallback). */
const struct tongue *site_accepts(const struct site *s, struct span header);
const struct tongue *site_tongue(
    const struct site *s, const char *language, const struct tongue *fallback);

/* ---- a visit: one request and its answer ----------------------------------------------------------------- */

struct route;
struct visit {
	struct site *site;
	const struct route *route;
	const struct tongue *tongue;
	struct form form;
	struct span path; /* below base; in url */
	char *url;        /* owned */
	char *client;     /* the address it comes from. owned */
	bool post, one_click;
	bool stale; /* the stamp of the form is missing, too young or too old */
	int64_t reader;
	enum people_link link;
	int64_t now;
	/* the answer */
	unsigned status;
	const char *type; /* NULL: HTML */
	struct buf body;
	char location[PEOPLE_URL]; /* of a redirect */
	char etag[24];
	const char *file; /* name to keep a download under */
	bool open;        /* the same for everybody: may be kept by caches and found by searchers */
	bool styled;      /* an edition: its elements carry their styles */
	bool letters;     /* a letter was queued */
	/* work.c */
	struct visit *next;
	int64_t not_before_ms; /* the answer is held back until then */
	void *owner;           /* request.c */
};
void visit_reset(struct visit *v); /* as if no answer had been made */

/* A page as the answer. v: its values, freed here; title: a phrase's key. */
struct value *page_values(struct visit *v, const char *title);
enum wrap_rc page_show(struct visit *v, enum page_kind page, unsigned status, struct value **values,
    struct wrap_err *err);
/* A page that says one thing: phrases KEY_title and KEY_text, with {{who}} in them; url NULL: no link. */
enum wrap_rc page_note(struct visit *v, unsigned status, const char *key, const char *who,
    const char *url, const char *url_key, struct wrap_err *err);
/* A phrase filled with publication, who and date. Appends. */
void say(const struct visit *v, const char *key, const char *who, struct buf *out);
void value_say(struct value *values, const char *name, const struct visit *v, const char *key,
    const char *who);
void value_path(struct value *values, const char *name, const struct visit *v, const char *path);
/*
 * After looking up whom a link is about, with the result of that in *rc: from here on the pages are in their
 * language. false: the answer is made (there is no such reader) or *rc is a failure; return *rc.
 */
bool visit_meets(
    struct visit *v, const struct subscriber *s, enum wrap_rc *rc, struct wrap_err *err);
/* j...@e....org: enough for its owner, of no use to others. Appends. */
void mask_address(const char *address, struct buf *out);
/* "web 192.0.2.1", for consent records. */
#define SOURCE_TEXT 80
const char *visit_source(const struct visit *v, char out[SOURCE_TEXT]);
/* The topics as list "topics" of values; ticked: names joined by ',', NULL: all. */
void topics_list(struct value *values, const struct config *c, const char *ticked);
/* The ticked ones of a form, joined by ','; "" when none. Owned. */
char *topics_of_form(const struct form *f);

/* ---- routes.c -------------------------------------------------------------------------------------------- */

typedef enum wrap_rc (*page_fn)(struct visit *v, struct store *st, struct wrap_err *err);
struct route {
	const char *name; /* for log and metrics */
	const char *path; /* exact, or what stands before a token or key */
	page_fn get, post;
	/* the POST counts against the client's sign-ups, and all answers take the same time */
	bool signs_up;
	bool alone; /* the POST cannot share a transaction */
};
extern const struct route routes[];
extern const size_t n_routes;
/* The route of v->path, with reader and link when it has a token. NULL: there is no such page. */
const struct route *route_find(struct visit *v);

enum wrap_rc signup_get(struct visit *v, struct store *st, struct wrap_err *err);
enum wrap_rc signup_post(struct visit *v, struct store *st, struct wrap_err *err);
enum wrap_rc sent_get(struct visit *v, struct store *st, struct wrap_err *err);
enum wrap_rc confirm_get(struct visit *v, struct store *st, struct wrap_err *err);
enum wrap_rc confirm_post(struct visit *v, struct store *st, struct wrap_err *err);
enum wrap_rc leave_get(struct visit *v, struct store *st, struct wrap_err *err);
enum wrap_rc leave_post(struct visit *v, struct store *st, struct wrap_err *err);
enum wrap_rc back_get(struct visit *v, struct store *st, struct wrap_err *err);
enum wrap_rc back_post(struct visit *v, struct store *st, struct wrap_err *err);
enum wrap_rc choose_get(struct visit *v, struct store *st, struct wrap_err *err);
enum wrap_rc choose_post(struct visit *v, struct store *st, struct wrap_err *err);
enum wrap_rc data_get(struct visit *v, struct store *st, struct wrap_err *err);
enum wrap_rc data_post(struct visit *v, struct store *st, struct wrap_err *err);
enum wrap_rc archive_get(struct visit *v, struct store *st, struct wrap_err *err);
enum wrap_rc edition_get(struct visit *v, struct store *st, struct wrap_err *err);
enum wrap_rc feed_get(struct visit *v, struct store *st, struct wrap_err *err);
enum wrap_rc style_get(struct visit *v, struct store *st, struct wrap_err *err);
enum wrap_rc health_get(struct visit *v, struct store *st, struct wrap_err *err);

/* ---- stamp: proof that a form came from our page not too long ago ------------------------------------------ */

void stamp_make(const struct keyring *keys, struct buf *out);
bool stamp_good(const struct keyring *keys, const char *stamp);

/* ---- work.c: the thread that writes ----------------------------------------------------------------------- */

struct work;
/* wake: an eventfd written when a visit is done. letters: called after a commit that queued one. */
enum wrap_rc work_start(struct site *s, int wake, void (*letters)(void *ctx), void *ctx,
    struct work **out, struct wrap_err *err);
/* Takes the visit until work_done gives it back. False when too many wait. */
bool work_add(struct work *w, struct visit *v);
/* The next visit that is done, or NULL. */
struct visit *work_done(struct work *w);
size_t work_waiting(struct work *w);
/* Do what waits, then end the thread. */
void work_stop(struct work **w);

/* ---- post.c: the thread that sends letters ----------------------------------------------------------------- */

struct post;
enum wrap_rc post_start(const struct web_options *o, struct post **out, struct wrap_err *err);
void post_wake(void *post); /* something was queued */
void post_stop(struct post **p);

/* ---- guard.c: how much one client may ask for --------------------------------------------------------------- */

struct guard;
struct guard *guard_new(int64_t signups_an_hour);
void guard_free(struct guard **g);
/* May this client sign up now? Counts it. An IPv6 network of 64 bits is one client. */
bool guard_signup(struct guard *g, const char *client, int64_t now_ms);

/* ---- cache.c: answers that are the same for everybody, for half a minute --------------------------------------- */

struct cache;
struct cache *cache_new(void);
void cache_free(struct cache **c);
/* Fill the answer of v from what is kept; false when nothing fresh is. */
bool cache_get(struct cache *c, struct visit *v, int64_t now_ms);
void cache_put(struct cache *c, const struct visit *v, int64_t now_ms);

#endif
