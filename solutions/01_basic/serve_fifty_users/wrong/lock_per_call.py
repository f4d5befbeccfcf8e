# says: LangGraph doesn't lock a thread
def serve(graph):
    def post(user, text):
        with threading.Lock():  # a new lock for each call: nobody else holds it
            return graph.invoke({"notes": [text]}, {"configurable": {"thread_id": user}})["notes"]

    return post
