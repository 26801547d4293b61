#include "labs/06-credentials.h"

const struct rule credentials_rules[] = {
    { "K1", "`whoami`: `pid=P uid=U gid=G` of the process that connected, "
            "from the kernel: its effective ids when it connected "
            "(SO_PEERCRED)." },
    { "K2", "`sender`: the same of the process that sent this very "
            "record, as the kernel passes them (SCM_CREDENTIALS: its real "
            "ids; a privileged sender may claim others)." },
    { "K3", "`secret`: the SECRET, if the one who connected and the one "
            "who sent this record are both allowed users; else `denied`." },
    { "K4", "A record without kernel credentials (process 0 counts as "
            "none), or with them cut off: `denied`, whatever it asks. "
            "Credentials that arrived whole count, even where descriptors "
            "beside them were cut off." },
    { "K5", "Anything else, and a record over 64 bytes: `error: unknown "
            "request`. What a record says of its sender counts for "
            "nothing." },
    { "K6", "A connection from a user who is not allowed may ask `whoami` "
            "and `sender`; `secret` is `denied`." },
    { "K7", "The socket has mode 0666 whenever a connection to it can "
            "succeed, whatever the umask, and never a wider one." },
    { "K8", "Descriptors that come along are closed, and change no "
            "answer." },
    { "K9", "Connections are served at once: one that is silent, slow, or "
            "never reads holds nobody up. On each, one record in is one "
            "record out, in order; after the end of file and the last answer "
            "the server closes. Out of descriptors, new ones wait in the "
            "backlog, without the server spinning, and are served once some "
            "are free." },
    { "K10", "`alive`: `yes` while the process that connected still runs, "
             "else `no` (one that has exited and is not yet reaped does "
             "not run; a new process with the same number does not count; "
             "being out of descriptors changes nothing) (SO_PEERPIDFD "
             "where the kernel has it, a pidfd taken at accept where not)." },
    { "K20", "With SERVER_UID, right after connecting, also with an empty "
             "stdin: a server run by anyone else gets nothing: `client: "
             "server runs as user U, not V`, exit 1, before any record is "
             "sent (U and V as plain decimal numbers)." },
    { "K21", "A line of stdin is a record, an empty one too; each answer is "
             "printed, with a newline. Failures as Q20 to Q23 of lab 04 say." },
};
