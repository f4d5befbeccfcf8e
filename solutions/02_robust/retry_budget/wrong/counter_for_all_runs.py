# says: keep nothing about a run beside the graph
def build_checkout(
    saver: BaseCheckpointSaver, call: Callable[[str, str], str], attempts: int, pause: float, seconds: float
) -> CompiledStateGraph:
    """Build the checkout; each of its four calls has a budget of attempts and of time."""

    class Checkout(TypedDict, total=False):
        order: str
        refs: dict[str, str]

    tried: dict[str, int] = {}

    def with_budget(step: str, order: str) -> str:
        started = time.monotonic()
        tried[step] = 0
        while True:
            tried[step] = attempt = tried.get(step, 0) + 1
            try:
                return call(step, order)
            except ConnectionError:
                wait = pause * 2 ** (attempt - 1)
                if attempt >= attempts or time.monotonic() - started + wait > seconds:
                    raise
                time.sleep(wait)
                if time.monotonic() - started > seconds:
                    raise

    def node(step: str, first: bool = False):
        def run(state: Checkout):
            ref = with_budget(step, state["order"])
            return {"refs": {step: ref} if first else {**state["refs"], step: ref}}

        return run

    payment = StateGraph(Checkout).add_sequence(
        [("reserve", node("reserve", True)), ("charge", node("charge"))]
    )
    papers = StateGraph(Checkout).add_sequence([("invoice", node("invoice")), ("mail", node("mail"))])
    outer = StateGraph(Checkout).add_sequence(
        [
            ("payment", payment.add_edge(START, "reserve").compile()),
            ("papers", papers.add_edge(START, "invoice").compile()),
        ]
    )
    return outer.add_edge(START, "payment").compile(checkpointer=saver)
