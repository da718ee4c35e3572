/*
 * model: the plain records that stages hand to one another through the store, and the words for their
 * states. Strings are heap-owned by the record unless said otherwise; NULL means not known. Times are
 * Unix seconds, UTC; 0 means never or not known.
 */
#ifndef WRAP_MODEL_H
#define WRAP_MODEL_H

#include "wrap/base.h"

/* ---- readers ----------------------------------------------------------------------------------- */

enum subscriber_state {
	SUBSCRIBER_PENDING,      /* asked for it, has not confirmed: is never mailed an edition */
	SUBSCRIBER_ACTIVE,       /* gets editions */
	SUBSCRIBER_UNSUBSCRIBED, /* left */
	SUBSCRIBER_BOUNCED,      /* mail to them fails for good */
	SUBSCRIBER_COMPLAINED    /* reported us as spam */
};

struct subscriber {
	int64_t id;
	char *address;   /* as typed, blanks trimmed */
	char *canonical; /* the spelling that is unique: address_canonical */
	char *name;
	char *topics; /* names joined by ',', in the order of the configuration; NULL: all topics */
	char *language;
	enum subscriber_state state;
	int64_t created_at;
	int64_t confirmed_at;
	int64_t changed_at;   /* of the state */
	int64_t paused_until; /* gets no edition before; 0: no pause */
	char *why;            /* the reason of the last change of state */
};

/* ---- what is collected -------------------------------------------------------------------------- */

struct feed {
	int64_t id;
	char *name;       /* from the configuration, unique */
	char *url;        /* of the feed, or the folder's path */
	char *fetch_url;  /* where it lives since a permanent redirect was believed; NULL: url */
	char *moved_to;   /* target of a permanent redirect not yet believed */
	int64_t moved_at; /* when that was first seen */
	char *body_hash;  /* of the last document read, hex */
	char *etag;       /* opaque, as the server sent it; RFC 9110 8.8.3 */
	char *last_modified;
	int64_t next_check_at;
	int64_t last_good_at;
	int64_t last_tried_at;
	int failures; /* in a row */
	char *error;  /* of the last try, NULL after a good one */
	char *hold;   /* why it is not polled, NULL when it is */
};

struct article {
	int64_t id;
	int64_t feed_id;
	char *feed_name;  /* joined in by the store */
	char *guid;       /* identity within the feed, never NULL */
	char *url;        /* where the story is read; NULL for a story without a link */
	char *title;      /* plain text, one line */
	char *byline;     /* plain text, one line */
	char *summary;    /* what the feed gave as summary, plain text */
	char *text;       /* the whole story, plain text, paragraphs parted by an empty line */
	char *image;      /* absolute URL */
	char *categories; /* as the feed names them, one to a line */
	char *topic;      /* set by an author of ours in a local file */
	char *language;   /* BCP 47 */
	int64_t published_at;
	int64_t seen_at;  /* first seen by us */
	int64_t comments; /* -1: not told */
};

/* ---- editions ----------------------------------------------------------------------------------- */

enum edition_state {
	EDITION_DRAFT,    /* may still change */
	EDITION_HELD,     /* the editor is asked; nothing goes out */
	EDITION_APPROVED, /* the editor said yes to exactly this document */
	EDITION_SENDING,  /* sealed: the document and the list of readers are fixed */
	EDITION_SENT,     /* every delivery has ended */
	EDITION_CANCELLED /* its stories are free for the next one */
};

#define EDITION_KEY 9 /* "2026-W47" */

struct edition {
	int64_t id;
	char key[EDITION_KEY]; /* ISO week in the publication's zone */
	enum edition_state state;
	int64_t window_from; /* articles after this ... */
	int64_t window_to;   /* ... up to and with this */
	char *subject;
	char *markdown;
	char *approved_hash; /* SHA-256 of the markdown that was approved, hex */
	/* the same of what digest wrote last: another one now means an editor's hand */
	char *generated_hash;
	char *hold; /* why it is held */
	int64_t created_at;
	int64_t sealed_at;
	int64_t ended_at;
};

struct story {
	int64_t edition_id;
	int64_t article_id;
	char *topic;  /* NULL for one that was left out before a topic was chosen */
	int position; /* from 1 in the edition; 0: left out */
	char *why;    /* why it is in, or why not */
};

/* ---- deliveries --------------------------------------------------------------------------------- */

enum delivery_state {
	DELIVERY_QUEUED,
	DELIVERY_SENDING, /* claimed; found so at start it is in doubt */
	DELIVERY_SENT,    /* acknowledged by a 2xx, or renamed into the Maildir */
	DELIVERY_INDOUBT, /* the connection was lost after the final dot, RFC 1047 */
	DELIVERY_FAILED,
	DELIVERY_SKIPPED, /* left or bounced before the claim, or nothing in their topics */
	DELIVERY_HELD     /* waits for the administrator */
};
#define DELIVERY_STATES 7

/* What a relay or Maildir made of one message. */
enum outcome {
	OUTCOME_ACCEPTED, /* 2xx after the dot */
	OUTCOME_DEFERRED, /* 4xx: the same message may work later */
	OUTCOME_REFUSED,  /* 5xx about the recipient */
	OUTCOME_REFUSED_US, /* 5xx about us: our address, login or policy; says nothing of the reader */
	OUTCOME_INDOUBT,  /* lost between our dot and their answer */
	OUTCOME_NOT_TRIED /* no connection, or it died before anything was said: charge nobody */
};

struct verdict {
	enum outcome outcome;
	int reply_code;    /* 550; 0 when no reply came */
	char enhanced[12]; /* "5.1.1", RFC 3463; "" when none */
	char text[256];    /* the reply, one line, or what went wrong */
};

struct delivery {
	int64_t edition_id;
	int64_t subscriber_id;
	enum delivery_state state;
	int attempts;
	int64_t next_attempt_at;
	int64_t changed_at;
	int reply_code;
	char enhanced[12];
	char *reason;
};

/* ---- bounces ------------------------------------------------------------------------------------ */

/* One report about one recipient. The words of class and reason are those of bounce/classify.c. */
struct bounce {
	int64_t id, scan;
	char *mailbox;
	int64_t uidvalidity, uid;
	uint8_t fingerprint[SHA256_BYTES];
	int64_t at;
	int64_t subscriber_id, edition_id; /* 0: none */
	char *class, *reason, *status, *recipient, *diagnostic;
	char *act; /* what it did to the reader; NULL: nothing */
	char *was; /* their state before */
	int64_t undone_at;
};

/* ---- words and ends ----------------------------------------------------------------------------- */

const char *subscriber_state_name(enum subscriber_state s);
const char *edition_state_name(enum edition_state s);
const char *delivery_state_name(enum delivery_state s);
bool subscriber_state_read(const char *word, enum subscriber_state *out);
bool edition_state_read(const char *word, enum edition_state *out);
bool delivery_state_read(const char *word, enum delivery_state *out);

/* Free what the record owns and leave it zero. */
void subscriber_clear(struct subscriber *s);
void feed_clear(struct feed *f);
void article_clear(struct article *a);
void edition_clear(struct edition *e);
void story_clear(struct story *s);
void delivery_clear(struct delivery *d);
void bounce_clear(struct bounce *b);

struct articles {
	struct article *v;
	size_t n;
};
void articles_clear(struct articles *l);

#endif
