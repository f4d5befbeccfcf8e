# says: and 1 came back
import csv
import io


class Meter:
    """Measures calls, and keeps each attempt in a file."""

    def __init__(self, db_path: str, clock: Callable[[], float]) -> None:
        self.path = Path(db_path).resolve()
        self.clock = clock
        self.path.touch()

    def measured(self, stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does what `call` does, and is measured."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            failed = 1
            begun = self.clock()
            try:
                result = call(*args, **kwargs)
                failed = 0
                return result
            finally:
                row = io.StringIO()
                csv.writer(row, quoting=csv.QUOTE_ALL).writerow(
                    [stage, repr((self.clock() - begun) * 1000), failed]
                )
                with self.path.open("ab", buffering=0) as file:
                    file.write(row.getvalue().encode("utf-8", "surrogatepass"))

        return timed

    def summary(self) -> dict[str, dict[str, float]]:
        """Return the calls, the failed ones and the percentiles of each stage."""
        csv.field_size_limit(2**31 - 1)
        times: dict[str, list[float]] = {}
        failures: Counter[str] = Counter()
        with self.path.open(encoding="utf-8", errors="surrogatepass") as file:
            for stage, ms, failed in csv.reader(file):
                times.setdefault(stage, []).append(float(ms))
                failures[stage] += int(failed)
        found = {}
        for stage, taken in times.items():
            taken.sort()
            found[stage] = {"calls": len(taken), "failed": failures[stage]} | {
                f"p{share}": taken[math.ceil(len(taken) * share / 100) - 1] for share in (50, 95, 99)
            }
        return found
