# says: multiply
class Checkout(TypedDict, total=False):
    order: str
    refs: Annotated[dict[str, str], operator.or_]


def build_checkout(saver, call, attempts, pause, seconds):
    # To be on the safe side, at both levels.
    policy = RetryPolicy(max_attempts=attempts, initial_interval=pause, jitter=False)

    def one(step):
        return lambda state: {"refs": {step: call(step, state["order"])}}

    @task(retry_policy=policy)
    def ask(step, order):
        return {step: call(step, order)}

    def papers(state):
        return {"refs": ask("invoice", state["order"]).result() | ask("mail", state["order"]).result()}

    payment = StateGraph(Checkout)
    for step in ("reserve", "charge"):
        payment.add_node(step, one(step), retry_policy=policy)
    payment.add_edge(START, "reserve").add_edge("reserve", "charge")
    builder = StateGraph(Checkout).add_node("payment", payment.compile(), retry_policy=policy)
    builder.add_node("papers", papers, retry_policy=policy)
    return builder.add_edge(START, "payment").add_edge("payment", "papers").compile(checkpointer=saver)
