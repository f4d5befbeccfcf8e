# says: that run raised `OperationalError`
import time


def serve(graph: CompiledStateGraph) -> Callable[[str, str], list[str]]:
    """Return `post(user, text)`, which worker threads may call at the same time."""
    locks: dict[str, threading.Lock] = {}
    guard = threading.Lock()

    def post(user: str, text: str) -> list[str]:
        config = {"configurable": {"thread_id": user}}
        with guard:
            lock = locks.setdefault(user, threading.Lock())
        with lock:
            while True:
                try:
                    return graph.invoke({"notes": [text]}, config)["notes"]
                except sqlite3.OperationalError:  # the database is locked: try again
                    time.sleep(0.01)

    return post
