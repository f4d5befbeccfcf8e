"""Lists the system calls that learners' code may not make, and those it takes for unknown.

What takes no part in these lists and in `filters` is allowed.
"""

from __future__ import annotations

import errno

_OTHERS = """
    ptrace process_vm_readv process_vm_writev kcmp move_pages migrate_pages ioprio_set tkill
"""
_MACHINE = """
    mount umount2 pivot_root chroot unshare setns swapon swapoff reboot kexec_load kexec_file_load
    init_module finit_module delete_module bpf perf_event_open userfaultfd add_key request_key keyctl acct
    quotactl syslog settimeofday clock_settime adjtimex clock_adjtime sethostname setdomainname iopl ioperm
    name_to_handle_at open_by_handle_at fanotify_init inotify_init inotify_init1 lookup_dcookie personality
    modify_ldt vhangup nfsservctl
"""
_MEMORY = """
    vmsplice memfd_create shmget shmat shmctl msgget semget mq_open
"""
_SELF = """
    seccomp setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid capset
"""
FOR_ALL = (*_OTHERS.split(), *_MACHINE.split(), *_MEMORY.split(), *_SELF.split())

_FIRST_NEW, _LAST_NEW = 424, 600
_NEW_AND_HARMLESS = {
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
NEW_CALLS = tuple(n for n in range(_FIRST_NEW, _LAST_NEW) if n not in _NEW_AND_HARMLESS)
"""Calls that came with Linux 5.1 or later, and those to come: since then every processor numbers them alike.

The machine's libseccomp may know no name for them; to learners' code, the kernel is older than they are.
Among them are io_uring, pidfds, the new mounts, Landlock, fchmodat2 and file_setattr.
"""

NEW_NAMESPACES = (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)

SLOWS_OTHERS = ("sync", "syncfs", "fadvise64")
"""What makes the whole machine write its disks, or read a file again that others use. Nothing is done, and no
error told: scratch files are in memory, and honest code may flush what it wrote."""

SET_TIMES = "utimensat"
MODES = ("chmod", "fchmod", "fchmodat")  #: nothing is done: `shutil.copy` must not fail for it
MARKS = {
    **dict.fromkeys(("chown", "fchown", "lchown", "fchownat", "utime", "utimes", "futimesat"), errno.EPERM),
    **dict.fromkeys(("setxattr", "lsetxattr", "fsetxattr"), errno.EPERM),
    **dict.fromkeys(("removexattr", "lremovexattr", "fremovexattr"), errno.EPERM),
}
"""What changes a file's times, owner or attributes, and its error."""
