def build_mailer(saver: BaseCheckpointSaver, send: Callable[[str], str]) -> CompiledStateGraph:
    """Return a graph that asks a person before it sends a mail."""

    class Mail(TypedDict, total=False):
        text: str
        sent: str | None  # what `send` returned

    ### BEGIN SOLUTION
    def mail(state: Mail) -> Mail:
        approved = interrupt(state["text"])
        return {"sent": send(state["text"]) if approved else None}

    return StateGraph(Mail).add_node(mail).add_edge(START, "mail").compile(checkpointer=saver)
    ### END SOLUTION
