/*
 * What the files of people share: reading lists of readers. import_source.c gives bytes, csv.c records,
 * import_columns.c says what a column holds, import_row.c makes a reader of a record, import.c decides
 * what becomes of them.
 */
#ifndef PEOPLE_INTERNAL_H
#define PEOPLE_INTERNAL_H

#include "wrap/people.h"

/* A person's name as one clean line of at most 200 bytes; NULL for none. Owned. */
enum wrap_rc people_name(const char *text, char **out, struct wrap_err *err);
/* Any spelling of an address: as typed but trimmed, its canonical form, the name beside it. All owned. */
enum wrap_rc people_address(
    const char *text, char **address, char **canonical, char **name, struct wrap_err *err);

/* ---- csv.c: records of a text, RFC 4180 and what spreadsheets make of it ------------------------------ */

#define CSV_COLUMNS 256
#define CSV_RECORD ((size_t)64 << 10) /* a longer record is refused */

/* Gives up to max bytes; *got 0 at the end. */
typedef enum wrap_rc csv_source(void *ctx, char *p, size_t max, size_t *got, struct wrap_err *err);

enum csv_coding { CSV_BYTES, CSV_UTF16LE, CSV_UTF16BE };

struct csv {
	csv_source *more;
	void *ctx;
	char *text; /* a window on the text, UTF-8 or, where it is not, what Windows-1252 writes */
	size_t n, at;
	char *raw; /* of UTF-16, before it is text */
	size_t raw_n;
	bool begun, ended;
	enum csv_coding coding;
	char sep;           /* ',' ';' TAB or '|' as the first line has it; 0: not known yet */
	uint64_t line;      /* of the next byte, from 1 */
	uint64_t recoded;   /* records that were read as Windows-1252 */
	struct buf scratch; /* a record that had to be recoded */
};

struct csv_record {
	uint64_t line;              /* where it begins */
	const char *bad;            /* why it cannot be read; NULL: it can */
	size_t n;                   /* columns */
	struct span v[CSV_COLUMNS]; /* borrowed until the next one; quotes off, blanks kept */
	bool quoted[CSV_COLUMNS];
};

enum wrap_rc csv_open(struct csv *c, csv_source *more, void *ctx, struct wrap_err *err);
void csv_close(struct csv *c);
/* The next record that is not an empty line. WRAP_ENOTFOUND at the end. */
enum wrap_rc csv_next(struct csv *c, struct csv_record *out, struct wrap_err *err);
/* Append one cell, quoted when it must be. guard: a text a spreadsheet would take for a formula gets a ' in front. */
void csv_cell(struct buf *b, struct span cell, bool guard);
/* Does a spreadsheet, or a text that begins with ' before such, need the guard? */
bool csv_is_formula(struct span cell);

#endif
