/* Any bytes as an edition: refused with a line, or a message that passes the gate and comes back from its blob the same. */
#include "../unit/sample.h"

#include "wrap/mail.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static char *names[] = { "DNS", "Security" };
	struct buf md = BUF_INIT(1 << 20), out = BUF_INIT(0), again = BUF_INIT(0),
		   blob = BUF_INIT(0);
	struct render_reader reader = sample_reader();
	struct compiled *m = NULL, *loaded = NULL;
	struct render_input in;
	struct render *r = NULL;
	struct wrap_err err = { 0 };

	buf_adds(&md, "# T\n\n## DNS\n\n### S\n\n");
	buf_add(&md, data, size);
	in = sample_input(buf_span(&md));
	in.topics = (struct strs){ names, 2 };
	sample_speak(&in, size > 0 && (data[0] & 1) != 0 ? "ar" : "en");
	if (size < 20000 && render_open(&in, &r, &err) == WRAP_OK &&
	    render_compile(r, size > 1 && (data[1] & 1) != 0 ? "DNS" : NULL, &m, &err) == WRAP_OK) {
		if (compiled_splice(m, &reader, &out, &err) != WRAP_OK ||
		    compiled_save(m, &blob, &err) != WRAP_OK ||
		    compiled_load(buf_span(&blob), &loaded, &err) != WRAP_OK ||
		    compiled_splice(loaded, &reader, &again, &err) != WRAP_OK ||
		    !span_eq(buf_span(&out), buf_span(&again)))
			abort();
	}
	compiled_free(&m);
	compiled_free(&loaded);
	(void)compiled_load((struct span){ (const char *)data, size }, &loaded, &err);
	compiled_free(&loaded);
	render_close(&r);
	buf_clear(&md);
	buf_clear(&out);
	buf_clear(&again);
	buf_clear(&blob);
	return 0;
}
