# says: on disk
class Meter:
    """Measures calls, and keeps each attempt in a file."""

    def __init__(self, db_path: str, clock: Callable[[], float]) -> None:
        self._path, self._clock = db_path, clock
        self._waiting: list[tuple[str, float, bool]] = []
        self._lock = threading.Lock()
        with self._open() as db:
            db.execute("create table if not exists attempts (stage text, ms real, failed integer)")

    def measured(self, stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does what `call` does, and is measured."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            begun, failed = self._clock(), True
            try:
                result = call(*args, **kwargs)
                failed = False
                return result
            finally:
                ms = (self._clock() - begun) * 1000
                with self._lock:
                    self._waiting.append((stage, ms, failed))
                    if len(self._waiting) == 1:
                        flusher = threading.Timer(0.5, self._flush)
                        flusher.daemon = True
                        flusher.start()

        return timed

    def _flush(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, []
        with self._open() as db:
            db.executemany("insert into attempts values (?, ?, ?)", waiting)

    def summary(self) -> dict[str, dict[str, float]]:
        """Return the calls, the failed ones and the percentiles of each stage."""
        self._flush()
        found: dict[str, list[tuple[float, int]]] = {}
        with self._open() as db:
            for stage, ms, failed in db.execute("select * from attempts order by ms"):
                found.setdefault(stage, []).append((ms, failed))
        return {stage: self._summed(attempts) for stage, attempts in found.items()}

    def _summed(self, attempts: list[tuple[float, int]]) -> dict[str, float]:
        ranks = {f"p{share}": math.ceil(share * len(attempts) / 100) for share in (50, 95, 99)}
        failed = sum(failed for _, failed in attempts)
        percentiles = {name: attempts[rank - 1][0] for name, rank in ranks.items()}
        return {"calls": len(attempts), "failed": failed, **percentiles}

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=30)) as db, db:
            yield db
