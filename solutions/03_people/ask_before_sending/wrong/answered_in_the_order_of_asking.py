# says: waited in their threads
def build_mailer(saver: BaseCheckpointSaver, send: Callable[[str], str]) -> CompiledStateGraph:
    """Mails wait in a queue, and whoever answers is given the oldest."""
    from collections import deque

    class Mail(TypedDict, total=False):
        text: str
        sent: str | None

    waiting: deque[str] = deque()

    def queue_up(mail: Mail) -> Mail:
        waiting.append(mail["text"])
        return {}

    def review(mail: Mail) -> Mail:
        yes = interrupt(mail["text"])
        text = waiting.popleft() if waiting else mail["text"]  # an empty queue: the process is new
        return {"sent": send(text) if yes else None}

    builder = StateGraph(Mail).add_sequence([queue_up, review]).add_edge(START, "queue_up")
    return builder.compile(checkpointer=saver)
