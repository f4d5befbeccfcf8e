# says: restarts a subgraph from the beginning
class Checkout(TypedDict, total=False):
    order: str
    refs: Annotated[dict[str, str], operator.or_]


def build_checkout(saver, call, attempts, pause, seconds):
    def within_budget(step, order):
        end, attempt, wait = time.monotonic() + seconds, 1, pause
        while True:
            try:
                return {step: call(step, order)}
            except ConnectionError:
                if attempt == attempts or time.monotonic() + wait > end:
                    raise
            time.sleep(wait)
            attempt, wait = attempt + 1, wait * 2

    saved = task(within_budget)

    def papers(state):
        invoice = saved("invoice", state["order"]).result()
        return {"refs": invoice | saved("mail", state["order"]).result()}

    def one(step):
        return lambda state: {"refs": {step: call(step, state["order"])}}

    payment = StateGraph(Checkout).add_node("reserve", one("reserve")).add_node("charge", one("charge"))
    payment.add_edge(START, "reserve").add_edge("reserve", "charge")
    # The subgraph has checkpoints, so a retry goes on inside it where it failed.
    policy = RetryPolicy(max_attempts=attempts, initial_interval=pause, jitter=False)
    builder = StateGraph(Checkout).add_node("payment", payment.compile(), retry_policy=policy)
    builder.add_node("papers", papers).add_edge(START, "payment").add_edge("payment", "papers")
    return builder.compile(checkpointer=saver)
