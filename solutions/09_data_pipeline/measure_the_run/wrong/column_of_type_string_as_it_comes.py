# says: in a `string` column
class Meter:
    """Measures calls, and keeps each attempt in a file."""

    def __init__(self, db_path: str, clock: Callable[[], float]) -> None:
        self.path, self.clock = db_path, clock
        with self._open() as db:
            db.execute("create table if not exists attempts (stage string, ms float, failed bool)")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=60)) as db, db:
            yield db

    def _keep(self, stage: str, ms: float, failed: bool) -> None:
        with self._open() as db:
            db.execute("insert into attempts values (?, ?, ?)", (stage, ms, int(failed)))

    def measured(self, stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does what `call` does, and is measured."""

        def attempt(*args: Any, **kwargs: Any) -> Any:
            failed = True
            begun = self.clock()
            try:
                result = call(*args, **kwargs)
                failed = False
                return result
            finally:
                took = self.clock() - begun
                self._keep(stage, took * 1000, failed)

        return attempt

    def summary(self) -> dict[str, dict[str, float]]:
        """Return the calls, the failed ones and the percentiles of each stage."""
        times: dict[str, list[float]] = {}
        failed: Counter[str] = Counter()
        with self._open() as db:
            for stage, ms, bad in db.execute("select * from attempts order by 2"):
                name = stage
                times.setdefault(name, []).append(ms)
                failed[name] += bad

        def rank(all_: list[float], percent: int) -> float:
            return all_[-(-len(all_) * percent // 100) - 1]

        return {
            name: {"calls": len(ms), "failed": failed[name]} | {f"p{p}": rank(ms, p) for p in (50, 95, 99)}
            for name, ms in times.items()
        }
