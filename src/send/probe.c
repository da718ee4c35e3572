/*
 * A look at one relay without a message: name, connection, TLS, login, and what it offers. It goes the way
 * that sending goes (connect.c), so what is found here is what the week will meet.
 */
#include "internal.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* "Expire Date:2026-12-01 10:00:00 GMT" among the words libcurl has for the first certificate. */
int64_t
send_certificate_end(void *easy)
{
	static const char word[] = "Expire Date:";
	struct curl_certinfo *info = NULL;
	char text[CLOCK_TEXT];
	int64_t at = 0;

	if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &info) != CURLE_OK || info == NULL ||
	    info->num_of_certs < 1)
		return 0;
	for (const struct curl_slist *l = info->certinfo[0]; l != NULL; l = l->next) {
		const char *date = l->data + strlen(word);

		if (strncasecmp(l->data, word, strlen(word)) != 0 || strlen(date) < 19)
			continue;
		(void)snprintf(text, sizeof(text), "%.10sT%.8sZ", date, date + 11);
		if (clock_parse(text, &at, NULL) != WRAP_OK)
			at = (int64_t)curl_getdate(date, NULL);
	}
	return at < 0 ? 0 : at;
}

enum wrap_rc
send_probe(const struct config_relay *conf, struct send_probe *out, struct wrap_err *err)
{
	struct relay relay;
	struct lane l;
	CURLcode code;
	char why[CURL_ERROR_SIZE] = "";
	enum wrap_rc rc;

	*out = (struct send_probe){ .in_clear = lane_in_clear(conf) };
	relay_init(&relay, conf);
	rc = lane_init(&l, &relay, 0, -1, NULL, err);
	if (rc != WRAP_OK) {
		lane_clear(&l);
		return rc;
	}
	(void)curl_easy_setopt(l.easy, CURLOPT_CERTINFO, 1L);
	(void)curl_easy_setopt(l.easy, CURLOPT_ERRORBUFFER, why);
	relay.open++;
	code = curl_easy_perform(l.easy);
	out->certificate_until = send_certificate_end(l.easy);
	if (code != CURLE_OK)
		lane_connect_failed(&l, code);
	else if (conf->user != NULL && !l.logged_in)
		lane_fail(
		    &l, OUTCOME_REFUSED_US, SEND_AUTH, "the relay offers no login that we know");
	out->size_limit = l.dialog.size_limit;
	out->size = l.dialog.size;
	out->smtputf8 = l.dialog.smtputf8;
	out->logged_in = l.logged_in;
	if (l.failed)
		rc = wrap_fail(
		    err, WRAP_EPEER, "%s%s%s", l.failure.text, why[0] == '\0' ? "" : ": ", why);
	lane_clear(&l);
	return rc;
}
