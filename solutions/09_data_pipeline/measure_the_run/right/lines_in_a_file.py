class Meter:
    """A line of JSON for each attempt: one `write` to a file that's open for appending can't be torn apart."""

    def __init__(self, db_path, clock):
        self._path, self._clock = Path(db_path), clock
        self._path.touch()

    def measured(self, stage, call):
        def timed(*args, **kwargs):
            begun, ok = self._clock(), 0
            try:
                result = call(*args, **kwargs)
                ok = 1
            finally:
                line = json.dumps([stage, self._clock() - begun, ok]) + "\n"
                file = os.open(self._path, os.O_WRONLY | os.O_APPEND)
                os.write(file, line.encode())
                os.close(file)
            return result

        return timed

    def summary(self):
        stages = {}
        for stage, seconds, ok in map(json.loads, self._path.read_text().splitlines()):
            stages.setdefault(stage, []).append((seconds * 1000, ok))
        return {
            stage: {
                "calls": len(each),
                "failed": sum(not ok for _, ok in each),
                **{f"p{p}": percentile(sorted(ms for ms, _ in each), p / 100) for p in (50, 95, 99)},
            }
            for stage, each in stages.items()
        }
