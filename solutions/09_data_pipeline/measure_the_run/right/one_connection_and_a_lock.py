class Meter:
    def __init__(self, db_path, clock):
        self._clock, self._lock = clock, threading.Lock()
        self._db = sqlite3.connect(db_path, timeout=30, check_same_thread=False, isolation_level=None)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("create table if not exists calls (id integer primary key, stage, seconds, error)")

    def measured(self, stage, call):
        def note(seconds, error):
            with self._lock:
                self._db.execute("insert into calls values (null, ?, ?, ?)", (stage, seconds, error))

        def timed(*args, **kwargs):
            begun = self._clock()
            try:
                result = call(*args, **kwargs)
            except BaseException as error:
                note(self._clock() - begun, type(error).__name__)
                raise
            note(self._clock() - begun, None)
            return result

        return timed

    def summary(self):
        with self._lock:
            rows = self._db.execute("select stage, seconds * 1000, error from calls").fetchall()
        found = {}
        for stage in {stage for stage, _, _ in rows}:
            times = sorted(ms for other, ms, _ in rows if other == stage)
            failed = sum(other == stage and error is not None for other, _, error in rows)
            found[stage] = {"calls": len(times), "failed": failed}
            found[stage] |= {f"p{p}": times[-(-p * len(times) // 100) - 1] for p in (50, 95, 99)}
        return found
