# says: a start of its own
class Meter:
    """Measures calls, and keeps each attempt in a file."""

    def __init__(self, db_path: str, clock: Callable[[], float]) -> None:
        self.db_path = str(db_path)
        self.clock = clock
        self.begun = threading.local()
        self._do("create table if not exists attempts (stage text, seconds real, failed integer)")

    def _do(self, statement: str, values: tuple = ()) -> list[tuple]:
        with closing(sqlite3.connect(self.db_path, timeout=120)) as db, db:
            return db.execute(statement, values).fetchall()

    def _note(self, stage: str, begun: float, failed: bool) -> None:
        seconds = self.clock() - begun
        self._do("insert into attempts values (?, ?, ?)", (json.dumps(stage), seconds, failed))

    def measured(self, stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does what `call` does, and is measured."""

        def measured_call(*args: Any, **kwargs: Any) -> Any:
            setattr(self.begun, stage, self.clock())
            try:
                result = call(*args, **kwargs)
            except BaseException:
                self._note(stage, getattr(self.begun, stage), True)
                raise
            self._note(stage, getattr(self.begun, stage), False)
            return result

        return measured_call

    def summary(self) -> dict[str, dict[str, float]]:
        """Return the calls, the failed ones and the percentiles of each stage."""
        by_stage: dict[str, list[tuple[float, int]]] = {}
        for stage, seconds, failed in self._do("select stage, seconds, failed from attempts order by rowid"):
            by_stage.setdefault(json.loads(stage), []).append((seconds, failed))
        return {stage: self._row(attempts) for stage, attempts in by_stage.items()}

    @staticmethod
    def _row(attempts: list[tuple[float, int]]) -> dict[str, float]:
        times = sorted(seconds * 1000 for seconds, _ in attempts)
        ranks = {f"p{p}": times[-(-p * len(times) // 100) - 1] for p in (50, 95, 99)}
        return {"calls": len(times), "failed": sum(failed for _, failed in attempts), **ranks}
