#include "labs/03-datagram.h"

/* Finding the server, and a server that goes away. */
const struct scenario datagram_reach[] = {
    {
        .name = "client-path",
        .title = "a time limit and an address of 107 bytes: it finds the "
                 "server there",
        .rules = "C1 A4 D11",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "A client that can talk to one address only cannot talk to "
               "the test instance beside the real one. And the longest "
               "address that a server can have must be within its reach.",
        .hints = {
            "Where does your client take the address from when there is "
            "an option before it?",
            "getopt() leaves the index of the first operand in optind: "
            "argv[optind] where optind < argc, else the default. sun_path "
            "has room for 107 bytes and a NUL.",
            "while ((option = getopt(argc, argv, \"+t:\")) != -1) ...; if "
            "(optind < argc) path = argv[optind]; if (argc - optind > 1) "
            "it is wrong usage.",
        },
        .man = "getopt(3) unix(7) connect(2)",
        .by_hand = "./client -t 1000 $(printf './%0105d' 7)",
        .payload = { TEXT(24), TEXT(24), ROUTE(107) },
        .address = "{2}",
        .args = { "-t", "60000", "{path}" },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            REPLIES("0", "1"),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-time-zero",
        .title = "-t 0: out of range, so a usage line and exit status 2",
        .rules = "C2",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "Some programs read a limit of 0 as none at all, others as "
               "\"do not wait\". Who writes 0 means one of the two, and gets "
               "the other one at night. A limit that makes no sense is "
               "better refused.",
        .hints = {
            "What would your client do with a limit of no time?",
            "The least is 1, the most 86400000, a day: whatever is not in "
            "between is wrong usage, told before anything else happens.",
            "The kit's options_number(optarg, 1, 86400000) returns -1 for "
            "it: usage line on stderr, return 2.",
        },
        .man = "getopt(3) strtol(3)",
        .by_hand = "./client -t 0; echo $?",
        .args = { "-t", "0" },
        .steps = {
            LISTEN(9, 5),
            START(),
            EXIT(2),
            USAGE(),
            STDOUT_END(),
        },
    },
    {
        .name = "client-time-unit",
        .title = "-t 100ms: digits only, so a usage line and exit status 2",
        .rules = "C2",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "atoi() reads the digits and forgets the rest. Then \"100ms\" "
               "works, \"2s\" is two milliseconds, and \"1e3\" is one: a "
               "number is read whole or not at all.",
        .hints = {
            "What does your conversion do with the letters behind the "
            "digits?",
            "strtol() says where it stopped; that has to be the end of "
            "the text. And it takes blanks and a sign, which are no "
            "digits either.",
            "if (*text == '\\0' || text[strspn(text, \"0123456789\")] != "
            "'\\0') it is wrong usage; the kit's options_number() does "
            "just this.",
        },
        .man = "strtol(3) strspn(3) atoi(3)",
        .by_hand = "./client -t 100ms; echo $?",
        .args = { "-t", "100ms" },
        .steps = {
            LISTEN(9, 5),
            START(),
            EXIT(2),
            USAGE(),
            STDOUT_END(),
        },
    },
    {
        .name = "client-nobody",
        .title = "no file, then a file with nobody behind it: says so, exit "
                 "status 1",
        .rules = "D10 C3",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "\"No such file\" sends the administrator to look for the "
               "path, \"Connection refused\" to start the service. A client "
               "that waits for an answer from nobody, or gives one reason "
               "for everything, sends them nowhere.",
        .hints = {
            "Which call fails first when nobody is there, and with which "
            "errno?",
            "connect() looks the server up, for datagrams too: ENOENT "
            "without a file, ECONNREFUSED with a stale one. It is the end "
            "of the client, at the first line at the latest.",
            "fprintf(stderr, \"client: %s: %s\\n\", path, "
            "strerror(errno)); return 1; with errno kept from the close() "
            "in between.",
        },
        .man = "connect(2) strerror(3) errno(3)",
        .by_hand = "rm -f uds_socket3.txt; echo hello | ./client; timeout -s "
                   "KILL 1 socat UNIX-RECVFROM:uds_socket3.txt STDOUT; echo "
                   "hello | ./client",
        .payload = { TEXT(24) },
        .args = { "-t", "60000" },
        .steps = {
            START(),
            FEED("{0}\n"),
            EXIT(1),
            COMPLAINS("No such file or directory"),
            PLANT_STALE("{path}"),
            START(),
            FEED("{0}\n"),
            EXIT(1),
            COMPLAINS("Connection refused"),
            STDOUT_END(),
        },
    },
    {
        .name = "client-nobody-later",
        .title = "the server ends between two lines: says so, exit status 1",
        .rules = "D14 C3",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-nobody",
        .why = "Without a connection there is no end of file: nobody tells "
               "the client that its server is gone. It learns that from "
               "the next thing it tries, and has to look at what that "
               "returns.",
        .hints = {
            "What do your connect() or send() return at the second line?",
            "A socket that is still connected gets ECONNREFUSED from "
            "send(), a new one gets it from connect(). Either ends the "
            "client.",
            "Treat a failed send() like a failed connect(): one line with "
            "strerror(errno), exit 1. Only EAGAIN and EINTR are worth "
            "another try.",
        },
        .man = "send(2) connect(2) unix(7)",
        .payload = { TEXT(24), TEXT(24), TEXT(24) },
        .args = { "-t", "60000" },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            REPLIES("0", "1"),
            CLOSE(9),
            FEED("{2}\n"),
            EXIT(1),
            COMPLAINS("Connection refused"),
            STDOUT_END(),
        },
    },
    {
        .name = "client-refused",
        .title = "the server ends while the client waits for room: exit "
                 "status 1",
        .rules = "D14 D15 C3 C8",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-nobody-later",
        .why = "That connect() worked says that somebody was there then. A "
               "server that hangs and is killed leaves clients that stand "
               "in line: they are woken and told, and one that does not "
               "listen stands there for ever.",
        .hints = {
            "What does send() say when you try again after the wait?",
            "The server's end wakes whoever waits for room, and "
            "poll() says \"writable\". The next send() fails with "
            "ECONNREFUSED: no time-out, but the end.",
            "After the wait try again, and look at errno anew: EAGAIN and "
            "EINTR are worth another round, whatever else ends the client "
            "with a line and exit status 1.",
        },
        .man = "send(2) poll(2) connect(2)",
        .payload = { TEXT(24), TEXT(24) },
        .args = { "-t", "60000" },
        .steps = {
            LISTEN(9, 5),
            FULL_QUEUE("0"),
            START(),
            FEED("{1}\n"),
            SETTLE(),
            CLOSE(9),
            EXIT(1),
            COMPLAINS("Connection refused"),
            STDOUT_END(),
        },
    },
    {
        .name = "client-restart",
        .title = "a new server takes over between two lines: it is asked, or "
                 "exit 1",
        .rules = "D14",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-nobody-later",
        .why = "Servers are restarted, and their clients live on. A "
               "connected datagram socket stays with the old server: after "
               "one ECONNREFUSED it is connected to nobody, and whoever "
               "ignores that loses every message until the next reboot.",
        .hints = {
            "To whom is your socket connected after a restart?",
            "To the old socket, not to its name. A new one has to be "
            "connected to the name anew; or the client ends, and says why.",
            "Either a socket for each line, or on ECONNREFUSED and "
            "ENOTCONN a new socket and one more try, or exit 1 with the "
            "reason. Waiting for an answer is none of these.",
        },
        .man = "connect(2) send(2) unix(7)",
        .payload = { TEXT(24), TEXT(24), TEXT(24), TEXT(24) },
        .args = { "-t", "60000" },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            REPLIES("0", "1"),
            CLOSE(9),
            REMOVE("{path}"),
            LISTEN(9, 5),
            FEED("{2}\n"),
            OR_EXIT(9, 1, 5),
            REPLIES("2", "3"),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-vanished",
        .title = "the server ends with the line in hand: no reply in 1000 ms, "
                 "then exit 1",
        .rules = "D14 D13 C3",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-nobody-later",
        .why = "send() has succeeded, and that means: it stood in the "
               "queue. A server that dies over it dies silently, so "
               "without a time limit the client waits for ever for an "
               "answer from nobody.",
        .hints = {
            "What does a datagram socket report when the other end goes "
            "away? Look with poll().",
            "Nothing: no end of file, no hang-up. Only time tells, 1000 ms "
            "where no -t says otherwise. The next line then finds nobody.",
            "poll(&pfd, 1, left) before recv(); when it returns 0: "
            "\"client: no reply within 1000 ms\" on stderr, and read the "
            "next line.",
        },
        .man = "poll(2) recv(2) unix(7)",
        .payload = { TEXT(24), TEXT(24) },
        .steps = {
            LISTEN(9, 5),
            START(),
            CLOCK(1000),
            FEED("{0}\n"),
            EXPECT(9, "{0}"),
            CLOSE(9),
            SAYS("client: no reply within 1000 ms"),
            NOT_BEFORE(),
            FEED("{1}\n"),
            EXIT(1),
            COMPLAINS("Connection refused"),
            STDOUT_END(),
        },
    },
};
