# says: LangGraph doesn't lock a thread
def serve(graph):
    def post(user, text):
        # Surely the framework locks a thread while it runs.
        return graph.invoke({"notes": [text]}, {"configurable": {"thread_id": user}})["notes"]

    return post
