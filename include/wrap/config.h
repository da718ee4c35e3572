/*
 * config: wrap.conf as one struct, read through one table of keys that holds type, default, unit, range
 * and help. An unknown key, a wrong type or a value out of range is refused with file, line and what is
 * allowed. Owned text lives as long as the struct config.
 */
#ifndef WRAP_CONFIG_H
#define WRAP_CONFIG_H

#include "wrap/base.h"

struct config_sponsor {
	char *name; /* NULL: the topic has none */
	char *url;
	int64_t from;  /* local midnight at its start; 0: since ever */
	int64_t until; /* local midnight after its last day; 0: for ever */
	bool always;   /* keep the topic, with its sponsor, in a week without a story */
};

struct config_topic {
	char *name; /* no comma, unique without regard to case */
	struct strs keywords;
	struct strs categories;
	bool headlines; /* titles only, no summaries */
	struct config_sponsor sponsor;
};

/* A rule on articles; the first that matches decides. */
enum config_field {
	CONFIG_FIELD_ANY,
	CONFIG_FIELD_TITLE,
	CONFIG_FIELD_URL,
	CONFIG_FIELD_AUTHOR,
	CONFIG_FIELD_FEED,
	CONFIG_FIELD_CATEGORY,
	CONFIG_FIELD_TEXT
};
enum config_action {
	CONFIG_ACTION_BLOCK,
	CONFIG_ACTION_KEEP,
	CONFIG_ACTION_PIN,
	CONFIG_ACTION_TOPIC,
	CONFIG_ACTION_WEIGHT
};
struct config_rule {
	enum config_field field;
	char *match; /* a phrase; case folded, whole words */
	enum config_action action;
	char *topic;   /* for CONFIG_ACTION_TOPIC */
	double weight; /* for CONFIG_ACTION_WEIGHT: added to the score */
};

struct config_feed {
	char *name;   /* unique */
	char *url;    /* http or https; exactly one of url and folder is set */
	char *folder; /* path, made absolute */
	char *topic;  /* all of its articles go there; NULL: by category and keywords */
	bool pages;   /* fetch an article's page when the feed gives only a teaser */
	bool required;
	double weight;
};

enum config_tls { CONFIG_TLS_REQUIRED, CONFIG_TLS_NONE };

struct config_relay {
	char *url; /* smtps://host[:port] or smtp://host[:port] */
	char *user;
	char *password;      /* the secret itself, resolved */
	char *token;         /* OAuth 2 access token, in place of the password */
	enum config_tls tls; /* required: smtps, or smtp with STARTTLS */
	char *ca;            /* file of certificate authorities; NULL: the system's */
	char *cert;          /* client certificate and its key; NULL: none */
	char *key;
	int64_t connections;
	int64_t per_connection; /* messages before a new connection */
	int64_t rate;           /* messages a second; 0: no limit */
	int64_t rate_hour;      /* messages an hour; 0: no limit */
	double weight;
	int64_t timeout; /* seconds for one message */
};

enum config_mark { CONFIG_MARK_MOVE, CONFIG_MARK_FLAG };

struct config_mailbox {
	char *url; /* imaps://host[:port]/Folder; NULL: no mailbox */
	char *user;
	char *password;
	enum config_tls tls;
	char *ca;
	char *token; /* OAuth 2 access token, in place of the password */
	enum config_mark mark;
	char *done; /* folder that read reports are moved to */
};

/* How fast mail may go to one receiving domain; 0: no limit. */
struct config_domain {
	char *name; /* "*": each that is not named */
	double per_second, per_hour;
};

struct config_dkim {
	char *selector;
	char *domain;
	char *key; /* path of a PEM file, made absolute */
};

enum config_review { CONFIG_REVIEW_AUTOMATIC, CONFIG_REVIEW_REQUIRED };
enum config_indoubt { CONFIG_INDOUBT_RESEND, CONFIG_INDOUBT_HOLD };

struct config {
	char *path; /* of the file */
	char *dir;  /* the folder it lies in: relative paths start there */
	struct {
		char *name;
		char *from;         /* header From, "Name <address>" */
		char *from_address; /* the address in it */
		char *reply_to;
		char *address; /* postal */
		char *time_zone;
		char *slot;       /* "Fri 09:00"; NULL: the first run of a week */
		int slot_weekday; /* 1 Monday .. 7 Sunday; 0: no slot */
		int slot_minute;  /* of the day */
		char *language;
		char *url;         /* no trailing slash; NULL: no pages */
		char *description; /* one sentence: what a reader gets */
		/* envelope sender; a * is where the token goes; default from_address */
		char *return_path;
		char *list_id; /* RFC 2919; default from the name and the domain of from */
		char *domain;  /* of from_address; Message-IDs live there */
		char *logo;
	} publication;
	struct {
		char *database;  /* path of the SQLite file */
		char *outbox;    /* path of the Maildir used without a relay */
		char *keys;      /* folder of our own secrets */
		char *metrics;   /* text file for Prometheus; NULL: none */
		char *templates; /* folder whose files replace the built-in ones; NULL: none */
	} paths;
	struct {
		enum config_review review;
		int64_t min_stories, max_stories, per_topic, per_source, words;
		char *title;        /* the edition's heading and subject, a template */
		char *editor;       /* who is told of a hold: "Name <address>"; default reply_to */
		char *other;        /* the topic of what fits nowhere; NULL: left out */
		int64_t first_days; /* how far back the first edition reaches */
		int64_t late_hours; /* after the slot: later than this and the edition is held */
		int64_t sentences;  /* of a summary, at most */
		int64_t oldest_days, grace_hours, sponsor_days;
		int64_t failed_share; /* percent of feeds */
		double same_story;
		bool roll_over, learn, lead_first;
		bool lead_image; /* one picture, of a story at the top */
	} edition;
	struct {
		struct strs allow; /* "host:port" or "address" that may be private */
		int64_t timeout, max_kilobytes, connections, interval; /* s, kB, 1, minutes */
		char *user_agent;
	} fetch;
	struct {
		int64_t patience; /* minutes a run stays for retries */
		enum config_indoubt indoubt;
		char *hours;                 /* "07:00-21:00", local; NULL: any */
		int hours_from, hours_until; /* minutes of the day; equal: any */
		int64_t spread;              /* minutes over which the start is spread */
		int64_t give_up;             /* hours after which a deferred message has failed */
		int64_t canary; /* first messages of an edition that must go well; 0: no check */
		double canary_limit; /* percent of them that may not */
	} send;
	struct {
		double feed, author, sources, comments, recent, keywords, full_text, sponsored,
		    repeat, alike;
		double half_life; /* days */
	} rank;                   /* weights of the terms of a story's score */
	struct config_rule *rules;
	size_t n_rules;
	struct config_mailbox mailbox;
	struct {
		int64_t full_editions, full_days, apart_days, breaker_percent, breaker_readers;
	} bounces;
	struct {
		char *listen; /* address:port of `wrap serve`; [::1]:8025 for IPv6 */
		/* addresses that may say whom they speak for; none: loopback */
		struct strs trusted_proxy;
		int64_t connections;  /* at once */
		int64_t per_client;   /* of one address; not of a trusted proxy */
		int64_t signups;      /* an hour, from one client */
		int64_t letters;      /* confirmation mails an hour, to all together */
		bool welcome;         /* a letter after the confirmation */
		int64_t pending_days; /* until whoever does not confirm is erased; 0: never */
		char *promise, *quote,
		    *quote_by; /* of the sign-up page; NULL: the usual words, none */
		bool log;      /* a line for each request */
	} serve;
	struct config_topic *topics;
	size_t n_topics;
	struct config_feed *feeds;
	size_t n_feeds;
	struct config_relay *relays;
	size_t n_relays;
	struct config_domain *domains;
	size_t n_domains;
	struct config_dkim *dkim;
	size_t n_dkim;
	struct {
		char *resolver; /* "address" or "address:port"; NULL: the machine's */
		char *ca;       /* authorities for publication.url; NULL: the system's */
	} doctor;
	struct config_variable {
		char *name, *value; /* value: in secret memory; NULL: it was not set */
	} * variables;              /* of env:NAME, taken out of the environment */
	size_t n_variables;
	bool have_secrets; /* config_secrets was here */
};

/*
 * Read and check a file. On failure out is zero and err says file, line, key and what is allowed
 * (WRAP_ECONFIG; WRAP_ENOTFOUND when there is no such file). Sets the process's time zone to the publication's,
 * and takes variables that the file names as secrets out of the environment: call it before there are threads.
 */
enum wrap_rc config_load(const char *path, struct config *out, struct wrap_err *err);
void config_free(struct config *c);
/*
 * Fetch the passwords that the file points to, for commands that speak to a relay or mailbox.
 * WRAP_ECONFIG when a variable is not set, WRAP_EDENIED for a file that others can read.
 */
enum wrap_rc config_secrets(struct config *c, struct wrap_err *err);

/* The topic of that name without regard to ASCII case, or NULL. */
const struct config_topic *config_topic_find(const struct config *c, struct span name);

/*
 * One template's text: the file of that name in paths.templates, else the one built in.
 * WRAP_ENOTFOUND when neither is there. out is owned by the caller.
 */
enum wrap_rc config_template(
    const struct config *c, const char *name, struct buf *out, struct wrap_err *err);
/* Only the built-in one, or only the owner's; ctx is the config. For phrasebook_open (wrap/text.h). */
enum wrap_rc config_template_load(
    void *ctx, const char *name, bool own, struct buf *out, struct wrap_err *err);

/* The table, for manuals, the starting configuration and tests. */
struct config_key_info {
	const char *section; /* "publication", "feeds", "topics.sponsor" */
	const char *name;
	const char *type;         /* "text", "number", "list of texts", "a, b or c" ... */
	const char *default_text; /* NULL: none */
	bool quoted;              /* its value is written in quotes */
	const char *help;
	bool required;
};
/* number of keys; fills out when i is below it */
size_t config_keys(size_t i, struct config_key_info *out);

#endif
