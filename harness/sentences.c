#include "steps.h"

/*
 * A mark is `$` and a letter:
 *   $P the peer or peers      $s the ending of the verb that follows them
 *   $p the path               $t the text, shown
 *   $n the number             $o the number as a mode
 *   $L the number as a peer   $T the number as a type of socket
 *   $S the number as a signal $X the number as a way to end
 *   $c the count              $z the size
 *   $w ", with" and the text, where there is one
 *   $a ", or" and the text, where there is one
 *   $k the number as a count of bytes, which a repetition may give
 *   $m the number as what may be attached
 *   $h the number as a hand   $H the size as a hand
 *   $u whose process a hand is
 */
const char *const steps_sentences[SCENARIO_VERB_COUNT] = {
    [VERB_PLANT_FILE] = "a file $p is put there, holding $t",
    [VERB_PLANT_DIRECTORY] = "a directory $p is put there, mode $o",
    [VERB_PLANT_SPARSE] = "a file $p of $n bytes is put there",
    [VERB_PLANT_FIFO] = "a FIFO $p is put there",
    [VERB_PLANT_SYMLINK] = "a symbolic link $p to $t is put there",
    [VERB_PLANT_STALE] = "a socket file $p is left there by a server that has "
                         "gone",
    [VERB_PLANT_BOUND] = "$P bind$s a $Tsocket to $p and never listen$s",
    [VERB_REMOVE] = "$p is removed",
    [VERB_CHMOD] = "$p gets mode $o",
    [VERB_FILE_SAME] = "$p must be untouched",
    [VERB_FILE_GONE] = "$p must be gone",
    [VERB_FILE_SOCKET] = "$p must be a socket",
    [VERB_TIDY] = "nothing but the address may have been created",
    [VERB_START] = "the program is started",
    [VERB_FEED] = "the program's stdin gets $t",
    [VERB_END_INPUT] = "the program's stdin ends",
    [VERB_SIGNAL] = "the program is sent $S",
    [VERB_STOP] = "every process of the program is stopped",
    [VERB_STOP_MAIN] = "the program's first process is stopped",
    [VERB_CONTINUE] = "the program is let run on",
    [VERB_HOLD_AT_SEND] = "the program is started, and held right before it "
                          "first sends",
    [VERB_HOLD_AT_CONNECT] = "the program is started, and held right before it "
                             "first connects",
    [VERB_HOLD_AFTER_BIND] = "the program is started, and held right after it "
                             "first binds a socket to a path",
    [VERB_HOLD_AT_LISTEN] = "the program is started, and held right before it "
                            "first listens",
    [VERB_START_APART] = "the program is started as process 1 of a pid "
                         "namespace of its own",
    [VERB_START_CLOSED] = "the program is started with stdin closed",
    [VERB_UMASK] = "the program is to start with umask $o",
    [VERB_MODE] = "$p, where it exists, must have mode $o",
    [VERB_MODE_WITHIN] = "$p, where it exists, must have no bits beyond mode "
                         "$o",
    [VERB_RELEASE] = "the program is let go",
    [VERB_LIMIT_DESCRIPTORS] = "the program can get $n more descriptors",
    [VERB_UNLIMIT_DESCRIPTORS] = "the program can get descriptors again",
    [VERB_SETTLE] = "the program does what it has to and sleeps",
    [VERB_COUNT] = "the program's descriptors and processes are counted",
    [VERB_COUNT_SAME] = "the program must be back at as many descriptors and "
                        "processes",
    [VERB_MEMORY_SAME] = "the program must be back at as much memory, and $n "
                         "KiB more at most",
    [VERB_PEAK_SAME] = "the program must not have asked for $n KiB of memory "
                       "more than it had",
    [VERB_CLOCK] = "the clock starts: the program has $n ms",
    [VERB_NOT_BEFORE] = "that time must have passed",
    [VERB_CLOEXEC] = "every descriptor above 2 must be close-on-exec",
    [VERB_STDOUT] = "the program prints $t",
    [VERB_STDOUT_EACH] = "the program prints $t, $c in all, in any order",
    [VERB_STDOUT_END] = "the program prints nothing more",
    [VERB_COMPLAINS] = "the program complains in a line on stderr$w",
    [VERB_SAYS] = "the program says $t on stderr",
    [VERB_QUIET] = "the program must have said nothing on stderr",
    [VERB_USAGE] = "the program prints a usage line on stderr",
    [VERB_EXIT] = "the program $X",
    [VERB_ENDS] = "the program ends",
    [VERB_ALIVE] = "the program must still run",
    [VERB_STAYS] = "the program must not end, nor give up waiting",
    [VERB_SERVES] = "$P has a good exchange with the server",
    [VERB_REACHABLE] = "$P must still be reached at the address",
    [VERB_LISTEN] = "$P listen$s, backlog $n",
    [VERB_ACCEPT] = "$P accept$s the next connection to $L",
    [VERB_ACCEPT_TALKER] = "$P accept$s the next connection to $L that says "
                           "something",
    [VERB_NO_CONNECTION] = "nobody may be waiting to be accepted by $P",
    [VERB_CONNECT] = "$P connect$s",
    [VERB_BIND] = "$P bind$s a socket of its own to $p",
    [VERB_AUTOBIND] = "$P bind$s a socket of its own to an abstract address",
    [VERB_UNBOUND] = "$P make$s a socket without an address",
    [VERB_REFUSED] = "$P must find nobody at the address",
    [VERB_SEND_BUFFER] = "$P set$s a send buffer of $n bytes",
    [VERB_SEND] = "$P send$s $t",
    [VERB_SEND_PIECES] = "$P send$s $t, $n at a time",
    [VERB_SEND_SPLIT] = "$P send$s $t in two parts, the first of $k",
    [VERB_SEND_TIMES] = "$P send$s $t, $n of them",
    [VERB_SEND_TO] = "$P send$s $t to whom $L heard last",
    [VERB_INTRUDE] = "$P send$s $t to the program, wherever it has an address",
    [VERB_FLOOD] = "$P send$s $t and its like until nobody takes any more",
    [VERB_DRIP] = "$P send$s $t, a byte every $n ms, until it is disconnected",
    [VERB_SIP] = "$P read$s $z bytes every $n ms, until it is disconnected",
    [VERB_AWAIT] = "$P wait$s until there is something to read, and read$s "
                   "nothing",
    [VERB_EXPECT] = "$P expect$s $t",
    [VERB_EXPECT_PIECES] = "$P expect$s $t, and read$s it $n bytes at a time",
    [VERB_EXPECT_TIMES] = "$P expect$s $t, $n of them",
    [VERB_EXPECT_FLOOD] = "$P expect$s $t and its like, one for each that was "
                          "sent, or the first of them and the end",
    [VERB_EXPECT_DROPPED] = "$P expect$s to be disconnected, and read$s "
                            "nothing",
    [VERB_DRAIN] = "$P read$s all that has come",
    [VERB_DRAIN_TO] = "$P read$s what comes, up to $t",
    [VERB_OR_EXIT] = "$P wait$s for something to read, unless the program "
                     "$X",
    [VERB_EXPECT_END] = "$P expect$s the end of file",
    [VERB_EXPECT_CLOSED] = "$P expect$s the connection to be closed",
    [VERB_EXPECT_SILENCE] = "$P expect$s that all it sent is taken, and no "
                            "answer",
    [VERB_HALF_CLOSE] = "$P shut$s down the sending side",
    [VERB_CLOSE] = "$P close$s",
    [VERB_HAND] = "$h is started, another process that connects and sends, $u",
    [VERB_HAND_TAKES_NUMBER] = "$h is started with the process number that $H "
                               "had, $u",
    [VERB_HAND_ENDS] = "$h ends and is reaped",
    [VERB_HAND_ENDS_UNREAPED] = "$h ends and is not reaped yet",
    [VERB_CONNECT_AS] = "$P connect$s, by $h",
    [VERB_SEND_AS] = "$P send$s $t, by $h",
    [VERB_FORGE_AS] = "$P send$s $t, by $h, which claims to be $H",
    [VERB_REPEAT] = "$c times over:",
    [VERB_AGAIN] = "and over again",
    [VERB_OBSERVE] = "the kernel is looked at",
    [VERB_OBSERVED] = "so far it has come to this",
    [VERB_ATTACH] = "$P add$s a descriptor of $p to what it sends next",
    [VERB_ATTACH_COPIES] = "$P add$s $n descriptors of $p to what it sends "
                           "next",
    [VERB_ATTACH_AT] = "$P add$s a descriptor of $p to what it sends next, "
                       "its offset at $n",
    [VERB_ATTACH_MADE] = "$P add$s a descriptor of $m$w to what it sends "
                         "next",
    [VERB_HOARD] = "$P put$s so many descriptors on their way that the kernel "
                   "lets this user send no more",
    [VERB_RESIZE] = "$P send$s $t; what it attached shrinks to nothing and "
                    "grows to $n bytes, over and over, until there is an "
                    "answer",
    [VERB_SWAP] = "$P send$s $t; $p and $p.other change places and back, over "
                  "and over, until there is an answer",
    [VERB_OFFSET_SAME] = "the offset of what $P sent must be where it was",
    [VERB_EXPECT_EITHER] = "$P expect$s $t",
    [VERB_EXPECT_FILE] = "$P expect$s the size of $p, and with it one "
                         "descriptor, of that file and for reading only$a",
    [VERB_EXPECT_WITH] = "$P expect$s $t, and with it one descriptor of $p, "
                         "open for reading",
};
