# says: so only its own checkpoints can say
def build_refunds(
    saver: BaseCheckpointSaver, ask: Callable[[str, int], None], pay: Callable[[str, int], str]
) -> CompiledStateGraph:
    """Return a graph that asks the reviewers, waits for their decision, and pays if it is yes."""

    class Refund(TypedDict, total=False):
        order: str
        cents: int
        approved: bool
        receipt: str | None

    posting: set[tuple[str, int]] = set()

    def announce(state: Refund) -> Refund:
        key = (state["order"], state["cents"])
        # Two workers may start the same thread at once: only one of them posts.
        if key not in posting:
            posting.add(key)
            ask(*key)
            posting.discard(key)
        return {}

    def decide(state: Refund) -> Refund:
        return {"approved": interrupt({"order": state["order"], "cents": state["cents"]}) is True}

    def settle(state: Refund) -> Refund:
        if state["approved"]:
            return {"receipt": pay(state["order"], state["cents"])}
        return {"receipt": None}

    builder = StateGraph(Refund)
    builder.add_sequence([announce, decide, settle])
    builder.add_edge(START, "announce")
    return builder.compile(checkpointer=saver)
