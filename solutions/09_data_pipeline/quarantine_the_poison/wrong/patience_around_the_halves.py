# says: let a half's `Busy` out at once
# The halves are asked for inside the `try` that waits for a busy service, so each level above asks a busy half again.
def quarantine_the_poison(
    part: Part,
    price: Callable[[Sequence[Order]], dict[str, int]],
    sink: Sink,
    wait: Callable[[int], object],
) -> dict[str, int]:
    """Price what can be priced of a part, and quarantine the rest with its reason."""
    lines = read(part)
    orders: list[tuple[int, Order]] = []
    bad: dict[int, str] = {}
    for number, line in enumerate(lines):
        try:
            orders.append((number, Order.parse(line)))
        except BadOrder as problem:
            bad[number] = str(problem)

    def priced(some: list[tuple[int, Order]]) -> dict[str, int]:
        failures = 0
        while True:
            try:
                try:
                    return price([order for _, order in some])
                except Refused:
                    if len(some) == 1:
                        bad[some[0][0]] = "refused"
                        return {}
                    middle = len(some) // 2
                    return {**priced(some[:middle]), **priced(some[middle:])}
            except Busy:
                failures += 1
                if failures == 5:
                    raise
                wait(failures)

    cents = priced(orders) if orders else {}
    good = [
        Priced(order.id, order.sku, order.quantity, cents[order.id])
        for number, order in orders
        if number not in bad
    ]
    rejected = [
        Rejected(f"{part['start']}+{number}", reason, lines[number]) for number, reason in sorted(bad.items())
    ]
    sink.keep(good, rejected)
    return {"ok": len(good), "bad": len(rejected)}
