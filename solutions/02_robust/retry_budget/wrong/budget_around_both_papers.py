# says: was called again in the same run
def build_checkout(
    saver: BaseCheckpointSaver, call: Callable[[str, str], str], attempts: int, pause: float, seconds: float
) -> CompiledStateGraph:
    class Checkout(TypedDict, total=False):
        order: str
        refs: dict[str, str]

    def budgeted(work: Callable[[Checkout], Checkout]) -> Callable[[Checkout], Checkout]:
        def node(state: Checkout) -> Checkout:
            begun = time.monotonic()
            delay = pause
            attempt = 1
            while True:
                try:
                    return work(state)
                except ConnectionError:
                    if attempt >= attempts or time.monotonic() + delay - begun > seconds:
                        raise
                time.sleep(delay)
                delay *= 2
                attempt += 1

        return node

    @task
    def perform(step: str, order: str) -> str:
        return call(step, order)

    @budgeted
    def reserve(state: Checkout) -> Checkout:
        return {"refs": {"reserve": call("reserve", state["order"])}}

    @budgeted
    def charge(state: Checkout) -> Checkout:
        return {"refs": {**state["refs"], "charge": call("charge", state["order"])}}

    @budgeted
    def papers(state: Checkout) -> Checkout:
        # tasks: a finished one is not repeated
        invoice = perform("invoice", state["order"]).result()
        mail = perform("mail", state["order"]).result()
        return {"refs": {**state["refs"], "invoice": invoice, "mail": mail}}

    payment = StateGraph(Checkout)
    payment.add_node("reserve", reserve).add_node("charge", charge)
    payment.add_edge(START, "reserve").add_edge("reserve", "charge")

    builder = StateGraph(Checkout)
    builder.add_node("payment", payment.compile()).add_node("papers", papers)
    builder.add_edge(START, "payment").add_edge("payment", "papers")
    return builder.compile(checkpointer=saver)
