# says: is more than 7
import functools


class Meter:
    """Measures calls, and keeps each attempt in a file."""

    def __init__(self, db_path: str, clock: Callable[[], float]) -> None:
        self.db_path = os.path.abspath(db_path)
        self.clock = clock
        self._do(
            "CREATE TABLE IF NOT EXISTS calls (stage TEXT NOT NULL, ms REAL NOT NULL, failed INTEGER NOT NULL)"
        )

    def _do(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.db_path, timeout=60)) as connection, connection:
            return connection.execute(sql, values).fetchall()

    def measured(self, stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does what `call` does, and is measured."""

        @functools.wraps(call)
        def timed(*args: Any, **kwargs: Any) -> Any:
            failed = 1
            begin = self.clock()
            try:
                result = call(*args, **kwargs)
                failed = 0
                return result
            finally:
                ms = (self.clock() - begin) * 1000
                self._do("INSERT INTO calls VALUES (?, ?, ?)", (stage, ms, failed))

        return timed

    def summary(self) -> dict[str, dict[str, float]]:
        """Return the calls, the failed ones and the percentiles of each stage."""
        result: dict[str, dict[str, float]] = {}
        for stage, calls, failed in self._do("SELECT stage, count(*), sum(failed) FROM calls GROUP BY stage"):
            result[stage] = {"calls": calls, "failed": failed}
            for percent in (50, 95, 99):
                rank = math.ceil(calls / 100 * percent)
                [(ms,)] = self._do(
                    "SELECT ms FROM calls WHERE stage = ? ORDER BY ms LIMIT 1 OFFSET ?", (stage, rank - 1)
                )
                result[stage][f"p{percent}"] = ms
        return result
