/*
 * What the readers of returned mail share: addresses found in running text, rows by recipient, lower-case
 * text to look for words in. report.c calls dsn.c, feedback.c, notice.c and signs.c; each adds what its
 * format tells.
 */
#ifndef WRAP_MAIL_READING_H
#define WRAP_MAIL_READING_H

#include "wrap/mail.h"

#define PROSE_MAX 2048 /* bytes kept of what a report says about one recipient */

/* The addresses that are ours or the reporter's: no failing recipient is among them. */
struct bystanders {
	struct strs list; /* lower case */
};

/*
 * The next thing that looks like an address at or after *at; *at moves behind it. The domain needs a dot
 * unless the address stands in angle brackets.
 */
bool address_next(struct span text, size_t *at, struct span *address);
/* The address a field or word holds: type prefix, brackets, quotes and a trailing dot off. Empty when there is none. */
struct span address_bare(struct span value);
/* Like address_bare, with the escapes of utf-8-addr-xtext undone; owned, NULL when there is none. RFC 6533 3. */
char *address_of_field(struct span value);

/* The row that names that recipient; NULL when none does. */
struct report_row *row_find(struct report *r, struct span recipient);
/* The row of that recipient, added when new; NULL when the table is full or on no memory. */
struct report_row *row_for(struct report *r, struct span recipient);
/* Replace or extend a text of a row, in one line, at most PROSE_MAX. */
void row_text(char **text, struct span more);
bool is_bystander(const struct bystanders *b, struct span address);
void bystander_add(struct bystanders *b, struct span address);

/* Lower-case copy (ASCII), blanks and line ends folded to one blank. Appends. */
void fold_text(struct span s, struct buf *out);
/* Is one of the words, split by '|', in the folded text? */
bool has_any(struct span folded, const char *words);

/* Rows from fields of RFC 3464, RFC 6533, wherever in a text they stand. True when there was at least one. */
bool dsn_read(struct span text, struct report *r);
/* RFC 5965; the report's kind and its row. */
void feedback_read(struct span text, struct report *r);
/* JSON of a sending service inside a mail (Amazon SES). True when it was one. */
bool notify_read(struct span text, struct report *r);
/* Rows from a server's own words. original: where the quoted mail begins in text, cut there before. */
void notice_read(struct span text, const struct bystanders *b, struct report *r);
/* Does a line of it begin with an address that is not a bystander's, or end with one after a colon? */
bool notice_names(struct span text, const struct bystanders *b);
/* How much of the text are the report's own words: the rest is the quoted mail. */
size_t notice_end(struct span text);
/* One reading in progress: what report.c found and signs.c judges. */
struct reading {
	struct mime mime;
	struct span head;                 /* of the message */
	struct buf from, subject, folded; /* From and Subject in lower case; scratch */
	struct buf text;                  /* what the report says, in UTF-8 */
	struct bystanders by;
	bool daemon;      /* sent by a program that only reports, or with an empty return path */
	bool null_sender; /* Return-Path: <> */
};

/* Sent by a program that only reports, by its From field in folded text. */
bool sign_daemon(struct span from);
/* A program that reports, with words of a report; of another sender subject, words and form are asked for. */
bool sign_notice(struct reading *rd);
/* A field says that a program answered. RFC 3834 5 and the customs before it. */
bool sign_automatic(const struct reading *rd);
/* A vacation note: by its fields (RFC 3834), or by its subject and an automatic sender. */
bool sign_absence(const struct reading *rd);
bool sign_challenge(const struct reading *rd);
/* A mail whose subject is the wish to leave: RFC 2369 3.2. */
bool sign_leave(const struct reading *rd);
/* A report that a person forwarded. */
bool sign_forwarded(const struct reading *rd);
/* The text warns of a delay. */
bool sign_delay(struct reading *rd);

/* report_token.c: what stands where our token may be, into r->tokens; its status fields stand there before. */
void reading_tokens(const struct reading *rd, struct report *r);
/* What the fields that name a recipient hold, a line each; owned. */
char *reading_recipients(const struct reading *rd);

/* The SMTP command a refusal answered, as servers say it. */
enum report_command command_of(struct span folded);

#endif
