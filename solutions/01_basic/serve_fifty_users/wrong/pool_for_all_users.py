# says: take up places of a pool
def serve(graph: CompiledStateGraph) -> Callable[[str, str], list[str]]:
    """Return `post(user, text)`, which worker threads may call at the same time."""
    from concurrent.futures import ThreadPoolExecutor

    pool, guard, locks = ThreadPoolExecutor(max_workers=14), threading.Lock(), {}

    def run(user, text):
        with guard:
            lock = locks.setdefault(user, threading.Lock())
        with lock:
            return graph.invoke({"notes": [text]}, {"configurable": {"thread_id": user}})["notes"]

    def post(user, text):
        return pool.submit(run, user, text).result()

    return post
