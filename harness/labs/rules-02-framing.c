#include "labs/02-framing.h"

const struct rule framing_rules[] = {
    { "F1", "A connection carries any number of frames. Each frame is "
            "answered, in order, by a frame with the payload's bytes "
            "reversed." },
    { "F2", "However the bytes arrive (one at a time, split inside the "
            "length, several frames in one read), the answers are the same." },
    { "F3", "However slowly the peer takes the answer, all of it is "
            "delivered (short writes), within F8." },
    { "F4", "N = 0 is a frame: its answer is an empty frame." },
    { "F5", "N > 65536: no answer; `server: frame of N bytes refused` on "
            "stderr, from the length alone; the connection is closed. Memory "
            "for N is never allocated." },
    { "F6", "EOF between frames: close. EOF inside a frame: `server: "
            "truncated frame` on stderr, no answer to it, close. Answers "
            "already due are delivered first. A reset, or a peer gone when "
            "its answer is sent: close, with at most one line on stderr, "
            "free text. (After the last answer a peer may see a reset in "
            "place of an end of file, where it sent more than the server "
            "read.)" },
    { "F7", "Half-close: a peer that shuts down its writing side still gets "
            "every answer it is due, then EOF." },
    { "F8", "A frame must arrive whole within TIMEOUT_MS of the moment its "
            "first byte was read (or, where it was read along with an "
            "earlier frame, of the moment the answer before it was taken: "
            "either will do), and its answer must be taken whole (accepted "
            "by the kernel) within TIMEOUT_MS of the moment the frame was "
            "whole or the answer before it was taken, whichever is later; "
            "else the peer is disconnected, with one line on stderr. The "
            "clock is per frame, not per byte. A connection that is silent "
            "between frames for TIMEOUT_MS is closed quietly. A peer that "
            "fills the buffers in both directions before it takes answers "
            "may be disconnected under this rule, or served; it is never "
            "waited for beyond it." },
    { "F9", "Connections are served one after another (or at once, as S7). "
            "Out of descriptors: as S8." },
    { "F10", "One connection, made at the start; nobody there: C3, exit 1. "
             "For each line of stdin, an empty one too, sends a frame with "
             "the line without its newline and reads one frame back; prints "
             "`reply: ` and its payload, then a newline. A line longer than "
             "65536 bytes: as S13." },
    { "F11", "An answer that is cut short, too long (N > 65536; refused from "
             "its length alone), or missing: C3, exit 1, and what was "
             "received of it is not printed. An answer already queued when "
             "the send fails: printed, or C3." },
    { "F12", "No whole answer within TIMEOUT_MS of the end of sending, or no "
             "connection within TIMEOUT_MS, or a frame that cannot be sent "
             "within TIMEOUT_MS: `client: no reply within 2000 ms` (or what "
             "it is), exit 1." },
    { "F13", "After stdin's EOF it shuts down its writing side, and exits 0 "
             "once the server closes (whatever else it sends), or after "
             "TIMEOUT_MS." },
};
