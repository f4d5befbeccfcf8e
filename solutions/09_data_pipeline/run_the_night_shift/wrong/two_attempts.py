# says: the service was only busy
class Shift(TypedDict, total=False):
    path: str
    cursor: int


def run_the_night_shift(path: str, url: str, folder: str, at_once: int, most: int) -> dict[str, Any] | None:
    """Price a file of orders, or go on with it; return the report, or `None` after SIGTERM."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    results = str(Path(folder) / "results.db")
    stop = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        with (
            closing(sqlite3.connect(Path(folder) / "night.db", check_same_thread=False)) as db,
            httpx.Client(base_url=url, timeout=60) as client,
        ):

            def price(orders):
                try:
                    return ask(client, orders)
                except Busy:
                    time.sleep(0.05)
                    return ask(client, orders)

            one = worker(price, Sink(results))

            def chunk_of(state: Shift):
                chunk = cut(state["path"], state.get("cursor", 0), at_once, most // at_once)
                if not chunk:
                    return Command(goto=END)
                with ThreadPoolExecutor(at_once) as pool:
                    list(pool.map(one, chunk))
                return Command(update={"cursor": chunk[-1]["end"]}, goto="chunk_of")

            builder = StateGraph(Shift)
            builder.add_node("chunk_of", chunk_of, destinations=("chunk_of", END))
            builder.add_edge(START, "chunk_of")
            graph = builder.compile(checkpointer=SqliteSaver(db))
            config = {"configurable": {"thread_id": "night"}, "recursion_limit": 10_000_000}
            saved = graph.get_state(config)
            if saved.tasks or not saved.created_at:
                given = None if saved.tasks else {"path": path, "cursor": 0}
                for _ in graph.stream(given, config, stream_mode="updates", durability="sync"):
                    if stop.is_set():
                        break
            if graph.get_state(config).tasks:
                return None
    finally:
        signal.signal(signal.SIGTERM, before)
    with closing(sqlite3.connect(results)) as db:
        priced, cents = db.execute("select count(*), coalesce(sum(cents), 0) from priced").fetchone()
        reasons = db.execute("select reason, count(*) from quarantine group by reason").fetchall()
    return {"priced": priced, "cents": cents, "quarantined": dict(reasons)}
