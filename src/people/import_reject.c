/*
 * Rows that an import refuses: into a file of their own, with line and reason in front of their cells, so
 * that they can be put right and imported.
 */
#include "import.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define EXAMPLES 5 /* in the report */

static enum wrap_rc
rejects_open(struct import *im, struct wrap_err *err)
{
	struct buf path = BUF_INIT(1 << 16);
	enum wrap_rc rc;
	int fd;

	if (im->opt->rejected != NULL)
		buf_adds(&path, im->opt->rejected);
	else if (im->source.fd == STDIN_FILENO)
		buf_adds(&path, "rejected.csv");
	else
		buf_addf(&path, "%s.rejected.csv", im->source.path);
	rc = buf_rc(&path, err);
	if (rc == WRAP_OK) {
		fd = open(path.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		im->rejects = fd < 0 ? NULL : fdopen(fd, "w");
		if (im->rejects == NULL)
			rc = wrap_fail_errno(err,
			    "write the rows that were refused into %s (another place: --rejected FILE)",
			    path.p);
	}
	if (rc == WRAP_OK)
		im->out->rejected_path = buf_steal(&path);
	buf_clear(&path);
	return rc;
}

static enum wrap_rc
rejects_write(struct import *im, const struct buf *line, struct wrap_err *err)
{
	enum wrap_rc rc = buf_rc(line, err);

	if (rc == WRAP_OK && fwrite(line->p, 1, line->n, im->rejects) != line->n)
		rc = wrap_fail_errno(err, "write %s", im->out->rejected_path);
	return rc;
}

enum wrap_rc
import_reject(struct import *im, struct wrap_err *err)
{
	struct buf line = BUF_INIT(4 * CSV_RECORD);
	enum wrap_rc rc = WRAP_OK;

	im->out->rejected++;
	if (im->out->examples.n < EXAMPLES) {
		buf_addf(&line, "%s, line %llu: %s", im->source.name,
		    (unsigned long long)im->record.line, im->row.bad);
		rc = strs_add(&im->out->examples, buf_span(&line), err);
		buf_reset(&line);
	}
	if (rc != WRAP_OK || im->opt->dry_run)
		goto out;
	if (im->rejects == NULL)
		rc = rejects_open(im, err);
	if (rc == WRAP_OK && !im->rejects_headed) {
		im->rejects_headed = true;
		buf_adds(&line, IMPORT_REFUSED_HEADER);
		for (size_t i = 0; i < im->columns.n; i++) {
			buf_addc(&line, ',');
			csv_cell(&line, span_of(im->columns.names[i]), true);
		}
		buf_adds(&line, "\r\n");
	}
	csv_cell(&line, span_of(im->source.name), true);
	buf_addf(&line, ",%llu,", (unsigned long long)im->record.line);
	csv_cell(&line, span_of(im->row.bad), true);
	for (size_t i = 0; i < im->record.n; i++) {
		buf_addc(&line, ',');
		csv_cell(&line, im->record.v[i], true);
	}
	buf_adds(&line, "\r\n");
	if (rc == WRAP_OK)
		rc = rejects_write(im, &line, err);
out:
	buf_clear(&line);
	return rc;
}
