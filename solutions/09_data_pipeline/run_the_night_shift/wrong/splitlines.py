# says: a line ends at
class Shift(TypedDict, total=False):
    path: str
    cursor: int


def run_the_night_shift(path: str, url: str, folder: str, at_once: int, most: int) -> dict[str, Any] | None:
    """Price a file of orders, or go on with it; return the report, or `None` after SIGTERM."""
    os.makedirs(folder, exist_ok=True)
    results = os.path.join(folder, "results.db")
    stop = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: stop.set())
    db = sqlite3.connect(os.path.join(folder, "night.db"), check_same_thread=False)
    client = httpx.Client(base_url=url, timeout=60)
    sink = Sink(results)
    from course.data_pipeline.pricing import halving

    price = halving(patiently(lambda some: ask(client, some)))

    def work(part):
        with Path(part["path"]).open("rb") as file:
            file.seek(part["start"])
            lines = file.read(part["end"] - part["start"]).decode().splitlines()
        good, bad = {}, []
        for number, line in enumerate(lines):
            place = f"{part['start']}+{number}"
            try:
                order = Order.parse(line)
                good[order.id] = (order, place, line)
            except BadOrder as problem:
                bad.append(Rejected(place, str(problem), line))
        cents = price([order for order, _, _ in good.values()]) if good else {}
        bad += [
            Rejected(place, "refused", line) for key, (_, place, line) in good.items() if key not in cents
        ]
        sink.keep([Priced(key, good[key][0].sku, good[key][0].quantity, cents[key]) for key in cents], bad)
        return {"ok": len(cents), "bad": len(bad)}

    def chunk(state):
        parts = cut(state["path"], state["cursor"], at_once, most // at_once)
        if not parts:
            return Command(goto=END)
        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(work, parts))
        return Command(update={"cursor": parts[-1]["end"]}, goto="chunk")

    builder = StateGraph(Shift).add_node("chunk", chunk, destinations=("chunk", END))
    builder.add_edge(START, "chunk")
    config = {"configurable": {"thread_id": "night"}}
    try:
        # Each invoke does one chunk, so between two of them we can stop.
        graph = builder.compile(checkpointer=SqliteSaver(db), interrupt_after=["chunk"])
        begun = graph.get_state(config).created_at
        given = None if begun else {"path": path, "cursor": 0}
        while given or graph.get_state(config).tasks:
            if stop.is_set():
                return None
            graph.invoke(given, config, durability="sync")
            given = None
    finally:
        signal.signal(signal.SIGTERM, before)
        client.close()
        db.close()
    with closing(sqlite3.connect(results)) as found:
        priced, cents = found.execute("select count(*), coalesce(sum(cents), 0) from priced").fetchone()
        bad = dict(found.execute("select reason, count(*) from quarantine group by reason"))
    return {"priced": priced, "cents": cents, "quarantined": bad}
