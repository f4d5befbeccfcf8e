# says: not from a variable
def serve(graph):
    locks, guard, notes = {}, threading.Lock(), {}

    def post(user, text):
        with guard:
            lock = locks.setdefault(user, threading.Lock())
        with lock:
            graph.invoke({"notes": [text]}, {"configurable": {"thread_id": user}})
            notes.setdefault(user, []).append(text)
            return list(notes[user])

    return post
