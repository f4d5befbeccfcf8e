# says: after you stopped waiting
def build_refunds(
    saver: BaseCheckpointSaver, ask: Callable[[str, int], None], pay: Callable[[str, int], str]
) -> CompiledStateGraph:
    """Return a graph that asks the reviewers, waits for their decision, and pays if it is yes."""

    class Refund(TypedDict, total=False):
        order: str
        cents: int
        approved: bool
        receipt: str | None

    def announce(state: Refund) -> Refund:
        ask(state["order"], state["cents"])
        return {"receipt": None}

    def decide(state: Refund) -> Refund:
        return {"approved": interrupt({"order": state["order"], "cents": state["cents"]})}

    def payout(state: Refund) -> Refund:
        return {"receipt": pay(state["order"], state["cents"])}

    builder = StateGraph(Refund)
    builder.add_node(announce).add_node(decide).add_node(payout)
    builder.add_edge(START, "announce").add_edge("announce", "decide").add_edge("payout", END)
    builder.add_conditional_edges("decide", lambda state: "payout" if state["approved"] is True else END)
    graph = builder.compile(checkpointer=saver)
    graph.step_timeout = 2.0  # a channel or a bank that hangs mustn't hang the worker
    return graph
