# says: attempts of its own
def build_checkout(
    saver: BaseCheckpointSaver, call: Callable[[str, str], str], attempts: int, pause: float, seconds: float
) -> CompiledStateGraph:
    """Build the checkout; each of its four calls has a budget of attempts and of time."""

    class Checkout(TypedDict, total=False):
        order: str
        refs: Annotated[dict[str, str], operator.or_]

    used = {}

    def stubborn(step, order):
        key = (order, "papers" if step in ("invoice", "mail") else step)
        if step in ("reserve", "charge", "invoice"):
            used.pop(key, None)
        begun = time.monotonic()
        while True:
            failures = used[key] = used.get(key, 0) + 1
            try:
                ref = call(step, order)
                used[key] -= 1
                return ref
            except ConnectionError:
                rest = pause * 2 ** (failures - 1)
                if failures >= attempts or time.monotonic() + rest > begun + seconds:
                    used.pop(key)
                    raise
                time.sleep(rest)

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
