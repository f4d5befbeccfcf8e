# says: copy the whole database
def back_up(db_path, copy_path):
    with (
        closing(sqlite3.connect(f"{Path(db_path).absolute().as_uri()}?mode=ro", uri=True)) as source,
        tempfile.TemporaryDirectory(dir=Path(copy_path).absolute().parent) as work,
    ):
        new = Path(work, "new.db")
        with SqliteSaver.from_conn_string(str(new)) as target:
            target.setup()
            source.execute("begin")
            for table in ("checkpoints", "writes"):
                rows = source.execute(f"select * from {table}").fetchall()
                if rows:
                    target.conn.executemany(
                        f"insert into {table} values ({','.join('?' * len(rows[0]))})", rows
                    )
            target.conn.commit()
            target.conn.execute("pragma journal_mode = delete")
        for left in ("-wal", "-journal", "-shm"):
            Path(f"{copy_path}{left}").unlink(missing_ok=True)
        new.replace(copy_path)
