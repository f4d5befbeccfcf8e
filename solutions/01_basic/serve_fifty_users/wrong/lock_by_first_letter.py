# says: by the whole name
def serve(graph):
    guard, locks = threading.Lock(), {}

    def post(user, text):
        with guard:
            mine = locks.setdefault(user[:1], threading.Lock())
        with mine:
            return graph.invoke({"notes": [text]}, {"configurable": {"thread_id": user}})["notes"]

    return post
