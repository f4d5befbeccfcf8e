# says: keep the line as it was
def quarantine_the_poison(
    part: Part,
    price: Callable[[Sequence[Order]], dict[str, int]],
    sink: Sink,
    wait: Callable[[int], object],
) -> dict[str, int]:
    """Price what can be priced of a part, and quarantine the rest with its reason."""
    good: list[tuple[Order, Rejected]] = []
    priced: list[Priced] = []
    rejected: list[Rejected] = []

    for number, line in enumerate(read(part)):
        line = line.rstrip("\r\n")
        place = f"{part['start']}+{number}"
        try:
            good.append((Order.parse(line), Rejected(place, "refused", line)))
        except BadOrder as error:
            rejected.append(Rejected(place, str(error), line))

    def call(orders: list[Order]) -> dict[str, int]:
        for attempt in range(1, 6):
            try:
                return price(orders)
            except Busy:
                if attempt == 5:
                    raise
                wait(attempt)
        raise AssertionError

    stack = [good] if good else []
    while stack:
        rows = stack.pop()
        try:
            prices = call([order for order, _ in rows])
        except Refused:
            if len(rows) == 1:
                rejected.append(rows[0][1])
                continue
            middle = len(rows) // 2
            stack += [rows[middle:], rows[:middle]]
            continue
        priced += [Priced(o.id, o.sku, o.quantity, prices[o.id]) for o, _ in rows]

    sink.keep(priced, rejected)
    return {"ok": len(priced), "bad": len(rejected)}
