# says: not from a variable
from langgraph.checkpoint.base import empty_checkpoint


class Chat:
    """One checkpoint for each customer, written without a graph."""

    def __init__(self, connection, model):
        self.saver = SqliteSaver(connection)
        self.model = model
        self.known = {}

    def __call__(self, customer: str, text: str) -> str:
        config = {"configurable": {"thread_id": customer, "checkpoint_ns": ""}}
        if customer not in self.known:
            saved = self.saver.get(config)
            self.known[customer] = saved["channel_values"]["messages"] if saved else []
        messages = [*self.known[customer], HumanMessage(text)]
        reply = self.model([*messages])
        self.known[customer] = [*messages, AIMessage(reply)]
        self.save(config, self.known[customer])
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
