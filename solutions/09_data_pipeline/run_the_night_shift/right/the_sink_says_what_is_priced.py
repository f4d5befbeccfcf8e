def run_the_night_shift(path, url, folder, at_once, most):
    """Checkpoints are saved in the background: the sink, not they, says which orders have a price."""
    results = Path(folder, "results.db")
    sink = Sink(results)
    control = RunControl()
    signal.signal(signal.SIGTERM, lambda number, frame: control.request_drain("SIGTERM"))
    client = httpx.Client(base_url=url, timeout=30)
    fresh = patiently(lambda orders: ask(client, orders))

    def price(orders):
        wanted = ",".join("?" * len(orders))
        with closing(sqlite3.connect(results)) as db:
            query = f"select id, cents from priced where id in ({wanted})"
            known = dict(db.execute(query, [order.id for order in orders]))
        missing = [order for order in orders if order.id not in known]
        return known | (fresh(missing) if missing else {})

    with SqliteSaver.from_conn_string(str(Path(folder, "night.db"))) as saver:
        graph = build_night(worker(price, sink), at_once, most // at_once).compile(checkpointer=saver)
        config = {"configurable": {"thread_id": "night"}, "recursion_limit": 1_000_000}
        saved = graph.get_state(config)
        try:
            if saved.tasks or not saved.created_at:
                graph.invoke(None if saved.created_at else {"path": path}, config, control=control)
        except GraphDrained:
            return None
    sink.close()
    found = report(results)
    return {"priced": found.priced, "cents": found.cents, "quarantined": found.quarantined}
