# says: even if that's empty
def build_refunds(
    saver: BaseCheckpointSaver, ask: Callable[[str, int], None], pay: Callable[[str, int], str]
) -> CompiledStateGraph:
    """Return a graph that asks the reviewers, waits for their decision, and pays if it is yes."""

    class Refund(TypedDict, total=False):
        order: str
        cents: int
        receipt: str | None

    def announce(state: Refund) -> None:
        # A node of its own: once it is saved, no resume comes back to it.
        ask(state["order"], state["cents"])

    def settle(state: Refund) -> Refund:
        approved = interrupt({"order": state["order"], "cents": state["cents"]})
        receipt = approved and pay(state["order"], state["cents"])
        return {"receipt": receipt or None}

    builder = StateGraph(Refund).add_sequence([announce, settle]).add_edge(START, "announce")
    return builder.compile(checkpointer=saver)
