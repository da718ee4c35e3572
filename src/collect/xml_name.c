/*
 * Names of elements and what their namespaces mean. Feeds write the URIs with and without the last sign and
 * with https, forget to declare prefixes, and declare them as something of their own.
 */
#include "xml.h"

#include <string.h>

static const struct {
	const char *uri; /* in lower case, without "http:" before and '/' or '#' behind */
	enum xml_ns ns;
} uris[] = {
	{ "//www.w3.org/2005/atom", NS_ATOM },
	{ "//purl.org/atom/ns", NS_ATOM },
	{ "//purl.org/atom-blog/ns", NS_ATOM },
	{ "//example.com/newformat", NS_ATOM },
	{ "//example.com/necho", NS_ATOM },
	{ "//purl.org/echo", NS_ATOM },
	{ "uri/of/echo/namespace", NS_ATOM },
	{ "//purl.org/pie", NS_ATOM },
	{ "//purl.org/rss/1.0", NS_RSS },
	{ "//purl.org/net/rss1.1", NS_RSS },
	{ "//my.netscape.com/rdf/simple/0.9", NS_RSS },
	{ "//channel.netscape.com/rdf/simple/0.9", NS_RSS },
	{ "//backend.userland.com/rss", NS_RSS },
	{ "//backend.userland.com/rss2", NS_RSS },
	{ "//backend.userland.com/rss091", NS_RSS },
	{ "//blogs.law.harvard.edu/tech/rss", NS_RSS },
	{ "//cyber.law.harvard.edu/rss", NS_RSS },
	{ "//purl.org/rss/1.0/modules/rss091", NS_RSS },
	{ "//www.w3.org/1999/02/22-rdf-syntax-ns", NS_RDF },
	{ "//purl.org/rss/1.0/modules/content", NS_CONTENT },
	{ "//purl.org/dc/elements/1.1", NS_DC },
	{ "//purl.org/dc/elements/1.0", NS_DC },
	{ "//purl.org/dc", NS_DC },
	{ "//purl.org/dc/terms", NS_DCTERMS },
	{ "//search.yahoo.com/mrss", NS_MEDIA },
	{ "//video.search.yahoo.com/mrss", NS_MEDIA },
	{ "//search.yahoo.com/rss", NS_MEDIA },
	{ "//www.rssboard.org/media-rss", NS_MEDIA },
	{ "//www.itunes.com/dtds/podcast-1.0.dtd", NS_ITUNES },
	{ "//example.com/dtds/podcast-1.0.dtd", NS_ITUNES },
	{ "//www.w3.org/1999/xhtml", NS_XHTML },
	{ "//purl.org/rss/1.0/modules/slash", NS_SLASH },
	{ "//purl.org/syndication/thread/1.0", NS_THREAD },
	{ "//purl.org/rss/1.0/modules/syndication", NS_SYNDICATION },
};

/* What prefixes mean where nobody declared them. */
static const struct {
	const char *prefix;
	enum xml_ns ns;
} usual[] = { { "atom", NS_ATOM }, { "atom03", NS_ATOM }, { "atom10", NS_ATOM }, { "a10", NS_ATOM },
	{ "rss", NS_RSS }, { "rdf", NS_RDF }, { "content", NS_CONTENT }, { "dc", NS_DC },
	{ "dcterms", NS_DCTERMS }, { "dct", NS_DCTERMS }, { "media", NS_MEDIA },
	{ "itunes", NS_ITUNES }, { "xhtml", NS_XHTML }, { "slash", NS_SLASH }, { "thr", NS_THREAD },
	{ "sy", NS_SYNDICATION } };

static enum xml_ns
ns_of_uri(struct span uri)
{
	uri = span_trim(uri);
	if (uri.n == 0)
		return NS_NONE;
	while (uri.n > 0 && (uri.p[uri.n - 1] == '/' || uri.p[uri.n - 1] == '#'))
		uri.n--;
	/* It is a name and never fetched: https is a slip of the pen. */
	if (span_ifind(uri, SPAN_LIT("http://")) == 0)
		uri = (struct span){ uri.p + 5, uri.n - 5 };
	else if (span_ifind(uri, SPAN_LIT("https://")) == 0)
		uri = (struct span){ uri.p + 6, uri.n - 6 };
	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++)
		if (span_ieqs(uri, uris[i].uri))
			return uris[i].ns;
	return NS_OTHER;
}

static enum xml_ns
ns_of_usual(struct span prefix)
{
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (span_ieqs(prefix, usual[i].prefix))
			return usual[i].ns;
	return NS_OTHER;
}

static enum xml_ns
ns_of_prefix(const struct xml *x, struct span prefix)
{
	for (size_t i = x->n_bindings; i-- > 0;)
		if (span_eq(x->bindings[i].prefix, prefix))
			return x->bindings[i].ns;
	return prefix.n == 0 ? NS_NONE : ns_of_usual(prefix);
}

void
xml_split_name(struct xml *x)
{
	const char *colon = memchr(x->name.p, ':', x->name.n);
	struct span prefix = { x->name.p, 0 };

	x->local = x->name;
	if (colon != NULL && colon + 1 < x->name.p + x->name.n) {
		prefix.n = (size_t)(colon - x->name.p);
		x->local = (struct span){ colon + 1, x->name.n - prefix.n - 1 };
	}
	x->ns = ns_of_prefix(x, prefix);
}

void
xml_bind(struct xml *x, const struct xml_attr *a)
{
	struct span prefix = { a->name.p + 5, a->name.n - 5 };
	enum xml_ns ns;

	if (x->n_bindings == XML_BINDINGS)
		return;
	if (prefix.n > 0) {
		if (prefix.p[0] != ':')
			return;
		prefix.p++;
		prefix.n--;
	}
	ns = ns_of_uri(a->value);
	if (ns == NS_OTHER && prefix.n > 0)
		ns = ns_of_usual(prefix);
	x->bindings[x->n_bindings].prefix = prefix;
	x->bindings[x->n_bindings++].ns = ns;
}
