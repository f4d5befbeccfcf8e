# says: its caller's `except`
import functools
import sys


class Meter:
    """Measures calls, and keeps each attempt in a file."""

    def __init__(self, db_path: str, clock: Callable[[], float]) -> None:
        self.path = os.path.abspath(db_path)
        self.clock = clock
        with self.database() as db:
            db.execute("create table if not exists attempts (stage text, seconds real, failed integer)")

    @contextmanager
    def database(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=60)) as db, db:
            yield db

    def measured(self, stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does what `call` does, and is measured."""

        @functools.wraps(call)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            begin = self.clock()
            try:
                return call(*args, **kwargs)
            finally:
                seconds = self.clock() - begin
                failed = sys.exc_info()[0] is not None
                with self.database() as db:
                    db.execute("insert into attempts values (?, ?, ?)", (stage, seconds, failed))

        return wrapper

    def summary(self) -> dict[str, dict[str, float]]:
        """Return the calls, the failed ones and the percentiles of each stage."""
        times: dict[str, list[float]] = {}
        failed: Counter[str] = Counter()
        with self.database() as db:
            for stage, seconds, bad in db.execute(
                "select stage, seconds, failed from attempts order by seconds"
            ):
                times.setdefault(stage, []).append(seconds * 1000)
                failed[stage] += bad

        def rank(values: list[float], percent: int) -> float:
            return values[math.ceil(percent * len(values) / 100) - 1]

        return {
            stage: {
                "calls": len(values),
                "failed": failed[stage],
                **{f"p{percent}": rank(values, percent) for percent in (50, 95, 99)},
            }
            for stage, values in times.items()
        }
