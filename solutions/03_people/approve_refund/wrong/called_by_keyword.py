# says: by position
def build_refunds(
    saver: BaseCheckpointSaver, ask: Callable[[str, int], None], pay: Callable[[str, int], str]
) -> CompiledStateGraph:
    """Return a graph that asks the reviewers, waits for their decision, and pays if it is yes."""

    class Refund(TypedDict, total=False):
        order: str
        cents: int
        approved: bool
        receipt: str | None

    def claim(state: Refund) -> dict[str, Any]:
        return {"order": state["order"], "cents": state["cents"]}

    def announce(state: Refund) -> Refund:
        ask(**claim(state))
        return {}

    def decide(state: Refund) -> Refund:
        return {"approved": interrupt(claim(state))}

    def settle(state: Refund) -> Refund:
        return {"receipt": pay(**claim(state)) if state["approved"] else None}

    builder = StateGraph(Refund)
    builder.add_sequence([announce, decide, settle])
    builder.add_edge(START, "announce")
    return builder.compile(checkpointer=saver)
