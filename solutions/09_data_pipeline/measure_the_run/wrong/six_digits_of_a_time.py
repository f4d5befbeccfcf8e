# says: should be 12345.678
class Meter:
    """Measures calls, and keeps each attempt in a file."""

    def __init__(self, db_path: str, clock: Callable[[], float]) -> None:
        self.path = Path(db_path).resolve()
        self.clock = clock
        self.path.touch()

    def measured(self, stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does what `call` does, and is measured."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            outcome = "failed"
            begun = self.clock()
            try:
                result = call(*args, **kwargs)
                outcome = "ok"
                return result
            finally:
                ms = (self.clock() - begun) * 1000
                line = f"{ms:g} {outcome} {json.dumps(stage)}\n"
                with self.path.open("ab", buffering=0) as file:
                    file.write(line.encode())

        return timed

    def summary(self) -> dict[str, dict[str, float]]:
        """Return the calls, the failed ones and the percentiles of each stage."""
        times: dict[str, list[float]] = {}
        failed: Counter[str] = Counter()
        for line in self.path.read_text().splitlines():
            ms, outcome, name = line.split(" ", 2)
            stage = json.loads(name)
            times.setdefault(stage, []).append(float(ms))
            failed[stage] += outcome == "failed"
        found = {}
        for stage, taken in times.items():
            taken.sort()
            found[stage] = {"calls": len(taken), "failed": failed[stage]} | {
                f"p{share}": taken[math.ceil(len(taken) * share / 100) - 1] for share in (50, 95, 99)
            }
        return found
