# says: all processes
class Meter:
    def __init__(self, db_path, clock):
        self._clock, self._times, self._failed = clock, {}, Counter()

    def measured(self, stage, call):
        def timed(*args, **kwargs):
            begun = self._clock()
            try:
                return call(*args, **kwargs)
            except Exception:
                self._failed[stage] += 1
                raise
            finally:
                self._times.setdefault(stage, []).append((self._clock() - begun) * 1000)

        return timed

    def summary(self):
        found = {}
        for stage, times in self._times.items():
            ranked = {f"p{p}": percentile(sorted(times), p / 100) for p in (50, 95, 99)}
            found[stage] = {"calls": len(times), "failed": self._failed[stage], **ranked}
        return found
