# says: begin with its own first attempt
# The node has one deadline for both of its calls.
def build_checkout(
    saver: BaseCheckpointSaver, call: Callable[[str, str], str], attempts: int, pause: float, seconds: float
) -> CompiledStateGraph:
    """Build the checkout; each of its four calls has a budget of attempts and of time."""

    def merge(old: dict[str, str] | None, new: dict[str, str]) -> dict[str, str]:
        return {**(old or {}), **new}

    class Checkout(TypedDict, total=False):
        order: str
        refs: Annotated[dict[str, str], merge]

    def insist(step: str, order: str, deadline: float) -> str:
        wait_for = pause
        for attempt in range(1, attempts + 1):
            try:
                return call(step, order)
            except ConnectionError:
                if attempt == attempts or time.monotonic() + wait_for > deadline:
                    raise
            time.sleep(wait_for)
            wait_for *= 2
        raise ValueError("attempts must be at least 1")

    @task
    def paper(step: str, order: str, deadline: float) -> str:
        return insist(step, order, deadline)

    def single(step: str) -> Callable[[Checkout], dict[str, Any]]:
        def run(state: Checkout) -> dict[str, Any]:
            return {"refs": {step: insist(step, state["order"], time.monotonic() + seconds)}}

        return run

    def papers(state: Checkout) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        invoice = paper("invoice", state["order"], deadline).result()
        mail = paper("mail", state["order"], deadline).result()
        return {"refs": {"invoice": invoice, "mail": mail}}

    payment = StateGraph(Checkout).add_node("reserve", single("reserve")).add_node("charge", single("charge"))
    payment.add_edge(START, "reserve").add_edge("reserve", "charge")
    builder = StateGraph(Checkout).add_node("payment", payment.compile()).add_node("papers", papers)
    builder.add_edge(START, "payment").add_edge("payment", "papers")
    return builder.compile(checkpointer=saver)
