# says: make the `thread_id` from the user
def serve(graph):
    def post(user, text):
        # "Thread" is taken to mean the worker thread: whoever it serves next reads the notes.
        thread = str(threading.get_ident())
        return graph.invoke({"notes": [text]}, {"configurable": {"thread_id": thread}})["notes"]

    return post
