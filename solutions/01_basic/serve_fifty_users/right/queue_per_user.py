from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor


def serve(graph):
    """No lock around the run: each user has a queue with one worker, which runs their posts in order."""
    queues = defaultdict(lambda: ThreadPoolExecutor(max_workers=1))
    guard = threading.Lock()

    def run(user, text):
        config = {"configurable": {"thread_id": f"notes/{user}"}}
        return graph.invoke({"notes": [text]}, config)["notes"]

    def post(user, text):
        with guard:
            queue = queues[user]
        return queue.submit(run, user, text).result()

    return post
