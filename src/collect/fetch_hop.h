/* What the files of fetching share: one request of a job, which may need several when it is led on. */
#ifndef COLLECT_FETCH_HOP_H
#define COLLECT_FETCH_HOP_H

#include "fetch.h"
#include "wrap/text.h"

#include <curl/curl.h>

/* One request on its way. */
struct fetch_hop {
	CURL *easy;
	struct curl_slist *headers;
	struct fetch_job *job;
	const struct config *config;
	char *url;
	CURLU *parts; /* of url; curl reads them while it works */
	char *host;   /* as curl understands the URL, which is what counts */
	unsigned port;
	unsigned number; /* of the request in this run, for -v */
	int redirects;
	bool permanent; /* all redirects so far were 301 or 308 */
	bool blocked;   /* an address we do not connect to */
	bool too_big;
	char curl_error[CURL_ERROR_SIZE];
};

/*
 * fetch_hop.c: one request, ready to be given to curl; takes url. It puts the body into the job, whose hop it
 * becomes. A URL that curl cannot read leaves the job without a hop and with its error.
 */
enum wrap_rc fetch_hop_new(const struct config *c, struct fetch_job *j, char *url, int redirects,
    bool permanent, struct wrap_err *err);
void fetch_hop_free(struct fetch_job *j); /* and the job has none */

/*
 * fetch_answer.c: the job's hop has ended with code. Where it is led on, the address of the next hop (owned) is
 * left in *next and *permanent says whether all redirects so far were; else the job has its result.
 */
enum wrap_rc fetch_answer(struct fetch_job *j, CURLcode code, int64_t now, char **next,
    bool *permanent, struct wrap_err *err);

/* fetch_owner.c: hosts that asked to be left alone. NULL: this owner did not, or its time is over. */
const struct fetch_hold *fetch_hold_find(
    const struct fetch_holds *h, const char *owner, int64_t now);
enum wrap_rc fetch_hold_add(
    struct fetch_holds *h, const char *owner, int64_t until, struct wrap_err *err);

/* fetch_trace.c: show the dialogue when -v asks for it; how a request ended. */
bool fetch_trace(struct fetch_hop *h);
void fetch_trace_end(const struct fetch_hop *h, CURLcode code);

#endif
