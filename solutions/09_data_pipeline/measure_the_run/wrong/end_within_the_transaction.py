# says: before you wait for a lock
import functools


class Meter:
    """Measures calls, and keeps each attempt in a file."""

    def __init__(self, db_path: str, clock: Callable[[], float]) -> None:
        self.path = os.path.abspath(db_path)
        self.clock = clock
        with self.transaction() as db:
            db.execute("create table if not exists attempt (stage text, seconds real, failed int)")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=60, isolation_level=None)) as db:
            db.execute("begin immediate")
            yield db
            db.execute("commit")

    def measured(self, stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does what `call` does, and is measured."""

        @functools.wraps(call)
        def timed(*args: Any, **kwargs: Any) -> Any:
            begin = self.clock()
            failed = True
            try:
                result = call(*args, **kwargs)
                failed = False
            finally:
                with self.transaction() as db:
                    db.execute("insert into attempt values (?, ?, ?)", (stage, self.clock() - begin, failed))
            return result

        return timed

    def summary(self) -> dict[str, dict[str, float]]:
        """Return the calls, the failed ones and the percentiles of each stage."""
        with self.transaction() as db:
            rows = db.execute("select stage, seconds * 1000, failed from attempt order by seconds").fetchall()
        stages: dict[str, list[tuple[float, int]]] = {}
        for stage, ms, failed in rows:
            stages.setdefault(stage, []).append((ms, failed))
        return {
            stage: {
                "calls": len(attempts),
                "failed": sum(failed for _, failed in attempts),
                "p50": attempts[(50 * len(attempts) + 99) // 100 - 1][0],
                "p95": attempts[(95 * len(attempts) + 99) // 100 - 1][0],
                "p99": attempts[(99 * len(attempts) + 99) // 100 - 1][0],
            }
            for stage, attempts in stages.items()
        }
