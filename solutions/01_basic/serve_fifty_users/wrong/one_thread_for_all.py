# says: make the `thread_id` from the user
def serve(graph):
    config = {"configurable": {"thread_id": "main"}}
    lock = threading.Lock()

    def post(user, text):
        with lock:
            return graph.invoke({"notes": [text]}, config)["notes"]

    return post
