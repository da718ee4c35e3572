# wrap: a weekly digest mailer.    make demo | make check | make bench | make fuzz | make install
#
# Objects live under build/VARIANT/, so switching between a user's build, the checked one and the
# sanitized one needs no clean. CC CFLAGS LDFLAGS PREFIX DESTDIR belong to the user.

VARIANT ?= release
B        = build/$(VARIANT)
PREFIX  ?= /usr/local
MANDIR  ?= $(PREFIX)/share/man
PYTHON  ?= /usr/bin/python3

CC      ?= cc
# make V=1 shows each command.
Q        = $(if $(V),,@)
CFLAGS  ?= -O2 -g
PKGS     = libcurl sqlite3 libcmark jansson libcrypto libconfig libidn2 libmicrohttpd libarchive
# libetpan.pc carries linker settings of the package build (no PIE), so that library is named by hand.
LIBS    := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lgumbo -lunistring -lstemmer -letpan -lresolv -lpthread -lm
INCS    := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)

WARN  = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
        -Wformat=2 -Wformat-nonliteral -Wvla
HARD  = -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
HARDL = -pie -Wl,-z,relro,-z,now
ours  = -std=c17 -D_GNU_SOURCE -Iinclude -Isrc -I$(B) $(INCS) $(WARN) $(HARD) $(EXTRA)

SRCS  := $(wildcard src/*/*.c)
OBJS   = $(SRCS:src/%.c=$(B)/%.o)
UNITS := $(wildcard tests/unit/test_*.c)
TESTS  = $(UNITS:tests/unit/%.c=$(B)/unit/%)
FUZZ  := $(wildcard tests/fuzz/fuzz_*.c)

# The rest runs in a make of its own: pkg-config may only just have been installed.
all: deps-build
	+@$(MAKE) --no-print-directory $(B)/wrap
.PHONY: all check bench fuzz asan install clean demo deps deps-build deps-check unit lint

$(B)/wrap: $(B)/main.o $(B)/core.a
	@echo "  LD   $@"
	$(Q)$(CC) $(CFLAGS) $(HARDL) $(EXTRAL) -o $@ $^ $(LDFLAGS) $(LIBS)

$(B)/core.a: $(OBJS)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(B)/%.o: src/%.c
	@mkdir -p $(@D)
	@echo "  CC   $<"
	$(Q)$(CC) $(ours) $(CFLAGS) $(CPPFLAGS) -MMD -MP -c -o $@ $<

# The built-in templates are the files of templates/, taken in whole.
TEMPLATES := $(notdir $(wildcard templates/*))
$(B)/templates.list: $(addprefix templates/,$(TEMPLATES))
	@mkdir -p $(@D)
	@n=0; for f in $(TEMPLATES); do n=$$((n + 1)); echo "T(template_$$n, \"$$f\")"; done > $@
$(B)/config/templates.o: $(B)/templates.list

$(B)/unit/%: tests/unit/%.c $(B)/core.a
	@mkdir -p $(@D)
	@echo "  CC   $<"
	$(Q)$(CC) $(ours) -Itests/unit $(CFLAGS) $(CPPFLAGS) -MMD -MP -MF $@.d $(HARDL) $(EXTRAL) -o $@ $< $(B)/core.a $(LDFLAGS) $(LIBS) -lcmocka

-include $(wildcard build/$(VARIANT)/*.d build/$(VARIANT)/*/*.d)

# What is missing on this Debian is installed (root or sudo); elsewhere the list is printed.
deps:
	@sh tests/deps.sh build check
deps-build:
	@sh tests/deps.sh build
deps-check:
	@sh tests/deps.sh build check

demo: all
	@sh tests/demo.sh $(abspath $(B)/wrap)

# Benchmarks and fake peers that are C programs; libxml2 is what feeds are timed against.
$(B)/bench/collect: BENCH_FLAGS = $$(pkg-config --cflags --libs libxml-2.0)
$(B)/bench/%: tests/bench/%.c $(B)/core.a
	@mkdir -p $(@D)
	@echo "  CC   $<"
	$(Q)$(CC) $(ours) $(CFLAGS) $(CPPFLAGS) $(HARDL) $(EXTRAL) -o $@ $< $(B)/core.a $(LDFLAGS) $(LIBS) $(BENCH_FLAGS)

unit: $(TESTS)

check: deps-check
	@PYTHON=$(PYTHON) MAKE="$(MAKE)" bash tests/check.sh

asan: deps-build
	$(MAKE) VARIANT=asan EXTRA="-fsanitize=address,undefined -fno-sanitize-recover=all -U_FORTIFY_SOURCE -Werror" \
	    EXTRAL="-fsanitize=address,undefined" build/asan/wrap

# Fuzzers are libFuzzer's; FUZZ_SECONDS each. A crash leaves its input beside the fuzzer.
FUZZ_SECONDS ?= 60
fuzz: deps-check
	@MAKE="$(MAKE)" FUZZ_SECONDS=$(FUZZ_SECONDS) bash tests/fuzz/run.sh
build/fuzz/bin/%: tests/fuzz/%.c build/fuzz/core.a
	@mkdir -p $(@D)
	$(Q)clang $(ours) -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o $@ $< build/fuzz/core.a $(LIBS)

# make bench, or some of it: make bench BENCH="collect send"
bench: all deps-check
	@B=$(abspath $(B)) PYTHON=$(PYTHON) bash tests/bench/run.sh $(BENCH)

# DESTDIR is for packages. Units and completion name the place of the program.
UNITDIR ?= $(PREFIX)/lib/systemd/system
EXAMPLES = README.md $(wildcard config/*.example)
UNITFILES = $(notdir $(wildcard config/*.service config/*.timer))
D        = $(DESTDIR)$(PREFIX)
install: all
	install -d $D/bin $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(MANDIR)/man5 $D/share/doc/wrap \
	    $D/share/bash-completion/completions $D/share/zsh/site-functions $(DESTDIR)$(UNITDIR)
	install -m 755 $(B)/wrap $D/bin/wrap
	install -m 644 src/wrap.1 $(DESTDIR)$(MANDIR)/man1/wrap.1
	install -m 644 config/wrap.conf.5 $(DESTDIR)$(MANDIR)/man5/wrap.conf.5
	install -m 644 $(EXAMPLES) $D/share/doc/wrap
	$(B)/wrap completion bash > $(B)/completion.bash
	$(B)/wrap completion zsh > $(B)/completion.zsh
	install -m 644 $(B)/completion.bash $D/share/bash-completion/completions/wrap
	install -m 644 $(B)/completion.zsh $D/share/zsh/site-functions/_wrap
	for u in $(UNITFILES); do sed 's|/usr/local/bin|$(PREFIX)/bin|' config/$$u > $(B)/$$u && \
	    install -m 644 $(B)/$$u $(DESTDIR)$(UNITDIR)/$$u || exit; done

clean:
	rm -rf build
