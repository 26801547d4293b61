# `make help` lists what can be made. On a bare Debian nothing but make is there
# when this file is read: whatever runs a tool comes after packages-SECTION.

MAKEFLAGS += --no-builtin-rules --no-builtin-variables
MAKEFLAGS += --warn-undefined-variables --no-print-directory
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

VARIANT ?= debug#  debug, asan
LAB     ?=#        a lab, such as 01-stream
ARGS    ?=#        more options for `make grade` and `make matrix`
N       ?= 100#    how often `make soak` grades
V       ?=#        1: show commands
Q       := $(if $(V),,@)

ifneq ($(filter undefined default,$(origin CC)),)
CC := gcc
endif
AR     := ar
CFLAGS ?= -O2 -g

debug.flags :=
# The sanitizers' own checks lead gcc 12 to paths that cannot be taken.
asan.flags  := -O1 -fsanitize=address,undefined -fno-omit-frame-pointer \
               -fno-sanitize-recover=all \
               -Wno-null-dereference -Wno-maybe-uninitialized
VARIANTS    := debug asan
ifeq ($(filter $(VARIANT),$(VARIANTS)),)
$(error VARIANT is one of: $(VARIANTS); not "$(VARIANT)")
endif

O       := build/$(VARIANT)
PROGRAM := $(if $(filter debug,$(VARIANT)),build/sockdojo,$O/sockdojo)

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
    -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wvla \
    -Wundef -Wformat=2 -Wcast-qual -Wwrite-strings -Wnull-dereference \
    -Wimplicit-fallthrough -Wswitch-enum -Wpointer-arith -Wlogical-op \
    -Wduplicated-cond -Wduplicated-branches -Werror
LANGUAGE := -std=c17 -D_GNU_SOURCE -Iharness
COMPILE   = $(CC) $(LANGUAGE) $(CFLAGS) $(WARNINGS) $($(VARIANT).flags) -pthread
LINK      = $(CC) $(CFLAGS) $($(VARIANT).flags) -pthread
LIBRARIES := -ljansson

SOURCES := $(sort $(wildcard harness/*.c harness/*/*.c))
OBJECTS := $(SOURCES:%.c=$O/%.o)
LIBRARY := $O/libsockdojo.a
UNITS   := $(patsubst %.c,$O/%,$(sort $(wildcard tests/unit/test_*.c)))
SCRIPTS := $(sort $(wildcard tests/unit/test_*.sh tests/unit/test_*.py))
TIDIED  := $(patsubst %,build/lint/%.tidy,\
               $(SOURCES) $(sort $(wildcard solutions/*/*.c)))
LABS    := $(sort $(notdir $(patsubst %/,%,$(wildcard labs/[0-9]*/))))

# ---- building

all: $(PROGRAM)  ## build build/sockdojo (VARIANT=asan: build/asan/sockdojo)

$(PROGRAM): $O/harness/main.o $(LIBRARY)
	$(Q)$(LINK) -o $@ $^ $(LIBRARIES)

# Made anew, so that no object stays whose source has gone.
$(LIBRARY): $(filter-out $O/harness/main.o,$(OBJECTS))
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

$O/%.o: %.c Makefile | packages-build
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) -MMD -MP -c -o $@ $<

$(UNITS:%=%.o): | packages-check

$(UNITS): %: %.o $(LIBRARY)
	$(Q)$(LINK) -o $@ $^ -lcmocka $(LIBRARIES)

# ---- packages.txt

SECTIONS := build demo check coverage docs memcheck
$(SECTIONS:%=packages-%): packages-%:
	@tests/install-packages.sh $*

# ---- grading

demo: $(PROGRAM) | packages-demo  ## install what is missing, build, grade the reference solution
	@$(PROGRAM) grade 01-stream --from solutions \
	    --format text --format json=build/demo.json

grade: which-lab $(PROGRAM)  ## grade your own work: make grade LAB=01-stream
	@$(PROGRAM) grade $(LAB) $(ARGS)

which-lab:
	@[ -n "$(LAB)" ] || { \
	    echo "Which lab? For example: make grade LAB=$(firstword $(LABS))" >&2; \
	    echo "There is: $(LABS)" >&2; exit 2; }

# ---- tests: each prints its results, and `N passed, N failed` at its end

check: | packages-check  ## everything below down to handout, with a summary
	@tests/check.sh

lint: | packages-check  ## formatting, linters, order of includes
	@tests/lint.sh

unit: $(UNITS) $(PROGRAM) | packages-check  ## unit tests (also with VARIANT=asan)
	@SOCKDOJO=$(PROGRAM) tests/unit.sh $(UNITS) $(SCRIPTS)

course: build/sockdojo | packages-check  ## skeletons, solutions, handouts, names
	@tests/course.sh

matrix: build/sockdojo | packages-check  ## right and wrong programs against all scenarios
	@tests/matrix.py --load $(ARGS)

document: build/sockdojo | packages-check  ## the document's own programs
	@tests/document.py

handout: build/sockdojo | packages-check  ## the commands of the handouts, with their output
	@tests/handout.py

memcheck: build/sockdojo $(UNITS) | packages-memcheck  ## solutions and unit tests under valgrind
	@tests/memcheck.py $(UNITS)

soak: build/sockdojo | packages-check  ## grade the solutions N=100 times, half under load
	@tests/soak.py $(N)

coverage: build/sockdojo | packages-coverage  ## the solutions' coverage under the peers (LAB=...)
	@tests/coverage/coverage.sh $(or $(LAB),$(LABS))

# ---- helpers

tidy: $(TIDIED)

# The first lines say what is wrong; the analyser's long way there is in the log.
build/lint/%.tidy: % .clang-tidy | packages-check
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LANGUAGE) -MM -MP -MT $@ -MF $@.d $<
	$(Q)clang-tidy --quiet $< -- $(LANGUAGE) -Wall -Wextra >$@.log 2>&1 || \
	    { grep -E '(error|warning):' $@.log; echo "$<: more in $@.log"; exit 1; }
	$(Q)touch $@

format: | packages-check  ## format all C files
	@tests/lint.sh --list-c | xargs -r clang-format -i

# A warning is an error; but names may speak for themselves, functions never.
SELF_EVIDENT := Compound|.*\((variable|enumvalue|enumeration|macro definition)\)
docs: | packages-docs  ## the harness's documentation, into build/docs/html
	@mkdir -p build/docs
	@doxygen docs/Doxyfile
	@! grep -vE '($(SELF_EVIDENT)) .*is not documented' build/docs/warnings
	@echo build/docs/html/index.html

clean:  ## remove build/, with your best results so far
	rm -rf build

help:  ## show this list
	@awk -F ':.*  ## ' '/^[a-z]+:.*  ## / { \
	    printf "  make %-9s %s\n", $$1, $$2 }' Makefile

.PHONY: all check clean course coverage demo docs document format grade handout help \
    lint matrix memcheck soak tidy unit which-lab $(SECTIONS:%=packages-%)
.SECONDARY:

-include $(OBJECTS:.o=.d) $(UNITS:=.d) $(TIDIED:=.d)
