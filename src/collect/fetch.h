/* Documents over HTTP, politely and safely: what to ask for, what came. */
#ifndef COLLECT_FETCH_H
#define COLLECT_FETCH_H

#include "wrap/config.h"

#include <sys/socket.h>

enum fetch_result {
	FETCH_NONE,   /* not asked: its host wants to be left alone, or the run ended */
	FETCH_BODY,   /* 200 and a body */
	FETCH_SAME,   /* 304 */
	FETCH_STATUS, /* any other answer: see status */
	FETCH_FAILED  /* no answer that could be used: see error */
};

struct fetch_job {
	/* asked for; borrowed */
	const char *url;
	const char *etag, *last_modified; /* sent back as they came; NULL: none */
	bool page;                        /* an article's page, not a feed */
	void *user;
	/* what came; owned */
	enum fetch_result result;
	long status;
	struct buf body;
	char *content_type, *new_etag, *new_last_modified;
	char *final_url; /* after redirects */
	char *moved_to;  /* where an unbroken chain of 301 and 308 from url leads; NULL: nowhere */
	int64_t fresh_s; /* how long the answer says that it stays fresh; -1: does not say */
	int64_t retry_s; /* Retry-After; -1: does not say */
	char error[256]; /* in words for the owner */
	bool
	    refused; /* by ourselves, and nobody was asked: fetch.allow does not have its address */
	size_t requests; /* sent for it, redirects included */
	/* the fetcher's own */
	struct fetch_hop *hop;
	int host;
	bool begun;
};
void fetch_job_clear(struct fetch_job *j);

/* A host that asked to be left alone. */
struct fetch_hold {
	char host[128];
	int64_t until;
};
struct fetch_holds {
	struct fetch_hold *v;
	size_t n;
};
/* The part of a URL's host that one owner answers for: "b.example.co.uk" gives "example.co.uk". At most size - 1 bytes. */
void fetch_owner(const char *url, char *out, size_t size);

/*
 * Fetch all jobs: at most c->fetch.connections at once, one at a time and one a second per owner (but for
 * hosts of fetch.allow), done called as each ends. holds: hosts not to be asked, to which 429 and 503 add.
 * A failure of done ends the run. WRAP_ENOMEM and what done returns.
 */
enum wrap_rc fetch_run(const struct config *c, int64_t now, struct fetch_job *jobs, size_t n,
    struct fetch_holds *holds,
    enum wrap_rc (*done)(void *ctx, struct fetch_job *j, struct wrap_err *err), void *ctx,
    struct wrap_err *err);

/* fetch_trace.c: append a URL as it may be shown: without user and password, and with ? ... for its query. */
void fetch_shown(struct span url, struct buf *out);

/* fetch_address.c: may this address be connected to? false for all that is not the public Internet. RFC 6890. */
bool fetch_address_is_public(const struct sockaddr *sa);
/* Does the owner's list allow this host (of the URL), address and port? */
bool fetch_is_allowed(
    const struct strs *allow, struct span host, const struct sockaddr *sa, unsigned port);

/* fetch_header.c: seconds that Cache-Control, Age, Expires and Date give a document; -1: nothing said. RFC 9111 4.2. */
int64_t fetch_freshness(
    const char *cache_control, const char *age, const char *expires, const char *date, int64_t now);
/* Retry-After as seconds from now; -1 when absent or senseless. RFC 9110 10.2.3. */
int64_t fetch_retry_after(const char *value, int64_t now);

#endif
