/*
 * A first pair of signing keys, named in the new wrap.conf, and the records that the DNS must have.
 */
#include "init.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The records to publish, as a zone file takes them; the file says which are ours and which are to be looked over. */
static enum wrap_rc
write_records(const struct cli *cli, const struct answers *a, const json_t *keys, const char *path,
    struct wrap_err *err)
{
	const char *domain = cli->config.publication.domain;
	const char *host = a->relay == NULL ? NULL : strstr(a->relay, "://") + 3;
	struct buf b = BUF_INIT(1 << 16);
	size_t i;
	json_t *k;
	enum wrap_rc rc;

	buf_adds(&b,
	    "; What the DNS must say of mail from us; wrap doctor looks whether it does.\n\n"
	    "; The keys that sign it\n");
	json_array_foreach(keys, i, k)
	    buf_addf(&b, "%s\n", json_string_value(json_object_get(k, "zone")));
	buf_addf(&b,
	    "\n; Who may send for us: put in what your relay's manual says, often an include:\n"
	    "%s. 3600 IN TXT ( \"v=spf1 %s%.*s ~all\" )\n"
	    "\n; What receivers do with mail that is not ours; reports come to rua\n"
	    "_dmarc.%s. 3600 IN TXT ( \"v=DMARC1; p=none; rua=mailto:%s\" )\n",
	    domain, host == NULL || init_relay_is_local(a->relay) ? "mx" : "mx a:",
	    host == NULL || init_relay_is_local(a->relay) ? 0 : (int)strcspn(host, ":/"),
	    host == NULL ? "" : host, domain, cli->config.publication.from_address);
	rc = buf_rc(&b, err);
	if (rc == WRAP_OK)
		rc = file_write(path, buf_span(&b), 0644, err);
	if (rc == WRAP_OK)
		cli_say(cli, "DNS records to publish, also in %s:\n\n%s", path, buf_str(&b));
	buf_clear(&b);
	return rc;
}

/* Keys for the domain of From, named in the configuration beside the example of them. */
enum wrap_rc
init_signing(struct cli *cli, const struct answers *a, const char *conf, const char *dir,
    struct wrap_err *err)
{
	static const char mark[] = "// dkim = (";
	struct buf text = BUF_INIT(1 << 18), out = BUF_INIT(1 << 18), unused = BUF_INIT(1 << 14);
	char selector[16], *records = path_join(dir, "dns-records.txt");
	json_t *list = json_array();
	enum wrap_rc rc;
	size_t at;

	(void)snprintf(selector, sizeof(selector), "w%d", clock_local(cli->now).tm_year + 1900);
	rc = cli_dkim_pair(cli, cli->config.publication.domain, selector, list, &unused, err);
	if (rc == WRAP_OK)
		rc = file_read(conf, 1 << 18, &text, err);
	at = rc == WRAP_OK ? span_find(buf_span(&text), span_of(mark)) : (size_t)-1;
	if (at != (size_t)-1) {
		buf_add(&out, text.p, at);
		for (int i = 0; i < 2; i++)
			buf_addf(&out,
			    "%s{ selector = \"%s%s\"; domain = \"%s\"; key = \"keys/dkim-%s%s.pem\"; }",
			    i == 0 ? "dkim = ( " : ",\n         ", selector, i == 0 ? "" : "e",
			    cli->config.publication.domain, selector, i == 0 ? "" : "e");
		buf_addf(&out, " );\n%s", text.p + at);
		rc = buf_rc(&out, err);
	}
	if (rc == WRAP_OK && at != (size_t)-1)
		rc = file_write(conf, buf_span(&out), 0600, err);
	if (rc == WRAP_OK)
		rc = write_records(cli, a, list, records, err);
	json_decref(list);
	buf_clear(&text);
	buf_clear(&out);
	buf_clear(&unused);
	free(records);
	return rc;
}
