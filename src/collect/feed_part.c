/*
 * Parts of an item that several vocabularies tell in the same way: files beside the story, pictures,
 * categories.
 */
#include "feed_xml.h"

#include <string.h>

/* A file of no stated type is a picture when its name says so. */
static bool
named_as_image(struct span url)
{
	static const char *const ends[] = { ".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif" };
	struct span path = url_split(url).path;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t n = strlen(ends[i]);
		if (path.n > n && span_ieqs((struct span){ path.p + path.n - n, n }, ends[i]))
			return true;
	}
	return false;
}

void
part_file(struct walk *w, bool media)
{
	struct feed_entry *e = w->entry;
	struct span url = elem_attr(w, "url"), type = elem_attr(w, "type"),
		    medium = elem_attr(w, "medium");
	bool image = span_ifind(type, SPAN_LIT("image/")) == 0 || span_ieqs(medium, "image");

	if (url.n == 0)
		url = elem_attr(w, "href");
	url = elem_url(w, url);
	if (type.n == 0 && medium.n == 0 && named_as_image(url))
		put_link(&e->image, url, 1);
	if (media) {
		put_link(&e->enclosure, url, 2);
		if (image)
			put_link(&e->image, url, 4);
		return; /* its title, text and thumbnail are read as they come */
	}
	put_link(&e->enclosure, url, 6);
	if (image)
		put_link(&e->image, url, 2);
	put_link(&e->link, url, 1);
	elem_skip(w);
}

void
part_words(struct walk *w, struct span s)
{
	struct span word;

	while (span_cut(&s, ',', &word))
		feed_category(w->doc, w->entry, word);
}

void
part_category(struct walk *w)
{
	struct span term = elem_attr(w, "term"), label = elem_attr(w, "label"), text;

	if (term.n == 0)
		term = elem_attr(w, "text"); /* itunes */
	if (term.n > 0) {
		feed_category(w->doc, w->entry, term);
		if (w->x.ns == NS_ITUNES)
			return; /* more may stand inside */
		elem_skip(w);
		return;
	}
	text = elem_word(w);
	feed_category(w->doc, w->entry, text.n > 0 ? text : label);
}

void
part_image(struct walk *w, int rank)
{
	struct span url = elem_attr(w, "url");
	size_t depth = w->x.depth;
	bool markup;

	if (url.n == 0)
		url = elem_attr(w, "href");
	for (;;) {
		enum xml_event ev = xml_next(&w->x);
		if (ev == XML_END_OF_FILE || (ev == XML_END && w->x.depth < depth))
			break;
		if (ev == XML_TEXT && url.n == 0 && url_is_web(span_trim(w->x.text))) {
			buf_reset(&w->part);
			xml_decode(span_trim(w->x.text), &w->part);
			url = arena_copy(&w->doc->arena, buf_span(&w->part));
		} else if (ev == XML_START) {
			bool wanted = elem_is(w, "url");
			struct span s = { 0 };
			w->again = elem_is(w, "item");
			if (!w->again)
				s = span_trim(elem_capture(w, false, &markup));
			if (w->again)
				break; /* it never ended; the next element is there */
			if (wanted && url.n == 0)
				url = s;
		}
	}
	if (url.n > 0)
		put_link(&w->entry->image, elem_url(w, url), rank);
}
