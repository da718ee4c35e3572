/*
 * What the files of render share: the document (markdown.c, node.c), the look (theme.c), the two walkers (html.c,
 * text.c), the shells around them (shell.c) and the compiled message (message.c, compiled.c).
 */
#ifndef WRAP_RENDER_INTERNAL_H
#define WRAP_RENDER_INTERNAL_H

#include "wrap/render.h"
#include "wrap/text.h"

#include <cmark.h>

/* ---- markdown.c: the edition as blocks with a role ------------------------------------------------- */

enum block_role {
	BLOCK_TITLE,   /* # */
	BLOCK_NOTE,    /* between the title and the first topic or story */
	BLOCK_TOPIC,   /* ## */
	BLOCK_SPONSOR, /* the emphasised paragraph right under a topic */
	BLOCK_STORY,   /* ### */
	BLOCK_BYLINE,  /* the emphasised paragraph right under a story */
	BLOCK_IMAGE,   /* a paragraph that is one image */
	BLOCK_TEXT,
	BLOCK_SILENT /* a comment */
};

#define NO_TOPIC ((size_t)-1)

struct block {
	cmark_node *node;
	enum block_role role;
	size_t topic; /* index, or NO_TOPIC before the first */
	size_t story; /* index from 0, or NO_TOPIC outside stories */
};

struct topic {
	char *name;
	bool choosable; /* readers can choose it; the others go to everyone */
};

struct story {
	char *title;
	char *language; /* from a comment "lang: de" under it; NULL: the page's */
	size_t topic;
	int line;
};

struct document {
	cmark_node *root;
	char *title;
	struct block *blocks;
	size_t n_blocks;
	struct topic *topics;
	size_t n_topics;
	struct story *stories;
	size_t n_stories;
};

enum wrap_rc document_open(
    struct span markdown, const struct strs *choosable, struct document *out, struct wrap_err *err);
void document_close(struct document *d);
/* Does a reader of these topics (NULL: all, else joined by ',') get what stands in topic? */
bool document_wants(const struct document *d, const char *topics, size_t topic);
/* How many stories such a reader gets; 0 when none is in a topic that was chosen. */
size_t document_stories(const struct document *d, const char *topics);

/* ---- node.c: what is asked of one node ---------------------------------------------------------------- */

/* The plain text below a node, in one line. Appends. */
void node_text(cmark_node *node, struct buf *out);
/* Is this heading longer than any title? Then cut gets as much of it as is shown, as plain text. */
#define TITLE_COLUMNS 300
bool title_is_long(cmark_node *heading, struct buf *cut);
/* The link target as it may go out: percent-coded to ASCII; false when it is no http, https or mailto link. Appends. */
bool link_target(const char *url, struct buf *out);

/* ---- theme.c: styles, colours -------------------------------------------------------------- */

struct theme_entry {
	char *key;
	char *style[2]; /* for left-to-right and right-to-left */
	char *dark;     /* its declarations in dark mode; "" when none */
	char *small;    /* and on small screens */
};

struct theme {
	struct theme_entry *v;
	size_t n;
};

/* Read theme.conf. WRAP_ECONFIG with name and line. */
enum wrap_rc theme_open(
    const char *name, const char *text, struct theme *out, struct wrap_err *err);
void theme_close(struct theme *t);
/* The style block: dark mode and small screens, for the classes that occur in html (NULL: for all). Appends. */
void theme_sheet(const struct theme *t, const struct span *html, struct buf *out);
/* NULL when the theme has no such key. */
const struct theme_entry *theme_find(const struct theme *t, const char *key);

/* ---- script.c: direction and language of a text ----------------------------------------------------- */

enum direction { DIRECTION_LTR, DIRECTION_RTL, DIRECTION_NONE };
/* By the majority of its letters; NONE for fewer than three. */
enum direction text_direction(struct span s);
/* A line end in the document between two letters of Chinese or Japanese, where a blank would be a hole. */
bool break_is_seamless(cmark_node *soft);
/*
 * The first stretch of s that runs against base, from its first letter to its last; false when there is none.
 * Unless it is set apart, the numbers and signs beside it change places with it.
 */
bool opposite_run(struct span s, enum direction base, struct span *run);
enum direction language_direction(const char *language);
/* The lang attribute for a text that is visibly not in the page's language; NULL when it may be. */
const char *text_language(struct span s, const char *page);

/* ---- the edition, open ------------------------------------------------------------------------------ */

struct render {
	struct render_input in; /* its pointers are the caller's */
	struct document doc;
	struct theme theme;
	enum direction direction;
	struct template_name *names; /* what the shells may use */
	char **own_names;            /* the generated ones: style_KEY; ends with NULL */
	struct template *html, *text, *web;
	char *subject;   /* one line, of a sane length */
	char *from_name; /* NULL: none */
	char *from_mailbox;
	char *reply_name;    /* NULL: none */
	char *reply_mailbox; /* of Reply-To, else of From */
};

/* html.c, text.c: the body of the edition for these topics; append. */
/* One story alone, to know how much it weighs. */
void render_html_story(const struct render *r, size_t story, struct buf *out);
void render_html_body(const struct render *r, const char *topics, struct buf *out);
void render_text_body(const struct render *r, const char *topics, struct buf *out);

/* Cut to at most columns, at a blank when one is near, with an ellipsis. Appends. */
void shorten(struct span s, size_t most, struct buf *out);

/* render.c: From and Reply-To, read from the input. */
enum wrap_rc read_people(struct render *r, struct wrap_err *err);

/* shell.c: the templates around the body. Output holds slots (wrap/text.h). */
enum wrap_rc shell_open(struct render *r, struct wrap_err *err);
/* Theme and names alone, for a letter; then one template of it, and what its names stand for. */
enum wrap_rc shell_open_common(struct render *r, struct wrap_err *err);
enum wrap_rc shell_load(const struct render *r, const char *name, enum template_escape escape,
    struct template **out, struct wrap_err *err);
void shell_values(struct value *v, const struct render *r);
/* Render twice: the style block holds what the first round used. Appends. */
enum wrap_rc shell_fill(const struct render *r, const struct template *t, struct value *v,
    struct buf *out, struct wrap_err *err);
/* Long lines of a text shell wrapped. Appends. */
void shell_rewrap(struct span text, struct buf *out);
void shell_close(struct render *r);
enum shell { SHELL_HTML, SHELL_TEXT, SHELL_WEB };
enum wrap_rc shell_render(const struct render *r, enum shell which, const char *topics,
    struct buf *out, struct wrap_err *err);

/* ---- slots ------------------------------------------------------------------------------------------ */

/* The letters that stand for them between the marks of wrap/text.h. */
enum slot { SLOT_RECIPIENT, SLOT_NAME, SLOT_UNSUBSCRIBE, SLOT_PREFERENCES, SLOT_WEB, SLOT_COUNT };
#define SLOT_LETTER(s) ((char)('A' + (s)))
const char *slot_value(const struct render_reader *reader, enum slot s); /* NULL: not set */
/* One slot's value for HTML or text. Appends. */
void slot_write(const char *value, bool html, struct buf *out);
enum mark_kind { MARK_IF, MARK_UNLESS, MARK_END, MARK_VALUE };
struct mark {
	enum mark_kind kind;
	unsigned slot;
	size_t bytes; /* of the mark itself */
};
/* Position of the next mark at or after from; s.n when there is none. */
size_t mark_next(struct span s, size_t from, struct mark *out);
/* Fill all slots of marked (reader NULL: none is set). Appends. */
void slots_fill(struct span marked, const struct render_reader *reader, bool html, struct buf *out);

/* ---- the compiled message --------------------------------------------------------------------------- */

/*
 * A short program that writes the message: bytes as they go out, and between them what differs.
 * message.c makes it, compiled.c keeps and runs it.
 */
enum op_kind {
	OP_BYTES,  /* copy n bytes of data from at */
	OP_HEADER, /* write the header(s) which */
	OP_VALUE,  /* the slot which, escaped for HTML when html */
	OP_IF,     /* when the slot which is not set, skip the next n operations */
	OP_UNLESS, /* when it is */
	OP_BASE64  /* what the next n operations write goes out as base64 */
};
#define OP_KINDS 6

enum op_header { HEADER_TO, HEADER_MESSAGE_ID, HEADER_LIST_UNSUBSCRIBE, HEADER_ARCHIVED_AT };
#define OP_HEADERS 4

struct op {
	uint8_t kind;
	uint8_t which;
	uint8_t html;
	uint32_t at, n;
};

struct compiled {
	struct op *ops;
	size_t n, room;
	struct buf data;
};

/* message.c: one part with its headers, encoded, appended to out; marked holds no slots. */
void part_write(struct span text, bool html, const char *boundary, struct buf *out);
void boundary_make(struct span text, struct span html, struct buf *out);
/* compiled.c: is there anything about this reader that must not go into a mail? */
enum wrap_rc reader_check(const struct render_reader *r, bool must_leave, struct wrap_err *err);
enum wrap_rc header_recipient(
    const struct render_reader *reader, struct buf *out, struct wrap_err *err);

/* The largest message we make or load; offsets fit 32 bits. */
#define COMPILED_MAX ((size_t)16 << 20)

#endif
