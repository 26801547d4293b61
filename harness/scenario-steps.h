/**
 * @file scenario-steps.h
 * The steps as they stand in a table: one macro a verb, or several. To be
 * included by scenario.h alone.
 */
#ifndef SCENARIO_STEPS_H
#define SCENARIO_STEPS_H

/* clang-format off */
#define STEP_(v, ...) { .verb = VERB_##v, .line = __LINE__, __VA_ARGS__ }
#define STEP_BARE_(v) { .verb = VERB_##v, .line = __LINE__ }
#define STEP_TEXT_(t) .text = (t), .length = sizeof(t) - 1

#define TEXT(n)   { PAYLOAD_TEXT, (n) }
#define BINARY(n) { PAYLOAD_BINARY, (n) }
#define ROUTE(n)   { PAYLOAD_PATH, (n) }

/* Put something into the private directory before the program starts. */
#define PLANT_FILE(p, t)      STEP_(PLANT_FILE, .path = (p), STEP_TEXT_(t))
#define PLANT_DIRECTORY(p, m) STEP_(PLANT_DIRECTORY, .path = (p), .number = (m))
/** A file of so many bytes, all of them NUL and none of them on the disk. */
#define PLANT_SPARSE(p, n)    STEP_(PLANT_SPARSE, .path = (p), .number = (n))
#define PLANT_FIFO(p)         STEP_(PLANT_FIFO, .path = (p))
#define PLANT_SYMLINK(p, t)   STEP_(PLANT_SYMLINK, .path = (p), STEP_TEXT_(t))
/** A socket file whose owner has gone. */
#define PLANT_STALE(p)        STEP_(PLANT_STALE, .path = (p))
/** A socket of this type (0: the lab's), bound by `peer`, which keeps it and
 *  never listens; or (-1) of another type than the lab's and live. */
#define PLANT_BOUND(peer_, p, type) \
    STEP_(PLANT_BOUND, .peer = (peer_), .path = (p), .number = (type))
#define REMOVE(p)             STEP_(REMOVE, .path = (p))
#define CHMOD(p, m)           STEP_(CHMOD, .path = (p), .number = (m))
/** What was planted (or listened on) there is still there, unchanged. */
#define FILE_SAME(p)          STEP_(FILE_SAME, .path = (p))
#define FILE_GONE(p)          STEP_(FILE_GONE, .path = (p))
#define FILE_SOCKET(p)        STEP_(FILE_SOCKET, .path = (p))
/** Nothing stands in or beside the private directory but what was planted,
 *  the address, and the address with `.lock`. */
#define TIDY()                STEP_BARE_(TIDY)
/** The same, but within the private directory anything may stand. */
#define CONFINED()            STEP_(TIDY, .number = 1)

/** Starts the program with the scenario's args. It may be started again. */
#define START()               STEP_BARE_(START)
/** Puts this into the program's stdin. */
#define FEED(t)               STEP_(FEED, STEP_TEXT_(t))
#define END_INPUT()           STEP_BARE_(END_INPUT)
/** To the process that was started; SIGKILL to all its descendants too, and it
 *  waits until they have gone. */
#define SIGNAL(n)             STEP_(SIGNAL, .number = (n))
/** Stops every process of the program, and waits until all are stopped. */
#define STOP()                STEP_BARE_(STOP)
/** Stops the process that was started, not its children. */
#define STOP_MAIN()           STEP_BARE_(STOP_MAIN)
#define CONTINUE()            STEP_BARE_(CONTINUE)
/** Starts the program and holds it right before it first sends on a socket. */
#define HOLD_AT_SEND()        STEP_BARE_(HOLD_AT_SEND)
/** The same, right before it first connects. */
#define HOLD_AT_CONNECT()     STEP_BARE_(HOLD_AT_CONNECT)
/** The same, right after it has first bound a socket to a path, which need not
 *  be the address. */
#define HOLD_AFTER_BIND()     STEP_BARE_(HOLD_AFTER_BIND)
/** The same, right before it first listens. */
#define HOLD_AT_LISTEN()      STEP_BARE_(HOLD_AT_LISTEN)
/** Starts it in a pid namespace of its own: it is process 1 there, and knows no
 *  number of any peer. */
#define START_APART()         STEP_BARE_(START_APART)
/** Starts it with its stdin closed: descriptor 0 is free. */
#define START_CLOSED()        STEP_BARE_(START_CLOSED)
/** The next start has this file mode mask, and not 022. */
#define UMASK(m)              STEP_(UMASK, .number = (m))
/** What stands there, if anything does, has exactly this mode. */
#define MODE(p, m)            STEP_(MODE, .path = (p), .number = (m))
/** The same, or fewer bits of it. */
#define MODE_WITHIN(p, m)     STEP_(MODE_WITHIN, .path = (p), .number = (m))
#define RELEASE()             STEP_BARE_(RELEASE)
/** No process of the program can get another descriptor from now on. */
#define LIMIT_DESCRIPTORS()   STEP_BARE_(LIMIT_DESCRIPTORS)
/** The same, but so many more. */
#define LIMIT_DESCRIPTORS_BUT(n) STEP_(LIMIT_DESCRIPTORS, .number = (n))
#define UNLIMIT_DESCRIPTORS() STEP_BARE_(UNLIMIT_DESCRIPTORS)
/** Waits until the program has done what it had to and is asleep; it fails
 *  where the program spins instead. */
#define SETTLE()              STEP_BARE_(SETTLE)
/** Settles, and notes how many descriptors and processes the program has. */
#define COUNT()               STEP_BARE_(COUNT)
/** The program comes back to what was noted. */
#define COUNT_SAME()          STEP_BARE_(COUNT_SAME)
/** The program's memory (anonymous and resident, all processes) comes back to
 *  what COUNT noted, and `kib` more. */
#define MEMORY_SAME(kib)      STEP_(MEMORY_SAME, .number = (kib))
/** The most address space it ever had is what COUNT noted, and `kib` more. */
#define PEAK_SAME(kib)        STEP_(PEAK_SAME, .number = (kib))
/** The clock of a rule starts: from here on the program has `ms`. Before what
 *  starts it; waits last 20 times as long at most, and a wait in which the
 *  program sleeps that long fails. */
#define CLOCK(ms)             STEP_(CLOCK, .number = (ms))
/** That time has passed since CLOCK: what was seen did not come too soon. */
#define NOT_BEFORE()          STEP_BARE_(NOT_BEFORE)
/** Settles; every descriptor above 2 is close-on-exec. */
#define CLOEXEC()             STEP_BARE_(CLOEXEC)
/** stdout goes on with exactly this. */
#define STDOUT(t)             STEP_(STDOUT, STEP_TEXT_(t))
/** stdout goes on with this for {i} = 0 .. n-1, each once, in any order. */
#define STDOUT_EACH(n, t)     STEP_(STDOUT_EACH, .count = (n), STEP_TEXT_(t))
/** Settles or ends; stdout holds nothing more. */
#define STDOUT_END()          STEP_BARE_(STDOUT_END)
/** A line on stderr of the form `PROGRAM: WHAT: ...` that holds this text. */
#define COMPLAINS(t)          STEP_(COMPLAINS, STEP_TEXT_(t))
/** A line on stderr, not empty, of any form. */
#define COMPLAINS_FREELY()    STEP_(COMPLAINS, .number = 1, STEP_TEXT_(""))
/** A line on stderr that is exactly this. */
#define SAYS(t)               STEP_(SAYS, STEP_TEXT_(t))
/** Settles or ends; there is nothing on stderr. */
#define QUIET()               STEP_BARE_(QUIET)
/** A line on stderr with the word "usage". */
#define USAGE()               STEP_BARE_(USAGE)
#define EXIT(n)               STEP_(EXIT, .number = (n))
/** The program ends, with whatever status; settles. */
#define ENDS()                STEP_BARE_(ENDS)
/** Settles; the program has not ended. */
#define ALIVE()               STEP_BARE_(ALIVE)
/** The program does not end by itself: it waits for ever, or longer than any
 *  clock of the harness. */
#define STAYS()               STEP_BARE_(STAYS)

/** Peer has one good exchange with the server, as lab.serves has it, and
 *  closes. The scenario's payload 0 is its message. */
#define SERVES(p)             STEP_(SERVES, .peer = (p))
/** A visitor still reaches the listening peer through the address. */
#define REACHABLE(l)          STEP_(REACHABLE, .peer = (l))
/** Peer listens at the address; it holds backlog + 1 connections. A datagram
 *  socket is bound there only, and hears whoever sends to it; what it sends
 *  goes to the one it heard last. */
#define LISTEN(p, backlog)    STEP_(LISTEN, .peer = (p), .number = (backlog))
/** Peer becomes the next connection to the listening peer. */
#define ACCEPT(p, listener)   STEP_(ACCEPT, .peer = (p), .number = (listener))
/** The same; connections that end without a byte are passed over. */
#define ACCEPT_TALKER(p, l)   STEP_(ACCEPT_TALKER, .peer = (p), .number = (l))
/** Settles; nobody waits to be accepted, but for connections that have ended
 *  without a byte. */
#define NO_CONNECTION(l)      STEP_(NO_CONNECTION, .peer = (l))
/** Peer connects to the address. The first of a scenario waits until the
 *  server can be connected to. A datagram socket is bound to an address that
 *  the kernel picks, and connected: it hears nobody but the server. */
#define CONNECT(p)            STEP_(CONNECT, .peer = (p))
#define CONNECT_ALL(p, n)     STEP_(CONNECT, .peer = (p), .count = (n))
/** Datagrams only. Peer has a socket that is not connected, so that it hears
 *  anybody: bound to a path, to an address that the kernel picks, or not at
 *  all. What it sends goes to the address. The path may have 108 bytes; behind
 *  an `@` it is a name in the abstract namespace, 8 bytes of it made unique. */
#define BIND(peer_, p)        STEP_(BIND, .peer = (peer_), .path = (p))
#define AUTOBIND(p)           STEP_(AUTOBIND, .peer = (p))
#define AUTOBIND_ALL(p, n)    STEP_(AUTOBIND, .peer = (p), .count = (n))
#define UNBOUND(p)            STEP_(UNBOUND, .peer = (p))
/** Nobody can be connected to at the address. */
#define REFUSED(p)            STEP_(REFUSED, .peer = (p))
#define SEND_BUFFER(p, n)     STEP_(SEND_BUFFER, .peer = (p), .number = (n))
/** On a message socket, one message; an empty text is an empty one. */
#define SEND(p, t)            STEP_(SEND, .peer = (p), STEP_TEXT_(t))
#define SEND_ALL(p, n, t)     STEP_(SEND, .peer = (p), .count = (n), STEP_TEXT_(t))
/** `size` bytes at a time; the program takes each piece before the next goes. */
#define SEND_PIECES(p, size, t) \
    STEP_(SEND_PIECES, .peer = (p), .number = (size), STEP_TEXT_(t))
/** In two sends: `at` bytes, and, once the program has taken them, the rest.
 *  With SPLIT_HERE the first has {n+1} bytes: one boundary a repetition. */
#define SEND_SPLIT(p, at, t)  STEP_(SEND_SPLIT, .peer = (p), .number = (at), STEP_TEXT_(t))
#define SPLIT_HERE            (-1)
/** `times` copies, {n} counting; on a stream in one send. */
#define SEND_TIMES(p, times, t) \
    STEP_(SEND_TIMES, .peer = (p), .number = (times), STEP_TEXT_(t))
/** To whom peer q heard last. */
#define SEND_TO(p, q, t)      STEP_(SEND_TO, .peer = (p), .number = (q), STEP_TEXT_(t))
/** To every address that a datagram socket of the program has just now; to
 *  nobody where there is none. */
#define INTRUDE(p, t)         STEP_(INTRUDE, .peer = (p), STEP_TEXT_(t))
/** Copies, {n} counting, until nobody takes any more, the connection ends, or
 *  `most` are sent, which fails where `most` is below 0 (then it is its
 *  negative). The peer reads nothing meanwhile. */
#define FLOOD(p, most, t)     STEP_(FLOOD, .peer = (p), .number = (most), STEP_TEXT_(t))
/** One byte every `ms` milliseconds, until the connection is closed; fails if
 *  it is not within 20 times the CLOCK. */
#define DRIP(p, ms, t)        STEP_(DRIP, .peer = (p), .number = (ms), STEP_TEXT_(t))
/** Reads so many bytes every `ms` milliseconds, and forgets them, until the
 *  connection is closed; as DRIP. */
#define SIP(p, ms, bytes)     STEP_(SIP, .peer = (p), .number = (ms), .size = (bytes))
/** Waits until the peer could read something, and reads nothing. */
#define AWAIT(p)              STEP_(AWAIT, .peer = (p))
/** The peer's next bytes are exactly these; on a message socket, its next
 *  message is. */
#define EXPECT(p, t)          STEP_(EXPECT, .peer = (p), STEP_TEXT_(t))
#define EXPECT_ALL(p, n, t)   STEP_(EXPECT, .peer = (p), .count = (n), STEP_TEXT_(t))
/** The same, read `size` bytes at a time; the program comes to rest before each
 *  next piece. */
#define EXPECT_PIECES(p, size, t) \
    STEP_(EXPECT_PIECES, .peer = (p), .number = (size), STEP_TEXT_(t))
/** `times` copies, {n} counting. */
#define EXPECT_TIMES(p, times, t) \
    STEP_(EXPECT_TIMES, .peer = (p), .number = (times), STEP_TEXT_(t))
/** A copy, {n} counting, for each that FLOOD has sent, in order; or, where the
 *  connection is closed, for the first so many. */
#define EXPECT_FLOOD(p, t)    STEP_(EXPECT_FLOOD, .peer = (p), STEP_TEXT_(t))
/** The connection is closed by the program; nothing is read. */
#define EXPECT_DROPPED(p)     STEP_(EXPECT_DROPPED, .peer = (p))
/** Reads all that has come, and forgets it. */
#define DRAIN(p)              STEP_(DRAIN, .peer = (p))
/** Reads and forgets messages until this one has come. */
#define DRAIN_TO(p, t)        STEP_(DRAIN_TO, .peer = (p), STEP_TEXT_(t))
/** Waits until the peer can read something, or the program has ended with this
 *  status: then the next `skip` steps are passed over. */
#define OR_EXIT(p, status, skip) \
    STEP_(OR_EXIT, .peer = (p), .number = (status), .size = (skip))
/** Then the end of file, and nothing before it. On SOCK_SEQPACKET an empty
 *  record is none. */
#define EXPECT_END(p)         STEP_(EXPECT_END, .peer = (p))
#define EXPECT_END_ALL(p, n)  STEP_(EXPECT_END, .peer = (p), .count = (n))
/** Then the end of file or a reset. */
#define EXPECT_CLOSED(p)      STEP_(EXPECT_CLOSED, .peer = (p))
/** Settles; the program has taken all that was sent, and answers nothing. */
#define EXPECT_SILENCE(p)     STEP_(EXPECT_SILENCE, .peer = (p))
#define HALF_CLOSE(p)         STEP_(HALF_CLOSE, .peer = (p))
#define CLOSE(p)              STEP_(CLOSE, .peer = (p))
#define CLOSE_ALL(p, n)       STEP_(CLOSE, .peer = (p), .count = (n))

/** Opens what stands at the path, with the flags of open(2), and attaches the
 *  descriptor to what the peer sends next: it travels with the first byte. One
 *  after the other, several can be attached. Opening never waits. */
#define ATTACH(peer_, p, flags) \
    STEP_(ATTACH, .peer = (peer_), .path = (p), .size = (flags))
/** `n` descriptors of it, all of one open file description. */
#define ATTACH_COPIES(peer_, p, flags, n) \
    STEP_(ATTACH_COPIES, .peer = (peer_), .path = (p), .size = (flags), .number = (n))
/** The same, with the offset moved. */
#define ATTACH_AT(peer_, p, flags, at) \
    STEP_(ATTACH_AT, .peer = (peer_), .path = (p), .size = (flags), .number = (at))
/** A file in memory that holds the text. */
#define ATTACH_MEMORY(p, t) \
    STEP_(ATTACH_MADE, .peer = (p), .number = ATTACHMENT_MEMORY, STEP_TEXT_(t))
/** The same, sealed: it can be neither changed nor made to shrink. */
#define ATTACH_SEALED(p, t) \
    STEP_(ATTACH_MADE, .peer = (p), .number = ATTACHMENT_SEALED, STEP_TEXT_(t))
#define ATTACH_SOCKET(p)      STEP_(ATTACH_MADE, .peer = (p), .number = ATTACHMENT_SOCKET)
#define ATTACH_PIPE(p)        STEP_(ATTACH_MADE, .peer = (p), .number = ATTACHMENT_PIPE)
/** So many descriptors of the program's user are on their way from now on that
 *  the kernel refuses it to send one more (ETOOMANYREFS); until the peer is
 *  closed. */
#define HOARD(p)              STEP_(HOARD, .peer = (p))
/** The peer sends the text, and until it could read an answer what it attached
 *  last shrinks to nothing and grows back to `n` bytes, over and over. */
#define RESIZE(p, n, t)       STEP_(RESIZE, .peer = (p), .number = (n), STEP_TEXT_(t))
/** The peer sends the text, and until it could read an answer what stands at
 *  the path, and at the path with `.other` behind it, changes places and back,
 *  over and over. */
#define SWAP(peer_, p, t) \
    STEP_(SWAP, .peer = (peer_), .path = (p), STEP_TEXT_(t))
/** The offset of what the peer attached last is where it was. */
#define OFFSET_SAME(p)        STEP_(OFFSET_SAME, .peer = (p))
/** The peer's next bytes, or its next message, are exactly one of these, which
 *  `|` separates. */
#define EXPECT_EITHER(p, t)   STEP_(EXPECT_EITHER, .peer = (p), STEP_TEXT_(t))
/** `+SIZE` and a newline, and with the first byte one descriptor: of the file
 *  that stands at the path, of its size, for reading only. */
#define EXPECT_FILE(peer_, p) STEP_(EXPECT_FILE, .peer = (peer_), .path = (p), STEP_TEXT_(""))
/** The same, or one of these, which `|` separates, without a descriptor. */
#define EXPECT_FILE_OR(peer_, p, t) \
    STEP_(EXPECT_FILE, .peer = (peer_), .path = (p), STEP_TEXT_(t))
/** Exactly this, and with the first byte one descriptor of the file that stands
 *  at the path, open for reading. */
#define EXPECT_WITH(peer_, p, t) \
    STEP_(EXPECT_WITH, .peer = (peer_), .path = (p), STEP_TEXT_(t))

/** Hand h, 1 to 9, is started: a process that connects and sends in the place
 *  of the harness. `w` is HAND_SAME, HAND_OTHER, ..., always the same for one
 *  hand. */
#define HAND(h, w)            STEP_(HAND, .number = (h), .who = (w))
/** The same, with the process number that hand `old` had, which has ended. */
#define HAND_TAKES_NUMBER(h, old, w) \
    STEP_(HAND_TAKES_NUMBER, .number = (h), .size = (old), .who = (w))
/** Hand h ends, and is reaped before the step is over. What it has connected
 *  stays connected. */
#define HAND_ENDS(h)          STEP_(HAND_ENDS, .number = (h))
/** The same, and it is a zombie, until HAND_ENDS reaps it. */
#define HAND_ENDS_UNREAPED(h) STEP_(HAND_ENDS_UNREAPED, .number = (h))
/** CONNECT by hand h, which keeps no copy: SO_PEERCRED at the other end is
 *  {pidN}, {uidN}, {gidN} for good. */
#define CONNECT_AS(p, h)      STEP_(CONNECT_AS, .peer = (p), .number = (h))
/** Hand h sends one message, or these bytes, on the connection of peer p:
 *  SCM_CREDENTIALS are {pidN}, {ruidN}, {rgidN}. Waits until all that p has
 *  sent before is on its way. */
#define SEND_AS(p, h, t)      STEP_(SEND_AS, .peer = (p), .number = (h), STEP_TEXT_(t))
/** The same, and claims to be hand q, by SCM_CREDENTIALS: allowed to HAND_ROOT
 *  alone. A send that is refused is noted, and no verdict. */
#define FORGE_AS(p, h, q, t) \
    STEP_(FORGE_AS, .peer = (p), .number = (h), .size = (q), STEP_TEXT_(t))

#define REPEAT(n)             STEP_(REPEAT, .count = (n))
#define AGAIN()               STEP_BARE_(AGAIN)
/** Ends lab.serves and lab.prepares. */
#define END()                 STEP_BARE_(END)

/** Looks at the kernel and tells what was seen (role NONE). */
#define OBSERVE(what)         STEP_(OBSERVE, .number = (what))
/** So far it has come to this: told where the scenario comes to this step. */
#define OBSERVED(t)           STEP_(OBSERVED, STEP_TEXT_(t))
/* clang-format on */

#endif
