# says: by its id
def quarantine_the_poison(
    part: Part,
    price: Callable[[Sequence[Order]], dict[str, int]],
    sink: Sink,
    wait: Callable[[int], object],
) -> dict[str, int]:
    """Price what can be priced of a part, and quarantine the rest with its reason."""
    good: list[Priced] = []
    bad: list[Rejected] = []
    lines: dict[str, tuple[int, str]] = {}
    orders: list[Order] = []

    def reject(number: int, reason: str, raw: str) -> None:
        bad.append(Rejected(f"{part['start']}+{number}", reason, raw))

    for number, line in enumerate(read(part)):
        try:
            order = Order.parse(line)
        except BadOrder as error:
            reject(number, str(error), line)
        else:
            orders.append(order)
            lines[order.id] = (number, line)

    def called(some: list[Order]) -> dict[str, int]:
        for attempt in range(1, 5):
            try:
                return price(some)
            except Busy:
                wait(attempt)
        return price(some)

    todo = [orders] if orders else []
    while todo:
        some = todo.pop()
        try:
            cents = called(some)
        except Refused:
            if len(some) == 1:
                number, line = lines[some[0].id]
                reject(number, "refused", line)
            else:
                middle = len(some) // 2
                todo += [some[middle:], some[:middle]]
        else:
            good += [
                Priced(o.id, o.sku, o.quantity, paid) for o, paid in zip(some, cents.values(), strict=True)
            ]
    sink.keep(good, bad)
    return {"ok": len(good), "bad": len(bad)}
