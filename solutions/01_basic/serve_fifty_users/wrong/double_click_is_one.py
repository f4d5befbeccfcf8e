# says: the same text twice
def serve(graph: CompiledStateGraph) -> Callable[[str, str], list[str]]:
    """Return `post(user, text)`, which worker threads may call at the same time."""
    from concurrent.futures import Future

    guard, locks, running = threading.Lock(), {}, {}

    def post(user, text):
        with guard:
            if (user, text) in running:
                other = running[user, text]
            else:
                other, mine = None, running.setdefault((user, text), Future())
            lock = locks.setdefault(user, threading.Lock())
        if other is not None:
            return other.result()
        try:
            with lock:
                notes = graph.invoke({"notes": [text]}, {"configurable": {"thread_id": user}})["notes"]
            mine.set_result(notes)
            return notes
        except Exception as problem:
            mine.set_exception(problem)
            raise
        finally:
            with guard:
                del running[user, text]

    return post
