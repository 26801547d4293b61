#include "labs/04-seqpacket.h"

const struct rule seqpacket_rules[] = {
    { "Q1", "A record holds a decimal integer in ASCII: an optional `+` or "
            "`-`, then digits, nothing else. It is added to the "
            "connection's total, which starts at 0; the answer is one "
            "record, `total: T`." },
    { "Q2", "Anything else: `error: not a number`, and the total stays." },
    { "Q3", "A number that does not fit 64 bits signed, or a total that "
            "would not: `error: overflow`, and the total stays." },
    { "Q4", "A record longer than 64 bytes: `error: record of N bytes, "
            "limit 64` with its true length; the total stays." },
    { "Q5", "An empty record: `error: empty record`. It is not an end of "
            "file. (One that is followed by the end of file before the "
            "server has read it may be taken for it. To tell them apart "
            "always: with SO_PASSCRED a record carries control data, an end "
            "of file none.)" },
    { "Q6", "One record in, one record out, in order; records never run "
            "together. After the end of file and the last answer the server "
            "closes." },
    { "Q7", "All connections are served at once: one that is silent, slow, "
            "or never reads holds nobody up." },
    { "Q8", "A peer that does not take its answers: a bounded number is "
            "kept for it; then nothing more is read from it until it takes "
            "some, or it is disconnected. The answers it gets are in order "
            "and none is missing." },
    { "Q9", "At MAX_CLIENTS, or out of descriptors, new connections wait in "
            "the backlog, without the server spinning, and are served as "
            "others leave; within 1 s also where nothing of its own has to "
            "end first." },
    { "Q10", "Totals are per connection; a new one starts at 0." },
    { "Q20",
      "The server ends or resets the connection with an answer due, "
      "or a line left to be sent: C3, exit 1. Nobody there at the start: C3, exit 1, at once." },
    { "Q21",
      "No answer within TIMEOUT_MS, or a record that cannot be sent within it: `client: no reply within 2000 ms` "
      "(or what it is), exit 1." },
    { "Q22", "An answer longer than 255 bytes: C3 (`client: answer of N "
             "bytes refused`), exit 1, nothing of it is printed." },
    { "Q23", "An answer that was already queued when the connection was "
             "reset is still printed first. Where the send itself fails, an "
             "answer already queued may be printed or not." },
};
