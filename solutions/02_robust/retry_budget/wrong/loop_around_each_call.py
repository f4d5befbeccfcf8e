# says: A node is saved only when it ends
class Checkout(TypedDict, total=False):
    order: str
    refs: Annotated[dict[str, str], operator.or_]


def build_checkout(saver, call, attempts, pause, seconds):
    def within_budget(step, order):
        end, attempt, wait = time.monotonic() + seconds, 1, pause
        while True:
            try:
                return {step: call(step, order)}
            except ConnectionError:
                if attempt == attempts or time.monotonic() + wait > end:
                    raise
            time.sleep(wait)
            attempt, wait = attempt + 1, wait * 2

    def papers(state):  # the retry is around each call, so a resumed run begins at the call that failed
        return {"refs": within_budget("invoice", state["order"]) | within_budget("mail", state["order"])}

    def one(step):
        return lambda state: {"refs": within_budget(step, state["order"])}

    payment = StateGraph(Checkout).add_node("reserve", one("reserve")).add_node("charge", one("charge"))
    payment.add_edge(START, "reserve").add_edge("reserve", "charge")
    builder = StateGraph(Checkout).add_node("payment", payment.compile()).add_node("papers", papers)
    return builder.add_edge(START, "payment").add_edge("payment", "papers").compile(checkpointer=saver)
