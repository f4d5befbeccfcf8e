# says: set no upper limit
def build_checkout(
    saver: BaseCheckpointSaver, call: Callable[[str, str], str], attempts: int, pause: float, seconds: float
) -> CompiledStateGraph:
    """Build the checkout; each of its four calls has a budget of attempts and of time."""

    def merged(old, new):
        return {} if new is None else {**(old or {}), **new}

    class Checkout(TypedDict, total=False):
        order: str
        refs: Annotated[dict, merged]

    def step(name):
        def node(state):
            begun, wait_for = time.monotonic(), pause
            for attempt in range(1, attempts + 1):
                try:
                    return {"refs": {name: call(name, state["order"])}}
                except ConnectionError:
                    if attempt == attempts or time.monotonic() + wait_for - begun > seconds:
                        raise
                time.sleep(wait_for)
                wait_for = max(pause, min(wait_for * 2, 1.0))
            return None

        return node

    def part(*names):
        builder = StateGraph(Checkout)
        for before, name in zip([START, *names], names, strict=False):
            builder.add_node(name, step(name))
            builder.add_edge(before, name)
        return builder.compile()

    def begin(state):
        return {"refs": None}

    builder = StateGraph(Checkout)
    builder.add_node("begin", begin)
    builder.add_node("payment", part("reserve", "charge"))
    builder.add_node("papers", part("invoice", "mail"))
    builder.add_edge(START, "begin")
    builder.add_edge("begin", "payment")
    builder.add_edge("payment", "papers")
    builder.add_edge("papers", END)
    return builder.compile(checkpointer=saver)
