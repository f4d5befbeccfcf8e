"""Files that are left where a checkpoint database should be, made by learners' code for the grader to open."""

from .zygotes import Attacks

evidence = Attacks("evidence")


def schema(path):
    """A database as LangGraph makes it, with one checkpoint of the thread `t`."""
    import sqlite3

    import ormsgpack

    db = sqlite3.connect(path, isolation_level=None)
    db.execute(
        "CREATE TABLE checkpoints (thread_id TEXT, checkpoint_ns TEXT DEFAULT '', checkpoint_id TEXT, parent_checkpoint_id TEXT, type TEXT, checkpoint BLOB, metadata BLOB, PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id))"
    )
    db.execute(
        "CREATE TABLE writes (thread_id TEXT, checkpoint_ns TEXT DEFAULT '', checkpoint_id TEXT, task_id TEXT, idx INTEGER, channel TEXT, type TEXT, value BLOB)"
    )

    def put(value=None, kind="msgpack", metadata=b"{}", thread="t", id="1", packed=None):
        packed = ormsgpack.packb({"channel_values": value}) if packed is None else packed
        db.execute(
            "INSERT INTO checkpoints VALUES (?, '', ?, NULL, ?, ?, ?)", (thread, id, kind, packed, metadata)
        )

    return db, put


@evidence()
def a_link(path, W):
    """A link to the gradebook."""
    import os

    os.symlink(W["files"][0], path)


@evidence()
def a_folder_that_is_a_link(path, W):
    """The gradebook's folder in the place of one's own."""
    import os

    os.chdir("..")
    os.rename("attack", "old")
    os.symlink(W["folder"], "attack")
    os.symlink(W["files"][0], "old/x.db")


@evidence()
def a_pipe(path):
    """A pipe that nobody writes to."""
    import os

    os.mkfifo(path)


@evidence()
def a_device(path):
    """/dev/zero by another name, or a link to it."""
    import os

    try:
        os.mknod(path, 0o20666, os.makedev(1, 5))
    except OSError:
        os.symlink("/dev/zero", path)


@evidence()
def a_folder(path):
    """A folder."""
    import os

    os.mkdir(path)


@evidence()
def a_sparse_file(path):
    """10 GB of nothing."""
    with open(path, "wb") as file:
        for size in (10 << 30, 1 << 30, 8 << 20):
            try:
                file.truncate(size)
                break
            except OSError:
                continue


@evidence()
def a_swapped_file(path, W):
    """Two files that change places all the time: one is a link to the gradebook."""
    import os
    import threading

    def swap():
        while True:
            for target in (W["files"][0], "/etc/passwd"):
                os.symlink(target, "a")
                os.rename("a", path)
            with open("b", "wb") as file:
                file.write(b"x" * 100)
            os.rename("b", path)

    threading.Thread(target=swap, daemon=True).start()


@evidence()
def a_journal_that_names_a_file(path, W, schema):
    """A rollback journal that names the gradebook as its companion: SQLite deletes that after use."""
    import os
    import struct

    schema(path)[0].close()
    magic = bytes.fromhex("d9d505f920a163d7")
    name = W["files"][0].encode()
    head = magic + struct.pack(">IIIII", 0, 7, os.path.getsize(path) // 4096, 512, 4096)
    with open(path + "-journal", "wb") as file:
        file.write(head.ljust(512, b"\0") + struct.pack(">I", (1 << 30) // 4096 + 1) + name)
        file.write(struct.pack(">II", len(name), sum(name) & 0xFFFFFFFF) + magic)


@evidence()
def a_log_of_nonsense(path, schema):
    """A write-ahead log of random bytes."""
    import os

    db, put = schema(path)
    db.execute("PRAGMA journal_mode = WAL")
    put({"a": 1})
    with open(path + "-wal", "r+b") as file:
        data = bytearray(file.read())
        for place in range(40, len(data), 97):
            data[place] ^= 0xFF
        file.seek(0)
        file.write(data)
        file.flush()
    os.rename(path + "-wal", "kept")
    db.close()
    os.replace("kept", path + "-wal")


@evidence()
def text(path):
    """No database at all."""
    with open(path, "w") as file:
        file.write("SQLite format 3\0" + "x" * 5000)


@evidence()
def corrupt_pages(path, schema):
    """A database with every tenth byte changed."""
    db, put = schema(path)
    for number in range(200):
        put({"a": "x" * 500}, id=str(number))
    db.close()
    with open(path, "r+b") as file:
        data = bytearray(file.read())
        for place in range(4096, len(data), 10):
            data[place] = (data[place] * 7 + 13) % 256
        file.seek(0)
        file.write(data)


VIEW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT 't' AS thread_id, '' AS checkpoint_ns, i AS checkpoint_id, NULL AS parent_checkpoint_id, 'bytes' AS type, zeroblob(1000000) AS checkpoint, '{}' AS metadata FROM n"


@evidence()
def a_view_without_end(path, view):
    """A view for a table: a query without end."""
    import sqlite3

    db = sqlite3.connect(path)
    db.execute("CREATE VIEW checkpoints AS " + view)
    db.execute("CREATE TABLE writes (a)")
    db.commit()


@evidence()
def a_view_in_capitals(path, view):
    """The same view, under a name that a look for the other misses."""
    import sqlite3

    db = sqlite3.connect(path)
    db.execute("CREATE VIEW CheckPoints AS " + view)
    db.execute("CREATE VIEW Writes AS SELECT 't' AS thread_id, '' AS checkpoint_ns, * FROM CheckPoints")
    db.commit()


@evidence()
def a_generated_column(path):
    """A column that is an expression, said without the word: a search that takes hours."""
    import sqlite3

    db = sqlite3.connect(path)
    slow = "(instr(hex(zeroblob(2000000)), hex(zeroblob(1000000)) || '1'))"
    columns = "checkpoint_ns TEXT, checkpoint_id TEXT, parent_checkpoint_id TEXT, type TEXT, checkpoint BLOB, metadata BLOB"
    db.execute(f"CREATE TABLE checkpoints ({columns})")
    db.execute("CREATE TABLE writes (a)")
    db.execute("INSERT INTO checkpoints VALUES ('', '1', NULL, 'bytes', x'', '{}')")
    db.execute(f"ALTER TABLE checkpoints ADD COLUMN thread_id AS {slow}")
    db.commit()


@evidence()
def a_virtual_table(path):
    """A full-text index for a table."""
    import sqlite3

    db = sqlite3.connect(path)
    db.execute(
        "CREATE VIRTUAL TABLE checkpoints USING fts5(thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, type, checkpoint, metadata)"
    )
    db.execute("CREATE TABLE writes (a)")
    db.commit()


@evidence()
def huge_values(path, schema):
    """Many values of a megabyte."""
    _, put = schema(path)
    try:
        for number in range(100):
            put(id=str(number), kind="bytes", packed=bytes(1 << 20))
    except Exception:
        return


@evidence()
def many_small_values(path, schema):
    """Three million lists in 3 MB, which take sixty times that."""
    _, put = schema(path)
    put(packed=b"\x81\xaechannel_values\xdd" + (3_000_000).to_bytes(4, "big") + b"\x90" * 3_000_000)


@evidence()
def objects_in_objects(path, schema):
    """Objects in lists in objects, until the stack ends."""
    import struct

    _, put = schema(path)
    packed = b"\x90"
    for _ in range(900):
        packed = b"\x91" * 1000 + packed
        packed = b"\xc9" + struct.pack(">Ib", len(packed), 7) + packed
    put(packed=packed)


@evidence()
def objects_of_any_class(path, schema, W):
    """Objects that, when they are made, run a command or write a file."""
    import ormsgpack

    _, put = schema(path)
    mark = W["folder"] + "/made"
    made = [
        (0, ("os", "system", f"touch {mark}")),
        (0, ("subprocess", "getoutput", f"touch {mark}")),
        (1, ("builtins", "open", (mark, "w"))),
        (2, ("builtins", "open", {"file": mark, "mode": "w"})),
        (3, ("pathlib", "Path", mark, "touch")),
        (3, ("pathlib", "PosixPath", mark, "touch")),
        (5, ("os", "system", {"command": f"touch {mark}"}, "model_validate_json")),
        (0, ("builtins", "eval", f"open({mark!r}, 'w')")),
    ]
    objects = [ormsgpack.Ext(code, ormsgpack.packb(words)) for code, words in made]
    put(packed=ormsgpack.packb({"channel_values": {"a": objects}}))


@evidence()
def a_pickle(path, schema, W):
    """A pickle, which runs what it likes."""
    import pickle

    _, put = schema(path)

    class Evil:
        def __reduce__(self):
            return (open, (W["folder"] + "/made", "w"))

    data = b"cbuiltins\nopen\n(V" + (W["folder"] + "/made").encode() + b"\nVw\ntR."
    assert pickle
    put(kind="pickle", packed=data)


@evidence()
def json_that_asks_for_keys(path, schema):
    """JSON of LangChain's that names a key of the environment, or a class."""
    import json

    _, put = schema(path)
    secret = {"lc": 1, "type": "secret", "id": ["GRADER_KEY"]}
    made = {"lc": 2, "type": "constructor", "id": ["os", "system"], "args": ["true"]}
    put(kind="json", packed=json.dumps({"channel_values": {"a": secret, "b": made}}).encode())


@evidence()
def other_types(path, schema):
    """Numbers, bytes and nothing where texts belong."""
    _, put = schema(path)
    put({"a": 1}, metadata=b"[1]")
    put({"a": 1}, id=b"\xff", metadata=b"{" * 1000)
    put(kind=7, packed=3.5, id=None, thread="t")


@evidence()
def views_of_views(path, schema):
    """A view doubled twenty times: SQLite can't be interrupted while it finds out what columns that has."""
    db, put = schema(path)
    put({"a": 1})
    db.execute("CREATE VIEW v0 AS SELECT thread_id AS a FROM checkpoints")
    for number in range(1, 21):
        before = f"SELECT a FROM v{number - 1}"
        db.execute(f"CREATE VIEW v{number} AS {before} UNION ALL {before}")


@evidence()
def a_pattern_of_half_a_megabyte(path, schema):
    """A regular expression, of a type that LangGraph's strict serializer builds: compiling it takes minutes."""
    import ormsgpack

    _, put = schema(path)
    words = ("re", "compile", ("[\x01-\uffff]" * 60_000, 2))
    put({"a": ormsgpack.Ext(1, ormsgpack.packb(words))})


@evidence()
def a_constraint_that_searches(path, schema):
    """A CHECK that takes minutes a row, which SQLite runs when it's asked whether the file is whole."""
    db, put = schema(path)
    put({"a": 1})
    db.execute("CREATE TABLE x(a)")
    db.executemany("INSERT INTO x VALUES (?)", [(number,) for number in range(40)])
    db.execute("PRAGMA writable_schema = ON")
    slow = "CREATE TABLE x(a, CHECK (instr(hex(zeroblob(500000)), hex(zeroblob(250000)) || ''1'') = 0))"
    db.execute(f"UPDATE sqlite_master SET sql = '{slow}' WHERE name = 'x'")


@evidence()
def numbers_with_one_hash(path, schema):
    """Twenty thousand decimals with equal hashes in a set, which compares each with all others."""
    import ormsgpack

    _, put = schema(path)
    equal = [str(((1 << 61) - 1) * (number + 1) + 7) for number in range(20_000)]
    items = [ormsgpack.Ext(0, ormsgpack.packb(("decimal", "Decimal", text))) for text in equal]
    put({"a": ormsgpack.Ext(0, ormsgpack.packb(("builtins", "set", items)))})
