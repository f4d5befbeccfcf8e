# says: whatever their names
import functools


class Meter:
    """Measures calls, and keeps each attempt in a file."""

    def __init__(self, db_path: str, clock: Callable[[], float]) -> None:
        self.db_path = os.path.abspath(db_path)
        self.clock = clock
        with closing(self._connect()) as db, db:
            db.execute("create table if not exists attempts (stage text, seconds real, failed integer)")

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.db_path, timeout=60)

    def measured(self, stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does what `call` does, and is measured."""
        return functools.update_wrapper(functools.partial(self._measure, stage, call), call)

    def _measure(self, stage: str, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        begin = self.clock()
        try:
            result = call(*args, **kwargs)
        except BaseException:
            self._save(stage, self.clock() - begin, 1)
            raise
        self._save(stage, self.clock() - begin, 0)
        return result

    def _save(self, stage: str, seconds: float, failed: int) -> None:
        with closing(self._connect()) as db, db:
            db.execute("insert into attempts values (?, ?, ?)", (stage, seconds, failed))

    def summary(self) -> dict[str, dict[str, float]]:
        """Return the calls, the failed ones and the percentiles of each stage."""
        with closing(self._connect()) as db:
            rows = db.execute("select stage, seconds, failed from attempts").fetchall()
        result: dict[str, dict[str, float]] = {}
        for name in {stage for stage, _, _ in rows}:
            times = sorted(seconds for stage, seconds, _ in rows if stage == name)
            result[name] = {
                "calls": len(times),
                "failed": sum(bad for stage, _, bad in rows if stage == name),
            }
            for percent in (50, 95, 99):
                result[name][f"p{percent}"] = times[-(-len(times) * percent // 100) - 1] * 1000
        return result
