# `make help` lists what can be made. On a bare Debian nothing but make is there
# when this file is read: whatever runs a tool comes after packages-SECTION.

MAKEFLAGS += --no-builtin-rules --no-builtin-variables
MAKEFLAGS += --warn-undefined-variables --no-print-directory
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

VARIANT ?= debug#  debug, asan
LAB     ?=#        a lab, such as 01-stream; `make handout` takes 01, too
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
SHOWN   := $(sort $(wildcard labs/common/*.c solutions/*/*.c))
TIDIED  := $(patsubst %,build/lint/%.tidy,$(SOURCES) $(SHOWN))
LABS    := $(sort $(notdir $(patsubst %/,%,$(wildcard labs/[0-9]*/))))

# What a class is given (`make handout`) holds no solutions; what needs them, or
# tests the kit, is told so, and not listed by `make help`.
WHOLE := $(wildcard solutions)
PARTS :=
ifeq ($(WHOLE),)
PARTS := check class course coverage document format handout handouts lint \
         matrix memcheck soak unit
ifneq ($(filter $(PARTS),$(MAKECMDGOALS)),)
$(error `make $(firstword $(filter $(PARTS),$(MAKECMDGOALS)))` needs the \
solutions, which are not handed out; `make grade LAB=01-stream` grades your \
own work)
endif
endif

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

SECTIONS := build demo check coverage docs handout memcheck
$(SECTIONS:%=packages-%): packages-%:
	@tests/install-packages.sh $*

# ---- grading

demo: $(PROGRAM) | packages-demo  ## install what is missing, build, grade the reference solution
ifneq ($(WHOLE),)
	@$(PROGRAM) grade 01-stream --from solutions \
	    --format text --format json=build/demo.json
else
	@echo "There is no solution here: this grades your own labs/01-stream."
	@$(PROGRAM) grade 01-stream || [ $$? -eq 1 ]
endif

grade: which-lab $(PROGRAM)  ## grade your own work: make grade LAB=01-stream
	@$(PROGRAM) grade $(LAB) $(ARGS)

which-lab:
	@[ -n "$(LAB)" ] || { \
	    echo "Which lab? For example: make grade LAB=$(firstword $(LABS))" >&2; \
	    echo "There is: $(LABS)" >&2; exit 2; }

# ---- tests: each prints its results, and `N passed, N failed` at its end

check: | packages-check  ## everything below down to docs, with a summary
	@tests/check.sh

lint: | packages-check  ## formatting, linters, order of includes
	@tests/lint.sh

unit: $(UNITS) $(PROGRAM) | packages-check  ## unit tests (also with VARIANT=asan)
	@SOCKDOJO=$(PROGRAM) tests/unit.sh $(UNITS) $(SCRIPTS)

course: build/sockdojo | packages-check  ## skeletons, solutions, handouts, names
	@tests/course.sh

class: build/sockdojo | packages-check  ## what `make handout` packs builds and grades elsewhere
	@tests/class.py

matrix: build/sockdojo | packages-check  ## right and wrong programs against all scenarios
	@tests/matrix.py --load $(ARGS)

document: build/sockdojo | packages-check  ## the document's own programs
	@tests/document.py

handouts: build/sockdojo | packages-check  ## the commands of the handouts, with their output
	@tests/handouts.py

# A warning is an error; but names may speak for themselves, functions never, and
# without graphviz there are no pictures.
SELF_EVIDENT := Compound|.*\((variable|enumvalue|enumeration|macro definition)\)
docs: | packages-docs  ## the harness's documentation, into build/docs/html
	@mkdir -p build/docs
	@{ cat docs/Doxyfile; \
	    command -v dot >/dev/null || echo HAVE_DOT = NO; } | doxygen -
	@! grep -vE '($(SELF_EVIDENT)) .*is not documented|ignoring .dot ' \
	    build/docs/warnings
	@echo build/docs/html/index.html

memcheck: build/sockdojo $(UNITS) | packages-memcheck  ## solutions and unit tests under valgrind
	@tests/memcheck.py $(UNITS)

soak: build/sockdojo | packages-check  ## grade the solutions N=100 times, half under load
	@tests/soak.py $(N)

coverage: build/sockdojo | packages-coverage  ## the solutions' coverage under the peers (LAB=...)
	@tests/coverage/coverage.sh $(or $(LAB),$(LABS))

# ---- helpers

handout: | packages-handout  ## pack what a class has reached: make handout LAB=02
	@tests/pack.py $(LAB)

tidy: $(TIDIED)

# What is meant to be read compiles with all warnings, too.
strict: $(SHOWN:%.c=build/strict/%.o)

build/strict/%.o: %.c Makefile | packages-build
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) -Ilabs -MMD -MP -c -o $@ $<

# The first lines say what is wrong; the analyser's long way there is in the log.
build/lint/%.tidy: % .clang-tidy | packages-check
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LANGUAGE) -Ilabs -MM -MP -MT $@ -MF $@.d $<
	$(Q)clang-tidy --quiet $< -- $(LANGUAGE) -Ilabs -Wall -Wextra \
	    >$@.log 2>&1 || \
	    { grep -E '(error|warning):' $@.log; echo "$<: more in $@.log"; exit 1; }
	$(Q)touch $@

format: | packages-check  ## format all C files
	@tests/lint.sh --list-c | xargs -r clang-format -i

clean:  ## remove build/, with your best results so far
	rm -rf build

help:  ## show this list
	@awk -F ':.*  ## ' -v hidden=" $(PARTS) " '/^[a-z]+:.*  ## / && \
	    !index(hidden, " " $$1 " ") { \
	    printf "  make %-9s %s\n", $$1, $$2 }' Makefile

.PHONY: all check class clean course coverage demo docs document format grade \
    handout handouts help lint matrix memcheck soak strict tidy unit which-lab \
    $(SECTIONS:%=packages-%)
.SECONDARY:

-include $(OBJECTS:.o=.d) $(UNITS:=.d) $(TIDIED:=.d) \
    $(SHOWN:%.c=build/strict/%.d)
