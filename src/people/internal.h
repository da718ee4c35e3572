/*
 * What the files of people share: reading lists of readers. import_source.c gives bytes, stream.c text, csv.c
 * and objects.c records, import_columns.c says what a column holds, import_row.c makes a reader of a record,
 * import.c decides what becomes of them.
 */
#ifndef PEOPLE_INTERNAL_H
#define PEOPLE_INTERNAL_H

#include "wrap/people.h"

/* A person's name as one clean line of at most 200 bytes; NULL for none. Owned. */
enum wrap_rc people_name(const char *text, char **out, struct wrap_err *err);
/* Any spelling of an address: as typed but trimmed, its canonical form, the name beside it. All owned. */
enum wrap_rc people_address(
    const char *text, char **address, char **canonical, char **name, struct wrap_err *err);

/* ---- stream.c: a text of any length through a window of some ---------------------------------------- */

#define CSV_COLUMNS 256
#define CSV_RECORD ((size_t)64 << 10) /* a longer record is refused */
#define STREAM_WINDOW (4 * CSV_RECORD)

/* Gives up to max bytes; *got 0 at the end. */
typedef enum wrap_rc csv_source(void *ctx, char *p, size_t max, size_t *got, struct wrap_err *err);

enum stream_coding { STREAM_BYTES, STREAM_UTF16LE, STREAM_UTF16BE };

struct stream {
	csv_source *more;
	void *ctx;
	char *text; /* UTF-8, or bytes as they came; a NUL stands after the last */
	size_t n, at;
	char *raw; /* of UTF-16, before it is text */
	size_t raw_n;
	bool begun, ended;
	enum stream_coding coding;
	uint64_t line; /* of the byte at, from 1 */
};

enum wrap_rc stream_open(struct stream *w, csv_source *more, void *ctx, struct wrap_err *err);
void stream_close(struct stream *w);
/* Read on: what was passed goes off the front, and more than two records stand in it, or all there is. */
enum wrap_rc stream_fill(struct stream *w, struct wrap_err *err);
/* Go past n bytes; past n bytes and the line end after them; past the rest of the line, however long it is. */
void stream_skip(struct stream *w, size_t n);
void stream_pass(struct stream *w, size_t n);
enum wrap_rc stream_past_line(struct stream *w, struct wrap_err *err);
/* The bytes before the first line end, or n. */
size_t stream_line(const char *p, size_t n);

struct csv_record {
	uint64_t line;              /* where it begins */
	const char *bad;            /* why it cannot be read; NULL: it can */
	size_t n;                   /* columns */
	struct span v[CSV_COLUMNS]; /* borrowed until the next one; quotes off, blanks kept */
};

/* ---- csv.c: records of a text, RFC 4180 and what spreadsheets make of it ------------------------------ */

struct csv {
	struct stream w;
	char sep;           /* ',' ';' TAB or '|' as the first line has it; 0: not known yet */
	uint64_t recoded;   /* records that were read as Windows-1252 */
	struct buf scratch; /* a record that had to be recoded */
};

enum wrap_rc csv_open(struct csv *c, csv_source *more, void *ctx, struct wrap_err *err);
void csv_close(struct csv *c);
/* The next record that is not an empty line. WRAP_ENOTFOUND at the end. */
enum wrap_rc csv_next(struct csv *c, struct csv_record *out, struct wrap_err *err);

/* ---- objects.c: JSON objects as records ----------------------------------------------------------------- */

struct objects;
/* Does an array of objects, or one object to a line, begin here? The window is filled. */
bool objects_begin(const struct stream *w);
/*
 * Read the objects of w, which lives longer. first: their keys, as the header of a table; those of the first
 * objects together, for whoever writes JSON may leave out what is empty. WRAP_ENOTFOUND: there is no object.
 */
enum wrap_rc objects_open(
    struct objects **o, struct stream *w, struct csv_record *first, struct wrap_err *err);
/* The next object, its values under their keys; a list or an object within it as JSON. As csv_next. */
enum wrap_rc objects_next(struct objects *o, struct csv_record *out, struct wrap_err *err);
void objects_close(struct objects **o);

/* ---- csv_cell.c ----------------------------------------------------------------------------------------- */

/* Append one cell, quoted when it must be. guard: a text a spreadsheet would take for a formula gets a ' in front. */
void csv_cell(struct buf *b, struct span cell, bool guard);
/* Does a spreadsheet, or a text that begins with ' before such, need the guard? */
bool csv_is_formula(struct span cell);

#endif
