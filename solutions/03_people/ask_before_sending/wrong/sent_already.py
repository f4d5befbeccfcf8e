# says: each mail with a yes is sent
def build_mailer(saver: BaseCheckpointSaver, send: Callable[[str], str]) -> CompiledStateGraph:
    class Mail(TypedDict, total=False):
        text: str
        sent: str | None  # what `send` returned
        approved: bool

    def ask(state: Mail) -> Mail:
        return {"approved": interrupt(state["text"])}

    def deliver(state: Mail) -> Mail:
        if not state["approved"]:
            return {"sent": None}
        if state.get("sent") is not None:  # never send a mail twice
            return {}
        return {"sent": send(state["text"])}

    builder = StateGraph(Mail).add_node(ask).add_node(deliver)
    builder.add_edge(START, "ask").add_edge("ask", "deliver").add_edge("deliver", END)
    return builder.compile(checkpointer=saver)
