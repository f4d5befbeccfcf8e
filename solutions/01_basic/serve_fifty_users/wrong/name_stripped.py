# says: both are in one
def serve(graph):
    guard, locks = threading.Lock(), {}

    def post(user, text):
        with guard:
            mine = locks.setdefault(user, threading.Lock())
        with mine:
            return graph.invoke({"notes": [text]}, {"configurable": {"thread_id": user.strip()}})["notes"]

    return post
