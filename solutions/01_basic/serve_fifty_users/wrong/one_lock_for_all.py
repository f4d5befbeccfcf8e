# says: had to wait for
def serve(graph):
    lock = threading.Lock()  # one for all users

    def post(user, text):
        with lock:
            return graph.invoke({"notes": [text]}, {"configurable": {"thread_id": user}})["notes"]

    return post
