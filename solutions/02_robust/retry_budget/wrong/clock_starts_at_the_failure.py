# says: not when it has failed
def build_checkout(
    saver: BaseCheckpointSaver, call: Callable[[str, str], str], attempts: int, pause: float, seconds: float
) -> CompiledStateGraph:
    """A step's time begins once its first attempt has failed."""

    class Checkout(TypedDict, total=False):
        order: str
        refs: dict[str, str]

    def insist(step: str, order: str) -> str:
        wait_for = pause
        left = attempts
        began = None
        while True:
            left -= 1
            try:
                return call(step, order)
            except ConnectionError:
                began = began or time.monotonic()
                if left < 1 or time.monotonic() + wait_for - began > seconds:
                    raise
                time.sleep(wait_for)
                wait_for *= 2
                if time.monotonic() - began > seconds:
                    raise

    class Step:
        def __init__(self, name: str, first: bool = False) -> None:
            self.name, self.first = name, first

        def __call__(self, state: Checkout) -> Checkout:
            before = {} if self.first else state["refs"]
            return {"refs": {**before, self.name: insist(self.name, state["order"])}}

    def chain(*steps: Step) -> StateGraph:
        return (
            StateGraph(Checkout)
            .add_sequence([(step.name, step) for step in steps])
            .add_edge(START, steps[0].name)
        )

    builder = StateGraph(Checkout)
    builder.add_node("payment", chain(Step("reserve", first=True), Step("charge")).compile())
    builder.add_node("papers", chain(Step("invoice"), Step("mail")).compile())
    builder.add_edge(START, "payment").add_edge("payment", "papers").add_edge("papers", END)
    return builder.compile(checkpointer=saver)
