# says: LangGraph doesn't lock a thread
from collections import Counter
from threading import Condition


def serve(graph):
    changed, running = Condition(), Counter()

    def post(user, text):
        config = {"configurable": {"thread_id": user}}
        while True:  # optimistic: look whether it is there, and try again
            with changed:
                running[user] += 1
            notes = graph.invoke({"notes": [text]}, config)["notes"]
            with changed:
                running[user] -= 1
                changed.notify_all()
                changed.wait_for(lambda: not running[user])  # whoever could overwrite it has ended
                if text in graph.get_state(config).values["notes"]:
                    return notes

    return post
