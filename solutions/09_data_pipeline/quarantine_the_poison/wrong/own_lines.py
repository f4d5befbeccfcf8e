# says: a piece of a line
def quarantine_the_poison(
    part: Part,
    price: Callable[[Sequence[Order]], dict[str, int]],
    sink: Sink,
    wait: Callable[[int], object],
) -> dict[str, int]:
    """Price what can be priced of a part, and quarantine the rest with its reason."""

    def patient(some):
        for failure in range(1, 6):
            try:
                return price(some)
            except Busy:
                if failure == 5:
                    raise
                wait(failure)
        return None

    good, bad, orders, origin = [], [], [], {}
    for number, line in enumerate(
        Path(part["path"]).read_bytes()[part["start"] : part["end"]].decode().splitlines()
    ):
        place = f"{part['start']}+{number}"
        try:
            order = Order.parse(line)
        except BadOrder as problem:
            bad.append(Rejected(place, str(problem), line))
            continue
        origin[order.id] = place, line
        orders.append(order)

    todo = [orders] if orders else []
    while todo:
        some = todo.pop()
        try:
            cents = patient(some)
        except Refused:
            if len(some) == 1:
                place, line = origin[some[0].id]
                bad.append(Rejected(place, "refused", line))
            else:
                middle = len(some) // 2
                todo += [some[middle:], some[:middle]]
        else:
            good += [Priced(each.id, each.sku, each.quantity, cents[each.id]) for each in some]
    sink.keep(good, bad)
    return {"ok": len(good), "bad": len(bad)}
