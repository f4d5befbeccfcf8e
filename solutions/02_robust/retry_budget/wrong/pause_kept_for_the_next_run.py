# says: in the resumed run of the same process
def build_checkout(
    saver: BaseCheckpointSaver, call: Callable[[str, str], str], attempts: int, pause: float, seconds: float
) -> CompiledStateGraph:
    """A step goes on with the pause that it had reached, until it succeeds."""

    class Checkout(TypedDict, total=False):
        order: str
        refs: dict[str, str]

    pauses: dict[tuple[str, str], float] = {}

    def insist(step: str, order: str) -> str:
        wait_for = pauses.get((step, order), pause)
        left = attempts
        began = time.monotonic()
        while True:
            left -= 1
            try:
                ref = call(step, order)
                pauses.pop((step, order), None)
                return ref
            except ConnectionError:
                if left < 1 or time.monotonic() + wait_for - began > seconds:
                    raise
                time.sleep(wait_for)
                wait_for *= 2
                pauses[step, order] = wait_for
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
