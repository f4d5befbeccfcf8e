# says: forgot the lock
def serve(graph):
    locks, guard = {}, threading.Lock()

    def post(user, text):
        with guard:
            lock = locks.setdefault(user, threading.Lock())
        try:
            with lock:
                return graph.invoke({"notes": [text]}, {"configurable": {"thread_id": user}})["notes"]
        finally:
            with guard:
                locks.pop(user, None)  # do not keep a lock for each user for ever

    return post
