# says: may be any text
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
        line = f"{stage},{ms!r},{failed}\n".encode()
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(file, line)
        finally:
            os.close(file)

    def _rows(self):
        if os.path.exists(self._path):
            for line in Path(self._path).read_text().splitlines():
                stage, ms, failed = line.rsplit(",", 2)
                yield stage, float(ms), int(failed)

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
