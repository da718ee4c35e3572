/*
 * libmicrohttpd's side of web: connections, requests and answers, and the loop that serves them.
 */
#ifndef WEB_REQUEST_H
#define WEB_REQUEST_H

#include "internal.h"

#include <microhttpd.h>
#include <sys/socket.h>

#define BODY_MOST ((size_t)16 << 10)
#define BODY_READ ((size_t)1 << 20) /* and this much is read to its end before it is refused */

/* What a connection is doing, for the time it may take. */
enum phase { PHASE_READING, PHASE_WORKING, PHASE_ANSWERING, PHASE_IDLE };

struct connection {
	struct connection *next, **at;
	struct sockaddr_storage peer;
	int fd;
	enum phase phase;
	int64_t since_ms;
	bool cut;
};

struct server {
	struct site site;
	struct store *st; /* for reading; of the network thread */
	struct work *work;
	struct post *post;
	struct guard *guard;
	struct cache *cache;
	const struct web_options *o;
	struct MHD_Daemon *daemon;
	struct connection *connections;
	size_t n_connections;
	int wake;           /* eventfd */
	struct visit *held; /* done, but held back for a moment */
	size_t suspended;
	bool stopping;
	/* for /metrics */
	uint64_t requests[16][6]; /* by route and hundreds of status */
	uint64_t refused, cut;
};

/* request.c */
enum MHD_Result request_handle(void *cls, struct MHD_Connection *c, const char *url,
    const char *method, const char *version, const char *data, size_t *size, void **state);
void request_ended(
    void *cls, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode how);
/* Take what the writer has done, and let those go whose time has come. Returns when the next is due, -1: none. */
int64_t requests_resume(struct server *s);

/* answer.c */
enum MHD_Result answer_send(struct server *s, struct MHD_Connection *c, struct visit *v);
/* Counters as text, for Prometheus. Appends. */
void metrics_write(struct server *s, struct buf *out);
void request_note(
    struct server *s, const struct visit *v, const char *method, unsigned status, int64_t took_us);

/* listen.c: a socket handed over or opened; -1 with err. where: what people read. */
int listen_open(const char *address, struct buf *where, struct wrap_err *err);
/* The address of a peer as text. */
void peer_text(const struct sockaddr *sa, char out[64]);

#endif
