/*
 * Make one message from a Markdown edition, for judges outside this program: mail readers, screenshots, spam
 * filters. usage: message_make EDITION.md [language=de] [name=..] [topics=A,B] [out=eml|html|text|web] ...
 */
#include "../unit/sample.h"

#include "wrap/mail.h"

struct choice {
	const char *language, *name, *topics, *out, *address, *from, *logo, *mailbox, *subject,
	    *rsa, *ed25519;
};

static void
take(struct choice *c, const char *arg)
{
	const struct {
		const char *key;
		const char **to;
	} keys[] = {
		{ "language=", &c->language },
		{ "name=", &c->name },
		{ "topics=", &c->topics },
		{ "out=", &c->out },
		{ "address=", &c->address },
		{ "from=", &c->from },
		{ "logo=", &c->logo },
		{ "mailbox=", &c->mailbox },
		{ "subject=", &c->subject },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strncmp(arg, keys[i].key, strlen(keys[i].key)) == 0) {
			*keys[i].to = arg + strlen(keys[i].key);
			return;
		}
	fprintf(stderr, "message_make: no option %s\n", arg);
	exit(64);
}

static enum wrap_rc
make_message(struct render *r, const struct choice *c, const struct render_reader *reader,
    struct buf *out, struct wrap_err *err)
{
	struct compiled *m = NULL;
	enum wrap_rc rc = render_compile(r, c->topics, &m, err);

	if (rc == WRAP_OK)
		rc = compiled_splice(m, reader, out, err);
	compiled_free(&m);
	return rc;
}

int
main(int argc, char **argv)
{
	struct choice c = { .out = "eml" };
	struct buf md = BUF_INIT(1 << 20), out = BUF_INIT(0);
	struct wrap_err err = { 0 };
	struct render_input in;
	struct render_reader reader = sample_reader();
	struct render *r = NULL;
	enum wrap_rc rc;

	if (argc < 2)
		return 64;
	for (int i = 2; i < argc; i++)
		take(&c, argv[i]);
	rc = file_read(argv[1], 1 << 20, &md, &err);
	in = sample_input(buf_span(&md));
	in.language = c.language == NULL ? in.language : c.language;
	in.name = c.name == NULL ? in.name : c.name;
	in.address = c.address == NULL ? in.address : c.address;
	in.from = c.from == NULL ? in.from : c.from;
	in.subject = c.subject;
	in.logo = c.logo;
	reader.mailbox = c.mailbox == NULL ? reader.mailbox : c.mailbox;
	if (rc == WRAP_OK)
		rc = render_open(&in, &r, &err);
	if (rc != WRAP_OK)
		(void)0;
	else if (strcmp(c.out, "text") == 0)
		rc = render_text(r, c.topics, &reader, &out, &err);
	else if (strcmp(c.out, "html") == 0)
		rc = render_html(r, c.topics, &reader, &out, &err);
	else if (strcmp(c.out, "web") == 0)
		rc = render_web(r, &out, &err);
	else
		rc = make_message(r, &c, &reader, &out, &err);
	if (rc == WRAP_OK)
		(void)fwrite(out.p, 1, out.n, stdout);
	else
		fprintf(stderr, "message_make: %s\n", err.text);
	render_close(&r);
	buf_clear(&md);
	buf_clear(&out);
	return rc == WRAP_OK ? 0 : 65;
}
