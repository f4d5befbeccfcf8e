"""Public tests of `online_backup`."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import counted
from autograder.testing import evidence

from common import BUDGET_PEOPLE

if TYPE_CHECKING:
    import random


def back_up_service(back_up, db, copy, texts, busy):
    """Have a service write, and back it up; tell each commit, in order, and what happened meanwhile.

    A busy service commits, and moves its `-wal` into the file, whenever one of its files is opened as a file or
    half of it has been read, and from a thread of its own as well. It commits before each statement, too: what is
    read in several statements, and in no transaction, is of several moments. The folder of the copy is a disk of its own.
    """
    import builtins
    import errno
    import io
    import operator
    import os
    import sqlite3
    import threading
    from contextlib import closing
    from pathlib import Path
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph

    commits, noting = [], threading.RLock()

    class Noting(SqliteSaver):
        def put(self, config, checkpoint, *rest):
            with noting:
                saved = super().put(config, checkpoint, *rest)
                commits.append(["checkpoint", config["configurable"]["thread_id"], checkpoint["id"], ""])
            return saved

        def put_writes(self, config, writes, task_id, task_path=""):
            where = config["configurable"]
            with noting:
                super().put_writes(config, writes, task_id, task_path)
                commits.append(["write", where["thread_id"], where["checkpoint_id"], task_id])

    class Log(TypedDict):
        log: Annotated[list, operator.add]

    for path in (db, copy):
        Path(path).parent.mkdir(exist_ok=True)
    # Whoever looked at the old backup was killed, and left a `-wal` beside it.
    with closing(sqlite3.connect(copy)) as old:
        old.execute("pragma journal_mode = wal")
        old.execute("create table old (backup)")
        left_behind = [(path, path.read_bytes()) for path in (Path(copy), Path(f"{copy}-wal"))]
    for path, held in left_behind:
        path.write_bytes(held)
    connection = sqlite3.connect(db, check_same_thread=False, timeout=0.3)
    connection.execute("pragma synchronous = off")
    connection.execute("create table prices (sku text, cents int)")  # the service's own
    connection.executemany("insert into prices values (?, ?)", [["tea", 0], ["mug", None], ["", 450]])
    connection.execute("create index by_cents on prices (cents)")
    connection.execute("create view free as select sku from prices where cents = 0")
    connection.execute("create trigger kept after delete on prices begin select raise(abort, 'kept'); end")
    connection.execute("pragma user_version = 17")  # the service's own, like its tables
    connection.commit()
    Path(f"{copy}-monday").write_text("another backup")
    builder = StateGraph(Log).add_node("note", lambda state: {"log": ["noted"]}).add_edge(START, "note")
    graph = builder.compile(checkpointer=Noting(connection))
    left, one_at_a_time = list(texts), threading.Lock()

    def turn():
        thread, text = left.pop(0)
        graph.invoke({"log": [text]}, {"configurable": {"thread_id": thread}}, durability="sync")

    half = len(left) // 3
    for _ in range(half):
        turn()
    connection.execute("pragma wal_checkpoint(truncate)").fetchone()
    for _ in range(half):
        turn()

    at_work, over = threading.current_thread(), threading.Event()
    was_locked, read, statements = [], [], []

    def serve(count=3, moves=True):
        with one_at_a_time:
            try:
                for _ in range(count):
                    if left and not was_locked:
                        turn()
                if moves:
                    connection.execute("pragma wal_checkpoint(truncate)").fetchone()
            except sqlite3.OperationalError as error:
                was_locked.append(str(error))

    class Read(io.FileIO):
        """A file of the service's that is read as a file: half-way through, the service goes on."""

        served = False

        def _serve(self):
            if not self.served and self.tell():
                self.served = True
                serve()

        def readinto(self, buffer):
            self._serve()
            return super().readinto(memoryview(buffer)[: max(1, os.fstat(self.fileno()).st_size // 2)])

        def readall(self):
            first = super().read(os.fstat(self.fileno()).st_size // 2)
            self._serve()
            return first + super().readall()

    real_open, real_sendfile = io.open, os.sendfile

    def watched_open(path, mode="r", *args, **kwargs):
        name = str(Path(path).absolute()) if isinstance(path, str | os.PathLike) else ""
        if name.startswith(db) and mode == "rb" and threading.current_thread() is at_work:
            read.append(name[len(db) :])
            serve()
            return io.BufferedReader(Read(name))
        return real_open(path, mode, *args, **kwargs)

    real_connect = sqlite3.connect

    def before_statement(statement):
        if threading.current_thread() is at_work and len(statements) < 12:
            statements.append(statement[:200].lower())
            serve(1, moves=False)

    class Watched(sqlite3.Connection):
        def close(self):
            if threading.current_thread() is at_work:
                serve(1, moves=False)  # a lock may be held up to here, and no statement comes after it
            super().close()

    def watched_connect(*args, **kwargs):
        opened = real_connect(*args, **(kwargs if len(args) > 5 else {"factory": Watched, **kwargs}))
        opened.set_trace_callback(before_statement)
        return opened

    disk, real_moves = Path(copy).parent, {name: getattr(os, name) for name in ("rename", "replace", "link")}
    crossed = []

    def moved_by(name):
        def move(source, target, **how):
            places = [Path(os.fsdecode(one)).absolute().is_relative_to(disk) for one in (source, target)]
            if places[0] != places[1]:
                crossed.append(name)
                raise OSError(errno.EXDEV, "Invalid cross-device link", source, None, target)
            return real_moves[name](source, target, **how)

        return move

    def no_sendfile(*_):
        raise OSError(22, "the kernel copies no files here: read them")

    def go_on():
        for _ in range(6):
            if not over.is_set():
                serve(1)

    before, service, raised = len(commits), threading.Thread(target=go_on), None
    known = set(Path(db).parent.iterdir())
    if busy:
        builtins.open = io.open = watched_open
        os.sendfile = no_sendfile
        sqlite3.connect = watched_connect
        service.start()
    for name in real_moves:
        setattr(os, name, moved_by(name))
    # Newer than the database's file, which only changes when the `-wal` is moved into it. (`utime` is refused in tier B.)
    Path(copy).write_bytes(Path(copy).read_bytes())
    try:
        back_up(db, copy)
    except sqlite3.OperationalError as error:
        raised = str(error)
    except OSError as error:
        if not crossed:
            raise
        raised = f"{error.strerror} by {crossed[-1]}"
    finally:
        for name, real in real_moves.items():
            setattr(os, name, real)
        builtins.open = io.open = real_open
        os.sendfile = real_sendfile
        sqlite3.connect = real_connect
        over.set()
        if busy:
            service.join(20)
    new = {
        path.name
        for path in set(Path(db).parent.iterdir()) - known
        if not path.name.startswith(Path(db).name)
    }
    connection.close()
    return {
        "commits": commits,
        "new": sorted(new),
        "before": before,
        "locked": was_locked,
        "read": read,
        "rows_read": any("select" in said and "writes" in said for said in statements),
        "raised": raised,
        "neighbour": Path(f"{copy}-monday").exists(),
    }


PRICES = ["('', 450)", "('mug', None)", "('tea', 0)"]
SCHEMA = [("index", "by_cents"), ("view", "free"), ("trigger", "kept")]


def draw_service(rng: random.Random, turns: int) -> list[tuple[str, str]]:
    """Draw what is said in which thread."""
    threads = rng.sample(BUDGET_PEOPLE, 3)
    return [(rng.choice(threads), rng.randbytes(rng.randrange(300, 900)).hex()) for _ in range(turns)]


def assert_moment(seen: dict[str, Any], path: Path) -> None:
    """Expect a copy, without what lies beside it, to hold all commits up to one of them, and no other."""
    assert not seen["raised"] or "cross-device" not in seen["raised"], (
        "the backup's folder is on another disk, and a file written elsewhere can't be renamed to there (`Invalid cross-device "
        "link`): write the new backup in a temporary folder beside `copy_path`"
    )
    assert not seen["raised"] or "locked" not in seen["raised"], (
        f"`back_up` raised `OperationalError: {seen['raised']}`: the service has the database open, so don't ask for it alone"
    )
    assert not seen["raised"], (
        f"`back_up` raised `OperationalError: {seen['raised']}`: a path may contain any character"
    )
    assert not seen["locked"], (
        f"during the backup, the service couldn't write (`{seen['locked'][0]}`): don't take a lock; in WAL mode, "
        "SQLite can read while others write"
    )
    files = sorted(set(seen["read"]))
    if len(files) > 1:
        torn = "you read the file and its `-wal` at two moments, and the service wrote in between"
    elif seen["rows_read"]:
        torn = "each statement reads another moment, and the service wrote in between, so read all in one transaction"
    else:
        torn = "the service wrote while you read the file, so your copy has pages of several moments"
    why = torn if files else "the latest commits are in `-wal` until SQLite moves them into the file"
    if path.with_name(f"{path.name}-wal").exists():
        why += "; the backup is `copy_path` alone, without its `-wal`"
    if seen["new"]:
        why = f"`back_up` left a file `{seen['new'][0]}`; is part of a path lost, as after a `?` in a URI?"
    with tempfile.TemporaryDirectory() as folder:
        alone = Path(shutil.copy(path, folder))
        try:
            damage, held = evidence.damage(alone), commits_in(alone)
            version = int.from_bytes(alone.read_bytes()[60:64])
            prices, parts = rows_of(alone, "prices"), {row[:2] for row in rows_of(alone, "sqlite_schema")}
        except AssertionError as error:
            raise AssertionError(f"{why_unread(alone, error)}: {why}") from None
    assert not damage, f"the backup opens, but SQLite finds it damaged ({damage[:60]}): {torn}"
    commits = [tuple(commit) for commit in seen["commits"]]
    unknown = held - set(commits)
    assert not unknown, (
        f"the backup has {counted(len(unknown), 'row')} that the service never committed: copy the rows as they are"
    )
    gap = next((number for number, commit in enumerate(commits) if commit not in held), len(commits))
    holds = f"only the first {gap}"
    if len(held) > gap:
        holds = f"{len(held)}, but not number {gap + 1}"
    assert gap >= seen["before"], (
        f"{seen['before']} commits were made before `back_up` was called, but the backup has {holds}: {why}"
    )
    assert len(held) == gap, f"the backup has later commits, but not number {gap + 1}: {torn}"
    assert sorted(map(str, prices)) == PRICES, (
        f"the service's own table `prices` has 3 rows, and the backup {'has others' if prices else 'none of them'}: "
        "copy the whole database, not only LangGraph's tables"
    )
    missing = [f"{kind} `{name}`" for kind, name in SCHEMA if (kind, name) not in parts]
    assert not missing, (
        f"the service's {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing from the backup: a database "
        "is more than its tables, so let SQLite copy all of it"
    )
    assert version == 17, (
        f"the service's `user_version` is 17, and the backup's is {version}: a dump holds the tables and not the database's own "
        "settings, so let SQLite copy all of it"
    )
    assert seen["neighbour"], (
        f"`back_up` removed the file `{path.name[-12:]}-monday`, which is no part of a backup: SQLite's own files end in `-wal`, "
        "`-shm` and `-journal`"
    )
    assert_at_home_too(path, held)


def assert_at_home_too(path: Path, held: set[tuple[str, ...]]) -> None:
    """Expect the backup to hold the same where it is, beside what was left of the old one."""
    with tempfile.TemporaryDirectory() as folder:
        for one in path.parent.glob(f"{escape(path.name)}*"):
            shutil.copy(one, folder)
        at_home = Path(folder, path.name)
        try:
            well = not evidence.damage(at_home) and commits_in(at_home) == held
        except AssertionError:
            well = False
    assert well, (
        "the backup is whole, but SQLite can't read it where it is: it takes the old backup's `-wal`, "
        "which a killed process left, for the new backup's; remove it before you replace the file"
    )


def rows_of(path: Path, table: str) -> list[Any]:
    """Return the rows of a table that isn't LangGraph's; none if it isn't there."""
    try:
        return [tuple(row) for row in evidence.table(path, table)]
    except AssertionError:
        return []


def why_unread(path: Path, error: AssertionError) -> str:
    """Say in which way a file is no backup, from what the judge met when it read it."""
    cause = error.__context__
    if not isinstance(cause, sqlite3.DatabaseError):
        return f"`{path.name}` can't be read as checkpoints"
    if "no plain tables" in str(cause):
        return f"`{path.name}` has no tables of checkpoints"
    return f"`{path.name}` doesn't open ({cause})"


def commits_in(path: Path) -> set[tuple[str, ...]]:
    """Return the commits of a service that a database holds."""
    held: set[tuple[str, ...]] = set()
    for thread in evidence.threads(path):
        held |= {("checkpoint", thread, row.id, "") for row in evidence.checkpoints(path, thread)}
        for table, _, _, checkpoint, task, *_ in evidence.raw_rows(path, thread):
            if table == "writes":  # also one whose checkpoint isn't there
                held.add(("write", thread, checkpoint, task))
    return held


@pytest.mark.exercise("online_backup", points=1, rules=(1, 2, 4, 6))
def test_idle_service(submission):
    """The backup of an open, idle service has everything that was committed, and replaces an older one."""
    seen = submission.observe(
        back_up_service,
        db=submission.path("support.db"),
        copy=submission.path("nightly/backup.db"),
        texts=draw_service(submission.rng, 24),
        busy=False,
    )
    assert_moment(seen, submission.file("nightly/backup.db"))


@pytest.mark.exercise("online_backup", points=2, rules=(2, 3), restarts=True)
def test_busy_service(submission):
    """The backup of a service that keeps writing is the database as it was at one moment."""
    seen = submission.observe(
        back_up_service,
        db=submission.path("support.db"),
        copy=submission.path("backup.v2.sqlite"),
        texts=draw_service(submission.rng, 60),
        busy=True,
    )
    assert_moment(seen, submission.file("backup.v2.sqlite"))


def back_up_and_die(back_up, db, copy):
    """Back up a database, and be killed when the copy is about to replace the old one."""
    import os
    import signal
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(db)) as connection:
        connection.execute("create table parcels (id)")
    os.replace = os.rename = lambda *args, **kwargs: os.kill(os.getpid(), signal.SIGKILL)
    back_up(db, copy)
    os.kill(os.getpid(), signal.SIGKILL)


def back_up_by_name(back_up, folder, names):
    """Back up databases by relative paths that others take for no file's; tell of the first that failed, and how."""
    import os
    import sqlite3
    from contextlib import closing
    from pathlib import Path

    home = Path.cwd()
    Path(folder).mkdir()
    os.chdir(folder)
    for name in names:
        with closing(sqlite3.connect(Path(folder, name))) as connection:
            connection.execute("create table parcels (id)")
        try:
            back_up(name, "support.db")
        except NotImplementedError:
            raise
        except Exception as error:
            os.chdir(home)
            return [name, f"`{type(error).__name__}: {str(error)[:80]}`"]
    os.chdir(home)
    return None


def back_up_over(back_up, folder):
    """Back up a database to where something else was left; tell of which, and what came of it."""
    import sqlite3
    from contextlib import closing
    from pathlib import Path

    Path(folder).mkdir()
    db, copy, hot = (Path(folder, name) for name in ("support.db", "backup.db", "old.db"))
    with closing(sqlite3.connect(db)) as connection:
        connection.execute("create table parcels (id)")
        connection.executemany("insert into parcels values (?)", [["x" * 3000]] * 40)
        connection.commit()
    whole = db.read_bytes()
    with closing(sqlite3.connect(hot)) as old:
        old.execute("pragma cache_size = 2")  # so pages are written before the commit
        old.execute("create table parcels (id)")
        old.executemany("insert into parcels values (?)", [["old" * 900]] * 20)
        old.commit()
        old.execute("update parcels set id = 'new' || id")
        torn, journal = hot.read_bytes(), Path(f"{hot}-journal").read_bytes()
    left = {
        "a file that isn't a database": b"half a copy" * 1000,
        "an empty file": b"",
        "half of a database": whole[: len(whole) // 2 + 100],
        "a database with a killed write's `-journal`": torn,
    }
    for what, content in left.items():
        copy.write_bytes(content)
        if content is torn:
            Path(f"{copy}-journal").write_bytes(journal)
        try:
            back_up(str(db), str(copy))
            with closing(sqlite3.connect(copy)) as made:
                rows = made.execute("select count(*) from parcels where id = ?", ["x" * 3000]).fetchone()[0]
        except NotImplementedError:
            raise
        except Exception as error:
            return [what, f"`{type(error).__name__}: {error}` was raised"]
        if rows != 40:
            return [what, f"the new one has {rows} rows of 40"]
    return None


def back_up_nothing(back_up, db, copy, content):
    """Back up a file with this content, or one that is not there; tell what was raised and what is at `copy`.

    The old backup has a row in its file, and its newest in a `-wal`, for whoever looked at it was killed.
    """
    import shutil
    import sqlite3
    import tempfile
    from contextlib import closing
    from pathlib import Path

    parts = (Path(copy), Path(f"{copy}-wal"))

    def nights():
        with tempfile.TemporaryDirectory() as folder:
            for part in parts:
                if part.exists():
                    shutil.copy(part, folder)
            try:
                with closing(sqlite3.connect(Path(folder, parts[0].name))) as old:
                    return [night for (night,) in old.execute("select night from nights order by night")]
            except sqlite3.DatabaseError:
                return []

    if content is not None:
        Path(db).write_text(content)
    with closing(sqlite3.connect(copy)) as old:
        old.execute("pragma journal_mode = wal")
        old.execute("create table nights (night)")
        old.execute("insert into nights values (1)")
        old.commit()
        old.execute("pragma wal_checkpoint(truncate)").fetchone()
        old.execute("insert into nights values (2)")
        old.commit()
        left = [part.read_bytes() for part in parts]
    for part, held in zip(parts, left, strict=True):
        part.write_bytes(held)
    raised = None
    try:
        back_up(db, copy)
    except NotImplementedError:
        raise
    except Exception as error:
        raised = type(error).__name__
    return {"raised": raised, "nights": nights(), "there": parts[0].exists()}


def assert_refused(submission: Any, name: str, content: str | None) -> None:
    """Expect `back_up` to raise for a source with this content, or for none, and to leave the old backup alone."""
    what = "doesn't exist" if content is None else "isn't a database"
    paths = {"db": submission.path(name), "copy": submission.path(f"{name}.old")}
    seen = submission.observe(back_up_nothing, content=content, **paths)
    assert seen["there"], (
        f"the source {what}, and now there's no backup at all: keep the old one until the new one is whole"
    )
    assert seen["nights"] != [1], (
        f"the source {what}, and the old backup has lost its newest row, which was in its `-wal`: leave the old one's files alone "
        "until the new one is whole"
    )
    made = "`sqlite3.connect` creates a missing file, and " if content is None else ""
    assert seen["nights"] == [1, 2], (
        f"the source {what}, and the old backup has changed: {made}only a whole copy may replace a backup"
    )
    assert seen["raised"], (
        f"the source {what}, and `back_up` raised nothing, so its caller believes there's a backup"
    )


@pytest.mark.exercise("online_backup", points=1, rules=(5,))
def test_no_backup_of_nothing(submission):
    """A missing source raises, and the old backup is still there."""
    assert_refused(submission, f"{submission.rng.randrange(10**6)}.db", None)
