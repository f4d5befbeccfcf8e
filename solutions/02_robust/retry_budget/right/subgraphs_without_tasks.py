class Sale(TypedDict, total=False):
    order: str
    refs: Annotated[dict[str, str], operator.or_]


def build_checkout(saver, call, attempts, pause, seconds):
    """No task: `papers` is a subgraph, too, so each step is a node of its own."""

    def within_budget(step, order):
        end, attempt, wait = time.monotonic() + seconds, 1, pause
        while True:
            try:
                return {"refs": {step: call(step, order)}}
            except ConnectionError:
                if attempt == attempts or time.monotonic() + wait > end:
                    raise
            time.sleep(wait)
            attempt, wait = attempt + 1, wait * 2

    def subgraph(*steps):
        nodes = [(step, lambda state, step=step: within_budget(step, state["order"])) for step in steps]
        return StateGraph(Sale).add_sequence(nodes).add_edge(START, steps[0]).compile()

    parts = [("payment", subgraph("reserve", "charge")), ("papers", subgraph("invoice", "mail"))]
    return StateGraph(Sale).add_sequence(parts).add_edge(START, "payment").compile(checkpointer=saver)
