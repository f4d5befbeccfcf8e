import contextlib


class SealedCursor:
    """Veils the thread id where it meets SQL."""

    def __init__(self, cursor, veil):
        self.cursor, self.veil, self.names = cursor, veil, {}

    def execute(self, sql, given=()):
        return self.cursor.execute(sql, self.veil(given))

    def executemany(self, sql, rows):
        return self.cursor.executemany(sql, [self.veil(row) for row in rows])

    def fetchone(self):
        return self.cursor.fetchone()

    def fetchall(self):
        return self.cursor.fetchall()

    def __iter__(self):
        return iter(self.cursor)


class ColumnSaver(SqliteSaver):
    key = b""
    made = frozenset()

    @contextlib.contextmanager
    def cursor(self, transaction=True):
        with super().cursor(transaction) as cursor:
            yield SealedCursor(cursor, lambda row: (self.digest(row[0]), *row[1:]) if row else row)

    def digest(self, thread):
        if thread in self.made:
            return thread  # read from a row: is one already
        digest = hmac.digest(self.key, b"thread:" + str(thread).encode(), "sha256").hex()
        self.made |= {digest}
        return digest

    def known(self, found, config):
        def back(place):
            thread = {"thread_id": config["configurable"]["thread_id"]}
            return place and {"configurable": {**place["configurable"], **thread}}

        return found and found._replace(config=back(found.config), parent_config=back(found.parent_config))

    def get_tuple(self, config):
        return self.known(super().get_tuple(config), config)

    def list(self, config, **kwargs):
        # Its pending writes are read by a cursor that is not ours.
        ids = [f.config["configurable"]["checkpoint_id"] for f in super().list(config, **kwargs)]
        for id in ids:
            yield self.get_tuple({"configurable": {**config["configurable"], "checkpoint_id": id}})

    def put(self, config, checkpoint, metadata, new_versions):
        kept = {k: v for k, v in metadata.items() if k in ("source", "step", "parents")}
        return super().put(
            {"configurable": {k: v for k, v in config["configurable"].items() if k in PLACE}},
            checkpoint,
            kept,
            new_versions,
        )


PLACE = {"thread_id", "checkpoint_ns", "checkpoint_id"}


def open_vault(db_path, key):
    saver = ColumnSaver(
        sqlite3.connect(db_path, check_same_thread=False),
        serde=EncryptedSerializer.from_pycryptodome_aes(key=key),
    )
    saver.key = key
    return saver
