# Builds every program of a lab from the C file of the same name.
CC := gcc
CFLAGS := -std=c17 -Wall -Wextra -Wpedantic -g -O2 -pthread
CPPFLAGS := -D_GNU_SOURCE

.PHONY: all clean
all: $(PROGRAMS)
$(PROGRAMS): %: %.c
	$(CC) $(CPPFLAGS) $(CFLAGS) -o $@ $<
clean:
	rm -f $(PROGRAMS)
