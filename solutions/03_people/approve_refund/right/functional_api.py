def build_refunds(saver, ask, pay):
    """The functional API: a finished task is not repeated, the body around it is."""

    @task
    def announce(order, cents):
        ask(order, cents)

    @task
    def settle(order, cents):
        return pay(order, cents)

    @entrypoint(checkpointer=saver)
    def refund(request: dict) -> dict:
        order, cents = request["order"], request["cents"]
        announce(order, cents).result()
        approved = interrupt({"order": order, "cents": cents})
        return {"receipt": settle(order, cents).result() if approved else None}

    return refund
