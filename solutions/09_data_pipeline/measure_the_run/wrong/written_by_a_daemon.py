# says: what came back must be on disk
from queue import SimpleQueue


class Meter:
    """Measures calls, and keeps each attempt in a file."""

    def __init__(self, db_path: str, clock: Callable[[], float]) -> None:
        self.db_path, self.clock = db_path, clock
        with self._open() as db:
            db.execute("create table if not exists calls (stage text, ms real, failed integer)")
        self.queue: SimpleQueue = SimpleQueue()
        threading.Thread(target=self._write, daemon=True).start()

    def _write(self) -> None:
        while True:
            attempt = self.queue.get()
            if isinstance(attempt, threading.Event):
                attempt.set()
            else:
                self._insert(*attempt)

    def _put(self, *attempt: Any) -> None:
        self.queue.put(attempt)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.db_path, timeout=60)) as db, db:
            yield db

    def _insert(self, stage: str, ms: float, failed: bool) -> None:
        with self._open() as db:
            db.execute("insert into calls values (?, ?, ?)", (stage, ms, failed))

    def measured(self, stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does what `call` does, and is measured."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            begun = self.clock()
            try:
                result = call(*args, **kwargs)
            except BaseException:
                self._put(stage, (self.clock() - begun) * 1000, True)
                raise
            self._put(stage, (self.clock() - begun) * 1000, False)
            return result

        return timed

    def summary(self) -> dict[str, dict[str, float]]:
        """Return the calls, the failed ones and the percentiles of each stage."""
        written = threading.Event()
        self.queue.put(written)
        written.wait()
        found: dict[str, dict[str, float]] = {}
        with self._open() as db:
            stages = db.execute("select stage, count(*), sum(failed) from calls group by stage").fetchall()
            for stage, calls, failed in stages:
                query = "select ms from calls where stage = ? order by ms"
                times = [ms for (ms,) in db.execute(query, (stage,))]
                found[stage] = {"calls": calls, "failed": failed}
                for share in (50, 95, 99):
                    found[stage][f"p{share}"] = times[math.ceil(len(times) * share / 100) - 1]
        return found
