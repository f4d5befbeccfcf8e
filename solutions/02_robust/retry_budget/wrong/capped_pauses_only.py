# says: has no time limit
class Checkout(TypedDict, total=False):
    order: str
    refs: Annotated[dict[str, str], operator.or_]


def build_checkout(saver, call, attempts, pause, seconds):
    # The pauses are capped, so the time is.
    policy = RetryPolicy(max_attempts=attempts, initial_interval=pause, max_interval=seconds, jitter=False)

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
    builder = StateGraph(Checkout).add_node("payment", payment.compile()).add_node("papers", papers)
    return builder.add_edge(START, "payment").add_edge("payment", "papers").compile(checkpointer=saver)
