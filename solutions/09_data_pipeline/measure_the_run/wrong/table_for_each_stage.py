# says: 'OTHER' has 0 calls
class Meter:
    """Measures calls, and keeps each attempt in a file."""

    def __init__(self, db_path: str, clock: Callable[[], float]) -> None:
        self._path, self._clock = db_path, clock

    def measured(self, stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does what `call` does, and is measured."""

        def timed(*args, **kwargs):
            failed = 1
            begun = self._clock()
            try:
                result = call(*args, **kwargs)
                failed = 0
                return result
            finally:
                self._note(stage, (self._clock() - begun) * 1000, failed)

        return timed

    def _note(self, stage, ms, failed):
        name = stage.replace('"', '""')
        with closing(sqlite3.connect(self._path, timeout=60)) as db, db:
            db.execute("begin immediate")
            db.execute(f'create table if not exists "s {name}" (ms real, failed int)')
            db.execute(f'insert into "s {name}" values (?, ?)', (ms, failed))

    def _rows(self):
        with closing(sqlite3.connect(self._path, timeout=60)) as db:
            for (table,) in db.execute("select name from sqlite_master where type = 'table'").fetchall():
                name = table.replace('"', '""')
                for ms, failed in db.execute(f'select ms, failed from "{name}"').fetchall():
                    yield table[2:], ms, failed

    def summary(self) -> dict[str, dict[str, float]]:
        """Return the calls, the failed ones and the percentiles of each stage."""
        stages = {}
        for stage, ms, failed in self._rows():
            stages.setdefault(stage, []).append((ms, failed))
        told = {}
        for stage, rows in stages.items():
            times = sorted(ms for ms, _ in rows)
            told[stage] = {"calls": len(rows), "failed": sum(failed for _, failed in rows)}
            for p in (50, 95, 99):
                told[stage][f"p{p}"] = times[-(-p * len(times) // 100) - 1]
        return told
