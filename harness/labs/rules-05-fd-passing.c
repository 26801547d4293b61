#include "labs/05-fd-passing.h"

const struct rule passing_rules[] = {
    { "P1", "`open NAME` (NAME may hold any byte but NUL and newline): "
            "opens the regular file NAME below the directory ROOT, read "
            "only; answers `+SIZE\\n` with exactly one descriptor." },
    { "P2", "Nothing outside ROOT is ever opened, by `..`, an absolute "
            "name, or a symbolic link that leads out: `-EXDEV\\n`. A "
            "relative link that stays inside is followed, and `sub/../f` "
            "is inside; an absolute link, and a path that leaves and "
            "comes back, count as leading out." },
    { "P3", "Otherwise `-NAME\\n` and no descriptor, NAME the errno's: "
            "ENOENT, EACCES, ENOTDIR, ELOOP; EISDIR for a directory; "
            "EINVAL for anything else that is not a regular file (a FIFO "
            "is never waited for), and for a name with a NUL. Without "
            "permission on such a thing: its kind's error or EACCES." },
    { "P4", "`count` with exactly one descriptor of a regular file open "
            "for reading: answers `+LINES BYTES\\n` (newline bytes, and "
            "bytes read) counted from the file's beginning, and leaves "
            "the file's offset where it was." },
    { "P5", "`count` with no descriptor sent: `-EBADF\\n`; with more than "
            "one: `-E2BIG\\n`; with control data cut off: `-E2BIG\\n` or "
            "`-EMFILE\\n`; with one that is not a regular file: "
            "`-EINVAL\\n`; not open for reading, or O_PATH: `-EACCES\\n`; "
            "over 16 MiB: `-EFBIG\\n`; a read that fails: its errno's "
            "name. Checked in this order." },
    { "P6", "Every descriptor received is closed by the time the answer "
            "is sent, also where none was expected, also in every error "
            "case." },
    { "P7", "A line over 255 bytes, or an unknown request: `-EPROTO\\n`, "
            "then the connection is closed (the peer may see a reset "
            "after the line, where it sent more than was read). EOF "
            "inside a line: close." },
    { "P8", "A connection carries any number of requests, one after "
            "another: the client waits for an answer before it sends the "
            "next request. A request may arrive in pieces; all "
            "descriptors that come with any of its pieces count as its "
            "own." },
    { "P9", "Connections are served at once: one that is silent, slow, or "
            "never reads holds nobody up." },
    { "P10", "Out of descriptors: the request gets `-EMFILE\\n`, whatever "
             "NAME is (one with a NUL may get `-EINVAL\\n`), and the "
             "server lives on. The same answer where the kernel refuses to "
             "send one more (ETOOMANYREFS: too many in flight for this "
             "user, perhaps through another connection; C6 does not hold "
             "against that)." },
    { "P20", "`open`: writes the file's bytes to stdout, from its first, "
             "whatever the descriptor's offset, exit 0. `count`: opens "
             "FILE (never waiting for a FIFO), passes it, prints `LINES "
             "BYTES`. A `-` answer: `client: open NAME: REASON` or "
             "`client: count FILE: REASON`, with the reason in words, or "
             "the name itself where it is unknown, exit 1. A FILE that "
             "cannot be opened: C3." },
    { "P21", "`+` to `open` with no descriptor, more than one, or control "
             "data cut off: every descriptor that came is closed, `client: "
             "protocol error`, exit 1. A descriptor with `-` or with "
             "`count`'s answer: closed, protocol error too; so is an "
             "answer over 255 bytes or of another form." },
    { "P22", "What was received is not a regular file, or not open for "
             "reading: as P21; its contents are never read." },
    { "P23", "The file is shorter or longer than SIZE said: everything it "
             "holds is written, exit 0 (files change)." },
    { "P24", "No answer within TIMEOUT_MS (connecting and answer: each, or "
             "together): `client: no reply within 2000 ms` (or what it "
             "is), exit 1; a cut one: C3, exit 1." },
};
