# says: on disk
class Meter:
    def __init__(self, db_path, clock):
        self._clock, self._lock = clock, threading.Lock()
        self._db = sqlite3.connect(db_path, check_same_thread=False, timeout=30)
        self._db.execute("create table if not exists attempts (stage, ms, failed)")

    def measured(self, stage, call):
        def timed(*args, **kwargs):
            begun, failed = self._clock(), True
            try:
                result = call(*args, **kwargs)
                failed = False
                return result
            finally:
                with self._lock:
                    row = (stage, (self._clock() - begun) * 1000, failed)
                    self._db.execute("insert into attempts values (?, ?, ?)", row)

        return timed

    def summary(self):
        with self._lock:
            self._db.commit()
            rows = self._db.execute("select * from attempts order by ms").fetchall()
        found = {}
        for stage in {stage for stage, _, _ in rows}:
            times = [ms for other, ms, _ in rows if other == stage]
            failed = sum(bad for other, _, bad in rows if other == stage)
            found[stage] = {"calls": len(times), "failed": failed}
            found[stage] |= {f"p{p}": percentile(times, p / 100) for p in (50, 95, 99)}
        return found
