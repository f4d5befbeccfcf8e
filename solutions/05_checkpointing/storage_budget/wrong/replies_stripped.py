# says: word for word
from langgraph.checkpoint.base import empty_checkpoint


class Chat:
    """One checkpoint for each customer, written without a graph."""

    def __init__(self, connection, model):
        self.saver = SqliteSaver(connection)
        self.model = model

    def __call__(self, customer: str, text: str) -> str:
        config = {"configurable": {"thread_id": customer, "checkpoint_ns": ""}}
        saved = self.saver.get(config)
        messages = [*(saved["channel_values"]["messages"] if saved else ()), HumanMessage(text)]
        reply = self.model([*messages])
        self.save(config, [*messages, AIMessage(reply.strip())])
        return reply

    def save(self, config, messages):
        checkpoint = {**empty_checkpoint(), "channel_values": {"messages": messages}}
        metadata = {"source": "loop", "step": len(messages), "parents": {}}
        new = self.saver.put(config, checkpoint, metadata, {})["configurable"]
        with self.saver.cursor() as cur:
            cur.execute(
                "DELETE FROM checkpoints WHERE thread_id = ? AND checkpoint_id <> ?",
                (new["thread_id"], new["checkpoint_id"]),
            )


def open_chat(
    connection: sqlite3.Connection, model: Callable[[list[AnyMessage]], str]
) -> Callable[[str, str], str]:
    return Chat(connection, model)
