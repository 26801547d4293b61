#include "labs/05-fd-passing.h"

/* Ways out of ROOT, and ways that look like it and are none. */
const struct scenario passing_beneath[] = {
    {
        .name = "server-open-dotdot",
        .title = "`..` that leaves ROOT, also to come back, or to a "
                 "namesake: EXDEV",
        .rules = "P2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-open-paths",
        .why = "../../etc/passwd is the oldest trick against whatever serves "
               "files, and still among the most common. ROOT-private begins "
               "with ROOT's name, too: a comparison of texts lets it through.",
        .hints = {
            "Which of these names start with \"..\"? Which only contain it? "
            "Which lead back to where they are allowed?",
            "The text does not tell. The kernel does: openat2() with "
            "RESOLVE_BENEATH fails with EXDEV at the step that leaves.",
            "errno is EXDEV then, so the answer needs no case of its own. "
            "Do not clean the name up before, and do not use realpath().",
        },
        .man = "openat2(2) path_resolution(7) realpath(3)",
        .by_hand = "echo x >secret; {server} & S=$!; "
                   "until [ -S uds_socket3.txt ]; do :; done; "
                   "printf 'open ../secret\\n' | socat -t1 - "
                   "UNIX-CONNECT:uds_socket3.txt; kill $S",
        .payload = { TEXT(30) },
        .steps = {
            PLANT_FILE("secret", "{0}"),
            PLANT_DIRECTORY("root-private", 0755),
            PLANT_FILE("root-private/secret", "{0}"),
            PLANT_DIRECTORY("root/sub", 0755),
            START(),
            CONNECT(0),
            REFUSES(0, "../secret", "EXDEV"),
            REFUSES(0, "sub/../../secret", "EXDEV"),
            REFUSES(0, "./../secret", "EXDEV"),
            REFUSES(0, "sub/..//../secret", "EXDEV"),
            REFUSES(0, "../root-private/secret", "EXDEV"),
            REFUSES(0, "../nosuch", "EXDEV"),
            REFUSES(0, "..", "EXDEV"),
            REFUSES(0, "../root/served", "EXDEV"),
            REFUSES(0, "sub/../../root/served", "EXDEV"),
            REFUSES(0, "../../../../../../../../etc/passwd", "EXDEV"),
            OPENS(0, "sub/../served"),
        },
    },
    {
        .name = "server-open-absolute",
        .title = "absolute names and absolute links, also into ROOT: EXDEV",
        .rules = "P2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "openat() forgets its directory when the name begins with a "
               "slash. Where an absolute name is allowed as long as it leads "
               "inside, what it means hangs on where ROOT happens to be.",
        .hints = {
            "openat(root, \"/etc/passwd\", ...): which directory does the "
            "kernel start from? And if the slash stands in a link?",
            "From the root of the file system. RESOLVE_BENEATH refuses both "
            "with EXDEV; RESOLVE_IN_ROOT would take ROOT for the root, which "
            "is not what is wanted here.",
            ".resolve = RESOLVE_BENEATH. Who walks by hand looks for a "
            "slash at the start of the name, and of each link's text.",
        },
        .man = "openat(2) openat2(2) symlink(7)",
        .by_hand = "{server} & S=$!; "
                   "until [ -S uds_socket3.txt ]; do :; done; "
                   "printf 'open /etc/passwd\\n' | socat -t1 - "
                   "UNIX-CONNECT:uds_socket3.txt; kill $S",
        .payload = { TEXT(30) },
        .steps = {
            PLANT_FILE("secret", "{0}"),
            PLANT_DIRECTORY("root/sub", 0755),
            PLANT_SYMLINK("root/sub/here", "{here}/root/served"),
            PLANT_SYMLINK("root/top", "/served"),
            PLANT_SYMLINK("root/away", "{here}/secret"),
            PLANT_SYMLINK("root/all", "/"),
            PLANT_SYMLINK("root/whole", "{here}"),
            START(),
            CONNECT(0),
            REFUSES(0, "/etc/passwd", "EXDEV"),
            REFUSES(0, "{here}/secret", "EXDEV"),
            REFUSES(0, "{here}/root/served", "EXDEV"),
            REFUSES(0, "/served", "EXDEV"),
            REFUSES(0, "//served", "EXDEV"),
            REFUSES(0, "/nosuch", "EXDEV"),
            REFUSES(0, "/", "EXDEV"),
            REFUSES(0, "sub/here", "EXDEV"),
            REFUSES(0, "top", "EXDEV"),
            REFUSES(0, "away", "EXDEV"),
            REFUSES(0, "all/etc/passwd", "EXDEV"),
            REFUSES(0, "all", "EXDEV"),
            REFUSES(0, "whole/root/served", "EXDEV"),
            OPENS(0, "served"),
        },
    },
    {
        .name = "server-open-links-out",
        .title = "relative links that lead out, to a file, a directory, in a "
                 "chain: EXDEV",
        .rules = "P2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-open-dotdot",
        .why = "Whoever may write below ROOT can put a link there, and a "
               "name without a single dot leads out. Archives are unpacked "
               "with such links in them.",
        .hints = {
            "The name is harmless. Who follows the link, and who looks where "
            "it leads?",
            "The kernel follows it, in the middle of the path as well; "
            "O_NOFOLLOW looks at the last name only.",
            "RESOLVE_BENEATH holds for every link on the way. Walked by "
            "hand: each component with O_NOFOLLOW | O_PATH, and a link's "
            "text is put in front of what remains of the name.",
        },
        .man = "symlink(7) openat2(2) readlinkat(2)",
        .by_hand = "echo x >secret; ln -s ../secret root/link; {server} & "
                   "S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "printf 'open link\\n' | socat -t1 - "
                   "UNIX-CONNECT:uds_socket3.txt; kill $S",
        .payload = { TEXT(30) },
        .steps = {
            PLANT_FILE("secret", "{0}"),
            PLANT_DIRECTORY("outside", 0755),
            PLANT_FILE("outside/secret", "{0}"),
            PLANT_DIRECTORY("root/sub", 0755),
            PLANT_SYMLINK("root/file", "../secret"),
            PLANT_SYMLINK("root/directory", "../outside"),
            PLANT_SYMLINK("root/up", ".."),
            PLANT_SYMLINK("root/first", "sub/second"),
            PLANT_SYMLINK("root/sub/second", "third"),
            PLANT_SYMLINK("root/sub/third", "../../secret"),
            PLANT_SYMLINK("root/around", "../root/served"),
            PLANT_SYMLINK("root/lost", "../nosuch"),
            START(),
            CONNECT(0),
            REFUSES(0, "file", "EXDEV"),
            REFUSES(0, "directory/secret", "EXDEV"),
            REFUSES(0, "directory", "EXDEV"),
            REFUSES(0, "up/secret", "EXDEV"),
            REFUSES(0, "up/root/served", "EXDEV"),
            REFUSES(0, "first", "EXDEV"),
            REFUSES(0, "sub/third", "EXDEV"),
            REFUSES(0, "around", "EXDEV"),
            REFUSES(0, "lost", "EXDEV"),
            OPENS(0, "served"),
        },
    },
    {
        .name = "server-open-links-in",
        .title = "relative links that stay inside: followed, `..` behind them, "
                 "too",
        .rules = "P2 P1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-open-paths",
        .why = "`current` pointing to the release of today is how software "
               "is deployed. To forbid all links is simple, and breaks "
               "that. And `..` behind a link is the parent of where it "
               "leads, not of where it stands.",
        .hints = {
            "far points to sub/deep. What is far/../f?",
            "sub/f, as the kernel walks; f for those who shorten the text "
            "first. RESOLVE_NO_SYMLINKS and O_NOFOLLOW forbid more than is "
            "asked for.",
            "RESOLVE_BENEATH alone, and the name as it came. A link's text "
            "is relative to the directory in which the link stands.",
        },
        .man = "openat2(2) symlink(7) path_resolution(7)",
        .by_hand = "ln -s served root/link; {server} & S=$!; "
                   "until [ -S uds_socket3.txt ]; do :; done; "
                   "printf 'open link\\n' | socat -t1 - "
                   "UNIX-CONNECT:uds_socket3.txt; kill $S",
        .steps = {
            PLANT_FILE("root/f", "1"),
            PLANT_DIRECTORY("root/sub", 0755),
            PLANT_FILE("root/sub/f", "22"),
            PLANT_DIRECTORY("root/sub/deep", 0755),
            PLANT_FILE("root/sub/deep/f", "333"),
            PLANT_SYMLINK("root/link", "f"),
            PLANT_SYMLINK("root/sub/near", "f"),
            PLANT_SYMLINK("root/sub/back", "../link"),
            PLANT_SYMLINK("root/far", "./sub//deep"),
            PLANT_SYMLINK("root/sub/deep/far", "../../far"),
            PLANT_SYMLINK("root/sub/deep/top", "../.."),
            START(),
            CONNECT(0),
            OPENS(0, "link"),
            OPENS(0, "sub/near"),
            OPENS(0, "sub/back"),
            OPENS(0, "far/f"),
            OPENS(0, "far/../f"),
            OPENS(0, "far/../../f"),
            OPENS(0, "far/../back"),
            OPENS(0, "sub/deep/far/f"),
            OPENS(0, "sub/deep/top/f"),
            OPENS(0, "far/far/top/far/top/sub/back"),
        },
    },
    {
        .name = "server-open-swap",
        .title = "a directory, a file and a link out change places meanwhile: "
                 "never out",
        .rules = "P2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-open-links-out",
        .why = "Between a look at the name and the opening of it there is "
               "always a moment. Who can rename below ROOT tries until he "
               "meets it: mail servers, package managers and container "
               "engines have all been caught that way.",
        .hints = {
            "How many times does your server hand the name, or a part of "
            "it, to the kernel? What if it leads elsewhere the second time?",
            "A check and an opening must be one step. lstat() or realpath() "
            "before open() is a check of something else.",
            "One openat2() with RESOLVE_BENEATH decides; from then on only "
            "the descriptor counts: fstat(), and open() of "
            "/proc/self/fd/N. Where a rename comes in between, openat2() "
            "may say EAGAIN: try again.",
        },
        .man = "openat2(2) rename(2) symlink(7)",
        .payload = { TEXT(30), TEXT(30) },
        .steps = {
            PLANT_DIRECTORY("outside", 0755),
            PLANT_FILE("outside/f", "{0}"),
            PLANT_DIRECTORY("root/sub", 0755),
            PLANT_FILE("root/sub/f", "{1}"),
            PLANT_SYMLINK("root/sub.other", "../outside"),
            PLANT_FILE("root/f", "{1}"),
            PLANT_SYMLINK("root/f.other", "../outside/f"),
            START(),
            CONNECT(0),
            OPENS(0, "sub/f"),
            REPEAT(50),
            SWAP(0, "root/sub", "open sub/f\n"),
            EXPECT_FILE_OR(0, "root/sub/f", SWAPPED),
            SWAP(0, "root/f", "open f\n"),
            EXPECT_FILE_OR(0, "root/f", SWAPPED),
            AGAIN(),
            OPENS(0, "f"),
        },
    },
};
