"""Lists the system calls that learners' code may make: every other is refused.

They were found by tracing: all lessons, worked answers and near misses of this course make some 85 of them.
The others are what Python's standard library and the C library make for the same ends. What depends on how a
call is made is in `seccomp`.
"""

from __future__ import annotations

_FILES = """
    read readv write writev pread64 preadv preadv2 pwrite64 pwritev pwritev2 lseek _llseek
    open openat creat close dup dup2 dup3 pipe pipe2 flock
    stat stat64 lstat lstat64 fstat fstat64 newfstatat fstatat64 statx statfs statfs64 fstatfs fstatfs64
    access faccessat getdents getdents64 readlink readlinkat getcwd chdir fchdir umask
    mkdir mkdirat mknod mknodat rmdir unlink unlinkat rename renameat renameat2 link linkat symlink symlinkat
    truncate truncate64 ftruncate ftruncate64 fallocate fsync fdatasync
    getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr
"""
_MEMORY = "brk mmap mmap2 munmap mprotect mremap madvise msync mlock mlock2 munlock"
_THREADS = """
    exit exit_group futex gettid getpid getppid set_robust_list get_robust_list set_tid_address rseq
    membarrier arch_prctl wait4 waitid
    sched_yield sched_getaffinity sched_getparam sched_getscheduler sched_getattr sched_rr_get_interval
    sched_get_priority_max sched_get_priority_min getpriority getcpu
"""
_SIGNALS = """
    rt_sigaction rt_sigprocmask rt_sigpending rt_sigsuspend rt_sigtimedwait rt_sigreturn sigreturn sigaltstack
    pause alarm getitimer setitimer signalfd signalfd4 restart_syscall
"""
_WAITING = """
    poll ppoll select _newselect pselect6 eventfd eventfd2
    epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_wait epoll_pwait
    recvfrom recvmsg recvmmsg shutdown getsockopt setsockopt getsockname getpeername
"""
_TIME = "clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time times"
_ONESELF = """
    getuid geteuid getgid getegid getresuid getresgid getgroups getpgrp getpgid getsid setsid setpgid capget
    getrlimit setrlimit ugetrlimit getrusage sysinfo uname getrandom
"""
ALLOWED = tuple(f"{_FILES} {_MEMORY} {_THREADS} {_SIGNALS} {_WAITING} {_TIME} {_ONESELF}".split())

PROGRAMS = ("fork", "vfork", "execve", "execveat")
"""Allowed where an exercise needs processes of its own."""

_FIRST_NEW, _LAST_NEW = 424, 600
NEW_AND_ALLOWED = {
    436: "close_range",
    437: "openat2",
    439: "faccessat2",
    441: "epoll_pwait2",
    449: "futex_waitv",
    454: "futex_wake",
    455: "futex_wait",
    456: "futex_requeue",
    462: "mseal",
}
NEW_AND_UNKNOWN = tuple(n for n in range(_FIRST_NEW, _LAST_NEW) if n not in NEW_AND_ALLOWED)
"""Calls that came with Linux 5.1 or later, and those to come: since then every processor numbers them alike.

The machine's libseccomp may know no name for them. To learners' code, the kernel is older than they are, so
that libraries do without: io_uring, pidfds, the new mounts, Landlock, fchmodat2, clone3.
"""

ON_ONESELF = ("prlimit64", "sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr")
"""Allowed where the process that they are about, their first word, is 0: oneself."""

SLOWS_OTHERS = ("sync", "syncfs", "fadvise64")
"""What makes the whole machine write its disks, or read a file again that others use. Nothing is done, and no
error told: scratch files are in memory, and honest code may flush what it wrote."""

MODES = ("chmod", "fchmod", "fchmodat")
OWNERS = ("chown", "fchown", "lchown", "fchownat")
TIMES = ("utime", "utimes", "futimesat")
SET_TIMES = "utimensat"
"""Landlock lets them pass, on any file of the same user's: they are allowed where there are namespaces.
Elsewhere nothing is done of what `shutil.copy` must not fail for, and the rest is refused."""

DESCRIPTOR_COMMANDS = (*range(8), 36, 37, 38, 1030, 1031, 1032)
"""Of `fcntl`: flags, copies, locks, and a pipe's size. No lease, and no signal to others when data comes."""

DEVICE_COMMANDS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
"""Of `ioctl`: whether it's a terminal and how wide, how much there is to read, blocking and inheriting."""

PROCESS_OPTIONS = (3, 15, 16, 23, 38, 39, 0x53564D41)
"""Of `prctl`: names of threads and memory, and what one may. No death signal, and no way to hide from the
grader, which looks in `/proc` for files that were removed and take room."""
