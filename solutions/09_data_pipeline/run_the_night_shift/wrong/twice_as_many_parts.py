# says: and `at_once` is
from course.data_pipeline.run import drained_by_sigterm


def run_the_night_shift(path, url, folder, at_once, most):
    home = Path(folder)
    home.mkdir(parents=True, exist_ok=True)
    sink = Sink(home / "results.db")
    with httpx.Client(base_url=url, timeout=60) as client, drained_by_sigterm() as control:
        work = worker(patiently(lambda orders: ask(client, orders)), sink)
        with SqliteSaver.from_conn_string(str(home / "night.db")) as saver:
            night = run_night(
                build_night(work, 2 * at_once, max(1, most // (2 * at_once))), saver, "night", path, control
            )
    sink.close()
    if night is None:
        return None
    found = report(home / "results.db")
    return {"priced": found.priced, "cents": found.cents, "quarantined": found.quarantined}
