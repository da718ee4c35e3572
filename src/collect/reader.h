/* What both sides of the reader share: the work of the child, and the records it sends. */
#ifndef COLLECT_READER_H
#define COLLECT_READER_H

#include "internal.h"

struct reader_task {
	struct span bytes, content_type, url;
};

/* reader_child.c: run in the child with a struct reader_task; each writes records to out_fd. */
enum wrap_rc reader_feed_task(void *ctx, int out_fd, struct wrap_err *err);
enum wrap_rc reader_page_task(void *ctx, int out_fd, struct wrap_err *err);
enum wrap_rc reader_links_task(void *ctx, int out_fd, struct wrap_err *err);

/* reader_record.c: values one behind the other. A text is cut between characters at most bytes. */
void record_put_int(struct buf *b, int64_t v);
void record_put_text(struct buf *b, struct span s, size_t most);
/* The next value of *s, which goes on behind it: 0 and NULL past the end. A text is owned; NULL also when it is empty. */
int64_t record_get_int(struct span *s);
char *record_get_text(struct span *s);

#endif
