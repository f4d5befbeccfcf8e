# says: in one LangGraph thread
def serve(graph):
    locks, guard = {}, threading.Lock()

    def post(user, text):
        with guard:
            lock = locks.setdefault(user.lower(), threading.Lock())
        with lock:
            return graph.invoke({"notes": [text]}, {"configurable": {"thread_id": user.lower()}})["notes"]

    return post
