/*
 * Make one message from a Markdown edition, for judges outside this program: mail readers, screenshots, spam
 * filters. With keys=FOLDER it is signed. usage: message_make EDITION.md [language=de] [name=..] [topics=A,B] [out=eml|html|text|web] ...
 */
#include "../unit/sample.h"

#include "wrap/mail.h"

struct choice {
	const char *language, *name, *topics, *out, *address, *from, *logo, *mailbox, *subject,
	    *keys;
};

static void
take(struct choice *c, const char *arg)
{
	const struct {
		const char *key;
		const char **to;
	} keys[] = {
		{ "language=", &c->language }, { "name=", &c->name }, { "topics=", &c->topics },
		{ "out=", &c->out }, { "address=", &c->address }, { "from=", &c->from },
		{ "logo=", &c->logo }, { "mailbox=", &c->mailbox }, { "subject=", &c->subject },
		{ "keys=",
		    &c->keys }, /* folder; two keys and zone.json are made there when it has none */
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

/* The key in FOLDER/NAME.pem, made when it is not there; its DNS record joins zone. */
static struct dkim_key *
use_key(const char *folder, const char *name, enum dkim_type type, struct buf *zone)
{
	struct buf pem = BUF_INIT(65536);
	struct wrap_err err = { 0 };
	struct dkim_key *k = NULL;
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s.pem", folder, name);
	if (file_read(path, 65536, &pem, NULL) != WRAP_OK &&
	    (dkim_key_make(type, &pem, &err) != WRAP_OK ||
		file_write(path, buf_span(&pem), 0600, &err) != WRAP_OK))
		fprintf(stderr, "message_make: %s\n", err.text);
	if (dkim_key_load(buf_span(&pem), "news.example.org", name, &k, &err) != WRAP_OK) {
		fprintf(stderr, "message_make: %s\n", err.text);
		exit(65);
	}
	buf_adds(zone, zone->n == 0 ? "{\"" : ",\n\"");
	dkim_record_name(k, zone);
	buf_adds(zone, "\": \"");
	(void)dkim_record(k, zone, NULL);
	buf_adds(zone, "\"");
	buf_clear(&pem);
	return k;
}

/* Signatures in front of the message. */
static enum wrap_rc
sign(const struct choice *c, int64_t at, struct buf *message, struct wrap_err *err)
{
	struct buf zone = BUF_INIT(8192), signed_message = BUF_INIT(0);
	struct dkim_key *rsa = use_key(c->keys, "w2026", DKIM_RSA, &zone);
	struct dkim_key *ed = use_key(c->keys, "w2026e", DKIM_ED25519, &zone);
	const struct dkim_key *keys[] = { rsa, ed };
	enum wrap_rc rc = dkim_sign(buf_span(message), keys, 2, at, &signed_message, err);
	char path[512];

	buf_addspan(&signed_message, buf_span(message));
	buf_clear(message);
	*message = signed_message;
	buf_adds(&zone, "}\n");
	(void)snprintf(path, sizeof(path), "%s/zone.json", c->keys);
	if (rc == WRAP_OK)
		rc = file_write(path, buf_span(&zone), 0644, err);
	buf_clear(&zone);
	dkim_key_free(&rsa);
	dkim_key_free(&ed);
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
	if (c.language != NULL)
		sample_speak(&in, c.language);
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
	if (rc == WRAP_OK && c.keys != NULL && strcmp(c.out, "eml") == 0)
		rc = sign(&c, in.sent_at, &out, &err);
	if (rc == WRAP_OK)
		(void)fwrite(out.p, 1, out.n, stdout);
	else
		fprintf(stderr, "message_make: %s\n", err.text);
	render_close(&r);
	buf_clear(&md);
	buf_clear(&out);
	return rc == WRAP_OK ? 0 : 65;
}
