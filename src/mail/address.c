/*
 * Addresses, checked once at the door and once more before an envelope. RFC 5321 4.1.2 for the form,
 * RFC 6531 for local parts in UTF-8, RFC 5891 (through libidn2) for domains in any script. What nobody's
 * mailbox looks like is refused: quoted local parts, comments, address literals, domains without a dot.
 */
#include "wrap/mail.h"

#include <idn2.h>
#include <stdlib.h>
#include <string.h>
#include <uninorm.h>
#include <unicase.h>
#include <unistr.h>

#define LOCAL_MAX 64 /* RFC 5321 4.5.3.1.1 */

/* RFC 5322 3.2.3 atext, ASCII part. */
static bool
is_atext(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static enum wrap_rc
check_local(struct span s, bool *utf8, struct wrap_err *err)
{
	*utf8 = false;
	if (s.n == 0)
		return wrap_fail(err, WRAP_EINVAL, "nothing stands before the @");
	if (s.n > LOCAL_MAX)
		return wrap_fail(
		    err, WRAP_EINVAL, "more than %d characters before the @", LOCAL_MAX);
	if (s.p[0] == '.' || s.p[s.n - 1] == '.' || span_find(s, SPAN_LIT("..")) != (size_t)-1)
		return wrap_fail(
		    err, WRAP_EINVAL, "a dot may not begin, end or follow another before the @");
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= 0x80)
			*utf8 = true;
		else if (c != '.' && !is_atext(c) && c > ' ' && c < 0x7f)
			return wrap_fail(
			    err, WRAP_EINVAL, "the character %c may not stand before the @", c);
		else if (c != '.' && !is_atext(c))
			return wrap_fail(
			    err, WRAP_EINVAL, "a blank or control character stands before the @");
	}
	if (*utf8 && u8_check((const uint8_t *)s.p, s.n) != NULL)
		return wrap_fail(err, WRAP_EINVAL, "the part before the @ is not UTF-8");
	return WRAP_OK;
}

/* One label of an A-label domain. RFC 1035 2.3.1, RFC 5890 2.3.1. */
static bool
label_is_good(struct span l)
{
	if (l.n == 0 || l.n > 63 || l.p[0] == '-' || l.p[l.n - 1] == '-')
		return false;
	for (size_t i = 0; i < l.n; i++) {
		char c = l.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
			return false;
	}
	return true;
}

static enum wrap_rc
check_domain(const char *domain, struct wrap_err *err)
{
	struct span rest = span_of(domain), label = { 0 };
	size_t labels = 0;
	bool digits = true;

	if (rest.n > 253)
		return wrap_fail(err, WRAP_EINVAL, "the domain is longer than 253 characters");
	if (rest.n == 0 || rest.p[rest.n - 1] == '.')
		return wrap_fail(err, WRAP_EINVAL, "\"%.100s\" is not a domain", domain);
	while (span_cut(&rest, '.', &label)) {
		labels++;
		if (!label_is_good(label))
			return wrap_fail(err, WRAP_EINVAL, "\"%.100s\" is not a domain", domain);
	}
	for (size_t i = 0; i < label.n; i++)
		digits = digits && label.p[i] >= '0' && label.p[i] <= '9';
	if (labels < 2)
		return wrap_fail(err, WRAP_EINVAL, "the domain \"%.100s\" has no dot", domain);
	if (digits)
		return wrap_fail(err, WRAP_EINVAL, "\"%.100s\" is a number, not a domain", domain);
	return WRAP_OK;
}

/*
 * Letters, digits, dots and hyphens that IDNA has nothing to say about: no label of its own ("xn--", or any
 * with two hyphens in a row). Nearly every domain is so, and what remains is to fold its case.
 */
static bool
is_plain(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			c == '.' || (c == '-' && (i == 0 || s.p[i - 1] != '-'))))
			return false;
	}
	return true;
}

/* Any spelling of a domain as lower-case A-labels. Owned. */
static enum wrap_rc
read_domain(struct span s, char **out, struct wrap_err *err)
{
	char *text = str_dup_span(s), *ascii = NULL;
	enum wrap_rc rc = WRAP_OK;
	int idn;

	*out = NULL;
	if (text == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	if (s.n == 0)
		rc = wrap_fail(err, WRAP_EINVAL, "nothing stands after the @");
	else if (text[0] == '[')
		rc = wrap_fail(
		    err, WRAP_EINVAL, "an address literal like %.40s is not accepted", text);
	if (rc == WRAP_OK && is_plain(s)) {
		ascii = text;
	} else if (rc == WRAP_OK) {
		idn = idn2_to_ascii_8z(text, &ascii, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
		if (idn == IDN2_MALLOC)
			rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
		else if (idn != IDN2_OK)
			rc = wrap_fail(err, WRAP_EINVAL, "\"%.100s\" is not a domain: %s", text,
			    idn2_strerror(idn));
	}
	if (rc == WRAP_OK) {
		for (char *c = ascii; *c != '\0'; c++)
			if (*c >= 'A' && *c <= 'Z')
				*c = (char)(*c + 'a' - 'A');
		rc = check_domain(ascii, err);
	}
	if (rc == WRAP_OK && (*out = str_dup(ascii)) == NULL)
		rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
	if (ascii != text)
		idn2_free(ascii);
	free(text);
	return rc;
}

enum wrap_rc
address_parse(struct span text, struct address *out, struct wrap_err *err)
{
	struct span s = span_trim(text);
	const char *at;
	enum wrap_rc rc;

	*out = (struct address){ 0 };
	if (s.p == NULL || s.n == 0)
		return wrap_fail(err, WRAP_EINVAL, "an empty text is not an address");
	if (s.n > 4 * ADDRESS_MAX)
		return wrap_fail(
		    err, WRAP_EINVAL, "an address has at most %d characters", ADDRESS_MAX);
	if (memchr(s.p, '\0', s.n) != NULL)
		return wrap_fail(err, WRAP_EINVAL, "an address holds no NUL");
	at = memchr(s.p, '@', s.n);
	if (at == NULL)
		return wrap_fail(err, WRAP_EINVAL, "an address has an @, like reader@example.org");
	if (memrchr(s.p, '@', s.n) != at)
		return wrap_fail(err, WRAP_EINVAL, "an address has only one @");
	rc = check_local((struct span){ s.p, (size_t)(at - s.p) }, &out->utf8, err);
	if (rc == WRAP_OK)
		rc = read_domain(
		    (struct span){ at + 1, s.n - (size_t)(at + 1 - s.p) }, &out->domain, err);
	if (rc == WRAP_OK &&
	    (out->local = str_dup_span((struct span){ s.p, (size_t)(at - s.p) })) == NULL)
		rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
	if (rc == WRAP_OK && strlen(out->local) + 1 + strlen(out->domain) > ADDRESS_MAX)
		rc = wrap_fail(
		    err, WRAP_EINVAL, "an address has at most %d characters", ADDRESS_MAX);
	if (rc != WRAP_OK)
		address_clear(out);
	return rc;
}

void
address_clear(struct address *a)
{
	free(a->local);
	free(a->domain);
	*a = (struct address){ 0 };
}

static char *
joined(const char *local, size_t n, const char *domain)
{
	struct buf b = BUF_INIT(4096);

	buf_add(&b, local, n);
	buf_addc(&b, '@');
	buf_adds(&b, domain);
	return buf_steal(&b);
}

char *
address_mailbox(const struct address *a)
{
	return joined(a->local, strlen(a->local), a->domain);
}

/*
 * RFC 5321 2.4 lets a server tell A from a; none that readers use does, and a reader who types their
 * address in capitals to leave must be found. Dots and +tags stay: they do differ at many servers.
 */
char *
address_canonical(const struct address *a)
{
	uint8_t *folded;
	size_t n = strlen(a->local);
	char *out;

	if (!a->utf8) {
		out = joined(a->local, n, a->domain);
		for (size_t i = 0; out != NULL && i < n; i++)
			if (out[i] >= 'A' && out[i] <= 'Z')
				out[i] = (char)(out[i] + 'a' - 'A');
		return out;
	}
	folded =
	    u8_tolower((const uint8_t *)a->local, strlen(a->local), NULL, UNINORM_NFC, NULL, &n);
	if (folded == NULL)
		return NULL;
	out = joined((const char *)folded, n, a->domain);
	free(folded);
	return out;
}

/* The words before <...>: quotes off, backslashes resolved. Owned, NULL when empty. */
static char *
display_name(struct span s)
{
	struct buf b = BUF_INIT(4096);
	bool quoted = false;

	s = span_trim(s);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			quoted = !quoted;
		else if (quoted && s.p[i] == '\\' && i + 1 < s.n)
			buf_addc(&b, s.p[++i]);
		else
			buf_addc(&b, s.p[i]);
	}
	if (b.n == 0) {
		buf_clear(&b);
		return NULL;
	}
	return buf_steal(&b);
}

enum wrap_rc
address_named(struct span text, char **name, char **mailbox, struct wrap_err *err)
{
	struct span s = span_trim(text), bare = s, words = { 0 };
	const char *open = s.p == NULL ? NULL : memrchr(s.p, '<', s.n);
	struct address a;
	enum wrap_rc rc;

	*name = *mailbox = NULL;
	for (size_t i = 0; s.p != NULL && i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return wrap_fail(err, WRAP_EINVAL, "a control character stands in it");
	if (open != NULL && s.p != NULL) {
		if (s.p[s.n - 1] != '>')
			return wrap_fail(
			    err, WRAP_EINVAL, "the > is missing; write Name <name@example.org>");
		bare = (struct span){ open + 1, s.n - (size_t)(open + 1 - s.p) - 1 };
		words = (struct span){ s.p, (size_t)(open - s.p) };
	}
	rc = address_parse(bare, &a, err);
	if (rc != WRAP_OK)
		return rc;
	*mailbox = address_mailbox(&a);
	address_clear(&a);
	if (*mailbox == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	*name = display_name(words);
	return WRAP_OK;
}

bool
address_is_safe(struct span m, bool utf8_ok)
{
	size_t ats = 0;

	if (m.n == 0 || m.n > ADDRESS_MAX)
		return false;
	for (size_t i = 0; i < m.n; i++) {
		unsigned char c = (unsigned char)m.p[i];

		if (c <= ' ' || c == 0x7f || c == '<' || c == '>' || (c >= 0x80 && !utf8_ok))
			return false;
		ats += c == '@';
	}
	return ats == 1 && m.p[0] != '@' && m.p[m.n - 1] != '@';
}
