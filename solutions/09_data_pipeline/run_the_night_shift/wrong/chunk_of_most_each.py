# says: orders were
def run_the_night_shift(path: str, url: str, folder: str, at_once: int, most: int) -> dict[str, Any] | None:
    """Price a file of orders, or go on with it; return the report, or `None` after SIGTERM."""
    control = RunControl()
    signal.signal(signal.SIGTERM, lambda number, frame: control.request_drain("SIGTERM"))
    results = Path(folder, "results.db")
    with (
        closing(Sink(results)) as sink,
        closing(sqlite3.connect(Path(folder, "night.db"), check_same_thread=False)) as db,
        httpx.Client(base_url=url, timeout=30) as client,
    ):
        price = patiently(lambda orders: ask(client, orders))
        builder = build_night(worker(price, sink), at_once, most)
        ended = run_night(builder, SqliteSaver(db), "night", path, control)
    if ended is None:
        return None
    found = report(results)
    return {"priced": found.priced, "cents": found.cents, "quarantined": found.quarantined}
