# says: run it once for each
def serve(graph):
    guard, locks = threading.Lock(), {}

    def post(user, text):
        with guard:
            mine = locks.setdefault(user, threading.Lock())
        with mine:
            graph.invoke({"notes": [text]}, {"configurable": {"thread_id": user}})
            return graph.invoke({"notes": []}, {"configurable": {"thread_id": user}})["notes"]

    return post
