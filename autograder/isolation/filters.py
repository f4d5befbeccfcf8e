"""The seccomp programs: which system calls learners' code may not make, whatever else it gets hold of.

They are compiled here, on the trusted side: inside there is no libseccomp to be found. What LangGraph,
SQLite, threads and asyncio need is allowed; what could reach another process or the machine is refused with
EPERM, so that honest code which tries it sees a `PermissionError` and not a dead process.
"""

from __future__ import annotations

import contextlib
import errno
import socket
from functools import cache

from autograder.inside.walls import OWN_PID
from autograder.limits import Needs

_OTHERS = """
    ptrace process_vm_readv process_vm_writev process_madvise process_mrelease kcmp pidfd_open pidfd_getfd
    pidfd_send_signal move_pages migrate_pages ioprio_set tkill
"""
_MACHINE = """
    mount umount2 pivot_root chroot unshare setns move_mount fsopen fsmount fsconfig fspick open_tree
    mount_setattr swapon swapoff reboot kexec_load kexec_file_load init_module finit_module delete_module
    bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register add_key request_key
    keyctl acct quotactl syslog settimeofday clock_settime adjtimex clock_adjtime sethostname
    setdomainname iopl ioperm name_to_handle_at open_by_handle_at fanotify_init lookup_dcookie personality
    modify_ldt vhangup nfsservctl
"""
_MEMORY = """
    vmsplice memfd_create memfd_secret shmget shmat shmctl msgget semget mq_open
"""
_SELF = """
    seccomp setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid capset
    landlock_create_ruleset landlock_add_rule landlock_restrict_self
"""
_NEW_NAMESPACES = (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)
_THREAD = 0x10000  # CLONE_THREAD
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C  # put words into a terminal


@cache
def compiled(needs: Needs, *, own_processes: bool) -> str:
    """Return the program for what an exercise needs, in hexadecimal. It takes 3 ms to make one.

    `own_processes`: there is a process namespace, so that no signal can reach anybody else.

    Raises:
        OSError: there is no libseccomp on this machine.
    """
    import tempfile

    import pyseccomp

    arg, refuse = pyseccomp.Arg, pyseccomp.ERRNO(errno.EPERM)
    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)

    def deny(name: str, *conditions: pyseccomp.Arg) -> None:
        # not every machine's libseccomp, and not every processor, has every call
        with contextlib.suppress(OSError, ValueError, RuntimeError):
            rules.add_rule(refuse, name, *conditions)

    for name in f"{_OTHERS} {_MACHINE} {_MEMORY} {_SELF}".split():
        deny(name)
    rules.add_rule(
        pyseccomp.ERRNO(errno.ENOSYS), "clone3"
    )  # its flags are out of sight; `clone` is used then
    for flag in _NEW_NAMESPACES:
        deny("clone", arg(0, pyseccomp.MASKED_EQ, flag, flag))
    if not needs.processes:
        deny("clone", arg(0, pyseccomp.MASKED_EQ, _THREAD, 0))
        for name in ("fork", "vfork", "execve", "execveat"):
            deny(name)
    if needs.server:
        deny("socket", arg(0, pyseccomp.NE, int(socket.AF_INET)))
        deny("socket", arg(1, pyseccomp.MASKED_EQ, 0xF, int(socket.SOCK_DGRAM)))
        deny("socket", arg(1, pyseccomp.MASKED_EQ, 0xF, int(socket.SOCK_RAW)))
    else:
        deny("socket")
    if not own_processes or not needs.processes:
        own = int.from_bytes(OWN_PID, "little")
        for name in ("kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"):
            deny(name, arg(0, pyseccomp.NE, own))
    if own_processes:  # the first process of a namespace is deaf to its own SIGKILL
        rules.add_rule(pyseccomp.KILL_PROCESS, "kill", arg(0, pyseccomp.EQ, 1), arg(1, pyseccomp.EQ, 9))
    for name in ("prlimit64", "sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr"):
        deny(name, arg(0, pyseccomp.NE, 0))
    for place in (0, 1):
        deny("setpriority", arg(place, pyseccomp.NE, 0))
    for request in (_TIOCSTI, _TIOCLINUX):
        deny("ioctl", arg(1, pyseccomp.EQ, request))
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read().hex()
