# says: came back
class Meter:
    """Measures calls, and keeps each attempt in a file."""

    def __init__(self, db_path: str, clock: Callable[[], float]) -> None:
        self._path, self._clock = db_path, clock
        with closing(self._open()) as db:
            db.execute(
                "create table if not exists calls (stage text, begun real, ms real, failed int, primary key (stage, begun))"
            )

    def _open(self):
        return sqlite3.connect(self._path, timeout=60, isolation_level=None)

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
                self._note(stage, begun, (self._clock() - begun) * 1000, failed)

        return timed

    def _note(self, stage, begun, ms, failed):
        with closing(self._open()) as db:
            db.execute("insert or replace into calls values (?, ?, ?, ?)", (stage, begun, ms, failed))

    def _rows(self):
        with closing(self._open()) as db:
            return db.execute("select stage, ms, failed from calls").fetchall()

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
