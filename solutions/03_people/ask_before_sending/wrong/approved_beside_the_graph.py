# says: not even from one node to the next
def build_mailer(saver: BaseCheckpointSaver, send: Callable[[str], str]) -> CompiledStateGraph:
    """The node that asks leaves what it's been told to the node that sends, in a variable of both."""

    class Mail(TypedDict, total=False):
        text: str
        sent: str | None

    approved: list[str] = []

    def ask(mail: Mail) -> Mail:
        approved[:] = [mail["text"]] if interrupt(mail["text"]) else []
        return {"sent": None}

    def post(mail: Mail) -> Mail:
        return {"sent": send(approved[0])} if approved else {}

    builder = StateGraph(Mail).add_sequence([ask, post]).add_edge(START, "ask")
    return builder.compile(checkpointer=saver)
