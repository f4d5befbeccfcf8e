import tenacity


class Purchase(TypedDict, total=False):
    order: str
    refs: dict[str, str]


def build_checkout(saver, call, attempts, pause, seconds):
    """Tenacity around each call, and tasks everywhere; `payment` calls its subgraph from a function."""

    @task
    def ask(step, order):
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(ConnectionError),
            stop=tenacity.stop_after_attempt(attempts) | tenacity.stop_before_delay(seconds),
            wait=tenacity.wait_exponential(multiplier=pause),
            reraise=True,
        )
        return retrying(call, step, order)

    def node(*steps):
        def run(state: Purchase) -> Purchase:
            refs = dict(state.get("refs") or {})
            for step in steps:
                refs[step] = ask(step, state["order"]).result()
            return {"refs": refs}

        return run

    money = StateGraph(Purchase).add_sequence([("reserve", node("reserve")), ("charge", node("charge"))])
    paid = money.add_edge(START, "reserve").compile()

    def payment(state: Purchase) -> Purchase:
        return {"refs": paid.invoke({"order": state["order"]})["refs"]}

    builder = StateGraph(Purchase).add_sequence([("payment", payment), ("papers", node("invoice", "mail"))])
    return builder.add_edge(START, "payment").compile(checkpointer=saver)
