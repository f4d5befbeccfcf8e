# says: a breakpoint asks no question and takes no answer
class Refund(TypedDict, total=False):
    order: str
    cents: int
    receipt: str | None


def build_refunds(saver, ask, pay):
    def announce(state):
        ask(state["order"], state["cents"])

    def settle(state):
        return {"receipt": pay(state["order"], state["cents"])}

    builder = StateGraph(Refund).add_sequence([announce, settle]).add_edge(START, "announce")
    # Whoever approves resumes the thread, so it only needs to stop there.
    return builder.compile(checkpointer=saver, interrupt_before=["settle"])
