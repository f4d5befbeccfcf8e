# says: each mail waits for an answer
def build_mailer(saver: BaseCheckpointSaver, send: Callable[[str], str]) -> CompiledStateGraph:
    """Return a graph that asks a person before it sends a mail."""

    class Mail(TypedDict, total=False):
        approved: str
        text: str
        sent: str | None  # what `send` returned

    def read(state: Mail) -> Command[Literal["deliver", "__end__"]]:
        good = state.get("approved") == state["text"] or interrupt(state["text"])
        return Command(update={"sent": None}, goto="deliver" if good else END)

    def deliver(state: Mail):
        return {"sent": send(state["text"]), "approved": state["text"]}

    builder = StateGraph(Mail).add_node(read).add_node(deliver)
    return builder.add_edge(START, "read").compile(checkpointer=saver)
