# says: look at the clock after the pause
def build_checkout(saver, call, attempts, pause, seconds):
    class State(TypedDict, total=False):
        order: str
        refs: Annotated[dict[str, str], operator.or_]

    class Budget:
        """As many attempts, and no more time, than one step has in one run."""

        def __init__(self):
            self.begun, self.left, self.next_pause = time.monotonic(), attempts, pause

        def spend(self, step, order):
            while True:
                self.left -= 1
                try:
                    return call(step, order)
                except ConnectionError:
                    if not self.left or time.monotonic() > self.begun + seconds:
                        raise
                    time.sleep(self.next_pause)
                    self.next_pause *= 2

    def node(step):
        return lambda state: {"refs": {step: Budget().spend(step, state["order"])}}

    @task
    def paper(step, order):
        return Budget().spend(step, order)

    def papers(state):
        return {"refs": {step: paper(step, state["order"]).result() for step in ("invoice", "mail")}}

    payment = StateGraph(State).add_sequence([("reserve", node("reserve")), ("charge", node("charge"))])
    payment.add_edge(START, "reserve")
    return (
        StateGraph(State)
        .add_node("payment", payment.compile())
        .add_node("papers", papers)
        .add_edge(START, "payment")
        .add_edge("payment", "papers")
        .compile(checkpointer=saver)
    )
