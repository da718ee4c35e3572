/*
 * A forgiving reader of the XML of feeds: one pass over UTF-8 in memory, events by pull. It never fails:
 * what is not well-formed is read as what its author must have meant. No entity is ever expanded but the
 * fixed ones of HTML, nothing outside the document is ever asked for, and its cost is linear.
 */
#ifndef COLLECT_XML_H
#define COLLECT_XML_H

#include "wrap/text.h"

enum xml_event { XML_END_OF_FILE, XML_START, XML_END, XML_TEXT };

/* Namespaces that mean something in a feed. */
enum xml_ns {
	NS_NONE,
	NS_ATOM,
	NS_RSS, /* the namespaces of RSS 0.90, 1.0, 1.1 and some of 2.0 */
	NS_RDF,
	NS_CONTENT,
	NS_DC,
	NS_DCTERMS,
	NS_MEDIA,
	NS_ITUNES,
	NS_XHTML,
	NS_SLASH,
	NS_THREAD,
	NS_SYNDICATION,
	NS_OTHER
};

#define XML_DEPTH 200
#define XML_ATTRS 48
#define XML_BINDINGS 64

struct xml_attr {
	struct span name;  /* as written, prefix and all */
	struct span value; /* as written, references not decoded */
};

struct xml_open {
	struct span name; /* as written */
	enum xml_ns ns;
	struct span base;  /* xml:base in force; borrowed from the caller's memory */
	size_t n_bindings; /* before this element */
};

struct xml {
	struct span in;
	size_t at;
	/* the current event */
	enum xml_event event;
	struct span name;  /* of the element, as written */
	struct span local; /* without its prefix */
	enum xml_ns ns;
	struct span text; /* of XML_TEXT */
	bool cdata;       /* text is literal, references are not decoded */
	bool empty;       /* <x/>: the XML_END comes next */
	struct xml_attr attrs[XML_ATTRS];
	size_t n_attrs;
	struct xml_open open[XML_DEPTH];
	size_t depth; /* elements open, the current one included at XML_START */
	struct {
		struct span prefix;
		enum xml_ns ns;
	} bindings[XML_BINDINGS];
	size_t n_bindings;
	bool pending_end;
	bool endless_comment;
	bool cut_off; /* the input has ended; what is still open gets its XML_END now */
};

/* xml_name.c, for xml.c: the parts of x->name; an xmlns attribute. */
void xml_split_name(struct xml *x);
void xml_bind(struct xml *x, const struct xml_attr *a);

void xml_init(struct xml *x, struct span utf8);
enum xml_event xml_next(struct xml *x);
/* The raw value of an attribute by its name as written, ASCII case folded; p NULL when it is not there. */
struct span xml_attr(const struct xml *x, const char *name);
/* The same by the name after any prefix. */
struct span xml_attr_local(const struct xml *x, const char *local);
/* Append text with XML's references decoded, and HTML's, which many feeds use undeclared. */
void xml_decode(struct span raw, struct buf *out);

#endif
