# says: let them share no small pool
from concurrent.futures import ThreadPoolExecutor


def serve(graph: CompiledStateGraph) -> Callable[[str, str], list[str]]:
    """Return `post(user, text)`, which worker threads may call at the same time."""
    locks: dict[str, threading.Lock] = {}
    guard = threading.Lock()
    pool = ThreadPoolExecutor(max_workers=8)

    def run(user: str, text: str) -> list[str]:
        return graph.invoke({"notes": [text]}, {"configurable": {"thread_id": user}})["notes"]

    def post(user: str, text: str) -> list[str]:
        with guard:
            lock = locks.setdefault(user, threading.Lock())
        with lock:
            return pool.submit(run, user, text).result()

    return post
