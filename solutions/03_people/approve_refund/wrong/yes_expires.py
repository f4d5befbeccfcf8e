# says: whenever that comes
def build_refunds(
    saver: BaseCheckpointSaver, ask: Callable[[str, int], None], pay: Callable[[str, int], str]
) -> CompiledStateGraph:
    """Return a graph that asks the reviewers, waits for their decision, and pays if it is yes."""

    class Refund(TypedDict, total=False):
        order: str
        cents: int
        deadline: float
        receipt: str | None

    def announce(state: Refund) -> Refund:
        # A node of its own: once it is saved, no resume comes back to it.
        ask(state["order"], state["cents"])
        return {"deadline": time.time() + 7 * 86400}

    def settle(state: Refund) -> Refund:
        approved = interrupt({"order": state["order"], "cents": state["cents"]})
        in_time = time.time() < state["deadline"]  # who doesn't answer for a week doesn't say yes
        return {"receipt": pay(state["order"], state["cents"]) if approved and in_time else None}

    builder = StateGraph(Refund).add_sequence([announce, settle]).add_edge(START, "announce")
    return builder.compile(checkpointer=saver)
