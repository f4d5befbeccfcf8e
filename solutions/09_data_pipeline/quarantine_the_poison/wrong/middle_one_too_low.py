# says: differ by one order at most
def quarantine_the_poison(
    part: Part,
    price: Callable[[Sequence[Order]], dict[str, int]],
    sink: Sink,
    wait: Callable[[int], object],
) -> dict[str, int]:
    """Price what can be priced of a part, and quarantine the rest with its reason."""

    def patiently(orders: Sequence[Order]) -> dict[str, int]:
        for attempt in range(1, 5):
            try:
                return price(orders)
            except Busy:
                wait(attempt)
        return price(orders)

    def priced(orders: Sequence[Order]) -> dict[str, int]:
        if not orders:
            return {}
        try:
            return patiently(orders)
        except Refused:
            if len(orders) == 1:
                return {}
            middle = max(1, (len(orders) - 1) // 2)  # one too low
            return priced(orders[:middle]) | priced(orders[middle:])

    orders: dict[str, tuple[Order, str]] = {}
    bad: list[Rejected] = []
    for number, line in enumerate(read(part)):
        place = f"{part['start']}+{number}"
        try:
            orders[place] = Order.parse(line), line
        except BadOrder as problem:
            bad.append(Rejected(place, str(problem), line))
    cents = priced([order for order, _ in orders.values()])
    good = [Priced(o.id, o.sku, o.quantity, cents[o.id]) for o, _ in orders.values() if o.id in cents]
    bad += [Rejected(place, "refused", line) for place, (o, line) in orders.items() if o.id not in cents]
    sink.keep(good, bad)
    return {"ok": len(good), "bad": len(bad)}
