"""Attacks on files: what is read, written, or changed outside of the scratch folder."""

from .zygotes import Attacks

reading, writing = Attacks("reading files"), Attacks("writing files")


@reading(control=True)
def an_absolute_path(W, each):
    """The gradebook, a hidden test and a private key by their paths."""
    return each(lambda path: open(path).read() + "REACHED", W["files"])


@reading(control=True)
def dots(W, each):
    """The same by way of `..`."""
    return each(lambda path: open("../" * 20 + path[1:]).read() + "REACHED", W["files"])


@reading(control=True)
def the_root_of_a_process(W, each):
    """The same through /proc/PID/root and /proc/self/cwd."""
    roots = [f"/proc/{who}/root" for who in ("self", 1, W["grader"], W["zygote"])] + [
        "/proc/self/cwd" + "/.." * 20
    ]
    return each(
        lambda path: open(path).read() + "REACHED", [root + path for root in roots for path in W["files"]]
    )


@reading(control=True)
def a_symbolic_link(W, each):
    """A link in the scratch folder."""
    import os

    def follow(path):
        os.symlink(path, "link" + str(len(os.listdir("."))))
        return open("link" + str(len(os.listdir(".")) - 1)).read() + "REACHED"

    return each(follow, W["files"])


@reading()
def a_hard_link(W, each):
    """A second name in the scratch folder, or a move there."""
    import os

    def take(path):
        os.link(path, "hard")
        return "REACHED" + open("hard").read()

    def move(path):
        os.rename(path, "moved")
        return "REACHED" + open("moved").read()

    return each(take, W["files"]) + each(move, W["files"])


@reading()
def a_folder_of_the_tests(W, each):
    """A list of the solutions, of the canaries' folder, of the home."""
    import os

    return each(
        lambda path: [*os.listdir(path)] and "REACHED",
        [W["solutions"], W["folder"], os.path.dirname(W["files"][2])],
    )


@reading(control=True)
def a_descriptor_of_the_path(W, each):
    """O_PATH, which no wall looks at, and then /proc/self/fd."""
    import os

    def reopen(path):
        held = os.open(path, os.O_PATH)
        return open(f"/proc/self/fd/{held}").read() + "REACHED"

    return each(reopen, W["files"])


@reading(control=True)
def a_change_of_folder(W, each):
    """To go there, and to read by a short name."""
    import os

    def enter(path):
        os.chdir(os.path.dirname(path))
        return open(os.path.basename(path)).read() + "REACHED"

    return each(enter, W["files"])


@reading()
def descriptors_left_open(each):
    """Whatever the grader or the zygote may have left open."""
    import os

    held = [fd for fd in range(1024) if fd not in (0, 1, 2, 3) and os.path.exists(f"/proc/self/fd/{fd}")]
    names = each(lambda fd: os.readlink(f"/proc/self/fd/{fd}"), held)
    theirs = [
        name
        for name in names
        if not name.startswith(("socket:", "anon_inode:", "pipe:", "/learner", "FileNotFound"))
        and "/workdir" not in name
    ]
    return "REACHED" + str(theirs) if theirs else names


@reading()
def a_file_handle(call, W):
    """name_to_handle_at and open_by_handle_at, which need no path."""
    import ctypes

    room = ctypes.create_string_buffer(bytes([128, 0, 0, 0]), 200)
    number = ctypes.c_int()
    path = W["files"][0].encode()
    return [call(303, -100, path, room, ctypes.byref(number), 0), call(304, -100, room, 0)]


@reading(open_on="B")
def the_size_of_a_file(W, each):
    """Not to read it: to ask whether it is there, and how large it is."""
    import os

    return each(lambda path: f"REACHED {os.stat(path).st_size}", W["files"])


@reading()
def news_of_a_folder(W, each):
    """inotify and dnotify, to learn when the grader writes."""
    import ctypes
    import fcntl
    import os

    libc = ctypes.CDLL(None)
    watch = libc.inotify_add_watch(libc.inotify_init(), W["folder"].encode(), 0xFFF)
    held = each(lambda path: fcntl.fcntl(os.open(path, os.O_PATH), fcntl.F_NOTIFY, 1), [W["folder"]])
    return ["REACHED" if watch >= 0 else "no watch", held]


@writing(control=True)
def a_new_file(W, each):
    """A file, a folder, a link beside the gradebook."""
    import os

    path = W["folder"] + "/new"
    makers = (
        lambda end: open(path + end, "w"),
        lambda end: os.mkdir(path + end),
        lambda end: os.symlink("x", path + end),
        lambda end: os.mkfifo(path + end),
    )
    return [each(make, [str(n)]) for n, make in enumerate(makers)]


@writing(control=True)
def over_the_gradebook(W, each):
    """To write, cut, append, remove."""
    import os

    path = W["files"][0]
    doings = (
        lambda path: open(path, "a").write("x"),
        lambda path: os.truncate(path, 0),
        lambda path: os.open(path, os.O_RDONLY | os.O_TRUNC),
        os.unlink,
        lambda path: os.rename(path, path + ".old"),
    )
    return [each(do, [path]) for do in doings]


@writing(control=True)
def modes_and_times(W, each):
    """chmod, chown, utime and attributes, which Landlock knows nothing of."""
    import os

    path = W["files"][0]
    doings = (
        lambda path: os.chmod(path, 0o777),
        lambda path: os.chown(path, os.getuid(), os.getgid()),
        lambda path: os.utime(path, (1, 1)),
        lambda path: os.utime(path),
        lambda path: os.setxattr(path, "user.course", b"x"),
        lambda path: os.chmod(
            os.path.basename(path), 0o777, dir_fd=os.open(os.path.dirname(path), os.O_PATH)
        ),
    )
    return [each(do, [path]) for do in doings]


@writing(control=True)
def modes_by_new_calls(W, call):
    """fchmodat2, setxattrat and file_setattr, of which this libseccomp knows no name."""
    path = W["files"][0].encode()
    return [call(452, -100, path, 0o777, 0), call(463, -100, path, 0, b"user.x", b"x", 16)]


@writing()
def modes_of_a_library(W, each):
    """fchmod, chattr and verity on what may be read, and belongs to the grader."""
    import fcntl
    import os

    def change(folder):
        held = os.open(folder + "/__init__.py", os.O_RDONLY)
        before = os.fstat(held)
        said = []
        for do in (
            lambda: os.fchmod(held, 0o640),
            lambda: os.utime(held, (1, 1)),
            lambda: fcntl.ioctl(held, 0x40086602, bytes([0x40] + [0] * 7)),
        ):
            try:
                do()
            except OSError as error:
                said.append(error.errno)
        after = os.fstat(held)
        fcntl_flags_refused = 1 in said or 30 in said
        return (
            said
            if (before.st_mode, before.st_mtime) == (after.st_mode, after.st_mtime) and fcntl_flags_refused
            else "REACHED"
        )

    return each(change, W["packages"])


@writing()
def into_a_library(W, each):
    """The course's package, the grader's, pytest's: the next submission would import it."""
    return each(lambda path: open(path + "/attack.py", "w") and "REACHED", W["packages"])


@writing()
def into_the_system(each):
    """/usr, /etc, /dev, /sys, and the kernel's settings."""
    import os

    made = [
        folder + "/attack"
        for folder in (
            "/usr/lib",
            "/usr/local",
            "/etc",
            "/dev",
            "/sys",
            "/var/tmp",
            "/run",
            "/",
            "/proc/self",
        )
    ]
    there = [
        "/proc/sys/kernel/core_pattern",
        "/proc/sysrq-trigger",
        "/proc/self/oom_score_adj",
        "/proc/self/uid_map",
        "/sys/kernel/mm/ksm/run",
        "/dev/sda",
        "/dev/mem",
        "/dev/tty",
        "/dev/kmsg",
    ]
    said = each(lambda path: os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY) and "REACHED", made)
    return said + each(lambda path: os.open(path, os.O_WRONLY) and "REACHED", there)


@writing()
def out_of_landlock(W, each):
    """A rename, a link, or a bind, to give a file from outside a name inside."""
    import os

    os.makedirs("a/b", exist_ok=True)
    doings = (
        lambda path: os.rename(path, "a/b/c"),
        lambda path: os.rename("a", path + ".d"),
        lambda path: os.link(path, "a/l"),
        lambda path: os.symlink(path, "a/s") or open("a/s", "w"),
    )
    return [each(lambda path, do=do: do(path) and "REACHED", W["files"]) for do in doings]
