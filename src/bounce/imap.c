/*
 * The mailbox, over libetpan (RFC 9051, 3501). All of this runs in the disposable child: strangers fill the
 * mailbox, and the library has died of less than a long header. Encrypted unless the owner said otherwise,
 * certificate and name verified before the first credential, nothing read but UIDs, sizes and the first
 * 64 kB of a body (PEEK), and nothing ever expunged. look.c, probe.c, trace.c and this file are the only ones that know it.
 */
#include "bounce/imap.h"

#include "wrap/text.h"

#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TIMEOUT_S 30 /* for one answer */

/* ---- where it is --------------------------------------------------------------------------------------------- */

static int
hex(char c)
{
	const char *digits = "0123456789abcdef",
		   *at = c == '\0' ? NULL : strchr(digits, tolower((unsigned char)c));

	return at == NULL ? -1 : (int)(at - digits);
}

/* A folder's name as the wire wants it: percent codes undone, modified UTF-7. No control may stand in it. */
static enum wrap_rc
folder_name(const char *text, bool percent, char *out, size_t size, struct wrap_err *err)
{
	char plain[512];
	size_t n = 0;
	char *in = plain, *to = out;
	size_t left, room = size - 1;
	iconv_t cd;

	for (const char *p = text; *p != '\0'; p++) {
		char c = *p;

		if (percent && c == '%' && hex(p[1]) >= 0 && hex(p[2]) >= 0) {
			c = (char)(hex(p[1]) * 16 + hex(p[2]));
			p += 2;
		}
		if ((unsigned char)c < ' ' || c == 127 || n + 1 == sizeof(plain))
			return wrap_fail(
			    err, WRAP_ECONFIG, "\"%.100s\" is no folder of a mailbox", text);
		plain[n++] = c;
	}
	left = n;
	cd = iconv_open("UTF-7-IMAP", "UTF-8");
	if (cd == (iconv_t)-1)
		return wrap_fail(
		    err, WRAP_ESYS, "this system cannot spell folder names (UTF-7-IMAP)");
	memset(out, 0, size);
	if (iconv(cd, &in, &left, &to, &room) == (size_t)-1 ||
	    iconv(cd, NULL, NULL, &to, &room) == (size_t)-1) {
		(void)iconv_close(cd);
		return wrap_fail(err, WRAP_ECONFIG, "\"%.100s\" is no folder of a mailbox", text);
	}
	(void)iconv_close(cd);
	return WRAP_OK;
}

enum wrap_rc
imap_place_read(const struct config_mailbox *m, struct imap_place *out, struct wrap_err *err)
{
	const char *host, *end, *slash, *colon = NULL;
	unsigned long port;
	enum wrap_rc rc;

	memset(out, 0, sizeof(*out));
	out->implicit = strncasecmp(m->url, "imaps://", 8) == 0;
	out->clear = !out->implicit && m->tls == CONFIG_TLS_NONE;
	host = m->url + (out->implicit ? 8 : 7);
	slash = strchr(host, '/');
	end = slash == NULL ? host + strlen(host) : slash;
	if (*host == '[') { /* an IPv6 address, RFC 3986 3.2.2 */
		const char *close = memchr(host, ']', (size_t)(end - host));

		host++;
		if (close == NULL)
			return wrap_fail(
			    err, WRAP_ECONFIG, "mailbox.url \"%.100s\" has no host", m->url);
		colon = close[1] == ':' ? close + 1 : NULL;
		end = close;
	} else if ((colon = memchr(host, ':', (size_t)(end - host))) != NULL)
		end = colon;
	port = colon == NULL ? (out->implicit ? 993 : 143) : strtoul(colon + 1, NULL, 10);
	if (end == host || (size_t)(end - host) >= sizeof(out->host) || port == 0 || port > 65535)
		return wrap_fail(
		    err, WRAP_ECONFIG, "mailbox.url \"%.100s\" has no host or port", m->url);
	memcpy(out->host, host, (size_t)(end - host));
	out->port = (uint16_t)port;
	rc = folder_name(slash == NULL || slash[1] == '\0' ? "INBOX" : slash + 1, true, out->folder,
	    sizeof(out->folder), err);
	if (rc == WRAP_OK)
		rc = folder_name(
		    m->done == NULL ? "Done" : m->done, false, out->done, sizeof(out->done), err);
	return rc;
}

/* ---- opening it ----------------------------------------------------------------------------------------------- */

/* What the server said last, in one line, for the report. */
static void
server_words(const mailimap *s, char *out, size_t size)
{
	const char *said = s->imap_response == NULL ? "" : s->imap_response;
	struct buf clean = BUF_INIT(4096);
	size_t n = strcspn(said, "\r\n");

	utf8_line((struct span){ said, n < 512 ? n : 512 }, &clean);
	n = clean.n < size ? clean.n : size - 1;
	while (n > 0 && n < clean.n && ((unsigned char)clean.p[n] & 0xc0) == 0x80)
		n--; /* not in the middle of a character */
	memcpy(out, buf_str(&clean), n);
	out[n] = '\0';
	buf_clear(&clean);
}

enum wrap_rc
imap_fail(const mailimap *s, int code, const char *doing, struct wrap_err *err)
{
	char said[160];

	server_words(s, said, sizeof(said));
	switch (code) {
	case MAILIMAP_ERROR_MEMORY:
		return wrap_fail(
		    err, WRAP_EPEER, "%s: the mailbox's server sent more than can be held", doing);
	case MAILIMAP_ERROR_STREAM:
	case MAILIMAP_ERROR_CONNECTION_REFUSED:
		return wrap_fail(err, WRAP_EPEER, "%s: the connection broke or timed out", doing);
	case MAILIMAP_ERROR_PARSE:
	case MAILIMAP_ERROR_PROTOCOL:
		return wrap_fail(
		    err, WRAP_EPEER, "%s: the server does not speak IMAP as it should", doing);
	default: break;
	}
	return wrap_fail(
	    err, WRAP_EPEER, "%s: refused%s%s", doing, said[0] == '\0' ? "" : ": ", said);
}

static bool
succeeded(int code)
{
	return code == MAILIMAP_NO_ERROR || code == MAILIMAP_NO_ERROR_AUTHENTICATED ||
	       code == MAILIMAP_NO_ERROR_NON_AUTHENTICATED;
}

/* The name in the TLS hello: servers of many names choose their certificate by it. RFC 6066 3. */
static void
name_server(struct mailstream_ssl_context *tls, void *data)
{
	(void)mailstream_ssl_set_server_name(tls, data);
}

static enum wrap_rc
verify_peer(mailimap *s, const struct imap_place *place, const char *ca, struct wrap_err *err)
{
	carray *chain = mailstream_get_certificate_chain(s->imap_stream);
	struct span der[16];
	size_t n = 0;
	enum wrap_rc rc;

	for (unsigned i = 0; chain != NULL && i < carray_count(chain) && n < 16; i++) {
		const MMAPString *one = carray_get(chain, i);

		der[n++] = (struct span){ one->str, one->len };
	}
	rc = trust_check(der, n, place->host, ca, err);
	if (chain != NULL)
		mailstream_certificate_chain_free(chain);
	return rc;
}

int64_t
imap_certificate_until(mailimap *s)
{
	carray *chain = mailstream_get_certificate_chain(s->imap_stream);
	const MMAPString *first =
	    chain != NULL && carray_count(chain) > 0 ? carray_get(chain, 0) : NULL;
	int64_t at = first == NULL ? 0 : trust_until((struct span){ first->str, first->len });

	if (chain != NULL)
		mailstream_certificate_chain_free(chain);
	return at;
}

/*
 * STARTTLS by hand: what came in clear behind the server's OK must not be believed (CVE-2020-15953), and
 * what it offered before is forgotten.
 */
static enum wrap_rc
start_tls(mailimap *s, struct imap_place *place, struct wrap_err *err)
{
	mailstream_low *old, *low;
	int code = mailimap_starttls(s);

	if (code != MAILIMAP_NO_ERROR)
		return imap_fail(s, code, "start TLS", err);
	if (s->imap_stream->read_buffer_len > 0)
		return wrap_fail(
		    err, WRAP_EPEER, "start TLS: something was sent in clear after the answer");
	old = mailstream_get_low(s->imap_stream);
	low = mailstream_low_tls_open_with_callback_timeout(
	    mailstream_low_get_fd(old), TIMEOUT_S, name_server, place->host);
	if (low == NULL)
		return wrap_fail(
		    err, WRAP_EPEER, "start TLS: no secure connection with %s", place->host);
	mailstream_low_free(old);
	mailstream_set_low(s->imap_stream, low);
	if (s->imap_connection_info != NULL && s->imap_connection_info->imap_capability != NULL) {
		mailimap_capability_data_free(s->imap_connection_info->imap_capability);
		s->imap_connection_info->imap_capability = NULL;
	}
	return WRAP_OK;
}

static enum wrap_rc
learn_capabilities(mailimap *s, struct wrap_err *err)
{
	struct mailimap_capability_data *data = NULL;
	int code = mailimap_capability(s, &data);

	if (code != MAILIMAP_NO_ERROR)
		return imap_fail(s, code, "ask for capabilities", err);
	mailimap_capability_data_free(data);
	return WRAP_OK;
}

/* AUTHENTICATE PLAIN with its response on the same line: RFC 4616, RFC 4959. */
static int
login_plain(mailimap *s, const struct config_mailbox *m)
{
	struct buf raw = BUF_INIT(2048), line = BUF_INIT(4096);
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	int code;

	buf_addc(&raw, '\0');
	buf_adds(&raw, m->user);
	buf_addc(&raw, '\0');
	buf_adds(&raw, m->password);
	buf_adds(&line, "AUTHENTICATE PLAIN ");
	for (size_t i = 0; i < raw.n; i += 3) {
		uint32_t v = 0;

		for (size_t k = 0; k < 3; k++)
			v = v << 8 | (i + k < raw.n ? (unsigned char)raw.p[i + k] : 0u);
		for (size_t k = 0; k < 4; k++)
			buf_addc(&line, i + k > raw.n ? '=' : digits[v >> (18 - 6 * k) & 63]);
	}
	code =
	    line.rc == WRAP_OK ? mailimap_custom_command(s, buf_str(&line)) : MAILIMAP_ERROR_LOGIN;
	if (code == MAILIMAP_NO_ERROR)
		s->imap_state = MAILIMAP_STATE_AUTHENTICATED;
	secret_wipe(raw.p, raw.n);
	secret_wipe(line.p, line.n);
	buf_clear(&raw);
	buf_clear(&line);
	return code;
}

static bool
is_line(const char *s)
{
	return s == NULL || s[strcspn(s, "\r\n")] == '\0';
}

/* What the server says goes into reports; some throw our own words back at us. */
static bool
repeats(const mailimap *s, const char *secret)
{
	return secret != NULL && secret[0] != '\0' && s->imap_response != NULL &&
	       strstr(s->imap_response, secret) != NULL;
}

static enum wrap_rc
log_in(mailimap *s, const struct config_mailbox *m, struct wrap_err *err)
{
	int code;

	if (!is_line(m->user) || !is_line(m->password) || !is_line(m->token))
		return wrap_fail(
		    err, WRAP_ECONFIG, "the mailbox's user or password holds a line end");
	if (m->token != NULL)
		code = mailimap_oauth2_authenticate(s, m->user, m->token);
	else if (mailimap_has_authentication(s, "PLAIN") && mailimap_has_extension(s, "SASL-IR"))
		code = login_plain(s, m);
	else if (mailimap_has_extension(s, "LOGINDISABLED"))
		code = mailimap_authenticate(s,
		    mailimap_has_authentication(s, "PLAIN") ? "PLAIN" : "LOGIN", NULL, NULL, NULL,
		    m->user, m->user, m->password, NULL);
	else
		code = mailimap_login(s, m->user, m->password);
	if (code == MAILIMAP_NO_ERROR)
		return WRAP_OK;
	if (repeats(s, m->password) || repeats(s, m->token))
		return wrap_fail(
		    err, WRAP_EPEER, "log in: refused, in words that repeat our password");
	return imap_fail(s, code, "log in", err);
}

static enum wrap_rc
connect_to(
    mailimap *s, const struct config_mailbox *m, struct imap_place *place, struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;
	int code;

	if (place->implicit)
		code = mailimap_ssl_connect_with_callback(
		    s, place->host, place->port, name_server, place->host);
	else
		code = mailimap_socket_connect(s, place->host, place->port);
	if (!succeeded(code))
		return imap_fail(s, code, "connect", err);
	if (!place->implicit && !place->clear) {
		if (code == MAILIMAP_NO_ERROR_AUTHENTICATED)
			return wrap_fail(
			    err, WRAP_EPEER, "connect: the server logs us in before TLS");
		rc = start_tls(s, place, err);
	}
	if (rc == WRAP_OK && !place->clear)
		rc = verify_peer(s, place, m->ca, err);
	if (rc == WRAP_OK)
		rc = learn_capabilities(s, err);
	if (rc == WRAP_OK && code != MAILIMAP_NO_ERROR_AUTHENTICATED) {
		trace_login(s, true);
		rc = log_in(s, m, err);
		trace_login(s, false);
	}
	return rc == WRAP_OK ? learn_capabilities(s, err) : rc;
}

enum wrap_rc
imap_open(const struct config_mailbox *m, const struct imap_place *where, bool write,
    mailimap **out, struct wrap_err *err)
{
	struct imap_place place = *where;
	mailimap *s = mailimap_new(0, NULL);
	enum wrap_rc rc;
	int code;

	*out = NULL;
	if (s == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	mailstream_network_delay = (struct timeval){ .tv_sec = TIMEOUT_S };
	mailimap_set_timeout(s, TIMEOUT_S);
	trace_open(s, m);
	rc = connect_to(s, m, &place, err);
	if (rc == WRAP_OK) {
		code = write ? mailimap_select(s, place.folder) : mailimap_examine(s, place.folder);
		if (code != MAILIMAP_NO_ERROR || s->imap_selection_info == NULL)
			rc = imap_fail(s, code, "open the folder", err);
	}
	if (rc != WRAP_OK) {
		trace_close(s);
		mailimap_free(s);
		return rc;
	}
	*out = s;
	return WRAP_OK;
}

void
imap_close(mailimap **s)
{
	if (*s != NULL) {
		(void)mailimap_logout(*s);
		trace_close(*s);
		mailimap_free(*s);
	}
	*s = NULL;
}
