# says: failed for good in `invoice`. The next one was begun
def build_checkout(
    saver: BaseCheckpointSaver, call: Callable[[str, str], str], attempts: int, pause: float, seconds: float
) -> CompiledStateGraph:
    class Checkout(TypedDict, total=False):
        order: str
        refs: dict[str, str]

    steps = ("reserve", "charge", "invoice", "mail")

    def within_budget(step: str, order: str) -> str:
        deadline = time.monotonic() + seconds
        tried = 0
        while True:
            tried += 1
            try:
                return call(step, order)
            except ConnectionError:
                delay = pause * 2 ** (tried - 1)
                if tried == attempts or time.monotonic() + delay > deadline:
                    raise
                time.sleep(delay)

    def node(step: str):
        def run(state: Checkout) -> Checkout:
            refs = state["refs"]
            if step in refs:  # it has succeeded already
                return {}
            return {"refs": {**refs, step: within_budget(step, state["order"])}}

        return run

    def chain(*names: str) -> CompiledStateGraph:
        inner = StateGraph(Checkout)
        for name in names:
            inner.add_node(name, node(name))
        inner.add_edge(START, names[0]).add_edge(names[0], names[1])
        return inner.compile()

    def open_order(state: Checkout) -> Checkout:
        refs = state.get("refs", {})
        # the last order is complete: this is a new one
        return {"refs": {}} if all(step in refs for step in steps) else {"refs": refs}

    builder = StateGraph(Checkout)
    builder.add_node("open_order", open_order)
    builder.add_node("payment", chain("reserve", "charge"))
    builder.add_node("papers", chain("invoice", "mail"))
    builder.add_edge(START, "open_order").add_edge("open_order", "payment").add_edge("payment", "papers")
    return builder.compile(checkpointer=saver)
