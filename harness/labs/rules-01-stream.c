#include "labs/01-stream.h"

const struct rule stream_rules[] = {
    { "S1", "Accepts connections for ever, on one listening socket that lives "
            "as long as the server (backlog 128)." },
    { "S2", "Per connection: one receive of at most 1024 bytes is the "
            "message. Prints `received: ` and the message's bytes, verbatim, "
            "then a newline." },
    { "S3", "Then sends exactly `thank you!\\n` and closes the connection." },
    { "S4", "A peer that closes without sending is not a message: nothing is "
            "printed, no reply, next one please." },
    { "S5", "Connections that wait in the backlog are all served, in turn; "
            "none is lost." },
    { "S6", "Bytes are bytes: NUL, invalid UTF-8 and newlines in a message "
            "change nothing." },
    { "S7", "Connections are served one after another: a silent or endlessly "
            "busy peer may hold the others up (lab 4 lifts that). Serving "
            "them at once is allowed too; then the order of output lines "
            "across connections is free." },
    { "S8", "Out of descriptors, the server lives on, does not spin, and "
            "serves the waiting connections once descriptors are free (a "
            "retry timer will do)." },
    { "S10", "For each line of stdin: connects, sends the line without its "
             "newline, reads the reply up to and including the first newline, "
             "at most 1024 bytes, or EOF; prints `reply: ` and the reply "
             "without its newline, then a newline; closes. It waits as long as "
             "it takes." },
    { "S11", "The reply may come in several pieces; and in one piece with more "
             "after the newline, which is ignored." },
    { "S12", "An empty line is skipped: a stream cannot carry an empty "
             "message." },
    { "S13", "A line longer than 1024 bytes: an error on stderr, nothing is "
             "sent, the next line is read; the exit status at the end is 1." },
    { "S14", "Nobody there (no file, or nobody listens): C3, exit 1 at once, "
             "without reading further lines." },
    { "S15", "The server closes without any reply byte, or resets the "
             "connection before any: `client: no reply`, exit 1 at once. A "
             "reply cut short by EOF or reset after some bytes is printed as "
             "it is. A send that fails is no error by itself: what can be read "
             "decides." },
    { "S16", "A last line without a newline counts as a line." },
};
