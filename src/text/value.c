/*
 * The tree of values that a template is filled with. Records are small (a dozen names), so a name is
 * found by looking at each. The root remembers a failed allocation for all.
 */
#include "text/value.h"

#include <stdlib.h>
#include <string.h>

struct value *
value_new(void)
{
	struct value *v = calloc(1, sizeof(*v));

	if (v != NULL)
		v->root = v;
	return v;
}

const struct value_field *
value_find(const struct value *v, const char *name)
{
	for (size_t i = 0; v != NULL && i < v->n; i++)
		if (strcmp(v->fields[i].name, name) == 0)
			return &v->fields[i];
	return NULL;
}

/* The field called name, made when it is new. NULL on no memory, which the root then knows. */
static struct value_field *
field(struct value *v, const char *name)
{
	if (v == NULL)
		return NULL;
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->fields[i].name, name) == 0)
			return &v->fields[i];
	if (v->n == v->room) {
		size_t room = v->room == 0 ? 8 : v->room * 2;
		struct value_field *grown = realloc(v->fields, room * sizeof(*grown));

		if (grown == NULL) {
			v->root->failed = true;
			return NULL;
		}
		v->fields = grown;
		v->room = room;
	}
	v->fields[v->n] = (struct value_field){ .name = name };
	return &v->fields[v->n++];
}

void
value_text(struct value *v, const char *name, struct span text)
{
	struct value_field *f = field(v, name);
	char *copy;

	if (f == NULL)
		return;
	copy = str_dup_span(text);
	if (copy == NULL) {
		v->root->failed = true;
		return;
	}
	free(f->text);
	f->text = copy;
	f->n = text.n;
}

void
value_texts(struct value *v, const char *name, const char *text)
{
	if (text != NULL)
		value_text(v, name, span_of(text));
}

void
value_flag(struct value *v, const char *name, bool on)
{
	struct value_field *f = field(v, name);

	if (f != NULL)
		f->on = on;
}

struct value *
value_add(struct value *v, const char *name)
{
	struct value_field *f = field(v, name);
	struct value *item;

	if (f == NULL)
		return NULL;
	if (f->count == f->room) {
		size_t room = f->room == 0 ? 4 : f->room * 2;
		struct value **grown = realloc(f->list, room * sizeof(struct value *));

		if (grown == NULL) {
			v->root->failed = true;
			return NULL;
		}
		f->list = grown;
		f->room = room;
	}
	item = value_new();
	if (item == NULL) {
		v->root->failed = true;
		return NULL;
	}
	item->root = v->root;
	f->list[f->count++] = item;
	return item;
}

void
value_free(struct value **v)
{
	if (*v == NULL)
		return;
	for (size_t i = 0; i < (*v)->n; i++) {
		struct value_field *f = &(*v)->fields[i];

		for (size_t k = 0; k < f->count; k++)
			value_free(&f->list[k]);
		free(f->list);
		free(f->text);
	}
	free((*v)->fields);
	free(*v);
	*v = NULL;
}
