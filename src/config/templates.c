/*
 * Templates: the owner's file when there is one, else the one built into the program. The built-in ones
 * are the files of templates/, taken in whole by the assembler, so that one program is enough to run.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* templates.list, made by the Makefile, holds one T(symbol, "file") for each file of templates/. */
#define T(symbol, file)                                                 \
	__asm__(".section .rodata\n"                                    \
		".global wrap_" #symbol "\nwrap_" #symbol ":\n"         \
		".incbin \"templates/" file "\"\n"                      \
		".global wrap_" #symbol "_end\nwrap_" #symbol "_end:\n" \
		".byte 0\n"                                             \
		".previous\n");                                         \
	extern const char wrap_##symbol[], wrap_##symbol##_end[];
#include "templates.list"
#undef T

static const struct {
	const char *name, *from, *end;
} built_in[] = {
#define T(symbol, file) { file, wrap_##symbol, wrap_##symbol##_end },
#include "templates.list"
#undef T
};

enum wrap_rc
config_template_load(void *ctx, const char *name, bool own, struct buf *out, struct wrap_err *err)
{
	const struct config *c = ctx;

	if (own && c->paths.templates != NULL) {
		char *path = path_join(c->paths.templates, name);
		enum wrap_rc rc;

		if (path == NULL)
			return wrap_fail(err, WRAP_ENOMEM, "out of memory");
		rc = file_read(path, 1 << 20, out, err);
		free(path);
		return rc;
	}
	for (size_t i = 0; !own && i < sizeof(built_in) / sizeof(built_in[0]); i++)
		if (strcmp(built_in[i].name, name) == 0) {
			buf_add(
			    out, built_in[i].from, (size_t)(built_in[i].end - built_in[i].from));
			return buf_rc(out, err);
		}
	return wrap_fail(err, WRAP_ENOTFOUND, "there is no template \"%.100s\"", name);
}

enum wrap_rc
config_template(const struct config *c, const char *name, struct buf *out, struct wrap_err *err)
{
	struct config *ctx = (struct config *)c; /* only read */
	enum wrap_rc rc;

	buf_init(out, 1 << 20);
	rc = config_template_load(ctx, name, true, out, err);
	return rc == WRAP_ENOTFOUND ? config_template_load(ctx, name, false, out, err) : rc;
}
