def run_the_night_shift(path, url, folder, at_once, most):
    """One node, one chunk a step, a pool inside; SIGTERM sets a flag that the edge looks at."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
    client = httpx.Client(base_url=url, timeout=30)
    sink = Sink(Path(folder, "results.db"))

    def price(orders):
        for wait in (0.05, 0.1, 0.2, 0.4, None):
            try:
                return ask(client, orders)
            except Busy:
                if wait is None:
                    raise
                time.sleep(wait)
        return {}

    def sorted_out(orders):
        try:
            return price(orders) if orders else {}
        except Refused:
            if len(orders) == 1:
                return {}
            return sorted_out(orders[::2]) | sorted_out(orders[1::2])

    def work(part):
        good, bad = {}, []
        for number, line in enumerate(read(part)):
            place = f"{part['start']}+{number}"
            try:
                good[place] = Order.parse(line), line
            except BadOrder as problem:
                bad.append(Rejected(place, str(problem), line))
        cents = sorted_out([order for order, _ in good.values()])
        rows = [Priced(o.id, o.sku, o.quantity, cents[o.id]) for o, _ in good.values() if o.id in cents]
        bad += [Rejected(place, "refused", line) for place, (o, line) in good.items() if o.id not in cents]
        sink.keep(rows, bad)

    class Place(TypedDict):
        cursor: int

    def step(state):
        chunk = cut(path, state["cursor"], at_once, most // at_once)
        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(work, chunk))
        return {"cursor": chunk[-1]["end"] if chunk else -1}

    builder = StateGraph(Place).add_node(step).add_edge(START, "step")
    builder.add_conditional_edges("step", lambda s: END if s["cursor"] < 0 else "step", ["step", END])
    with closing(sqlite3.connect(Path(folder, "checkpoints.db"), check_same_thread=False)) as db:
        graph = builder.compile(checkpointer=SqliteSaver(db))
        config = {"configurable": {"thread_id": path}}
        while not (saved := graph.get_state(config)).created_at or saved.tasks:
            if stop.is_set():
                return None
            first = None if saved.created_at else {"cursor": 0}
            graph.invoke(first, config, durability="sync", interrupt_after="*")
    found = report(Path(folder, "results.db"))
    return {"priced": found.priced, "cents": found.cents, "quarantined": found.quarantined}
