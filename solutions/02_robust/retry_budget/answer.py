def build_checkout(
    saver: BaseCheckpointSaver, call: Callable[[str, str], str], attempts: int, pause: float, seconds: float
) -> CompiledStateGraph:
    """Build the checkout; each of its four calls has a budget of attempts and of time."""

    ### BEGIN SOLUTION
    class Checkout(TypedDict, total=False):
        order: str
        refs: Annotated[dict[str, str], operator.or_]

    def within_budget(step: str, order: str) -> dict[str, str]:
        end, attempt, wait = time.monotonic() + seconds, 1, pause
        while True:
            try:
                return {step: call(step, order)}
            except ConnectionError:
                if attempt == attempts or time.monotonic() + wait > end:
                    raise
            time.sleep(wait)
            attempt, wait = attempt + 1, wait * 2

    def node(step: str) -> Callable[[Checkout], Checkout]:
        return lambda state: {"refs": within_budget(step, state["order"])}

    saved = task(within_budget)  # what a task has returned is there when its node runs again

    def papers(state: Checkout) -> Checkout:
        invoice = saved("invoice", state["order"]).result()
        return {"refs": invoice | saved("mail", state["order"]).result()}

    payment = StateGraph(Checkout).add_node("reserve", node("reserve")).add_node("charge", node("charge"))
    payment.add_edge(START, "reserve").add_edge("reserve", "charge")
    builder = StateGraph(Checkout).add_node("payment", payment.compile()).add_node(papers)
    return builder.add_edge(START, "payment").add_edge("payment", "papers").compile(checkpointer=saver)
    ### END SOLUTION
