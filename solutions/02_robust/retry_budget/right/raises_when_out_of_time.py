from langgraph.runtime import get_runtime


class Basket(TypedDict, total=False):
    order: str
    refs: Annotated[dict[str, str], operator.or_]


class OutOfTime(ConnectionError):
    """There is no time for another attempt."""


def build_checkout(saver, call, attempts, pause, seconds):
    """LangGraph's own policy, at the innermost level; the time since the first attempt is in the runtime."""
    policy = RetryPolicy(
        max_attempts=attempts,
        initial_interval=pause,
        max_interval=float("inf"),
        jitter=False,
        retry_on=lambda error: isinstance(error, ConnectionError) and not isinstance(error, OutOfTime),
    )

    def ask(step, order):
        try:
            return {"refs": {step: call(step, order)}}
        except ConnectionError as error:
            info = get_runtime().execution_info
            next_attempt = time.time() + pause * 2 ** (info.node_attempt - 1)
            if next_attempt > info.node_first_attempt_time + seconds:
                raise OutOfTime(str(error)) from error
            raise

    def node(step):
        return lambda state: ask(step, state["order"])

    ask_once = task(retry_policy=policy)(ask)

    def papers(state):
        updates = [ask_once(step, state["order"]).result()["refs"] for step in ("invoice", "mail")]
        return {"refs": updates[0] | updates[1]}

    payment = StateGraph(Basket)
    for step in ("reserve", "charge"):
        payment.add_node(step, node(step), retry_policy=policy)
    payment.add_edge(START, "reserve").add_edge("reserve", "charge")
    builder = StateGraph(Basket).add_node("payment", payment.compile()).add_node("papers", papers)
    return builder.add_edge(START, "payment").add_edge("payment", "papers").compile(checkpointer=saver)
