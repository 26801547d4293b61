/**
 * @file filter.h
 * System call filters, with which a test shows the harness a kernel that lacks
 * something, or forbids what must never happen. They hold for the calling
 * process and what it starts, for good.
 */
#ifndef FILTER_H
#define FILTER_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/** The kernel answers with this errno, and does nothing; 0 is success. */
#define FILTER_ANSWER(error) (SECCOMP_RET_ERRNO | (uint32_t)(error))

static int filter_install(struct sock_filter *code, size_t length)
{
    const struct sock_fprog program = { .len = (unsigned short)length,
                                        .filter = code };

    if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) < 0)
        return -1;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0U, &program);
}

/** Calls of this number get `action`, where their first argument is `first` or
 *  `any` is not 0. */
static int filter_call(long number, int any, uint32_t first, uint32_t action)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 3),
        /* The lower half: little-endian machines. */
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, first, 0, any ? 0 : 1),
        BPF_STMT(BPF_RET | BPF_K, action),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };

    return filter_install(code, sizeof code / sizeof *code);
}

#endif
