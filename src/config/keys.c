/*
 * The one table of keys: type, default, unit, range and help. wrap.conf is read by it, `wrap init`
 * writes by it, and a test holds the manual and the example against it.
 */
#include "internal.h"

#define AT(field) offsetof(struct config, field)
#define TOPIC(field) offsetof(struct config_topic, field)
#define FEED(field) offsetof(struct config_feed, field)
#define RULE(field) offsetof(struct config_rule, field)
#define DOMAIN(field) offsetof(struct config_domain, field)
#define RELAY(field) offsetof(struct config_relay, field)
#define DKIM(field) offsetof(struct config_dkim, field)

const struct config_section config_sections[] = {
	{ "publication", false, 0, 0, 0, "Who we are, to our readers" },
	{ "topics", true, AT(topics), AT(n_topics), sizeof(struct config_topic),
	    "The topics of an edition, in their order: the unit a reader can choose" },
	{ "feeds", true, AT(feeds), AT(n_feeds), sizeof(struct config_feed),
	    "Where articles come from: feeds over HTTP, folders of Markdown files" },
	{ "edition", false, 0, 0, 0, "What an edition looks like, and who has the last word" },
	{ "rules", true, AT(rules), AT(n_rules), sizeof(struct config_rule),
	    "Rules on articles; the first that matches decides" },
	{ "rank", false, 0, 0, 0,
	    "How the stories of a topic are ordered: weights of the terms of a score" },
	{ "relay", true, AT(relays), AT(n_relays), sizeof(struct config_relay),
	    "The mail servers that take our mail; without one it goes into the Maildir paths.outbox" },
	{ "send", false, 0, 0, 0, "How patient sending is" },
	{ "domains", true, AT(domains), AT(n_domains), sizeof(struct config_domain),
	    "How fast mail may go to one receiving domain" },
	{ "dkim", true, AT(dkim), AT(n_dkim), sizeof(struct config_dkim),
	    "Keys that sign each message" },
	{ "mailbox", false, 0, 0, 0, "The IMAP mailbox that bounces come back to" },
	{ "bounces", false, 0, 0, 0, "When a reader whose mail comes back is set aside" },
	{ "fetch", false, 0, 0, 0, "How feeds are fetched" },
	{ "serve", false, 0, 0, 0, "The readers' pages: wrap serve" },
	{ "doctor", false, 0, 0, 0, "How wrap doctor looks around" },
	{ "paths", false, 0, 0, 0, "Where things lie; relative to this file" },
};
const size_t config_sections_size = sizeof(config_sections) / sizeof(config_sections[0]);

const struct config_key config_table[] = {
	{ "publication", "name", KEY_TEXT, AT(publication.name), NULL, 0, 0, NULL, true,
	    "Name of the publication, as readers see it" },
	{ "publication", "from", KEY_TEXT, AT(publication.from), NULL, 0, 0, NULL, true,
	    "Header From: Name <address>" },
	{ "publication", "address", KEY_TEXT, AT(publication.address), NULL, 0, 0, NULL, true,
	    "Postal address; the law of many countries wants it in every footer" },
	{ "publication", "reply_to", KEY_TEXT, AT(publication.reply_to), NULL, 0, 0, NULL, false,
	    "Where answers go; read by a person. Default: the address in from" },
	{ "publication", "description", KEY_TEXT, AT(publication.description),
	    "A convenient summary once a week, a quick and easy read.", 0, 0, NULL, false,
	    "One sentence: what a reader gets" },
	{ "publication", "time_zone", KEY_TEXT, AT(publication.time_zone), "UTC", 0, 0, NULL, false,
	    "IANA name; weeks, slots and dates are of this zone" },
	{ "publication", "slot", KEY_TEXT, AT(publication.slot), NULL, 0, 0, NULL, false,
	    "When an edition is due, \"Fri 09:00\"; without it the first run of a week" },
	{ "publication", "language", KEY_TEXT, AT(publication.language), "en", 0, 0, NULL, false,
	    "Language of the edition, BCP 47" },
	{ "publication", "url", KEY_URL, AT(publication.url), NULL, 0, 0, "https|http", false,
	    "Where the readers' pages are reached; unsubscribe links live under it" },
	{ "publication", "return_path", KEY_TEXT, AT(publication.return_path), NULL, 0, 0, NULL,
	    false,
	    "Where bounces go; * is where each mail's signed token is put: bounces+*@example.org,"
	    " *@bounces.example.org. Default: the address in from" },
	{ "publication", "list_id", KEY_TEXT, AT(publication.list_id), NULL, 0, 0, NULL, false,
	    "List-Id of RFC 2919, like weekly-wrap.example.org. Default: from name and domain" },
	{ "publication", "logo", KEY_URL, AT(publication.logo), NULL, 0, 0, "https|http", false,
	    "Picture for the head of the HTML part" },

	{ "topics", "name", KEY_TEXT, TOPIC(name), NULL, 0, 0, NULL, true,
	    "Name of the topic; no comma" },
	{ "topics", "keywords", KEY_LIST, TOPIC(keywords), NULL, 0, 0, NULL, false,
	    "Words and phrases that speak for the topic; -word speaks against it" },
	{ "topics", "categories", KEY_LIST, TOPIC(categories), NULL, 0, 0, NULL, false,
	    "Categories of feeds that mean it" },
	{ "topics", "headlines", KEY_BOOL, TOPIC(headlines), "false", 0, 0, NULL, false,
	    "Titles only, no summaries" },
	{ "topics.sponsor", "name", KEY_TEXT, TOPIC(sponsor.name), NULL, 0, 0, NULL, true,
	    "Who pays for the topic; shown as \"Sponsored by\"" },
	{ "topics.sponsor", "url", KEY_URL, TOPIC(sponsor.url), NULL, 0, 0, "https|http", true,
	    "Where the sponsor's name leads" },
	{ "topics.sponsor", "from", KEY_FROM, TOPIC(sponsor.from), NULL, 0, 0, NULL, false,
	    "First day, 2026-01-01" },
	{ "topics.sponsor", "until", KEY_UNTIL, TOPIC(sponsor.until), NULL, 0, 0, NULL, false,
	    "Last day, 2026-12-31" },
	{ "topics.sponsor", "always", KEY_BOOL, TOPIC(sponsor.always), "false", 0, 0, NULL, false,
	    "Keep the topic, with its sponsor, in a week without a story" },

	{ "feeds", "name", KEY_TEXT, FEED(name), NULL, 0, 0, NULL, true,
	    "Short name of the source; unique" },
	{ "feeds", "url", KEY_URL, FEED(url), NULL, 0, 0, "https|http", false,
	    "Address of the feed" },
	{ "feeds", "folder", KEY_PATH, FEED(folder), NULL, 0, 0, NULL, false,
	    "Or a folder of Markdown files" },
	{ "feeds", "topic", KEY_TEXT, FEED(topic), NULL, 0, 0, NULL, false,
	    "Put all its articles under this topic" },
	{ "feeds", "pages", KEY_BOOL, FEED(pages), "true", 0, 0, NULL, false,
	    "Fetch an article's page when the feed gives only a teaser" },
	{ "feeds", "required", KEY_BOOL, FEED(required), "false", 0, 0, NULL, false,
	    "Hold the edition when this feed failed" },
	{ "feeds", "weight", KEY_NUMBER, FEED(weight), "1.0", 0, 10, NULL, false,
	    "How much its articles count when there are too many" },

	{ "edition", "title", KEY_TEXT, AT(edition.title), "{{name}}: {{date}}", 0, 0, NULL, false,
	    "Heading and subject; {{name}}, {{date}} and {{key}} are filled in" },
	{ "edition", "review", KEY_CHOICE, AT(edition.review), "automatic", 0, 0,
	    "automatic|required", false, "required: nothing goes out before wrap approve" },
	{ "edition", "editor", KEY_TEXT, AT(edition.editor), NULL, 0, 0, NULL, false,
	    "Who is told by mail when an edition is held; default publication.reply_to" },
	{ "edition", "lead_first", KEY_BOOL, AT(edition.lead_first), "true", 0, 0, NULL, false,
	    "The topic of the best story comes first; false: topics always in their order here" },
	{ "edition", "min_stories", KEY_INT, AT(edition.min_stories), "3", 1, 1000, "stories",
	    false, "With fewer the edition is held and the editor asked" },
	{ "edition", "max_stories", KEY_INT, AT(edition.max_stories), "25", 1, 1000, "stories",
	    false, "No more than this in an edition" },
	{ "edition", "per_topic", KEY_INT, AT(edition.per_topic), "8", 1, 1000, "stories", false,
	    "No more than this under one topic" },
	{ "edition", "per_source", KEY_INT, AT(edition.per_source), "2", 1, 1000, "stories", false,
	    "No more than this from one source under one topic" },
	{ "edition", "words", KEY_INT, AT(edition.words), "60", 5, 500, "words", false,
	    "Longest summary of a story" },
	{ "edition", "other", KEY_TEXT, AT(edition.other), NULL, 0, 0, NULL, false,
	    "Topic for what fits nowhere; without it such articles are left out" },
	{ "edition", "first_days", KEY_INT, AT(edition.first_days), "7", 1, 90, "days", false,
	    "How far back the first edition reaches" },
	{ "edition", "late_hours", KEY_INT, AT(edition.late_hours), "48", 1, 168, "hours", false,
	    "An edition that would go out later than this after its slot is held" },
	{ "edition", "sentences", KEY_INT, AT(edition.sentences), "3", 1, 3, "sentences", false,
	    "At most so many in a summary" },
	{ "edition", "oldest_days", KEY_INT, AT(edition.oldest_days), "14", 1, 365, "days", false,
	    "Articles dated longer than this before the window are left out, however new to us" },
	{ "edition", "grace_hours", KEY_INT, AT(edition.grace_hours), "48", 0, 336, "hours", false,
	    "Articles that came too late for the last edition are taken for so long" },
	{ "edition", "roll_over", KEY_BOOL, AT(edition.roll_over), "true", 0, 0, NULL, false,
	    "What a cap left out may come again next week" },
	{ "edition", "lead_image", KEY_BOOL, AT(edition.lead_image), "true", 0, 0, NULL, false,
	    "One picture, of the first story that has one; its site may learn who opens the mail" },
	{ "edition", "failed_share", KEY_INT, AT(edition.failed_share), "50", 0, 100, "percent",
	    false, "Hold the edition when more than this share of the feeds failed" },
	{ "edition", "sponsor_days", KEY_INT, AT(edition.sponsor_days), "14", 0, 365, "days", false,
	    "Warn so long before a sponsor runs out" },
	{ "edition", "same_story", KEY_NUMBER, AT(edition.same_story), "0.23", 0, 1, NULL, false,
	    "How alike two articles must be to be told as one story" },
	{ "edition", "learn", KEY_BOOL, AT(edition.learn), "true", 0, 0, NULL, false,
	    "Choose topics from past editions when no rule does" },

	{ "rank", "feed", KEY_NUMBER, AT(rank.feed), "1.0", 0, 10, NULL, false,
	    "Weight of the feed" },
	{ "rank", "author", KEY_NUMBER, AT(rank.author), "0.5", 0, 10, NULL, false,
	    "Weight of a named author" },
	{ "rank", "sources", KEY_NUMBER, AT(rank.sources), "1.0", 0, 10, NULL, false,
	    "Other sources that tell the story" },
	{ "rank", "comments", KEY_NUMBER, AT(rank.comments), "0.6", 0, 10, NULL, false,
	    "Comments, against what is usual for the feed" },
	{ "rank", "recent", KEY_NUMBER, AT(rank.recent), "0.4", 0, 10, NULL, false,
	    "How recent it is" },
	{ "rank", "keywords", KEY_NUMBER, AT(rank.keywords), "0.5", 0, 10, NULL, false,
	    "Keywords of the topic it hits" },
	{ "rank", "full_text", KEY_NUMBER, AT(rank.full_text), "0.2", 0, 10, NULL, false,
	    "Having its full text" },
	{ "rank", "sponsored", KEY_NUMBER, AT(rank.sponsored), "0.8", 0, 10, NULL, false,
	    "Taken off when it is a press release or sponsored" },
	{ "rank", "repeat", KEY_NUMBER, AT(rank.repeat), "0.7", 0, 10, NULL, false,
	    "Taken off when the source is in the topic already" },
	{ "rank", "alike", KEY_NUMBER, AT(rank.alike), "0.5", 0, 10, NULL, false,
	    "Taken off for likeness to a story placed above" },
	{ "rank", "half_life", KEY_NUMBER, AT(rank.half_life), "3.5", 0, 10, NULL, false,
	    "Days after which being recent counts half" },

	{ "rules", "field", KEY_CHOICE, RULE(field), "any", 0, 0,
	    "any|title|url|author|feed|category|text", false, "Where to look" },
	{ "rules", "match", KEY_TEXT, RULE(match), NULL, 0, 0, NULL, true,
	    "A phrase; whole words, capitals or not" },
	{ "rules", "action", KEY_CHOICE, RULE(action), NULL, 0, 0, "block|keep|pin|topic|weight",
	    true, "What to do with an article that matches" },
	{ "rules", "topic", KEY_TEXT, RULE(topic), NULL, 0, 0, NULL, false,
	    "For action topic: which one" },
	{ "rules", "weight", KEY_NUMBER, RULE(weight), "0", -10, 10, NULL, false,
	    "For action weight: what to add to the score" },

	{ "relay", "url", KEY_URL, RELAY(url), NULL, 0, 0, "smtps|smtp", true,
	    "smtps://host[:port] or smtp://host[:port]" },
	{ "relay", "user", KEY_TEXT, RELAY(user), NULL, 0, 0, NULL, false, "Login name" },
	{ "relay", "password", KEY_SECRET, RELAY(password), NULL, 0, 0, NULL, false,
	    "file:PATH (mode 0600) or env:NAME" },
	{ "relay", "tls", KEY_CHOICE, RELAY(tls), "required", 0, 0, "required|none", false,
	    "none: in the clear, and no login but to this very machine" },
	{ "relay", "ca", KEY_PATH, RELAY(ca), NULL, 0, 0, NULL, false,
	    "File of certificate authorities. Default: the system's" },
	{ "relay", "cert", KEY_PATH, RELAY(cert), NULL, 0, 0, NULL, false,
	    "Client certificate, PEM" },
	{ "relay", "key", KEY_PATH, RELAY(key), NULL, 0, 0, NULL, false,
	    "Key of the client certificate, PEM" },
	{ "relay", "connections", KEY_INT, RELAY(connections), "5", 1, 200, "connections", false,
	    "How many at once" },
	{ "relay", "per_connection", KEY_INT, RELAY(per_connection), "100", 1, 100000, "messages",
	    false, "Messages before a new connection" },
	{ "relay", "rate", KEY_INT, RELAY(rate), "0", 0, 100000, "messages a second", false,
	    "No faster than this; 0: as fast as it goes" },
	{ "relay", "weight", KEY_NUMBER, RELAY(weight), "1.0", 0, 1000, NULL, false,
	    "Share of the mail when there are several relays; 0: only when others fail" },
	{ "relay", "timeout", KEY_INT, RELAY(timeout), "300", 5, 3600, "seconds", false,
	    "For one message, connection included" },

	{ "send", "patience", KEY_INT, AT(send.patience), "30", 0, 1440, "minutes", false,
	    "How long a run stays for retries that fall due" },
	{ "send", "indoubt", KEY_CHOICE, AT(send.indoubt), "resend", 0, 0, "resend|hold", false,
	    "What to do with mail whose acknowledgement was lost" },
	{ "send", "give_up", KEY_INT, AT(send.give_up), "72", 1, 240, "hours", false,
	    "When a message that keeps being deferred has failed" },

	{ "send", "canary", KEY_INT, AT(send.canary), "200", 0, 100000, "messages", false,
	    "The first of an edition that must go well, or the rest waits for you; 0: no such check" },
	{ "send", "canary_limit", KEY_NUMBER, AT(send.canary_limit), "20", 0, 100, NULL, false,
	    "Percent of them that may be deferred or refused" },

	{ "domains", "name", KEY_TEXT, DOMAIN(name), NULL, 0, 0, NULL, true,
	    "Receiving domain, like gmail.com; * is each that is not named" },
	{ "domains", "per_second", KEY_NUMBER, DOMAIN(per_second), "0", 0, 100000, NULL, false,
	    "Messages a second; 0: no limit" },
	{ "domains", "per_hour", KEY_NUMBER, DOMAIN(per_hour), "0", 0, 10000000, NULL, false,
	    "Messages an hour; 0: no limit" },

	{ "dkim", "selector", KEY_TEXT, DKIM(selector), NULL, 0, 0, NULL, true,
	    "Selector of the key" },
	{ "dkim", "domain", KEY_TEXT, DKIM(domain), NULL, 0, 0, NULL, true,
	    "Signing domain, that of publication.from" },
	{ "dkim", "key", KEY_PATH, DKIM(key), NULL, 0, 0, NULL, true,
	    "Private key, PEM, mode 0600: wrap dkim keygen makes one" },

	{ "mailbox", "url", KEY_URL, AT(mailbox.url), NULL, 0, 0, "imaps|imap", false,
	    "imaps://host[:port]/Folder" },
	{ "mailbox", "user", KEY_TEXT, AT(mailbox.user), NULL, 0, 0, NULL, false, "Login name" },
	{ "mailbox", "password", KEY_SECRET, AT(mailbox.password), NULL, 0, 0, NULL, false,
	    "file:PATH (mode 0600) or env:NAME" },
	{ "mailbox", "tls", KEY_CHOICE, AT(mailbox.tls), "required", 0, 0, "required|none", false,
	    "none: in the clear, only to this very machine" },
	{ "mailbox", "ca", KEY_PATH, AT(mailbox.ca), NULL, 0, 0, NULL, false,
	    "File of certificate authorities. Default: the system's" },
	{ "mailbox", "token", KEY_SECRET, AT(mailbox.token), NULL, 0, 0, NULL, false,
	    "OAuth 2 access token for XOAUTH2, in place of a password" },
	{ "mailbox", "mark", KEY_CHOICE, AT(mailbox.mark), "move", 0, 0, "move|flag", false,
	    "What is done with a report once it was acted on: moved to done, or only flagged as seen" },
	{ "mailbox", "done", KEY_TEXT, AT(mailbox.done), "Done", 0, 0, NULL, false,
	    "Folder that reports are moved to" },

	{ "bounces", "full_editions", KEY_INT, AT(bounces.full_editions), "4", 1, 52, "editions",
	    false, "In a row that a full mailbox may refuse before its reader is set aside" },
	{ "bounces", "full_days", KEY_INT, AT(bounces.full_days), "28", 0, 365, "days", false,
	    "And for at least so long" },
	{ "bounces", "apart_days", KEY_INT, AT(bounces.apart_days), "3", 0, 60, "days", false,
	    "Between two refusals that are not beyond doubt" },
	{ "bounces", "breaker_percent", KEY_INT, AT(bounces.breaker_percent), "2", 0, 100,
	    "percent", false,
	    "A scan that would set aside more than this share of the readers, and more than"
	    " breaker_readers, changes nothing and asks" },
	{ "bounces", "breaker_readers", KEY_INT, AT(bounces.breaker_readers), "10", 0, 1000000,
	    "readers", false, "Fewer than so many set aside in a scan never stop it" },

	{ "fetch", "allow", KEY_LIST, AT(fetch.allow), NULL, 0, 0, NULL, false,
	    "address[:port] that a feed may live at though it is private or odd" },
	{ "fetch", "timeout", KEY_INT, AT(fetch.timeout), "60", 1, 600, "seconds", false,
	    "For one document" },
	{ "fetch", "max_kilobytes", KEY_INT, AT(fetch.max_kilobytes), "10240", 16, 102400, "kB",
	    false, "Largest document, after decoding" },
	{ "fetch", "connections", KEY_INT, AT(fetch.connections), "8", 1, 64, "connections", false,
	    "How many at once" },
	{ "fetch", "interval", KEY_INT, AT(fetch.interval), "60", 1, 10080, "minutes", false,
	    "Never poll a feed more often than this" },
	{ "fetch", "user_agent", KEY_TEXT, AT(fetch.user_agent), NULL, 0, 0, NULL, false,
	    "Default: wrap, its version and publication.url" },

	{ "serve", "listen", KEY_TEXT, AT(serve.listen), "127.0.0.1:8025", 0, 0, NULL, false,
	    "address:port that wrap serve listens at; your web server passes requests on to it" },
	{ "serve", "trusted_proxy", KEY_LIST, AT(serve.trusted_proxy), NULL, 0, 0, NULL, false,
	    "Addresses of web servers whose X-Forwarded-For is believed. Default: this machine" },
	{ "serve", "connections", KEY_INT, AT(serve.connections), "2048", 16, 60000, "connections",
	    false, "How many at once" },
	{ "serve", "per_client", KEY_INT, AT(serve.per_client), "32", 1, 60000, "connections",
	    false, "How many at once from one address; a trusted proxy is not counted" },
	{ "serve", "signups", KEY_INT, AT(serve.signups), "20", 1, 100000, "sign-ups", false,
	    "How many an hour from one client" },
	{ "serve", "letters", KEY_INT, AT(serve.letters), "500", 1, 1000000, "letters", false,
	    "Confirmation mails an hour to all together; more wait" },
	{ "serve", "welcome", KEY_BOOL, AT(serve.welcome), "true", 0, 0, NULL, false,
	    "Send a welcome letter after the confirmation" },
	{ "serve", "promise", KEY_TEXT, AT(serve.promise), NULL, 0, 0, NULL, false,
	    "What the sign-up page promises. Default: publication.description" },
	{ "serve", "quote", KEY_TEXT, AT(serve.quote), NULL, 0, 0, NULL, false,
	    "What a reader says of the publication; shown on the sign-up page" },
	{ "serve", "quote_by", KEY_TEXT, AT(serve.quote_by), NULL, 0, 0, NULL, false,
	    "Who said it" },
	{ "serve", "log", KEY_BOOL, AT(serve.log), "true", 0, 0, NULL, false,
	    "A line for each request on standard output; no address and no link is in it" },
	{ "doctor", "resolver", KEY_TEXT, AT(doctor.resolver), NULL, 0, 0, NULL, false,
	    "DNS server that the checks ask, like 192.0.2.53 or [2001:db8::53]:5353. Default: the machine's" },
	{ "doctor", "ca", KEY_PATH, AT(doctor.ca), NULL, 0, 0, NULL, false,
	    "File of certificate authorities for publication.url. Default: the system's" },

	{ "paths", "database", KEY_PATH, AT(paths.database), "wrap.db", 0, 0, NULL, false,
	    "The SQLite file; on a local disk" },
	{ "paths", "outbox", KEY_PATH, AT(paths.outbox), "outbox", 0, 0, NULL, false,
	    "The Maildir that mail goes into when there is no relay" },
	{ "paths", "keys", KEY_PATH, AT(paths.keys), "keys", 0, 0, NULL, false,
	    "Folder of our own secrets" },
	{ "paths", "templates", KEY_PATH, AT(paths.templates), NULL, 0, 0, NULL, false,
	    "Folder whose files replace the built-in templates of the same name" },
};
const size_t config_table_size = sizeof(config_table) / sizeof(config_table[0]);

static const char *
type_word(const struct config_key *k)
{
	switch (k->kind) {
	case KEY_TEXT: return "text";
	case KEY_INT: return k->extra;
	case KEY_NUMBER: return "number";
	case KEY_BOOL: return "true or false";
	case KEY_LIST: return "list of texts";
	case KEY_CHOICE: return k->extra;
	case KEY_PATH: return "path";
	case KEY_SECRET: return "file:PATH or env:NAME";
	case KEY_URL: return "URL";
	case KEY_FROM:
	case KEY_UNTIL: return "date";
	}
	return "";
}

size_t
config_keys(size_t i, struct config_key_info *out)
{
	if (i < config_table_size) {
		const struct config_key *k = &config_table[i];

		*out = (struct config_key_info){ .section = k->section,
			.name = k->name,
			.type = type_word(k),
			.default_text = k->default_text,
			.quoted =
			    k->kind != KEY_INT && k->kind != KEY_NUMBER && k->kind != KEY_BOOL,
			.help = k->help,
			.required = k->required };
	}
	return config_table_size;
}
