/*
 * wrap dkim: keys that sign the mail, and the records that tell the world about them. keygen makes a pair
 * (RSA for everyone, Ed25519 beside it) and prints what goes into wrap.conf and the DNS; record prints
 * the records of the keys that are configured, in the forms that registrars and zone files want.
 */
#include "internal.h"

#include "wrap/mail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TXT_STRING 255 /* one character string of a TXT record, RFC 1035 3.3 */
#define TTL 3600

const struct cli_option dkim_options[] = {
	{ "selector", "NAME", "keygen: name of the RSA key in the DNS; default: w and the year" },
	{ "domain", "DOMAIN", "keygen: the domain that signs; default: that of publication.from" },
	{ NULL, NULL, NULL },
};

/* The value as a zone file takes it: in strings of 255 at most. */
static void
zone_line(const char *name, struct span value, struct buf *out)
{
	buf_addf(out, "%s. %d IN TXT (", name, TTL);
	while (value.n > 0) {
		size_t n = value.n > TXT_STRING ? TXT_STRING : value.n;

		buf_adds(out, " \"");
		buf_add(out, value.p, n);
		buf_addc(out, '"');
		value.p += n;
		value.n -= n;
	}
	buf_adds(out, " )");
}

/* One record, in every form. */
static enum wrap_rc
show_record(const struct cli *cli, const struct dkim_key *k, const char *domain, json_t *list,
    struct wrap_err *err)
{
	struct buf name = BUF_INIT(1024), value = BUF_INIT(4096), zone = BUF_INIT(8192);
	enum wrap_rc rc = dkim_record(k, &value, err);

	dkim_record_name(k, &name);
	zone_line(buf_str(&name), buf_span(&value), &zone);
	if (rc == WRAP_OK)
		rc = buf_rc(&zone, err);
	if (rc == WRAP_OK && list != NULL)
		(void)json_array_append_new(
		    list, json_pack("{s:s, s:s, s:s, s:s}", "name", buf_str(&name), "type", "TXT",
			      "value", buf_str(&value), "zone", buf_str(&zone)));
	else if (rc == WRAP_OK) {
		cli_say(cli, "TXT record %s (%s)", buf_str(&name),
		    dkim_key_type(k) == DKIM_RSA ? "RSA, read by everyone" : "Ed25519, beside it");
		cli_say(cli, "  host, where a form adds the domain: %.*s",
		    (int)(name.n - strlen(domain) - 1), buf_str(&name));
		cli_say(cli, "  value: %s", buf_str(&value));
		cli_say(cli, "  zone file:\n%s\n", buf_str(&zone));
	}
	buf_clear(&name);
	buf_clear(&value);
	buf_clear(&zone);
	return rc;
}

static int
finish(const struct cli *cli, json_t *list, enum wrap_rc rc, const struct wrap_err *err)
{
	if (rc != WRAP_OK || !cli->json) {
		json_decref(list);
		return rc == WRAP_OK ? CLI_DONE : cli_fail(err);
	}
	cli_json(list);
	return CLI_DONE;
}

static enum wrap_rc
load(const char *path, const char *domain, const char *selector, struct dkim_key **k,
    struct wrap_err *err)
{
	struct buf pem = BUF_INIT(65536);
	enum wrap_rc rc = secret_file(path, &pem, err);

	*k = NULL;
	if (rc == WRAP_OK)
		rc = dkim_key_load(buf_span(&pem), domain, selector, k, err);
	if (pem.p != NULL)
		secret_wipe(pem.p, pem.size);
	buf_clear(&pem);
	return rc;
}

static int
records(const struct cli *cli)
{
	json_t *list = cli->json ? json_array() : NULL;
	struct wrap_err err = { 0 };
	enum wrap_rc rc = WRAP_OK;

	if (cli->config.n_dkim == 0)
		rc = wrap_fail(
		    &err, WRAP_ECONFIG, "no key is configured (dkim); wrap dkim keygen makes one");
	for (size_t i = 0; i < cli->config.n_dkim && rc == WRAP_OK; i++) {
		const struct config_dkim *d = &cli->config.dkim[i];
		struct dkim_key *k;

		rc = load(d->key, d->domain, d->selector, &k, &err);
		if (rc == WRAP_OK)
			rc = show_record(cli, k, d->domain, list, &err);
		dkim_key_free(&k);
	}
	return finish(cli, list, rc, &err);
}

/* Make one key and write it, unless this is a rehearsal. A key that is there is never overwritten: mail is signed with it. */
static enum wrap_rc
make_key(const struct cli *cli, enum dkim_type type, const char *domain, const char *selector,
    json_t *list, struct buf *config, struct wrap_err *err)
{
	struct buf pem = BUF_INIT(65536), file = BUF_INIT(512);
	struct dkim_key *k = NULL;
	char *path;
	enum wrap_rc rc;

	buf_addf(&file, "dkim-%s.pem", selector);
	path = path_join(cli->config.paths.keys, buf_str(&file));
	rc = path == NULL ? wrap_fail(err, WRAP_ENOMEM, "out of memory")
			  : dkim_key_make(type, &pem, err);
	if (rc == WRAP_OK)
		rc = dkim_key_load(buf_span(&pem), domain, selector, &k, err);
	if (rc == WRAP_OK && access(path, F_OK) == 0)
		rc = wrap_fail(
		    err, WRAP_EEXISTS, "%s is there already; give another --selector", path);
	if (rc == WRAP_OK && !cli->dry_run)
		rc = file_write(path, buf_span(&pem), 0600, err);
	if (rc == WRAP_OK) {
		cli_say(cli, "%s %s", cli->dry_run ? "would make" : "made", path);
		buf_addf(config, "%s{ selector = \"%s\"; domain = \"%s\"; key = \"%s\"; }",
		    config->n == 0 ? "" : ",\n         ", selector, domain, path);
		rc = show_record(cli, k, domain, list, err);
	}
	if (pem.p != NULL)
		secret_wipe(pem.p, pem.size);
	buf_clear(&pem);
	buf_clear(&file);
	dkim_key_free(&k);
	free(path);
	return rc;
}

enum wrap_rc
cli_dkim_pair(const struct cli *cli, const char *domain, const char *selector, json_t *list,
    struct buf *config, struct wrap_err *err)
{
	struct buf second = BUF_INIT(256);
	enum wrap_rc rc = make_key(cli, DKIM_RSA, domain, selector, list, config, err);

	buf_addf(&second, "%se", selector);
	if (rc == WRAP_OK)
		rc = make_key(cli, DKIM_ED25519, domain, buf_str(&second), list, config, err);
	buf_clear(&second);
	return rc;
}

static int
keygen(const struct cli *cli)
{
	const char *domain = cli_given(cli, "domain") != NULL ? cli_given(cli, "domain")
							      : cli->config.publication.domain;
	const char *given = cli_given(cli, "selector");
	struct buf selector = BUF_INIT(256), config = BUF_INIT(8192);
	json_t *list = cli->json ? json_array() : NULL;
	struct wrap_err err = { 0 };
	enum wrap_rc rc;

	if (given != NULL)
		buf_adds(&selector, given);
	else
		buf_addf(&selector, "w%d", clock_local(cli->now).tm_year + 1900);
	rc = cli_dkim_pair(cli, domain, buf_str(&selector), list, &config, &err);
	if (rc == WRAP_OK)
		cli_say(cli,
		    "Put the records into the DNS first; when they can be seen there, this into %s:\n\ndkim = ( %s );",
		    cli->config_path, buf_str(&config));
	buf_clear(&selector);
	buf_clear(&config);
	return finish(cli, list, rc, &err);
}

int
cmd_dkim(struct cli *cli)
{
	if (strcmp(cli->argv[0], "keygen") == 0)
		return keygen(cli);
	if (strcmp(cli->argv[0], "record") == 0)
		return records(cli);
	return cli_usage(cli, "say keygen or record, not \"%.40s\"", cli->argv[0]);
}
