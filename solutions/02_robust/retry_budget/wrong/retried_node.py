# says: runs the whole node again
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

    @task
    def ask(step, order):  # a task runs once, whatever happens to the node around it
        return {step: call(step, order)}

    def papers(state):
        return {"refs": ask("invoice", state["order"]).result() | ask("mail", state["order"]).result()}

    def one(step):
        return lambda state: {"refs": within_budget(step, state["order"])}

    payment = StateGraph(Checkout).add_node("reserve", one("reserve")).add_node("charge", one("charge"))
    payment.add_edge(START, "reserve").add_edge("reserve", "charge")
    policy = RetryPolicy(max_attempts=attempts, initial_interval=pause, jitter=False)
    builder = StateGraph(Checkout).add_node("payment", payment.compile())
    builder.add_node("papers", papers, retry_policy=policy)
    return builder.add_edge(START, "payment").add_edge("payment", "papers").compile(checkpointer=saver)
