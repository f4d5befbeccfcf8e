# says: `next` is empty
@contextmanager
def _sigterm() -> Iterator[RunControl]:
    control = RunControl()
    before = signal.signal(signal.SIGTERM, lambda *_: control.request_drain("SIGTERM"))
    try:
        yield control
    finally:
        signal.signal(signal.SIGTERM, before)


def _report(results: Path) -> dict[str, Any]:
    found = report(results)
    return {"priced": found.priced, "cents": found.cents or 0, "quarantined": dict(found.quarantined)}


def run_the_night_shift(path: str, url: str, folder: str, at_once: int, most: int) -> dict[str, Any] | None:
    """Price a file of orders, or go on with it; return the report, or `None` after SIGTERM."""
    home = Path(folder)
    home.mkdir(parents=True, exist_ok=True)
    results = home / "results.db"
    sink = Sink(results)
    db = sqlite3.connect(home / "night.db", check_same_thread=False)
    try:
        with closing(db), httpx.Client(base_url=url, timeout=60) as client, _sigterm() as control:
            price = patiently(lambda orders: ask(client, orders))
            graph = build_night(worker(price, sink), at_once, most // at_once).compile(
                checkpointer=SqliteSaver(db)
            )
            config: Any = {
                "configurable": {"thread_id": "night"},
                "max_concurrency": at_once + 1,
                "recursion_limit": 100_000,
            }
            snapshot = graph.get_state(config)
            if snapshot.created_at is None:
                graph.invoke({"path": path}, config, durability="sync", control=control)
            elif snapshot.next:
                graph.invoke(None, config, durability="sync", control=control)
    except GraphDrained:
        return None
    finally:
        sink.close()
    return _report(results)
