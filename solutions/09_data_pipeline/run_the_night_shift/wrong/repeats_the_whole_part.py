# says: by itself, not its whole part
def run_the_night_shift(path: str, url: str, folder: str, at_once: int, most: int) -> dict[str, Any] | None:
    """Price a file of orders, or go on with it; return the report, or `None` after SIGTERM."""
    home = Path(folder)
    home.mkdir(parents=True, exist_ok=True)
    results = home / "results.db"
    control = RunControl()
    before = signal.signal(signal.SIGTERM, lambda *_: control.request_drain("SIGTERM"))
    sink = Sink(results)
    saved = sqlite3.connect(home / "night.db", check_same_thread=False, timeout=60)
    try:
        with httpx.Client(base_url=url, timeout=60) as client:

            def price(orders: Sequence[Order]) -> dict[str, int]:
                return ask(client, orders)

            builder = build_night(patiently(worker(price, sink), 0.02), at_once, most // at_once)
            night = run_night(builder, SqliteSaver(saved), "night", path, control)
    finally:
        saved.close()
        sink.close()
        signal.signal(signal.SIGTERM, before)
    if night is None:
        return None
    with closing(sqlite3.connect(results)) as db:
        [(priced, cents)] = db.execute("select count(*), coalesce(sum(cents), 0) from priced")
        quarantined = dict(db.execute("select reason, count(*) from quarantine group by reason"))
    return {"priced": priced, "cents": cents, "quarantined": quarantined}
