# says: gets a new budget
class Checkout(TypedDict, total=False):
    order: str
    refs: Annotated[dict[str, str], operator.or_]
    end: float


def build_checkout(saver, call, attempts, pause, seconds):
    def within_budget(step, order, end):
        attempt, wait = 1, pause
        while True:
            try:
                return {step: call(step, order)}
            except ConnectionError:
                if attempt == attempts or time.time() + wait > end:
                    raise
            time.sleep(wait)
            attempt, wait = attempt + 1, wait * 2

    saved = task(within_budget)

    def begin(state):
        return {"end": time.time() + seconds}  # in the state, where all nodes and the subgraph can see it

    def papers(state):
        invoice = saved("invoice", state["order"], state["end"]).result()
        return {"refs": invoice | saved("mail", state["order"], state["end"]).result()}

    def one(step):
        return lambda state: {"refs": within_budget(step, state["order"], state["end"])}

    payment = StateGraph(Checkout).add_node("reserve", one("reserve")).add_node("charge", one("charge"))
    payment.add_edge(START, "reserve").add_edge("reserve", "charge")
    builder = StateGraph(Checkout).add_node("begin", begin).add_node("papers", papers)
    builder.add_node("payment", payment.compile()).add_edge(START, "begin").add_edge("begin", "payment")
    return builder.add_edge("payment", "papers").compile(checkpointer=saver)
