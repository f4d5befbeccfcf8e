"""Attacks on other processes, on the machine, and on what holds the walls up."""

from autograder.sandbox.limits import Needs

from .zygotes import Attacks

others, memory, machine = Attacks("other processes"), Attacks("memory of others"), Attacks("the machine")


@others(control=True)
def a_signal(W, each):
    """SIGTERM to a process of the grader's user."""
    import os

    return each(lambda pid: os.kill(pid, 15), [W["victim"]])


@others()
def signals_to_the_grader(W, each):
    """kill, killpg, sigqueue, tgkill, tkill to the grader, the zygote, the parent, everybody."""
    import os
    import signal

    everybody = [W["grader"], W["zygote"], os.getppid(), 0, -1, -W["zygote"]]
    said = each(lambda pid: os.kill(pid, 0) or "REACHED", [pid for pid in everybody if pid != os.getpid()])
    return said + each(
        lambda pid: signal.pidfd_send_signal(os.pidfd_open(pid), 0) or "REACHED", [W["grader"]]
    )


@others()
def signals_by_other_calls(W, call):
    """tgkill, tkill, rt_sigqueueinfo, rt_tgsigqueueinfo, with the number of the process hidden in more bits."""
    import ctypes

    info = ctypes.create_string_buffer(128)
    one, pid = 1 << 32, W["victim"]
    return [
        call(234, pid, pid, 0), call(200, pid, 0), call(129, pid, 0, info), call(297, pid, pid, 0, info),
        call(62, one + pid, 0), call(234, one + pid, one + pid, 0),
    ]  # fmt: skip


@others(control=True)
def a_signal_by_data(W, each):
    """F_SETOWN and F_SETSIG: the kernel signals somebody when a pipe gets data."""
    import fcntl
    import os

    def arm(pid):
        here, there = os.pipe()
        fcntl.fcntl(here, 8, pid)
        fcntl.fcntl(here, 10, 9)
        fcntl.fcntl(here, fcntl.F_SETFL, os.O_ASYNC)
        os.write(there, b"x")

    return each(arm, [W["victim"]])


@others()
def a_signal_by_a_socket(W, each):
    """FIOSETOWN, the same for sockets."""
    import fcntl
    import socket
    import struct

    mine, _ = socket.socketpair()
    return each(
        lambda ask: fcntl.ioctl(mine, ask, struct.pack("i", W["victim"])) and "REACHED", [0x8901, 0x8902]
    )


@others(control=True)
def renice(W, each):
    """To make another process slow, or bind it to one processor."""
    import os

    doings = (
        lambda pid: os.setpriority(os.PRIO_PROCESS, pid, 19),
        lambda pid: os.setpriority(os.PRIO_USER, os.getuid(), 19),
        lambda pid: os.sched_setaffinity(pid, {0}),
        lambda pid: os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0)),
    )
    return [each(do, [W["victim"]]) for do in doings]


@others(control=True)
def limits_of_another(W, each):
    """prlimit, to end the grader at its next file."""
    import resource

    return each(lambda pid: resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0)), [W["victim"]])


@others()
def more_for_itself(each):
    """To raise its own limits."""
    import resource

    names = ("RLIMIT_CPU", "RLIMIT_AS", "RLIMIT_FSIZE", "RLIMIT_NOFILE")
    return each(lambda name: resource.setrlimit(getattr(resource, name), (-1, -1)) or "REACHED", names)


@others()
def outlive_the_zygote(each):
    """To take back that the kernel ends it with its parent."""
    import ctypes

    libc = ctypes.CDLL(None)
    return ["REACHED" if libc.prctl(*words) == 0 else "refused" for words in ((1, 0), (1 | 1 << 32, 0))]


@others()
def kill_the_first_process(W):
    """SIGKILL to number 1: in its own namespace, itself."""
    import os

    os.kill(1, 9)
    return "REACHED" if os.getpid() != 1 else "itself"


@memory(control=True)
def proc_of_another(W, each):
    """/proc/PID/environ, mem, maps, fd and cwd of the grader and of a zygote."""
    import os

    def look(path):
        with open(path, "rb") as file:
            return "REACHED" if path.endswith("mem") or file.read(100) else "empty"

    pids = (W["grader"], W["zygote"], W["victim"], "self/task/../../1")
    said = each(
        look,
        [
            f"/proc/{pid}/{name}"
            for pid in pids[: 3 if os.getpid() == 1 else 4]
            for name in ("environ", "mem", "maps", "cmdline")
        ],
    )
    return said + each(lambda path: os.listdir(path) and "REACHED", [f"/proc/{pid}/fd" for pid in pids[:3]])


@memory()
def trace(W, call):
    """ptrace, process_vm_readv, process_vm_writev, process_madvise, kcmp."""
    import ctypes

    pid, room = W["victim"], ctypes.create_string_buffer(64)
    return [
        call(101, 16, pid, 0, 0), call(101, 0x4206, pid, 0, 0),
        call(310, pid, room, 1, room, 1, 0), call(311, pid, room, 1, room, 1, 0),
        call(440, 3, room, 1, 4, 0), call(312, pid, pid, 0, 0, 0),
    ]  # fmt: skip


@memory()
def a_descriptor_of_the_grader(each):
    """SO_PEERPIDFD of the channel is a pidfd of the grader: with it, its descriptors and namespaces."""
    import ctypes
    import fcntl
    import os
    import signal
    import socket

    line = socket.socket(fileno=os.dup(3))
    pidfd = line.getsockopt(socket.SOL_SOCKET, 77)
    libc = ctypes.CDLL(None)
    taken = libc.syscall(438, pidfd, 0, 0)
    doings = (
        lambda: signal.pidfd_send_signal(pidfd, 0) or "REACHED",
        lambda: fcntl.ioctl(pidfd, 0xFF04) and "REACHED",
        lambda: libc.setns(pidfd, 0x40000000) == 0 and "REACHED",
    )
    return each(lambda do: do(), doings) + ["REACHED" if taken >= 0 else "refused"]


@memory()
def secrets_in_inherited_memory(W):
    """A look through all of its own memory for what the grader knows: its keys, its tests' messages."""
    import os
    import re

    # Written so that the search does not find itself.
    wanted = {
        "key": rb"[c]anary-[7]f3a91",
        "message": rb"[f]our notes are due",
        "known": rb"[a]utograder.sandbox.inside.zygote_server",
    }
    found = dict.fromkeys(wanted, 0)
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            place, rights = line.split()[:2]
            start, end = (int(word, 16) for word in place.split("-"))
            if "r" not in rights or "[v" in line:
                continue
            try:
                data = os.pread(memory.fileno(), end - start, start)
            except OSError:
                continue
            for name, text in wanted.items():
                found[name] += bool(re.search(text, data))
    assert found["known"], "this search finds nothing at all"
    return found if not found["key"] and not found["message"] else f"REACHED {found}"


@memory()
def objects_of_the_grader():
    """The same through the collector: sockets that are open, tests, paths of the gradebook."""
    import gc
    import os
    import socket

    found = []
    for thing in gc.get_objects():
        if isinstance(thing, socket.socket) and thing.fileno() not in (-1, 3):
            try:
                target = os.readlink(f"/proc/self/fd/{thing.fileno()}")
            except OSError:
                continue
            found.append(target)
        if type(thing).__name__ in ("Judge", "OpenSession", "Item", "Function"):
            found.append(type(thing).__name__)
    return f"REACHED {found}" if found else "nothing"


@memory()
def variables_of_the_grader():
    """Keys in the environment."""
    import os

    return [f"{name}={value}" for name, value in os.environ.items()], open("/proc/self/environ").read()


@memory()
def shared_memory(call, each):
    """shmget, semget, msgget, mq_open, memfd_create, memfd_secret."""
    return [
        call(29, 77, 4096, 0o1666),
        call(64, 77, 1, 0o1666),
        call(68, 77, 0o1666),
        call(240, b"q", 66, 0o666, 0),
        call(319, b"m", 0),
        call(447, 0),
    ]


@machine()
def another_user(each):
    """setuid, setgid, setgroups, capset."""
    import os

    doings = (
        lambda: os.setuid(0),
        lambda: os.setgid(0),
        lambda: os.setgroups([0]),
        lambda: os.setresuid(0, 0, 0),
    )
    return each(lambda do: do() or "REACHED", doings)


@machine()
def rights(call):
    """capset, keyctl, add_key, request_key, personality, seccomp, Landlock."""
    import ctypes

    header = ctypes.create_string_buffer(b"\x22\x05\x08\x20" + bytes(4), 8)
    return [
        call(126, header, ctypes.create_string_buffer(24)), call(250, 0, -3, 1), call(248, b"user", b"k", b"v", 1, -3),
        call(249, b"user", b"k", 0, -3), call(135, 0x0040000), call(317, 1, 0, 0), call(444, 0, 0, 1),
    ]  # fmt: skip


@machine()
def namespaces(call):
    """unshare, setns, clone and clone3 into new ones: root of one's own."""
    import ctypes

    args = ctypes.create_string_buffer(88)
    kinds = (0x10000000, 0x20000, 0x20000000, 0x40000000, 0x8000000, 0x4000000, 0x2000000, 0x80)
    return [call(272, kind) for kind in kinds] + [
        call(308, 3, 0),
        call(56, 0x10000000 | 17, 0),
        call(435, args, 88),
    ]


@machine()
def mounts(call):
    """mount, umount, chroot, pivot_root, open_tree, move_mount, fsopen."""
    return [
        call(165, b"none", b"/tmp", b"tmpfs", 0, 0), call(166, b"/proc", 2), call(161, b"/"), call(155, b".", b"."),
        call(428, -100, b"/", 1), call(429, -100, b"/", -100, b"/", 0), call(430, b"tmpfs", 0), call(467, -100, b"/", 1),
    ]  # fmt: skip


@machine()
def the_kernel(call):
    """bpf, perf_event_open, userfaultfd, io_uring, kexec, modules, syslog, swap, reboot, clocks."""
    import ctypes

    room = ctypes.create_string_buffer(128)
    return [
        call(321, 0, room, 128), call(298, room, 0, -1, -1, 0), call(323, 1), call(425, 8, room), call(246, 0, 0, 0, 0),
        call(175, room, 0, b""), call(313, 3, b"", 0), call(103, 3, room, 128), call(167, b"x", 0), call(169, 0, 0, 0, 0),
        call(227, 0, room), call(170, b"x", 1), call(163, b"x"), call(173, 1, 1, 1), call(172, 3), call(300, 0, 0),
    ]  # fmt: skip


@machine()
def calls_to_come(call):
    """Every call that is newer than the walls: whatever it may do."""
    known = {
        436: "close_range",
        437: "openat2",
        439: "faccessat2",
        441: "epoll_pwait2",
        449: "futex_waitv",
        451: "cachestat",
        454: "futex",
        455: "futex",
        456: "futex",
        462: "mseal",
    }
    said = {call(number, -1, -1, -1, -1, -1) for number in range(424, 600) if number not in known}
    return "REACHED " + str(said) if said - {"Function not implemented"} else "none"


@machine()
def a_program(each):
    """fork, vfork, exec, posix_spawn, system."""
    import os
    import subprocess

    doings = (
        lambda: os.fork() and "REACHED",
        lambda: os.forkpty() and "REACHED",
        lambda: os.posix_spawn("/bin/sh", ["sh"], {}) and "REACHED",
        lambda: subprocess.run(["/bin/true"]) and "REACHED",
        lambda: os.system("true") == 0 and "REACHED",
        lambda: os.execv("/bin/true", ["true"]),
    )
    return each(lambda do: do(), doings)


@machine()
def raw_forks(call):
    """clone without a thread's flag, clone3, vfork, execveat, by number."""
    return [
        call(56, 17, 0),
        call(57),
        call(58),
        call(322, -100, b"/bin/true", 0, 0, 0),
        call(59, b"/bin/true", 0, 0),
    ]


@machine(ends=True)
def calls_of_another_processor():
    """`int 0x80`: a fork as 32-bit programs ask for it, past a filter for 64 bits."""
    import ctypes
    import mmap

    code = b"\xb8\x02\x00\x00\x00\xcd\x80\xc3"
    room = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    room.write(code)
    run = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(room)))
    return "REACHED" if run() >= 0 else "refused"


@machine(ends=True)
def calls_of_x32(call):
    """The same calls under the numbers that x32 has for them."""
    return [call(0x40000000 + 57), call(0x40000000 + 41, 2, 1, 0)]


@machine()
def words_into_a_terminal(each):
    """TIOCSTI and TIOCLINUX, also with more bits than the kernel reads."""
    import ctypes
    import os

    libc = ctypes.CDLL(None, use_errno=True)

    def push(request):
        libc.syscall(16, ctypes.c_long(3), ctypes.c_long(request), b"x")
        return os.strerror(ctypes.get_errno()) if ctypes.get_errno() == 1 else "REACHED"

    return each(push, [0x5412, 0x541C, 0x5412 | 1 << 32, 0x541C | 1 << 40])


@machine(needs=Needs(processes=True))
def rights_of_a_program(each):
    """With processes allowed: setuid programs, mounts, a tracer, another network."""
    import subprocess

    tried = (
        ["su", "-c", "true"],
        ["mount", "-t", "tmpfs", "x", "/tmp"],
        ["unshare", "-U", "true"],
        ["chroot", "/", "true"],
        ["dmesg"],
        ["cat", "/proc/1/root/etc/shadow"],
    )
    return each(
        lambda words: (
            subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0 and "REACHED"
        ),
        tried,
    )


@machine()
def a_lease_on_a_library(W, each):
    """A lease on a file of Python's own: whoever writes to it waits."""
    import fcntl
    import json

    held = open(json.__file__)
    return each(lambda kind: fcntl.fcntl(held, 1024, kind) == 0 and "REACHED", [fcntl.F_RDLCK, fcntl.F_WRLCK])


@machine()
def the_cache_of_the_machine(W, call):
    """To see or to empty what the kernel keeps of a library that others use, and to have all disks written."""
    import ctypes
    import json

    held = open(json.__file__, "rb")
    size = len(held.read())
    span, seen = (ctypes.c_uint64 * 2)(0, size), (ctypes.c_uint64 * 8)()
    call(221, held.fileno(), 0, 0, 4)
    call(306, held.fileno())
    call(162)
    known = ctypes.CDLL(None, use_errno=True).syscall(451, held.fileno(), span, seen, 0)
    return [known, list(seen), "REACHED" if known == 0 and seen[0] else ""]
