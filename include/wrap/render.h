/*
 * render: one edition document in, bytes for a reader out. The Markdown is parsed once and its one tree
 * walked for HTML and for text. A message is compiled once for each set of topics and spliced per reader.
 * No clock, network or store: everything comes in through the structs below.
 */
#ifndef WRAP_RENDER_H
#define WRAP_RENDER_H

#include "wrap/base.h"

/* What every message of an edition shares. Borrowed; must outlive the struct render. */
struct render_input {
	struct span markdown;
	const char *key;     /* 2026-W47 */
	const char *subject; /* NULL: the document's title */
	int64_t sent_at;     /* the Date header of every copy; fixed when the edition is sealed */
	/* of the publication */
	const char *name, *from, *reply_to, *address, *language, *url, *list_id, *domain,
	    *description, *logo;
	const struct phrasebook *say; /* the words of that language (wrap/text.h) */
	/* Text of the named template; the caller keeps it alive. NULL when there is none. */
	const char *(*template_text)(void *ctx, const char *name);
	void *ctx;
	struct strs topics; /* all names, in their order */
};

struct render;
/* Parse and check: WRAP_ECONFIG for a bad template (name and line), WRAP_EPROTO for a document that is no edition (line). */
enum wrap_rc render_open(const struct render_input *in, struct render **out, struct wrap_err *err);
void render_close(struct render **r);

/*
 * How many stories a reader of these topics gets (NULL: all; else names joined by ','). Sections whose name
 * is none of render_input.topics go to everyone, but 0 when no story is in a topic that was chosen.
 */
size_t render_stories(const struct render *r, const char *topics);
/*
 * What is to be asked before an edition is sealed: everything that render_compile would refuse, and as
 * warnings (one line each, owned by the caller: strs_clear) what an editor would want to know.
 */
enum wrap_rc render_check(struct render *r, struct strs *warnings, struct wrap_err *err);

/*
 * A compiled message: headers and both parts, already encoded with CRLF line ends, with slots. It can be
 * stored as one blob and spliced after a restart into the same bytes.
 */
struct compiled;
/*
 * Compile for one set of topics (NULL: all). WRAP_ENOTFOUND, with *out NULL, when no story is in them: that
 * reader gets no mail this week. WRAP_ELIMIT when the HTML is over 100 kB, naming the story to shorten.
 */
enum wrap_rc render_compile(
    struct render *r, const char *topics, struct compiled **out, struct wrap_err *err);
enum wrap_rc compiled_save(const struct compiled *m, struct buf *blob, struct wrap_err *err);
/* WRAP_EPROTO for a blob that is cut, damaged or of another version. */
enum wrap_rc compiled_load(struct span blob, struct compiled **out, struct wrap_err *err);
void compiled_free(struct compiled **m);

/* What differs between two readers of one topic set. Borrowed. */
struct render_reader {
	const char *mailbox;    /* ASCII or UTF-8, already validated */
	const char *name;       /* NULL: none known */
	const char *message_id; /* without angle brackets */
	/* https, one-click (RFC 8058); NULL: the publication has no pages */
	const char *unsubscribe_url;
	const char *unsubscribe_mailto; /* mailto: URI */
	const char *preferences_url;    /* NULL: none */
	const char *web_url;            /* of this edition; NULL: none */
};
/*
 * The finished message, CRLF throughout, into out (reset first). Same input, same bytes; safe in threads.
 * WRAP_EINVAL for a recipient, link or Message-ID that must not go out, or no way to unsubscribe;
 * WRAP_EPROTO when the last gate finds a bare CR or LF or a line over 998.
 */
enum wrap_rc compiled_splice(const struct compiled *m, const struct render_reader *reader,
    struct buf *out, struct wrap_err *err);

/* The parts alone, as a preview shows them; decoded UTF-8, LF line ends. reader NULL: nothing personal in it. */
enum wrap_rc render_text(struct render *r, const char *topics, const struct render_reader *reader,
    struct buf *out, struct wrap_err *err);
enum wrap_rc render_html(struct render *r, const char *topics, const struct render_reader *reader,
    struct buf *out, struct wrap_err *err);

/* The edition as a page for the archive: all topics, nothing of any reader in it. */
enum wrap_rc render_web(struct render *r, struct buf *out, struct wrap_err *err);

/*
 * A mail to one person that is no edition: "confirm" asks for the click that begins a subscription,
 * "welcome" follows it, "farewell" confirms that somebody left. Made of KIND.html, KIND.txt and KIND.subject.
 * It carries no text from whoever filled in a form but the address it goes to.
 */
struct render_letter {
	/* of the publication; markdown, key, subject and topics are not used; sent_at is its Date */
	struct render_input of;
	const char *kind;
	struct render_reader reader; /* mailbox and message_id; the links where they apply */
	const char *action_url;      /* confirm: the page with the button; else NULL */
	/* held, a letter to the editor: subject, what happened, and lines that show what can be typed; else NULL */
	const char *heading, *note, *steps;
};
/* The finished message, CRLF throughout, into out (reset first). WRAP_ECONFIG for its templates, else as compiled_splice. */
enum wrap_rc render_letter(const struct render_letter *l, struct buf *out, struct wrap_err *err);

/* The colours of a theme.conf as custom properties (--paper, --text ...) of a style sheet, light and dark. Appends. WRAP_ECONFIG. */
enum wrap_rc render_colours(const char *theme, struct buf *out, struct wrap_err *err);

#endif
