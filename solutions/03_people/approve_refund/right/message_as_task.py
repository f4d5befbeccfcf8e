class Claim(TypedDict, total=False):
    order: str
    cents: int
    receipt: str | None


def build_refunds(saver, ask, pay):
    """One node, in which the message is a task; the payment is a node that only a `goto` leads to."""

    @task
    def announce(order, cents):
        ask(order, cents)

    def review(state: Claim) -> Command[Literal["pay_out", "__end__"]]:
        announce(state["order"], state["cents"]).result()
        if interrupt({"order": state["order"], "cents": state["cents"]}):
            return Command(goto="pay_out")
        return Command(update={"receipt": None}, goto=END)

    def pay_out(state):
        return {"receipt": pay(state["order"], state["cents"])}

    builder = StateGraph(Claim).add_node(review).add_node(pay_out).add_edge(START, "review")
    return builder.compile(checkpointer=saver)
